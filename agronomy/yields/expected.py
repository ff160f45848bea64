"""What yield to expect of a crop on a field: always an interval, never a promise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from agronomy.yields.anchors import jin_mu_from_kg_ha, priors
from agronomy.yields.correction import NO_CORRECTION, Correction, Outside, Seen, corrections, outside
from agronomy.yields.intervals import Offsets, normal_half_width
from agronomy.yields.known_effects import KnownEffects, YieldCase, known_effects
from agronomy.yields.level import Level

Floats = NDArray[np.float64]

TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class CropModel:
    """What is believed of one crop here.

    most_kg_ha: no expectation lies above it. highest_kg_ha: no interval reaches above it, None where nothing is on
    record. offsets: the calibrated interval by what is new, "year" (a coming year in a known township) or "township";
    empty below `harvests_to_calibrate`. failures: confirmed harvests of nothing, which no logarithm can hold: the
    interval is that of a crop that is not lost. seen: the features harvests had, None where they had none.
    """

    crop: str
    product: str
    level: Level
    most_kg_ha: float
    highest_kg_ha: float | None
    offsets: Mapping[str, Offsets] = field(default_factory=dict)
    correction: Correction = NO_CORRECTION
    seen: Seen | None = None
    failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldModel:
    """The crops that have a yield, by scientific name; coverage: the share of harvests intervals shall hold."""

    crops: Mapping[str, CropModel]
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldEstimate:
    """What to expect, fresh product in kg a hectare, and the interval that holds `coverage` of harvests.

    calibrated: local harvests set the interval's width. harvests: how many local ones spoke. limited_by: the limit that
    costs most, "" where none. capped: the expectation or an end was cut to what is on record here. factors: what each
    cause multiplies the level by, "level" itself in kg a hectare. outside: why harvests do not speak for this case.
    """

    crop: str
    variety: str
    product: str
    expected_kg_ha: float
    low_kg_ha: float
    high_kg_ha: float
    coverage: float
    calibrated: bool
    harvests: int
    limited_by: str
    capped: bool
    factors: Mapping[str, float]
    outside: tuple[Outside, ...] = ()

    @property
    def jin_mu(self) -> tuple[float, float, float]:
        """Low, expected and high in jin a mu."""
        low, expected, high = (jin_mu_from_kg_ha(one) for one in (self.low_kg_ha, self.expected_kg_ha, self.high_kg_ha))
        return low, expected, high

    @property
    def label_zh(self) -> str:
        """How far the interval can be trusted, in Chinese."""
        return f"已按本地{self.harvests}次收获校准" if self.calibrated else "尚未校准"

    @property
    def label_en(self) -> str:
        """How far the interval can be trusted, in English."""
        return f"calibrated on {self.harvests} local harvests" if self.calibrated else "not yet calibrated"


@dataclass(frozen=True, slots=True, kw_only=True)
class YieldRefusal:
    """No yield is expected of this case: `reason` is a stable word, the texts are for people."""

    crop: str
    reason: str
    zh: str
    en: str


Answer = YieldEstimate | YieldRefusal


def estimate(model: YieldModel, cases: Sequence[YieldCase]) -> list[Answer]:
    """An estimate or a refusal for every case, in their order."""
    answers: list[Answer | None] = [None] * len(cases)
    by_crop: dict[str, list[int]] = {}
    for number, case in enumerate(cases):
        by_crop.setdefault(case.crop, []).append(number)
    for crop, numbers in by_crop.items():
        of_crop = [cases[number] for number in numbers]
        known = model.crops.get(crop)
        found = (
            _of_crop(known, of_crop, model.coverage) if known else [_refusal(crop, "no regional yield")] * len(numbers)
        )
        for number, answer in zip(numbers, found, strict=True):
            answers[number] = answer
    return [answer for answer in answers if answer is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """The answers of one crop in columns; ends: low, expected, high, a row a case."""

    ends: list[list[float]]
    calibrated: list[bool]
    capped: list[bool]
    factors: Mapping[str, list[float]]
    strange: Sequence[tuple[Outside, ...]]
    effects: KnownEffects


def _of_crop(model: CropModel, cases: Sequence[YieldCase], coverage: float) -> list[Answer]:
    numbers = _numbers(model, cases, coverage)
    return [_answer(model, case, numbers, row, coverage) for row, case in enumerate(cases)]


def _numbers(model: CropModel, cases: Sequence[YieldCase], coverage: float) -> _Numbers:
    effects = known_effects(model.crop, cases)
    features = [case.features for case in cases]
    strange = outside(model.seen, features) if model.seen else [()] * len(cases)
    learned = np.nan_to_num(corrections(model.correction, features), nan=0.0)
    learned[[bool(reasons) for reasons in strange]] = 0.0
    shifts = np.array([model.level.shift(case.township) for case in cases])
    middle = model.level.mean + shifts + effects.log + learned
    low, high, calibrated = _ends(model, cases, effects, strange, coverage)
    uncut = np.exp(np.stack([middle + low, middle, middle + high]))
    ends = _cut(model, uncut)
    factors = {
        "level": np.full(len(cases), np.exp(model.level.mean)),
        "weather, soil water and date": np.exp(effects.growing),
        "variety": np.exp(effects.variety),
        "limits": np.exp(effects.limits),
        "township": np.exp(shifts),
        "local harvests' features": np.exp(learned),
    }
    return _Numbers(
        ends=ends.T.tolist(),
        calibrated=calibrated.tolist(),
        capped=np.any(uncut[1:] > ends[1:] * (1 + TOLERANCE), axis=0).tolist(),
        factors={name: column.tolist() for name, column in factors.items()},
        strange=strange,
        effects=effects,
    )


def _answer(model: CropModel, case: YieldCase, numbers: _Numbers, row: int, coverage: float) -> Answer:
    limit, reason = numbers.effects.limited_by[row], numbers.effects.refused[row]
    if reason:
        return _refusal(case.crop, reason, limit)
    low, expected, high = numbers.ends[row]
    return YieldEstimate(
        crop=case.crop,
        variety=case.variety,
        product=model.product,
        expected_kg_ha=expected,
        low_kg_ha=low,
        high_kg_ha=high,
        coverage=coverage,
        calibrated=numbers.calibrated[row],
        harvests=model.level.harvests,
        limited_by=limit,
        capped=numbers.capped[row],
        factors={name: column[row] for name, column in numbers.factors.items()},
        outside=numbers.strange[row],
    )


def _ends(
    model: CropModel,
    cases: Sequence[YieldCase],
    effects: KnownEffects,
    strange: Sequence[tuple[Outside, ...]],
    coverage: float,
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Offsets of both ends from the middle, and whether local harvests set them.

    Where harvests do not speak for a case, its ends are the wider of the prior's and the calibrated ones.
    """
    townships = {case.township for case in cases}
    total = {name: model.level.total_spread(name) for name in townships}
    spread = np.sqrt(np.array([total[case.township] for case in cases]) ** 2 + effects.spread**2)
    half = normal_half_width(1.0, coverage) * spread
    low, high = -half, half
    if not model.offsets:
        return low, high, np.zeros(len(cases), dtype=np.bool_)
    names = ["year" if case.township in model.level.townships else "township" for case in cases]
    local_low = np.array([model.offsets[name].low for name in names])
    local_high = np.array([model.offsets[name].high for name in names])
    sure = np.array([not reasons for reasons in strange])
    return (
        np.where(sure, local_low, np.minimum(low, local_low)),
        np.where(sure, local_high, np.maximum(high, local_high)),
        sure,
    )


