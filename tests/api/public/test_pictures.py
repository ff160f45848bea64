from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.public.language import kilometres_band
from api.public.pictures import distance_picture, hillside
from traceability.daily_summary import DistanceBand
from traceability.life import WeightPoint


def weights(*points: tuple[int, float]) -> list[WeightPoint]:
    return [WeightPoint(on=date(2026, 1, 1), age_days=age, kg=kg, occasion="weighing") for age, kg in points]


def test_the_hill_needs_two_days_of_weighing() -> None:
    assert hillside(weights((0, 0.8))) is None
    assert hillside(weights((0, 0.8), (0, 0.9))) is None


def test_pigs_stand_at_the_first_a_middle_and_the_last_weight_as_large_as_they_weigh() -> None:
    hill = hillside(weights((0, 0.8), (60, 11), (120, 34), (300, 75)))
    assert hill is not None
    assert [pig.weight.age_days for pig in hill.pigs] == [0, 120, 300]
    small, _, large = hill.pigs
    assert small.scale / large.scale == pytest.approx((0.8 / 75) ** (1 / 3), abs=0.01)
    assert small.y > large.y


def test_a_pig_that_lost_weight_walks_downhill() -> None:
    hill = hillside(weights((0, 50), (100, 40)))
    assert hill is not None
    assert hill.pigs[-1].turn > 0


@pytest.mark.parametrize(("high_m", "end_km"), [(500, 1), (9_400, 10), (73_000, 80), (420_000, 500)])
def test_the_distance_axis_ends_at_a_round_figure_beyond_the_band(high_m: float, end_km: int) -> None:
    picture = distance_picture(DistanceBand(low_m=high_m * 0.6, middle_m=high_m * 0.8, high_m=high_m))
    assert picture.end_km == end_km
    assert picture.low < picture.middle < picture.high <= 100


@given(st.lists(st.floats(min_value=10, max_value=400_000), min_size=3, max_size=3).map(sorted))
def test_the_distance_in_words_agrees_with_its_error_and_is_never_narrower_than_the_band(metres: list[float]) -> None:
    low_m, middle_m, high_m = metres
    low, middle, high, error = (float(text) for text in kilometres_band(low_m, middle_m, high_m))
    assert high == pytest.approx(middle + error, abs=0.01)
    assert low == pytest.approx(max(middle - error, 0), abs=0.01)
    assert low <= low_m / 1000 + 0.001
    assert high >= high_m / 1000 - 0.001


def test_a_distance_is_told_in_whole_kilometres_from_ten_on() -> None:
    assert kilometres_band(28_200, 37_600, 47_000) == ("28", "38", "48", "10")
    assert kilometres_band(1_500, 2_000, 2_500) == ("1.5", "2.0", "2.5", "0.5")
