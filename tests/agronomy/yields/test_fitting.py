from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from agronomy.yields.expected import YieldEstimate, YieldModel, estimate
from agronomy.yields.fitting import ObservedYield, fit, observed
from agronomy.yields.harvests import Harvest
from agronomy.yields.known_effects import YieldCase
from observations.identifiers import FieldId

Farms = Callable[..., list[ObservedYield]]
SWEET_POTATO = "Ipomoea batatas"


def coverage(model: YieldModel, harvests: list[ObservedYield]) -> float:
    answers = estimate(model, [harvest.case for harvest in harvests])
    inside = [
        answer.low_kg_ha <= harvest.kg_ha <= answer.high_kg_ha
        for answer, harvest in zip(answers, harvests, strict=True)
        if isinstance(answer, YieldEstimate)
    ]
    return float(np.mean(inside))


def test_only_confirmed_harvests_teach() -> None:
    harvest = Harvest(
        field=FieldId.parse("f1"),
        crop=SWEET_POTATO,
        season=2026,
        harvested_on=date(2026, 10, 28),
        area_mu=Decimal(1),
        fresh_kg=Decimal(2400),
        recorded_by="station",
    )
    case = YieldCase(crop=SWEET_POTATO)
    assert observed(harvest, case) is None
    taught = observed(replace(harvest, confirmed=True), case)
    assert taught is not None
    assert taught.year == 2026
    assert taught.kg_ha == pytest.approx(36_000)


def test_harvests_move_the_expectation_before_they_calibrate_the_interval(farms: Farms) -> None:
    few = farms(1, level_kg_ha=20_000)[:12]
    case = YieldCase(crop=SWEET_POTATO, township="t0", features=few[0].case.features)
    (before,), (after,) = estimate(fit([]), [case]), estimate(fit(few), [case])
    assert isinstance(before, YieldEstimate)
    assert isinstance(after, YieldEstimate)
    assert after.expected_kg_ha < before.expected_kg_ha
    assert not after.calibrated
    assert after.harvests == 12


def test_from_thirty_harvests_on_the_interval_is_calibrated_and_says_so(farms: Farms) -> None:
    harvests = farms(2)[:30]
    (answer,) = estimate(fit(harvests), [harvests[0].case])
    assert isinstance(answer, YieldEstimate)
    assert answer.calibrated
    assert (answer.label_zh, answer.label_en) == ("已按本地30次收获校准", "calibrated on 30 local harvests")
    (uncalibrated,) = estimate(fit(harvests[:29]), [harvests[0].case])
    assert isinstance(uncalibrated, YieldEstimate)
    assert not uncalibrated.calibrated


def test_nine_tenths_of_a_coming_years_harvests_lie_in_their_intervals(farms: Farms) -> None:
    covered = []
    for seed in range(40):
        harvests = farms(seed, sampled=False)
        model = fit([harvest for harvest in harvests if harvest.year < 2023])
        covered.append(coverage(model, [harvest for harvest in harvests if harvest.year == 2023]))
    assert np.mean(covered) == pytest.approx(0.9, abs=0.04)


def test_nine_tenths_of_a_new_townships_harvests_lie_in_their_intervals(farms: Farms) -> None:
    covered = []
    for seed in range(40):
        harvests = farms(seed, sampled=False)
        model = fit([harvest for harvest in harvests if harvest.case.township != "t7"])
        covered.append(coverage(model, [harvest for harvest in harvests if harvest.case.township == "t7"]))
    assert np.mean(covered) == pytest.approx(0.9, abs=0.04)


def test_intervals_hold_as_much_where_a_correction_is_learned(farms: Farms) -> None:
    covered = []
    for seed in range(4):
        harvests = farms(seed, per_ph=0.25)
        model = fit([harvest for harvest in harvests if harvest.year < 2023])
        covered.append(coverage(model, [harvest for harvest in harvests if harvest.year == 2023]))
    assert np.mean(covered) == pytest.approx(0.9, abs=0.1)


def test_the_prior_alone_covers_at_least_nine_tenths(farms: Farms) -> None:
    covered = [coverage(fit([]), farms(seed)) for seed in range(12)]
    assert np.mean(covered) >= 0.9


def test_one_years_harvests_alone_are_widened_for_the_years_to_come(farms: Farms) -> None:
    model = fit(farms(3, years=1, fields=5)).crops[SWEET_POTATO]
    three = fit(farms(3, years=1, fields=5)[:40]).crops[SWEET_POTATO]
    for offsets in (model.offsets["year"], three.offsets["year"]):
        assert offsets.high - offsets.low > 2 * 1.6449 * 0.12


def test_a_feature_beyond_the_harvests_is_named_and_takes_the_calibration_away(farms: Farms) -> None:
    harvests = farms(4, per_ph=0.2)
    inside = harvests[0].case
    beyond = replace(inside, features={**inside.features, "ph": 9.0})
    missing = replace(inside, features={"ph": 6.0})
    sure, strange, poor = estimate(fit(harvests), [inside, beyond, missing])
    assert isinstance(sure, YieldEstimate)
    assert isinstance(strange, YieldEstimate)
    assert isinstance(poor, YieldEstimate)
    assert sure.calibrated
    assert not strange.calibrated
    assert [reason.feature for reason in strange.outside] == ["ph"]
    assert "9" in strange.outside[0].told_zh()
    assert [reason.told_en() for reason in poor.outside] == ["organic_matter_g_kg is missing"]
    assert strange.high_kg_ha / strange.low_kg_ha >= sure.high_kg_ha / sure.low_kg_ha


def test_harvests_of_nothing_are_counted_apart(farms: Farms) -> None:
    harvests = farms(5)
    lost = [replace(harvest, kg_ha=0.0) for harvest in harvests[:3]]
    model = fit([*harvests, *lost]).crops[SWEET_POTATO]
    assert model.failures == 3
    assert model.level == fit(harvests).crops[SWEET_POTATO].level


def test_local_records_lift_the_ceiling_but_an_expectation_stays_below_the_best_farm(farms: Farms) -> None:
    harvests = farms(6, level_kg_ha=70_000)
    model = fit(harvests)
    answers = estimate(model, [harvest.case for harvest in harvests])
    best = model.crops[SWEET_POTATO].highest_kg_ha
    assert best == max(harvest.kg_ha for harvest in harvests)
    assert all(answer.jin_mu[1] < 8_000 for answer in answers if isinstance(answer, YieldEstimate))


def test_the_same_harvests_fit_the_same_model(farms: Farms) -> None:
    harvests = farms(7, per_ph=0.2)
    assert fit(harvests) == fit(harvests)
