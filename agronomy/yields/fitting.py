"""From confirmed local harvests to a yield model: level, correction, calibrated intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from agronomy.yields.anchors import Anchor, RegionalLevel, anchors, priors, regional_level
from agronomy.yields.correction import NO_CORRECTION, Correction, Features, corrections, what_was_seen
from agronomy.yields.expected import CropModel, YieldModel, default_coverage
from agronomy.yields.harvests import Harvest
from agronomy.yields.intervals import Offsets, conformal_offsets, residuals_needed, widened
from agronomy.yields.known_effects import YieldCase, known_effects
from agronomy.yields.learning import LEAST_GROUPS, folds, learn
from agronomy.yields.level import Level, shrink

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

UPPER_QUARTILE = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedYield:
    """What a case really gave: fresh product, kg a hectare, in the season of that year."""

    case: YieldCase
    year: int
    kg_ha: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    """The harvests of one crop in columns; `values`: log yield less its known effects."""

    values: Floats
    townships: tuple[str, ...]
    years: tuple[int, ...]
    features: tuple[Features, ...]

    def take(self, rows: Indices) -> "_Sample":
        """The sample of those rows."""
        return _Sample(
            values=self.values[rows],
            townships=tuple(self.townships[row] for row in rows),
            years=tuple(self.years[row] for row in rows),
            features=tuple(self.features[row] for row in rows),
        )

    def groups(self, grouping: str) -> Sequence[object]:
        """The township or the year of every harvest."""
        return self.townships if grouping == "township" else self.years


def observed(harvest: Harvest, case: YieldCase) -> ObservedYield | None:
    """The harvest as an observation of its case; None where it is not confirmed, so that it teaches nothing."""
    return ObservedYield(case=case, year=harvest.season, kg_ha=harvest.kg_ha) if harvest.confirmed else None


def fit(
    harvests: Sequence[ObservedYield], *, known: Sequence[Anchor] | None = None, coverage: float | None = None
) -> YieldModel:
    """A model of every crop that has a regional level; without harvests it is the prior, and says "not yet calibrated".

    known: reports of yields, the tables' if None. coverage: share of harvests that intervals shall hold.
    """
    reports = anchors() if known is None else known
    wanted = default_coverage() if coverage is None else coverage
    by_crop: dict[str, list[ObservedYield]] = {}
    for harvest in harvests:
        by_crop.setdefault(harvest.case.crop, []).append(harvest)
    levels = {crop: regional_level(crop, reports) for crop in dict.fromkeys(anchor.crop for anchor in reports)}
    return YieldModel(
        crops={
            crop: _crop_model(level, by_crop.get(crop, []), wanted)
            for crop, level in levels.items()
            if level is not None
        },
        coverage=wanted,
    )


def _crop_model(region: RegionalLevel, harvests: Sequence[ObservedYield], coverage: float) -> CropModel:
    grown = [harvest for harvest in harvests if harvest.kg_ha > 0]
    effects = known_effects(region.crop, [harvest.case for harvest in grown])
    sample = _Sample(
        values=np.array([np.log(harvest.kg_ha) for harvest in grown]) - effects.log,
        townships=tuple(harvest.case.township for harvest in grown),
        years=tuple(harvest.year for harvest in grown),
        features=tuple(harvest.case.features for harvest in grown),
    )
    level, correction = _beliefs(region, sample)
    enough = max(int(priors()["harvests_to_calibrate"]), residuals_needed(coverage))
    calibrated = len(grown) >= enough
    yields = [harvest.kg_ha for harvest in grown]
    most, highest = _records(region, yields if calibrated else [])
    return CropModel(
        crop=region.crop,
        product=region.product,
        level=level,
        most_kg_ha=most,
        highest_kg_ha=highest,
        offsets=_calibrate(region, sample, coverage) if calibrated else {},
        correction=correction,
        seen=what_was_seen(sample.features) if calibrated else None,
        failures=len(harvests) - len(grown),
    )


def _beliefs(region: RegionalLevel, sample: _Sample) -> tuple[Level, Correction]:
    """The level, and the correction of what the level leaves; the level is then what the correction leaves."""
    level = _level(region, sample, sample.values)
    if not sample.townships:
        return level, NO_CORRECTION
    correction = learn(sample.features, sample.values - level.mean, townships=sample.townships, years=sample.years)
    if correction.degree == 0:
        return level, correction
    return _level(region, sample, sample.values - corrections(correction, sample.features)), correction


def _level(region: RegionalLevel, sample: _Sample, values: Floats) -> Level:
    return shrink(
        mean=region.mean_log, spread=region.spread, values=values, townships=sample.townships, years=sample.years
    )


def _records(region: RegionalLevel, yields: Sequence[float]) -> tuple[float, float | None]:
    """The most to expect, and the highest end of an interval, kg a hectare.

    Enough local harvests lift both, the first to their upper quartile; but an expectation stays below the best farm's
    result, be it the one reported or a better local one.
    """
    if not yields:
        return region.most_kg_ha, region.best_farm_kg_ha
    best = max(*yields, region.best_farm_kg_ha or 0.0)
    upper = float(np.quantile(yields, UPPER_QUARTILE))
    reported = region.best_farm_kg_ha or inf
    most = max(region.most_kg_ha, min(upper, priors()["below_best_farm"] * reported))
    return most, best


def _calibrate(region: RegionalLevel, sample: _Sample, coverage: float) -> dict[str, Offsets]:
    """The interval's offsets for a coming year in a known township, and for an unknown township.

    Residuals are of models that had not seen the harvest's year, or its township. With fewer than LEAST_GROUPS of them,
    single harvests are left out instead, and the prior's spread between groups is added.
    """
    offsets: dict[str, Offsets] = {}
    for grouping in ("year", "township"):
        groups = sample.groups(grouping)
        if len(set(groups)) >= LEAST_GROUPS:
            offsets[grouping] = conformal_offsets(_left_out(region, sample, groups), coverage)
        else:
            alone = _left_out(region, sample, tuple(range(len(sample.values))))
            spread = priors()[f"{grouping}_spread"]
            offsets[grouping] = widened(conformal_offsets(alone, coverage), spread=spread, coverage=coverage)
    return offsets


def _left_out(region: RegionalLevel, sample: _Sample, groups: Sequence[object]) -> Floats:
    """Every harvest's log yield less what a model says that saw none of its group."""
    residuals = np.zeros(len(sample.values))
    for training, left_out in folds(groups):
        level, correction = _beliefs(region, sample.take(training))
        others = sample.take(left_out)
        shifts = np.array([level.shift(township) for township in others.townships])
        learned = np.nan_to_num(corrections(correction, others.features), nan=0.0)
        residuals[left_out] = others.values - (level.mean + shifts + learned)
    return residuals
