from datetime import date

import pytest

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
