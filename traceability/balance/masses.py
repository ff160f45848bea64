"""Masses in kg as events tell them: of what was made, consumed, weighed and thrown away. What is not told is None."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from traceability.context import NAMESPACE
from traceability.epcis.event_terms import bare_word
from traceability.gs1.epc_uris import canonical_uri
from traceability.lineage import TRANSFORMATION
from traceability.recorded import Body, RecordedEvent, mappings, number, text
from traceability.trace_members import moment_us, things_in
from traceability.trace_model import ThingKind, kind_of
from traceability.yields import bounds_of, kilograms_of, rows_of

CONDEMNING = "https://ns.tiantou.example/voc/bizstep/condemning"
DEATH = frozenset({"destroying", "decommissioning"})
GONE = frozenset({"destroyed", "disposed"})
DAY_US = 86_400_000_000
NetWeight = Callable[[str], float | None]
"""The net weight in kg of a trade item by its GTIN-14; None where none is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What one transformation event made.

    things: kg by thing. lots: kg by class, of what has no serial. total_kg: of all. told_kg: as the event says it of
    all together; pieces_kg: the sum where it says it of each. waste_kg: condemned parts, offal, waste on record.
    """

    things: Mapping[str, float | None]
    lots: Mapping[str, float | None]
    total_kg: float | None
    told_kg: float | None
    pieces_kg: float | None
    waste_kg: float


@dataclass(slots=True, kw_only=True)
class Masses:
    """What things weigh, from events; see `masses_of`."""

    made: dict[str, float | None] = field(default_factory=dict)
    weighed: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    condemned: dict[str, float] = field(default_factory=dict)

    def of(self, thing: str, at_us: int) -> float | None:
        """What the thing weighed then; an animal by a weighing that is recent enough, None where there is none."""
        before = [told for told in self.weighed.get(thing, ()) if told[0] <= at_us]
        if kind_of(thing) is ThingKind.ANIMAL:
            newest = max(before, default=None)
            if newest is None or at_us - newest[0] > bounds_of("weighing_age").high * DAY_US:
                return None
            return newest[1]
        return max(before)[1] if before else self.made.get(thing)

    def gain_kg(self, animal: str, at_us: int) -> float:
        """What the animal may have gained since it was weighed."""
        newest = max((told for told in self.weighed.get(animal, ()) if told[0] <= at_us), default=None)
        days = 0.0 if newest is None else (at_us - newest[0]) / DAY_US
        return days * bounds_of("weighing_age_gain").high

    def ended_before(self, thing: str, at_us: int) -> bool:
        """Whether the thing was recorded as dead or destroyed before."""
        return thing in self.ended and self.ended[thing] < at_us


def masses_of(events: Iterable[RecordedEvent], net_weight: NetWeight) -> Masses:
    """What every thing weighs that these events make or weigh."""
    found = Masses()
    for event in events:
        if event.captured.event_type == TRANSFORMATION:
            found.made.update(output_of(event, net_weight).things)
            continue
        at_us = moment_us(event)
        named = things_in(event, "epcList")
        kg = event.mass_kg()
        if is_condemnation(event):
            found.condemned.update(
                {thing: found.condemned.get(thing, 0.0) + (kg or 0.0) / len(named) for thing in named}
            )
        elif kg is not None and kg > 0 and len(named) == 1:
            found.weighed.setdefault(named[0], []).append((at_us, kg))
        if is_end(event):
            found.ended.update({thing: min(at_us, found.ended.get(thing, at_us)) for thing in named})
    return found


def is_condemnation(event: RecordedEvent) -> bool:
    """Whether the event says that parts of what it names were condemned; its mass is theirs."""
    return text(event.body, "bizStep") == CONDEMNING


def is_end(event: RecordedEvent) -> bool:
    """Whether the event says that what it names is dead or destroyed as a whole."""
    step = bare_word(text(event.body, "bizStep"), "bizStep")
    whole = text(event.body, "action") == "DELETE" or step == "destroying"
    partly = _told(event.body, "waste") is not None or _told(event.ilmd, "waste") is not None
    return whole and not partly and (step in DEATH or bool(event.dispositions & GONE))


def output_of(event: RecordedEvent, net_weight: NetWeight) -> Output:
    """What a transformation event made and threw away."""
    names = things_in(event, "outputEPCList")
    each, told = _told(event.ilmd, "each"), _told(event.ilmd, "total")
    lots = quantities_kg(event, "output")
    if each is None and told is not None and names and not lots and len({gtin_of(name) for name in names}) == 1:
        things: dict[str, float | None] = dict.fromkeys(names, told / len(names))
    else:
        things = {name: each if each is not None else net_weight(gtin_of(name)) for name in names}
    pieces = [*things.values(), *lots.values()]
    known = [kg for kg in pieces if kg is not None]
    summed = sum(known) if pieces and len(known) == len(pieces) else None
    waste = sum(_all_told(event.ilmd, "waste")) + sum(_all_told(event.body, "waste"))
    return Output(
        things=things,
        lots=lots,
        total_kg=summed if told is None else told,
        told_kg=told,
        pieces_kg=summed if each is not None else None,
        waste_kg=waste,
    )


def quantities_kg(event: RecordedEvent, role: str) -> dict[str, float | None]:
    """Kilograms by class in a list of quantities (role: input, output, child or ""); None where only counted."""
    found: dict[str, float | None] = {}
    for quantity in mappings(event.body.get(f"{role}QuantityList" if role else "quantityList")):
        name, amount = canonical_uri(text(quantity, "epcClass")), number(quantity, "quantity")
        kg = None if amount is None else kilograms_of(amount, text(quantity, "uom"))
        before = found.get(name, 0.0)
        found[name] = None if kg is None or before is None else before + kg
    return found


def gtin_of(uri: str) -> str:
    """The GTIN-14 in the URI of a trade item; "" where it is none."""
    return uri.partition("/01/")[2].partition("/")[0]


@cache
def _members() -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = {}
    for row in rows_of("mass_members.csv", package="traceability.balance"):
        found.setdefault(row["says"], []).append(row["member"])
    return found


def _told(body: Body, says: str) -> float | None:
    """What the first of the members that say it tells; None where there is none of them."""
    return next(iter(_all_told(body, says)), None)


def _all_told(body: Body, says: str) -> list[float]:
    names = [prefix + member for member in _members()[says] for prefix in ("tt:", NAMESPACE)]
    return [kg for name in names if (kg := number(body, name)) is not None and kg >= 0]
