from collections.abc import Callable

import numpy as np
import pytest

from agronomy.yields.correction import Correction, corrections, outside, what_was_seen
from agronomy.yields.fitting import ObservedYield
from agronomy.yields.learning import folds, learn

Farms = Callable[..., list[ObservedYield]]


def learned(harvests: list[ObservedYield]) -> Correction:
    logs = np.log([harvest.kg_ha for harvest in harvests])
    return learn(
        [harvest.case.features for harvest in harvests],
        logs - logs.mean(),
        townships=[harvest.case.township for harvest in harvests],
        years=[harvest.year for harvest in harvests],
    )


def test_a_real_effect_is_learned_with_its_size(farms: Farms) -> None:
    correction = learned(farms(11, townships=12, years=5, per_ph=0.25))
    assert correction.degree > 0
    assert correction.error_before is not None
    assert correction.error_after is not None
    assert correction.error_after < correction.error_before
    acid, neutral = corrections(
        correction, [{"ph": 5.0, "organic_matter_g_kg": 30.0}, {"ph": 7.0, "organic_matter_g_kg": 30.0}]
    )
    assert neutral - acid == pytest.approx(0.5, abs=0.15)


def test_where_there_is_nothing_to_learn_nothing_is_used(farms: Farms) -> None:
    used = [learned(farms(seed)).degree > 0 for seed in range(10)]
    assert sum(used) <= 1


@pytest.mark.parametrize(("townships", "years", "fields"), [(3, 3, 3), (2, 2, 20)])
def test_too_few_harvests_or_groups_teach_nothing(farms: Farms, townships: int, years: int, fields: int) -> None:
    correction = learned(farms(1, townships=townships, years=years, fields=fields, per_ph=0.5))
    assert correction.degree == 0
    assert "too few" in correction.why


def test_a_feature_that_some_harvests_lack_is_not_learned_from() -> None:
    seen = what_was_seen([{"ph": 5.0, "salt": 1.0}, {"ph": 6.0}, {"ph": 7.0, "salt": 2.0}])
    assert seen is not None
    assert seen.features == ("ph",)
    assert what_was_seen([{"ph": 5.0}, {"ph": 5.0}]) is None
    assert what_was_seen([]) is None


def test_a_combination_nobody_harvested_is_strange_though_each_value_is_usual() -> None:
    luck = np.random.default_rng(5)
    ph = luck.uniform(4.5, 7.5, 60)
    cases = [{"ph": one, "lime": one * 2 + luck.normal(0, 0.05)} for one in ph.tolist()]
    seen = what_was_seen(cases)
    assert seen is not None
    usual, crossed = outside(seen, [{"ph": 6.0, "lime": 12.0}, {"ph": 5.0, "lime": 14.5}])
    assert usual == ()
    assert [reason.feature for reason in crossed] == [""]
    assert "组合" in crossed[0].told_zh()


def test_no_harvest_is_strange_to_its_own_model(farms: Farms) -> None:
    cases = [harvest.case.features for harvest in farms(9)]
    seen = what_was_seen(cases)
    assert seen is not None
    assert outside(seen, cases) == [()] * len(cases)


def test_folds_leave_whole_groups_out_and_every_harvest_once() -> None:
    groups = [f"t{number % 13}" for number in range(100)]
    left_out_rows: list[int] = []
    for training, left_out in folds(groups):
        assert not {groups[row] for row in training} & {groups[row] for row in left_out}
        left_out_rows += left_out.tolist()
    assert sorted(left_out_rows) == list(range(100))
