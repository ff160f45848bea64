"""Mass balance: no more comes out of a slaughter, a cut or a mix than went in, and no more than pigs can give.

Steps that consume the same thing are one stage: a carcass that is cut in two events is one carcass. Whatever weight is
not on record leaves the stage not known, never balanced; what cannot be in any case is flagged all the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache

from traceability.balance.masses import Masses, NetWeight, Output, masses_of, output_of, quantities_kg
from traceability.lineage import TRANSFORMATION
from traceability.recorded import RecordedEvent, text
from traceability.trace_links import step_of
from traceability.trace_members import moment_us, things_in
from traceability.trace_model import ThingKind, kind_of
from traceability.yields import ANY_BREED, Bounds, bounds_of, rows_of

SMALLEST_DIFFERENCE_KG = 0.005
"""Weights are told to 10 g at best."""


class StageKind(StrEnum):
    """What is done in a stage."""

    SLAUGHTER = "slaughter"
    CUTTING = "cutting"
    PROCESSING = "processing"


class Verdict(StrEnum):
    """What the figures say of a stage or lot, the worst first."""

    FLAGGED = "flagged"
    UNKNOWN = "not_known"
    NOTED = "noted"
    BALANCED = "balanced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule of `mass_rules.csv` that is broken, with its figures in words; grave: it cannot be so."""

    rule: str
    grave: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One or several steps that share what they consumed.

    at: the last of its events. in_kg, out_kg: None where a weight is not on record; out_kg is what was made, without
    waste_kg. unweighed: what has no weight on record. pigs: how many living animals are known behind it.
    """

    kind: StageKind
    at: datetime
    events: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    in_kg: float | None
    out_kg: float | None
    waste_kg: float
    unweighed: tuple[str, ...]
    pigs: int
    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """What its figures say."""
        return verdict_of(self.findings, known=self.in_kg is not None and self.out_kg is not None)


def verdict_of(findings: Iterable[Finding], *, known: bool) -> Verdict:
    """The worst that holds."""
    graves = {finding.grave for finding in findings}
    if True in graves:
        return Verdict.FLAGGED
    if not known:
        return Verdict.UNKNOWN
    return Verdict.NOTED if graves else Verdict.BALANCED


def finding_of(rule: str, **figures: float) -> Finding:
    """The finding with its figures in both languages."""
    row = mass_rules()[rule]
    return Finding(
        rule=rule, grave=row["grave"] == "true", zh=row["zh"].format(**figures), en=row["en"].format(**figures)
    )


def stages_of(events: Iterable[RecordedEvent], net_weight: NetWeight) -> list[Stage]:
    """Every stage that these events tell of, the oldest first; the events before it tell what went in."""
    events = list(events)
    steps = [event for event in events if event.captured.event_type == TRANSFORMATION]
    known = _Known(events, steps, net_weight)
    stages = [_stage(members, known) for members in _joined(steps)]
    return sorted(stages, key=lambda stage: (stage.at, stage.events))


class _Known:
    """What all the events together tell of things."""

    def __init__(self, events: Sequence[RecordedEvent], steps: Sequence[RecordedEvent], net_weight: NetWeight) -> None:
        self.net_weight = net_weight
        self.masses: Masses = masses_of(events, net_weight)
        self.came_of: dict[str, set[str]] = {}
        for step in steps:
            for thing in things_in(step, "outputEPCList"):
                self.came_of.setdefault(thing, set()).update(things_in(step, "inputEPCList"))
        self.breeds = {
            thing: text(event.ilmd, "tt:breed")
            for event in events
            if text(event.ilmd, "tt:breed")
            for thing in things_in(event, "epcList")
        }

    def pigs_behind(self, things: Iterable[str]) -> set[str] | None:
        """Every living animal that these came of; None where one of them came of something that is not on record."""
        pigs, seen, waiting = set[str](), set[str](), [*things]
        while waiting:
            thing = waiting.pop()
            if kind_of(thing) is ThingKind.ANIMAL:
                pigs.add(thing)
            elif not self.came_of.get(thing):
                return None
            elif thing not in seen:
                seen.add(thing)
                waiting.extend(self.came_of[thing])
        return pigs


def _joined(steps: Sequence[RecordedEvent]) -> list[list[RecordedEvent]]:
    """Steps grouped by what they consume, and by being told as one transformation."""
    first: dict[str, int] = {}
    group = list(range(len(steps)))

    def root(number: int) -> int:
        while group[number] != number:
            group[number] = group[group[number]]
            number = group[number]
        return number

    for number, step in enumerate(steps):
        for name in (step_of(step) or "", *things_in(step, "inputEPCList")):
            group[root(number)] = root(first.setdefault(name, number))
    joined: dict[int, list[RecordedEvent]] = {}
    for number, step in enumerate(steps):
        joined.setdefault(root(number), []).append(step)
    return list(joined.values())


def _stage(members: Sequence[RecordedEvent], known: _Known) -> Stage:
    inputs = sorted({thing for event in members for thing in things_in(event, "inputEPCList")})
    begin_us = min(moment_us(event) for event in members)
    made = [output_of(event, known.net_weight) for event in members]
    unweighed: list[str] = []
    in_kg = _total([*((thing, known.masses.of(thing, begin_us)) for thing in inputs), *_lots_in(members)], unweighed)
    out_kg = _made_kg(made, unweighed)
    pigs = known.pigs_behind(inputs) if not any(True for _ in _lots_in(members)) else None
    stage = Stage(
        kind=_kind(inputs, known),
        at=max(event.captured.event_time for event in members),
        events=tuple(sorted(event.captured.event_id for event in members)),
        inputs=(*inputs, *(name for name, _ in _lots_in(members))),
        outputs=tuple(sorted({name for each in made for name in (*each.things, *each.lots)})),
        in_kg=in_kg,
        out_kg=out_kg,
        waste_kg=sum(each.waste_kg for each in made) + sum(known.masses.condemned.get(thing, 0.0) for thing in inputs),
        unweighed=tuple(unweighed),
        pigs=len(pigs or ()),
        findings=(),
    )
    findings = [*_conserved(stage, known, begin_us), *_possible(stage, made, pigs, known), *_told_alike(made)]
    findings += _living(stage, known, begin_us)
    return replace(stage, findings=tuple(findings))


def _lots_in(members: Iterable[RecordedEvent]) -> list[tuple[str, float | None]]:
    return [told for event in members for told in quantities_kg(event, "input").items()]


def _total(told: Iterable[tuple[str, float | None]], unweighed: list[str]) -> float | None:
    """The sum; None where there is nothing or one is not known, whose names are added to `unweighed`."""
    found = list(told)
    missing = [name for name, kg in found if kg is None]
    unweighed.extend(missing)
    return None if missing or not found else sum(kg for _, kg in found if kg is not None)


def _made_kg(made: Sequence[Output], unweighed: list[str]) -> float | None:
    told = [each for each in made if each.things or each.lots]
    for each in told:
        if each.total_kg is None:
            unweighed.extend(name for name, kg in (*each.things.items(), *each.lots.items()) if kg is None)
    return _total((("", each.total_kg) for each in told), [])


def _kind(inputs: Sequence[str], known: _Known) -> StageKind:
    if any(kind_of(thing) is ThingKind.ANIMAL for thing in inputs):
        return StageKind.SLAUGHTER
    sources = [source for thing in inputs for source in known.came_of.get(thing, ())]
    carcasses = bool(sources) and all(kind_of(source) is ThingKind.ANIMAL for source in sources)
    return StageKind.CUTTING if carcasses else StageKind.PROCESSING


def _breed(stage: Stage, known: _Known) -> str:
    """The breed of all pigs that are slaughtered here; "" where it is not one and the same."""
    breeds = {known.breeds.get(thing, ANY_BREED) for thing in stage.inputs}
    return breeds.pop() if len(breeds) == 1 else ANY_BREED


def _conserved(stage: Stage, known: _Known, begin_us: int) -> list[Finding]:
    """Nothing comes from nothing, and what is missing should be on record."""
    if stage.in_kg is None or stage.out_kg is None:
        return []
    tolerance = bounds_of("tolerance").high
    out_kg, in_kg = stage.out_kg + stage.waste_kg, stage.in_kg
    if stage.kind is StageKind.SLAUGHTER:
        in_kg += sum(known.masses.gain_kg(thing, begin_us) for thing in stage.inputs)
    if out_kg > in_kg * (1 + tolerance) + SMALLEST_DIFFERENCE_KG:
        figures = {"out_kg": out_kg, "in_kg": in_kg, "more_kg": out_kg - in_kg}
        return [finding_of("more_out_than_in", **figures, tolerance_percent=tolerance * 100)]
    bounds = _bounds(stage, known)
    ratio = 100 * stage.out_kg / in_kg if in_kg else 0.0
    figures = {"out_kg": stage.out_kg, "in_kg": in_kg, "ratio_percent": ratio}
    if stage.kind is StageKind.SLAUGHTER and stage.out_kg > in_kg * bounds.high * (1 + tolerance):
        return [finding_of("above_kill_out", **figures, high_percent=bounds.high * 100)]
    if out_kg < stage.in_kg * bounds.low:
        missing = stage.in_kg * bounds.low - out_kg
        return [finding_of("less_than_usual", **figures, low_percent=bounds.low * 100, missing_kg=missing)]
    return []


def _bounds(stage: Stage, known: _Known) -> Bounds:
    item = "kill_out" if stage.kind is StageKind.SLAUGHTER else str(stage.kind)
    return bounds_of(item, _breed(stage, known))


def _possible(stage: Stage, made: Sequence[Output], pigs: set[str] | None, known: _Known) -> list[Finding]:
    """No more than so many pigs of their breeds can give, whether or not anything was weighed before."""
    if not pigs or stage.kind is StageKind.PROCESSING:
        return []
    weights = [kg for each in made for kg in each.things.values() if kg is not None]
    at_least = max(stage.out_kg or 0.0, sum(weights))
    most = sum(_most_kg(known.breeds.get(pig, ANY_BREED)) for pig in pigs)
    if at_least <= most * (1 + bounds_of("tolerance").high):
        return []
    return [finding_of("beyond_pigs", packs=len(stage.outputs), out_kg=at_least, pigs=len(pigs), most_kg=most)]


def _most_kg(breed: str) -> float:
    return bounds_of("live_kg", breed).high * bounds_of("kill_out", breed).high


def _told_alike(made: Iterable[Output]) -> list[Finding]:
    tolerance = bounds_of("tolerance").high
    return [
        finding_of("totals_differ", told_kg=each.told_kg, sum_kg=each.pieces_kg)
        for each in made
        if each.told_kg is not None
        and each.pieces_kg is not None
        and abs(each.told_kg - each.pieces_kg) > tolerance * max(each.told_kg, each.pieces_kg) + SMALLEST_DIFFERENCE_KG
    ]


def _living(stage: Stage, known: _Known, begin_us: int) -> list[Finding]:
    dead = [thing for thing in stage.inputs if known.masses.ended_before(thing, begin_us)]
    return [finding_of("dead_animal_used", animals=len(dead))] if dead else []


@cache
def mass_rules() -> Mapping[str, Mapping[str, str]]:
    """Every rule by its name, with its words."""
    return {row["rule"]: row for row in rows_of("mass_rules.csv", package="traceability.balance")}
