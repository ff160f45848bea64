"""Links of the trace graph from captured events; a group of events that belong together is linked as a whole.

A group is one transformation (all events of one `transformationID`, or one event), or all events of one parent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import quote

from traceability.epc_uris import canonical_uri
from traceability.event_facts import EPOCH
from traceability.identifiers import is_class
from traceability.keys import CANONICAL_HOST
from traceability.lineage import TRANSFORMATION
from traceability.link_methods import is_certain, method_of
from traceability.model import CapturedEvent
from traceability.recorded import RecordedEvent, mappings, master_data, text
from traceability.trace_model import BATCH, FIRST_US, LAST_US, STEP, Link, LinkKind, Mode

MICROSECOND = timedelta(microseconds=1)

LINKS_VERSION = 1
"""By which rules links are made; older ones are made anew when records are migrated."""
AGGREGATION, ASSOCIATION = "AggregationEvent", "AssociationEvent"
LINKING = frozenset({TRANSFORMATION, AGGREGATION, ASSOCIATION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Events that are linked together: of that type, and of that transformation (a name) or that parent (a URI)."""

    event_type: str
    name: str


def group_of(event: RecordedEvent) -> Group | None:
    """The group an event belongs to; None where no link."""
    kind = event.captured.event_type
    if kind == TRANSFORMATION:
        return Group(event_type=kind, name=STEP + _transformation(event))
    parent = text(event.body, "parentID")
    return Group(event_type=kind, name=canonical_uri(parent)) if parent and kind in LINKING else None


def links_of(group: Group, events: Sequence[RecordedEvent]) -> list[Link]:
    """Every link that the events of the group say, each once; none of them is declared in error.

    Where two records say the same, the surer counts.
    """
    surest: dict[tuple[str, str, LinkKind, int, int], Link] = {}
    for link in _transformed(group.name, events) if group.event_type == TRANSFORMATION else _kept(group, events):
        key = (link.source, link.target, link.kind, link.since_us, link.until_us)
        other = surest.get(key, link)
        surest[key] = max(link, other, key=lambda each: (each.certain, each.certain_among))
    return list(surest.values())


def _transformation(event: RecordedEvent) -> str:
    return text(event.body, "transformationID") or _own_name(event.captured)


def _own_name(event: CapturedEvent) -> str:
    # Two events may share an eventID and say different things: both are kept, and each is a step of its own.
    return f"{event.event_id} {event.digest[:16]}"


def _transformed(step: str, events: Sequence[RecordedEvent]) -> Iterator[Link]:
    inputs = {name for event in events for name in (*_things(event, "inputEPCList"), *_lots(event, "input"))}
    things = {name for event in events for name in _things(event, "outputEPCList")}
    into_one = len(things) == 1 and not any(mappings(event.body.get("outputQuantityList")) for event in events)
    for event in events:
        sure = is_certain(method_of(event.body))
        moment = _us(event)
        for name in _things(event, "inputEPCList"):
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
        for name in _lots(event, "input"):
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
    for name in _things(event, "outputEPCList"):
        lot = _lot_of(name, event)
        if lot is None:
            yield _link(step, name, LinkKind.MADE, sure=into_thing)
            continue
        batch = batches.setdefault(lot, f"{BATCH}{_own_name(event.captured)} {lot}")
        yield _link(batch, name, LinkKind.MADE, sure=sure)
    for lot, batch in batches.items():
        yield _link(step, batch, LinkKind.MADE, sure=into_thing)
        yield _link(step, lot, LinkKind.LOT, Mode.AMONG, sure=sure)
        yield _link(lot, batch, LinkKind.LOT_OF, sure=sure)
    for name in _lots(event, "output"):
        yield _link(step, name, LinkKind.MADE, Mode.CONTENT, sure=sure and unmixed)


def _link(source: str, target: str, kind: LinkKind, mode: Mode = Mode.ITSELF, *, sure: bool) -> Link:
    return Link(source=source, target=target, kind=kind, mode=mode, certain=sure, certain_among=sure)


