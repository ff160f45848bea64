"""What if the field were limed, drained or watered: the same advice with another soil, behind the same gate.

The gate is asked once, on laboratory samples; nothing imagined here can be handed to it. Where it refuses, there is no
"what if" either.
"""

from dataclasses import dataclass
from typing import Protocol

from agronomy.advice.case import FieldCase
from agronomy.advice.gate import GateAnswer, gate_answer
from agronomy.advice.growing import Growing, growing
from agronomy.advice.soil import known_soil, profile_of
from agronomy.advice.what_if import WhatIf, drained, limed, watered
from agronomy.fertiliser.lime import LimeError
from agronomy.gate.safety import stays_as_clean
from agronomy.soil.samples import Soil


@dataclass(frozen=True, slots=True, kw_only=True)
class Imagined:
    """2 and 3 before and after the measures; None both where the gate refuses. measures: those that change anything."""

    gate: GateAnswer
    measures: tuple[WhatIf, ...]
    before: Growing | None
    after: Growing | None


def imagine(case: FieldCase, *, lime_ph: float | None = None, irrigate: bool = False, drain: bool = False) -> Imagined:
    """The field after these measures.

    Raises LimeError for a pH to which lime never leads, and for one at which the soil would be judged worse.
    """
    gate = gate_answer(case, case.model.crops)
    if gate.refuses:
        return Imagined(gate=gate, measures=(), before=None, after=None)
    profile = profile_of(case)
    soil = known_soil(case, profile)
    before = growing(case, gate, profile, soil)
    measures: list[WhatIf] = []
    irrigated = before.irrigated
    for wanted, step in ((lime_ph is not None, _lime(lime_ph)), (drain, drained), (irrigate, watered)):
        measure = step(soil, irrigated=irrigated) if wanted else None
        if measure is not None and measure.lime is not None and measure.soil.ph is not None:
            _refuse_worse(gate, measure.soil.ph)
        if measure is not None:
            measures.append(measure)
            soil, irrigated = measure.soil, measure.irrigated
    after = growing(case, gate, profile, soil, irrigated=irrigated)
    return Imagined(gate=gate, measures=tuple(measures), before=before, after=after)


def _refuse_worse(gate: GateAnswer, ph: float) -> None:
    if not stays_as_clean(gate.screening, ph):
        msg = (
            f"酸碱调到 {ph:.1f}，砷的限值更严，这块田会更不合格，不要撒石灰"
            f" (at pH {ph:.1f} the limit of arsenic is lower and this soil would be judged worse: do not lime)"
        )
        raise LimeError(msg)


class _Step(Protocol):
    def __call__(self, soil: Soil, *, irrigated: bool) -> WhatIf | None: ...


def _lime(target_ph: float | None) -> _Step:
    def step(soil: Soil, *, irrigated: bool) -> WhatIf | None:
        return None if target_ph is None else limed(soil, target_ph, irrigated=irrigated)

    return step
