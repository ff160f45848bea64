import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from simulators.randomness import key_of, keys_of, normal, remembering, smooth, uniform


@given(st.integers(0, 2**63), st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=20))
def test_a_value_depends_on_key_and_index_alone(seed: int, indexes: list[int]) -> None:
    key = key_of(seed, "a")
    together = uniform(key, indexes)
    alone = [float(uniform(key, index)[0]) for index in indexes]
    assert together.tolist() == alone
    assert ((together > 0) & (together < 1)).all()


def test_values_are_spread_as_they_should_be() -> None:
    key, index = key_of(1, "spread"), np.arange(200_000)
    assert abs(uniform(key, index).mean() - 0.5) < 0.005
    drawn = normal(key, index)
    assert abs(drawn.mean()) < 0.01
    assert abs(drawn.std() - 1) < 0.01


def test_other_words_give_other_values() -> None:
    keys = keys_of(1, "pig", ["a", "b"])
    assert len(set(keys.tolist()) | {key_of(1, "pig"), key_of(2, "pig", "a")}) == 4


def test_smooth_noise_passes_through_its_knots() -> None:
    key = key_of(3, "smooth")
    assert smooth(key, np.array([7_200]), knot_s=3_600)[0] == normal(key, 2)[0]


def test_neighbours_resemble_each_other_as_much_as_is_said() -> None:
    drawn = remembering(key_of(4, "days"), np.arange(100_000), memory=0.75)
    assert abs(np.corrcoef(drawn[1:], drawn[:-1])[0, 1] - 0.75) < 0.02
    assert abs(drawn.std() - 1) < 0.03
