import numpy as np
import pytest

from simulators.pig import PROFILE, barn_c, core_c, ear_c, stride_m, walked_m_per_d, weight_kg


@pytest.mark.parametrize(("age_d", "expected_kg"), [(0, 0.8), (60, 11.0), (300, 75.0)])
def test_the_mean_pig_grows_as_the_breed_standard_says(age_d: float, expected_kg: float) -> None:
    assert weight_kg(np.array([age_d]))[0] == pytest.approx(expected_kg, rel=0.01)


def test_daily_gain_is_greatest_at_the_age_the_fit_gives() -> None:
    gain = np.diff(weight_kg(np.arange(0.0, 301.0)))
    assert abs(int(gain.argmax()) - 109) <= 1
    assert gain.max() == pytest.approx(0.414, abs=0.001)


def test_a_life_of_three_hundred_days_is_a_walk_of_forty_two_kilometres() -> None:
    assert walked_m_per_d(np.arange(0.5, 300)).sum() == pytest.approx(42_195, rel=0.001)


def test_a_stride_is_short_in_a_piglet_and_within_the_facts_in_a_grown_pig() -> None:
    strides = stride_m(np.array([0.0, 60.0, 300.0]))
    assert strides[0] < 0.1
    assert 0.3 < strides[2] < 0.5
    assert (np.diff(strides) > 0).all()


def test_body_temperature_is_that_of_the_age_and_higher_in_the_evening() -> None:
    hours = np.arange(24.0)
    piglet, grown = core_c(np.full(24, 5.0), hours), core_c(np.full(24, 300.0), hours)
    assert piglet.mean() == pytest.approx(39.5, abs=0.1)
    assert grown.mean() == pytest.approx(39.3, abs=0.1)
    assert grown[18] - grown[6] == pytest.approx(0.4, abs=0.01)


def test_an_ear_is_cooler_than_the_body_and_more_so_in_the_cold() -> None:
    warm, cold = ear_c(np.array([39.3, 39.3]), barn_c(np.array([30.0, 0.0])), np.array([0.055, 0.055]))
    assert 36 < cold < warm < 39.3


def test_pigs_are_busiest_by_day() -> None:
    assert PROFILE.mean() == pytest.approx(1.0)
    assert PROFILE[8] > 5 * PROFILE[2]
