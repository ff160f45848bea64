"""What came to be lately, to be ticked in a form instead of typed: carcasses, lots, packs, and lots in the ground."""

from collections.abc import Collection, Iterator
from datetime import timedelta

from api.access import Viewer
from api.console.record_choices import Option
from api.console.record_shown import lots_in
from api.console.trace_names import Naming
from api.console.words import Words
from api.rest.epcis_events import visible_epcs
from traceability.context import OWN_STEPS
from traceability.epcis.event_queries import Condition, EventQuery, ExistsCondition, OrderBy, TextCondition, TimeSpan
from traceability.epcis.identifiers import is_class
from traceability.gs1.epc_uris import canonical_uri
from traceability.gs1.keys import Gln
from traceability.lineage import TRANSFORMATION
from traceability.recorded import RecordedEvent, opened

LATELY = timedelta(days=60)
SEASON = timedelta(days=300)
MOST_EVENTS = 40
MOST_OF_ONE = 12
"""Of the packs of one event more are not listed: ranges of serials are typed."""
MOST_THINGS = 40


def things_lately(viewer: Viewer) -> list[Option]:
    """What was made in the last two months of the viewer's animals or on their farms, the newest first."""
    made = TextCondition(names=("eventType",), texts=frozenset({TRANSFORMATION}))
    if viewer.operator:
        names = [name for event in _found(viewer, [made], LATELY) for name in _made(event)]
    else:
        names = _made_of_theirs(viewer, made)
    return _named(viewer, names + lots_of_season(viewer))


def _made_of_theirs(viewer: Viewer, made: Condition) -> list[str]:
    """Asked for by whose it is: among everybody's newest there may be nothing of theirs."""
    mine, places = visible_epcs(viewer) or set(), _places(viewer)
    came = viewer.services.traces.forward(mine).everything if mine else frozenset[str]()
    uris = frozenset(place.uri for place in places)
    here = TextCondition(names=("bizLocation", "readPoint"), texts=uris)
    found = [*_found(viewer, [made], LATELY, visible=came), *_found(viewer, [made, here], LATELY)]
    found.sort(key=lambda event: event.captured.event_time, reverse=True)
    return [name for event in found for name in _made(event) if name in came or event.place in places]


def crops_lately(viewer: Viewer) -> list[Option]:
    """The lots that were planted, tended or harvested this season on the viewer's farms, the newest first."""
    return _named(viewer, lots_of_season(viewer))


def lots_of_season(viewer: Viewer) -> list[str]:
    """The lots that events on the farms name, the newest first."""
    steps = frozenset({"commissioning", *(OWN_STEPS + name for name in ("planting", "fertilising", "spraying"))})
    conditions: list[Condition] = [
        ExistsCondition(name="epcClass", exists=True),
        TextCondition(names=("bizStep",), texts=steps),
    ]
    if not viewer.operator:
        uris = frozenset(place.uri for place in _places(viewer))
        conditions.append(TextCondition(names=("bizLocation",), texts=uris))
    return [
        lot for event in _found(viewer, conditions, SEASON) for lot in lots_in(event, "quantityList") if is_class(lot)
    ]


def _found(
    viewer: Viewer, conditions: list[Condition], since: timedelta, *, visible: Collection[str] | None = None
) -> list[RecordedEvent]:
    """The newest. visible: of which one must be in the event; None for every event."""
    query = EventQuery(
        event_time=TimeSpan(since=viewer.now - since),
        conditions=tuple(conditions),
        order_by=OrderBy.EVENT_TIME,
        descending=True,
    )
    return opened(viewer.services.event_queries.page(query, visible=visible, after=None, limit=MOST_EVENTS).events)


def _made(event: RecordedEvent) -> Iterator[str]:
    names = [*sorted(event.names("outputEPCList"))[:MOST_OF_ONE], *lots_in(event, "outputQuantityList")]
    yield from (canonical_uri(name) for name in names)


def _places(viewer: Viewer) -> frozenset[Gln]:
    return frozenset(Gln.parse(farm.gln) for farm in viewer.farms.values())


def _named(viewer: Viewer, names: list[str]) -> list[Option]:
    naming = Naming(viewer)
    told = [naming.of(name) for name in list(dict.fromkeys(names))[:MOST_THINGS]]
    return [Option(value=thing.uri, words=Words(zh=f"{thing.what} {thing.number}".strip(), en="")) for thing in told]
