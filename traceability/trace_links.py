"""Links of the trace graph from transformations; all events of one `transformationID` are linked as a whole."""

from collections.abc import Iterator, Sequence

from traceability.gs1.epc_uris import canonical_uri
from traceability.lineage import TRANSFORMATION
from traceability.link_methods import is_certain, method_of
from traceability.model import CapturedEvent
from traceability.recorded import RecordedEvent, mappings, text
from traceability.trace_keeping import ASSOCIATION, KEEPING_EVENTS
from traceability.trace_members import lot_of, lots_in, moment_us, things_in
from traceability.trace_model import BATCH, STEP, Link, LinkKind, Mode

LINKS_VERSION = 3
"""By which rules links are made; older ones are made anew when records are migrated."""
LINKING = KEEPING_EVENTS | {TRANSFORMATION}


def step_of(event: RecordedEvent) -> str | None:
    """The name of the step that a transformation is, or is told in part; None for other events."""
    return STEP + _transformation(event) if event.captured.event_type == TRANSFORMATION else None


def links_of(step: str, events: Sequence[RecordedEvent]) -> list[Link]:
    """Every link that the events of a step say, each once; none of them is declared in error.

    Where two records say the same, the surer counts.
    """
    surest: dict[tuple[str, str, LinkKind, int], Link] = {}
    for link in _transformed(step, events):
        key = (link.source, link.target, link.kind, link.since_us)
        other = surest.get(key, link)
        surest[key] = max(link, other, key=lambda each: (each.certain, each.certain_among))
    return list(surest.values())


def _transformation(event: RecordedEvent) -> str:
    return text(event.body, "transformationID") or _own_name(event.captured)


def _own_name(event: CapturedEvent) -> str:
    # Two events may share an eventID and say different things: both are kept, and each is a step of its own.
    return f"{event.event_id} {event.digest[:16]}"


def _transformed(step: str, events: Sequence[RecordedEvent]) -> Iterator[Link]:
    inputs = {name for event in events for name in (*things_in(event, "inputEPCList"), *lots_in(event, "input"))}
    things = {name for event in events for name in things_in(event, "outputEPCList")}
    into_one = len(things) == 1 and not any(mappings(event.body.get("outputQuantityList")) for event in events)
    for event in events:
        sure = is_certain(method_of(event.body))
        moment = moment_us(event)
        for name in things_in(event, "inputEPCList"):
            # One of many in a box, all of which is minced into one lump, is in the lump; in one pack of many, perhaps.
            among = sure and into_one
            yield Link(
                source=name,
                target=step,
                kind=LinkKind.CONSUMED,
                certain=sure,
                certain_among=among,
                since_us=moment,
                until_us=moment,
            )
        for name in lots_in(event, "input"):
            yield Link(
                source=name,
                target=step,
                kind=LinkKind.CONSUMED,
                certain=sure,
                certain_among=False,
                since_us=moment,
                until_us=moment,
            )
        yield from _made(step, event, sure=sure, unmixed=len(inputs) <= 1, into_one=into_one)


def _made(step: str, event: RecordedEvent, *, sure: bool, unmixed: bool, into_one: bool) -> Iterator[Link]:
    """Things, lots, and by way of a batch those things whose lot the event tells."""
    into_thing = sure and (unmixed or into_one)
    batches: dict[str, str] = {}
    for name in things_in(event, "outputEPCList"):
        lot = lot_of(name, event)
        if lot is None:
            yield _link(step, name, LinkKind.MADE, sure=into_thing)
            continue
        batch = batches.setdefault(lot, f"{BATCH}{_own_name(event.captured)} {lot}")
        yield _link(batch, name, LinkKind.MADE, sure=sure)
    for lot, batch in batches.items():
        yield _link(step, batch, LinkKind.MADE, sure=into_thing)
        yield _link(step, lot, LinkKind.LOT, Mode.AMONG, sure=sure)
        yield _link(lot, batch, LinkKind.LOT_OF, sure=sure)
    for name in lots_in(event, "output"):
        yield _link(step, name, LinkKind.MADE, Mode.CONTENT, sure=sure and unmixed)


def _link(source: str, target: str, kind: LinkKind, mode: Mode = Mode.ITSELF, *, sure: bool) -> Link:
    return Link(source=source, target=target, kind=kind, mode=mode, certain=sure, certain_among=sure)


def things_named(event: RecordedEvent) -> list[str]:
    """The things and lots an event is about: what is in a box, not the box; who wears a tag, not the tag."""
    if event.captured.event_type == ASSOCIATION:
        return [canonical_uri(text(event.body, "parentID"))]
    members = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
    things = [name for member in members for name in things_in(event, member)]
    lots = [name for role in ("", "child", "input", "output") for name in lots_in(event, role)]
    return list(dict.fromkeys([*things, *lots]))
