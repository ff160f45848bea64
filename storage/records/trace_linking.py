"""Links of the trace graph, made in the transaction that captures the events they come from."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select, update

from storage.records.keeping_rows import link_keepings
from storage.records.tables import event_texts, events, trace_links, trace_version
from storage.records.trace_rows import AT_ONCE, voided_ids, write_links
from storage.records.trace_tables import trace_keepings
from storage.records.transactions import in_chunks
from traceability.model import CapturedEvent
from traceability.recorded import RecordedEvent, read_event, text
from traceability.trace_keeping import KEEPING_EVENTS
from traceability.trace_links import LINKING, LINKS_VERSION, links_of, step_of

Events = Mapping[int, CapturedEvent]


def link_events(connection: Connection, captured: Events) -> None:
    """Every step and pair that one of these events tells of is linked as all events without those in error say."""
    linking = {number: event for number, event in captured.items() if event.event_type in LINKING}
    if not linking:
        return
    kin = {**linking, **_events(connection, _with_ids([event.event_id for event in linking.values()]))}
    told = {number: read_event(event) for number, event in kin.items()}
    steps = _steps(connection, told)
    known = {**told, **{number: event for members in steps.values() for number, event in members.items()}}
    voided = voided_ids(connection, {event.captured.event_id for event in known.values()})
    write_links(connection, {step: links_of(step, _valid(members, voided)) for step, members in steps.items()})
    keeping = {number: event for number, event in told.items() if event.captured.event_type in KEEPING_EVENTS}
    valid = {number: event for number, event in keeping.items() if event.captured.event_id not in voided}
    link_keepings(connection, valid, keeping.keys() - valid.keys())


def renew_links(connection: Connection) -> None:
    """The links of every event are made by today's rules."""
    if connection.scalar(select(trace_version.c.number)) == LINKS_VERSION:
        return
    connection.execute(delete(trace_links))
    connection.execute(delete(trace_keepings))
    last = 0
    while True:
        query = select(events).where(events.c.number > last, events.c.event_type.in_(sorted(LINKING)))
        rows = connection.execute(query.order_by(events.c.number).limit(AT_ONCE)).all()
        if not rows:
            break
        link_events(connection, {row.number: _event(row) for row in rows})
        last = rows[-1].number
    connection.execute(update(trace_version).values(number=LINKS_VERSION))


def _valid(members: Mapping[int, RecordedEvent], voided: Collection[str]) -> list[RecordedEvent]:
    return [members[number] for number in sorted(members) if members[number].captured.event_id not in voided]


def _steps(connection: Connection, told: Mapping[int, RecordedEvent]) -> dict[str, dict[int, RecordedEvent]]:
    """All events of every step that one of these tells of."""
    found: dict[str, dict[int, RecordedEvent]] = {}
    named: set[str] = set()
    for number, event in told.items():
        step = step_of(event)
        if step is not None:
            found.setdefault(step, {})[number] = event
            named |= {text(event.body, "transformationID")} - {""}
    for number, captured in _events(connection, _with_fact("transformationID", named)).items():
        event = read_event(captured)
        step = step_of(event)
        if step in found:
            found[step][number] = event
    return found


def _with_ids(ids: Collection[str]) -> Iterator[Select[Any]]:
    for chunk in in_chunks(ids):
        yield select(events).where(events.c.event_id.in_(chunk), events.c.event_type.in_(sorted(LINKING)))


def _with_fact(name: str, texts: Collection[str]) -> Iterator[Select[Any]]:
    for chunk in in_chunks(texts):
        naming = select(event_texts.c.event).where(event_texts.c.name == name, event_texts.c.text.in_(chunk))
        yield select(events).where(events.c.number.in_(naming), events.c.event_type.in_(sorted(LINKING)))


def _events(connection: Connection, queries: Iterable[Select[Any]]) -> dict[int, CapturedEvent]:
    return {row.number: _event(row) for query in queries for row in connection.execute(query)}


def _event(row: Row[Any]) -> CapturedEvent:
    return CapturedEvent(
        event_id=row.event_id,
        event_type=row.event_type,
        event_time=row.event_time,
        record_time=row.record_time,
        biz_step=row.biz_step,
        epcs=(),
        document=row.document,
        digest=row.content_sha256,
    )
