"""What of a recall's scope is goods now: from how things were made, and the newest record of each."""

from collections.abc import Iterable, Mapping, Sequence

from traceability.balance.masses import Masses, NetWeight, is_end, masses_of
from traceability.context import SENSOR_REPORTING
from traceability.epcis.event_terms import bare_word
from traceability.lineage import TRANSFORMATION
from traceability.model import CapturedEvent
from traceability.ports import EventRepository, RecallGoods
from traceability.recall_goods import Good, Inventory, Outcome, Recovery
from traceability.recalls import Scope
from traceability.recorded import RecordedEvent, mappings, opened, read_event, text
from traceability.trace_members import lot_of, lots_in, moment_us, things_in
from traceability.trace_model import LAST_US, ThingKind, kind_of

LEAVING = frozenset({"shipping", "departing", "consigning", "loading", "transporting", "staging_outbound"})
"""Business steps after which goods are where they are sent to."""
PRESENT = ("epcList", "childEPCs", "outputEPCList")
"""Lists of things that are there after the event."""
MOST_LOOKED_FOR = 2000
"""For more things whose newest event names no place, older ones are not read."""
PARTY_KEYS = ("/414/", "/417/")


def inventory_of(
    scope: Scope,
    *,
    goods: RecallGoods,
    events: EventRepository,
    net_weight: NetWeight,
    recoveries: Sequence[Recovery] = (),
) -> Inventory:
    """What of the scope is goods now; recoveries: the newest word on each thing holds."""
    steps = [*goods.transformations(scope.reached.steps), *events.about(scope.starts, besides=SENSOR_REPORTING)]
    recorded = opened(_once(steps))
    used, with_packs = _used(recorded), _lots_with_packs(recorded)
    masses = masses_of(recorded, net_weight)
    things = sorted(scope.certain | scope.possible)
    present = [thing for thing in things if _is_goods(thing) and thing not in used and thing not in with_packs]
    newest = {thing: read_event(event) for thing, event in goods.newest(_with_boxes(present, goods)).items()}
    boxes = goods.containers(present)
    placed = _last_placed([thing for thing in present if thing in newest and not holder_of(newest[thing])], events)
    said = {each.thing: each for each in sorted(recoveries, key=lambda each: each.at)}
    found = [
        _good(thing, scope, masses, newest, placed.get(thing), boxes.get(thing, ""), said.get(thing))
        for thing in present
    ]
    return Inventory(goods=tuple(found), used_up=sum(_is_goods(thing) and thing in used for thing in things))


def _once(events: Iterable[CapturedEvent]) -> list[CapturedEvent]:
    return list(dict.fromkeys(events))


def _is_goods(thing: str) -> bool:
    return kind_of(thing) in {ThingKind.ANIMAL, ThingKind.ITEM, ThingKind.LOT}


def _used(events: Iterable[RecordedEvent]) -> set[str]:
    """What became something else; a lot may be used in part, and stays goods."""
    return {thing for event in events for thing in things_in(event, "inputEPCList")}


def _lots_with_packs(events: Iterable[RecordedEvent]) -> set[str]:
    made = [event for event in events if event.captured.event_type == TRANSFORMATION]
    lots = {lot_of(name, event) for event in made for name in things_in(event, "outputEPCList")} - {None}
    loose = {name for event in made for name in lots_in(event, "output")}
    return {lot for lot in lots if lot is not None and lot not in loose}


def _with_boxes(things: Sequence[str], goods: RecallGoods) -> list[str]:
    return [*things, *set(goods.containers(things).values())]


def _last_placed(things: Sequence[str], events: EventRepository) -> dict[str, RecordedEvent]:
    """The newest event of each that says where it is, for things whose newest event does not."""
    found: dict[str, RecordedEvent] = {}
    wanted = {*things[:MOST_LOOKED_FOR]}
    recorded = opened(events.about(wanted, besides=SENSOR_REPORTING)) if wanted else []
    for event in sorted(recorded, key=lambda each: each.captured.event_time):
        if holder_of(event):
            named = {
                thing for member in ("epcList", "childEPCs", "outputEPCList") for thing in things_in(event, member)
            }
            found.update(dict.fromkeys(named & wanted, event))
    return found


def _good(
    thing: str,
    scope: Scope,
    masses: Masses,
    newest: Mapping[str, RecordedEvent],
    placed: RecordedEvent | None,
    box: str,
    said: Recovery | None,
) -> Good:
    told = [newest[name] for name in (thing, box) if name in newest]
    last = max(told, key=lambda event: event.captured.event_time, default=None)
    at = last if last is None or holder_of(last) else placed or last
    outcome = Outcome.MISSING if last is None else _outcome(newest.get(thing, last))
    if said is not None and (last is None or outcome is Outcome.MISSING or said.at >= last.captured.event_time):
        outcome = said.outcome
    return Good(
        thing=thing,
        certain=thing in scope.certain,
        kg=masses.of(thing, LAST_US if last is None else moment_us(last)),
        holder="" if at is None else holder_of(at),
        since=None if at is None else at.captured.event_time,
        outcome=outcome,
    )


def _outcome(event: RecordedEvent) -> Outcome:
    """What the newest event of a thing says; goods of which nobody says more are missing until somebody does."""
    if is_end(event):
        return Outcome.DESTROYED
    if "returned" in event.dispositions:
        return Outcome.RETURNED
    sold = "retail_sold" in event.dispositions or bare_word(text(event.body, "bizStep"), "bizStep") == "retail_selling"
    return Outcome.SOLD if sold else Outcome.MISSING


def holder_of(event: RecordedEvent) -> str:
    """The GLN of who has what the event names after it; "" where it does not say."""
    if bare_word(text(event.body, "bizStep"), "bizStep") in LEAVING:
        for destination in mappings(event.body.get("destinationList")):
            gln = _gln_in(text(destination, "destination"))
            if gln:
                return gln
    return "" if event.place is None else str(event.place)


def _gln_in(uri: str) -> str:
    found = (uri.partition(key)[2].partition("/")[0] for key in PARTY_KEYS if key in uri)
    return next(found, "")
