"""What if the field were limed, drained or irrigated: the soil that a model would then see, and what it takes.

This changes suitability only. Whether food may be grown is decided by laboratory samples alone: what is imagined here
is no sample, carries no element, and cannot reach the safety gate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from agronomy.crops.requirements import Crop
from agronomy.fertiliser.lime import AIM_PH, LimeDose, lime_dose
from agronomy.soil.samples import Soil
from agronomy.suitability.scores import Score, score
from agronomy.weather.climate import Climate

LEAST_GAIN = 0.01
"""A smaller gain in suitability is not worth a measure (assumed)."""
_DRAINED = "well"
_WET = frozenset({"very poor", "poor", "imperfect"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIf:
    """One measure and the field after it; lime: the dose. cost_yuan_mu: None where no price is known."""

    measure: str
    zh: str
    en: str
    soil: Soil
    irrigated: bool
    lime: LimeDose | None = None
    cost_yuan_mu: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Improvement:
    """What one measure would change for one crop."""

    measure: WhatIf
    before: Score
    after: Score

    @property
    def gain(self) -> float:
        """By how much suitability would rise."""
        return self.after.score - self.before.score


def limed(soil: Soil, target_ph: float, *, irrigated: bool) -> WhatIf | None:
    """The field after liming to that pH; None where pH is unknown or already there. Raises LimeError."""
    if soil.ph is None:
        return None
    dose = lime_dose(soil.ph, target_ph, soil.texture)
    if dose is None:
        return None
    return WhatIf(
        measure="lime",
        zh=f"撒石灰，把酸碱调到 {target_ph:.1f}",
        en=f"lime to pH {target_ph:.1f}",
        soil=replace(soil, ph=target_ph),
        irrigated=irrigated,
        lime=dose,
    )


def drained(soil: Soil, *, irrigated: bool) -> WhatIf | None:
    """The field with ditches; None where drainage is unknown or good."""
    if soil.drainage not in _WET:
        return None
    return WhatIf(
        measure="drain", zh="开沟排水", en="dig drains", soil=replace(soil, drainage=_DRAINED), irrigated=irrigated
    )


def watered(soil: Soil, *, irrigated: bool) -> WhatIf | None:
    """The field with water led to it; None where it has that."""
    if irrigated:
        return None
    return WhatIf(measure="irrigate", zh="引水浇灌", en="irrigate", soil=soil, irrigated=True)


def measures_for(crop: Crop, soil: Soil, *, irrigated: bool) -> Sequence[WhatIf]:
    """The measures that would change the field for this crop; lime goes no further than the crop's best pH asks."""
    aim = min(AIM_PH, crop.ph[1]) if crop.ph is not None else AIM_PH
    measures = (
        limed(soil, aim, irrigated=irrigated),
        drained(soil, irrigated=irrigated),
        watered(soil, irrigated=irrigated),
    )
    return [measure for measure in measures if measure is not None]


def improvements(crop: Crop, climate: Climate, soil: Soil, *, irrigated: bool) -> Sequence[Improvement]:
    """The measures that would make this crop fit better here, the greatest gain first; the gate is not asked."""
    before = score(crop, climate, soil, irrigated)
    found = [
        Improvement(measure=measure, before=before, after=score(crop, climate, measure.soil, measure.irrigated))
        for measure in measures_for(crop, soil, irrigated=irrigated)
    ]
    return sorted((one for one in found if one.gain >= LEAST_GAIN), key=lambda one: -one.gain)
