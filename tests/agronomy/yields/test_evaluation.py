from collections.abc import Callable
from math import isnan

import pytest

from agronomy.yields.evaluation import leave_one_township_out, leave_one_year_out, top_k_regret
from agronomy.yields.fitting import ObservedYield

Farms = Callable[..., list[ObservedYield]]
LEVELS = {
    "Ipomoea batatas": 35_000,
    "Oryza sativa": 7_300,
    "Zea mays": 7_000,
    "Brassica napus": 1_800,
    "Glycine max": 2_200,
}


def test_leaving_townships_out_reports_coverage_width_bias_and_error(farms: Farms) -> None:
    found = leave_one_township_out(farms(1, townships=6, sampled=False))
    assert (found.grouping, found.harvests, found.refused) == ("township", 72, 0)
    assert found.coverage == pytest.approx(0.9, abs=0.1)
    assert 1.5 < found.width < 6
    assert abs(found.bias) < 0.1
    assert 0.1 < found.mean_absolute_log_error < 0.4
    assert found.calibrated > 0.9
    assert isnan(found.top_regret)


def test_leaving_years_out_reports_the_same(farms: Farms) -> None:
    found = leave_one_year_out(farms(2, townships=6, years=5, sampled=False))
    assert (found.grouping, found.harvests) == ("year", 90)
    assert found.coverage == pytest.approx(0.9, abs=0.12)


def test_refusing_what_is_strangest_is_reported_step_by_step(farms: Farms) -> None:
    points = leave_one_township_out(farms(3, townships=5)).refusal
    assert [point.refused for point in points] == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert all(point.mean_absolute_log_error > 0 and 0 <= point.coverage <= 1 for point in points)


def test_with_more_than_three_crops_the_regret_of_the_top_three_is_reported(farms: Farms) -> None:
    harvests = [
        harvest
        for number, (crop, level) in enumerate(LEVELS.items())
        for harvest in farms(number, crop=crop, level_kg_ha=level, townships=4, years=2, fields=1)
    ]
    found = leave_one_township_out(harvests, value_per_kg=dict.fromkeys(LEVELS, 1.0))
    assert found.top_regret == 0
    assert 0 <= leave_one_township_out(harvests).top_regret < 1


def test_regret_is_the_share_of_the_best_value_that_is_lost() -> None:
    assert top_k_regret([3, 2, 1, 0], [10, 10, 10, 20], 3) == pytest.approx(0.5)
    assert top_k_regret([3, 2, 1, 0], [20, 10, 10, 10], 1) == 0
    assert top_k_regret([1, 2], [0, 0], 1) == 0


def test_no_harvests_give_no_figures() -> None:
    found = leave_one_year_out([])
    assert found.harvests == 0
    assert isnan(found.coverage)
    assert found.refusal == ()