def _lot_of(name: str, event: RecordedEvent) -> str | None:
    """The lot of a trade item that an event made, as its class; None where the event tells none."""
    lot = master_data(event, "lotNumber")
    head, key, rest = name.partition(f"{CANONICAL_HOST}/01/")
    gtin = rest.partition("/")[0]
    return f"{CANONICAL_HOST}/01/{gtin}/10/{quote(lot, safe='')}" if lot and key and not head else None


def _kept(group: Group, events: Sequence[RecordedEvent]) -> Iterator[Link]:
    """What was in a container, or which tags an animal wore, each time."""
    added: dict[str, list[Told]] = {}
    removed: dict[str, list[Told]] = {}
    emptied: list[Told] = []
    for event in events:
        told = (_us(event), is_certain(method_of(event.body)))
        children = [*_things(event, "childEPCs"), *_lots(event, "child")]
        if text(event.body, "action") != "DELETE":
            for child in children:
                added.setdefault(child, []).append(told)
        elif event.body.get("childEPCs") or event.body.get("childQuantityList"):
            for child in children:
                removed.setdefault(child, []).append(told)
        else:
            emptied.append(told)
    for child in added | removed:
        for since, until, sure in _spans(added.get(child, ()), removed.get(child, ()), emptied):
            yield from _kept_links(group, child, since, until, sure=sure)


Told = tuple[int, bool]
"""A moment in microseconds since 1970, and whether what is told of it is certain."""


def _spans(added: Sequence[Told], removed: Sequence[Told], emptied: Sequence[Told]) -> Iterator[tuple[int, int, bool]]:
    """From each addition until the next removal; before a removal without an addition it had always been there."""
    ends = sorted(moment for moment, _ in (*removed, *emptied))
    for since, sure in added:
        yield since, next((end for end in ends if end > since), LAST_US), sure
    first = min((moment for moment, _ in added), default=LAST_US)
    early = min((told for told in removed if told[0] < first), default=None)
    if early is not None:
        yield FIRST_US, *early


def _kept_links(group: Group, child: str, since: int, until: int, *, sure: bool) -> Iterator[Link]:
    if group.event_type == ASSOCIATION:
        # The tag stands for the animal that wears it: who reads the tag means the animal.
        source, target, kind, mode = group.name, child, LinkKind.WORN, Mode.CONTENT
    else:
        source, target, kind, mode = child, group.name, LinkKind.HELD, Mode.AMONG
    kept = _link(source, target, kind, mode, sure=sure)
    yield replace(kept, since_us=since, until_us=until)
    yield _link(target, source, LinkKind(kind + 1), sure=sure and not is_class(source))


def _things(event: RecordedEvent, member: str) -> list[str]:
    return [canonical_uri(name) for name in sorted(event.names(member))]


def _lots(event: RecordedEvent, role: str) -> list[str]:
    """Lots in a list of quantities; a trade item without a lot is the same for all that is made of it: no link."""
    quantities = mappings(event.body.get(f"{role}QuantityList" if role else "quantityList"))
    named = dict.fromkeys(canonical_uri(text(quantity, "epcClass")) for quantity in quantities)
    return [name for name in named if name and (not is_class(name) or "/10/" in name)]


def _us(event: RecordedEvent) -> int:
    return (event.captured.event_time - EPOCH) // MICROSECOND


def things_named(event: RecordedEvent) -> list[str]:
    """The things and lots an event is about: what is in a box, not the box; who wears a tag, not the tag."""
    if event.captured.event_type == ASSOCIATION:
        return [canonical_uri(text(event.body, "parentID"))]
    members = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
    things = [name for member in members for name in _things(event, member)]
    lots = [name for role in ("", "child", "input", "output") for name in _lots(event, role)]
    return list(dict.fromkeys([*things, *lots]))
