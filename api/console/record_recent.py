"""Records as they are kept: those of late, and one by its eventIDs, as far as the viewer may record such."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from api.access import Viewer
from api.console.record_shown import is_declared_wrong, kind_of_record, names_of
from api.console.timeline import biz_step_words, short_step
from api.console.trace_names import Naming, ThingName
from api.console.words import Words
from api.errors import NotVisibleError
from api.rest.epcis_events import visible_epcs
from api.rest.lifecycle_access import permitted_to
from traceability.epcis.event_queries import EventQuery, OrderBy, TextCondition, TimeSpan
from traceability.gs1.epc_uris import canonical_uri
from traceability.gs1.keys import Gln
from traceability.lineage import TRANSFORMATION
from traceability.lives.kinds import EventKind, event_kinds
from traceability.lives.recording import Asked
from traceability.model import CapturedEvent
from traceability.recorded import read_event

LATELY = timedelta(days=14)
MOST_LATELY = 8
MADE = Words(zh="加工", en="made")
"""Of kinds that become the same event: boning, cutting, mincing, washing and the like."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecord:
    """A record as it is kept: its events, whether it was declared wrong, where it was made, what it is about."""

    events: Sequence[CapturedEvent]
    wrong: bool
    place: str
    things: Sequence[ThingName]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLately:
    """One event of late. kind: of the record it came of, None where that cannot be told."""

    event: CapturedEvent
    words: Words
    kind: EventKind | None
    things: Sequence[ThingName]
    place: str
    wrong: bool


def recorded_lately(viewer: Viewer) -> list[RecordedLately]:
    """The newest events of the kinds that are recorded by form, which the viewer may see."""
    steps = frozenset(kind.step for kind in event_kinds().values() if kind.step)
    query = EventQuery(
        record_time=TimeSpan(since=viewer.now - LATELY),
        conditions=(TextCondition(names=("bizStep",), texts=steps),),
        order_by=OrderBy.RECORD_TIME,
        descending=True,
    )
    book, visible = viewer.services.event_queries, visible_epcs(viewer)
    found = book.page(query, visible=visible, after=None, limit=MOST_LATELY).events
    naming = Naming(viewer)
    return [_lately(viewer, event, naming) for event in found if not is_declared_wrong([event])]


def found_record(viewer: Viewer, kind: EventKind, event_ids: Sequence[str]) -> KeptRecord:
    """The record of that kind with these eventIDs; raises NotVisibleError where the viewer may not record such."""
    book = viewer.services.public.events
    found = [event for each in dict.fromkeys(event_ids) for event in book.find(each)]
    said = [event for event in found if not is_declared_wrong([event])]
    if not said or not all(may_record(viewer, kind, event) for event in said):
        raise NotVisibleError(kind="record", identifier=" ".join(event_ids))
    naming = Naming(viewer)
    place = read_event(said[0]).place
    return KeptRecord(
        events=said,
        wrong=is_declared_wrong(found),
        place="" if place is None else str(place),
        things=[naming.of(uri) for uri in sorted(names_of(said[0]))],
    )


def may_record(viewer: Viewer, kind: EventKind, event: CapturedEvent) -> bool:
    """Whether the viewer may record what the event says: who may may also see that it was."""
    place: Gln | None = read_event(event).place
    names = frozenset(canonical_uri(name) for name in names_of(event))
    return place is not None and permitted_to(viewer)(Asked(kind=kind, place=place, names=names))


def _lately(viewer: Viewer, event: CapturedEvent, naming: Naming) -> RecordedLately:
    kind = kind_of_record([event])
    step = short_step(event.biz_step)
    known = biz_step_words().get(step, Words(zh=step or event.event_type, en=event.event_type))
    known = MADE if event.event_type == TRANSFORMATION else known
    place = read_event(event).place
    return RecordedLately(
        event=event,
        words=known if kind is None else Words(zh=kind.words.zh, en=kind.words.en),
        kind=kind,
        things=[naming.of(uri) for uri in sorted(names_of(event))[:3]],
        place="" if place is None else str(place),
        wrong=is_declared_wrong(viewer.services.public.events.find(event.event_id)),
    )
