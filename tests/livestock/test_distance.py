import pytest
from hypothesis import given
from hypothesis import strategies as st

from livestock.distance import distance_walked


def test_a_grown_pigs_thousand_steps_are_three_to_five_hundred_metres() -> None:
    walked = distance_walked(1000, age_days=300)
    assert (walked.low_m, walked.middle_m, walked.high_m) == pytest.approx((300, 400, 500))


def test_an_older_pig_than_the_table_strides_no_further() -> None:
    assert distance_walked(100, age_days=900) == distance_walked(100, age_days=300)


@given(st.floats(0, 1e6), st.integers(0, 2000), st.integers(0, 2000))
def test_the_band_holds_its_middle_and_grows_with_age(steps: float, age: int, younger: int) -> None:
    walked = distance_walked(steps, age_days=age)
    assert 0 <= walked.low_m <= walked.middle_m <= walked.high_m
    assert distance_walked(steps, age_days=min(age, younger)).middle_m <= walked.middle_m


@pytest.mark.parametrize(("steps", "age_days"), [(-1.0, 30), (10.0, -1)])
def test_negative_steps_and_ages_are_refused(steps: float, age_days: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        distance_walked(steps, age_days=age_days)