def _cut(model: CropModel, uncut: Floats) -> Floats:
    """Low, expected, high, cut to what is on record: `most_kg_ha` for expectations, `highest_kg_ha` for ends."""
    expected = np.minimum(uncut[1], model.most_kg_ha)
    highest = np.inf if model.highest_kg_ha is None else model.highest_kg_ha
    high = np.maximum(np.minimum(uncut[2], highest), expected)
    return np.stack([np.minimum(uncut[0], expected), expected, high])


def _refusal(crop: str, reason: str, limit: str = "") -> YieldRefusal:
    zh, en = REFUSALS[reason]
    return YieldRefusal(crop=crop, reason=reason, zh=zh.format(limit=limit), en=en.format(limit=limit))


REFUSALS: Mapping[str, tuple[str, str]] = {
    "no regional yield": (
        "本地没有这种作物的产量记录，不作预计；请问当地农技站。",
        "No yield of this crop is on record here, so none is expected: ask the station.",
    ),
    "climate unknown": (
        "当地气候或播期超出了已计算的范围，不作预计。",
        "The climate or the sowing date lies outside what was computed, so no yield is expected.",
    ),
    "limit": (
        "{limit}使这块地几乎不能生长这种作物，不作预计。",
        "{limit} leaves this crop next to nothing on this field, so no yield is expected.",
    ),
}


def default_coverage() -> float:
    """The share of harvests an interval shall hold unless asked otherwise."""
    return priors()["nominal_coverage"]
