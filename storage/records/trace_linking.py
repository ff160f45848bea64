"""Links of the trace graph, made in the transaction that captures the events they come from."""

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, Connection, delete, select, update

from storage.records.event_rows import event_of, indexed
from storage.records.keeping_rows import link_keepings
from storage.records.tables import event_texts, events, trace_links, trace_version
from storage.records.trace_rows import Things, voided_ids, write_links
from storage.records.trace_tables import trace_keepings, trace_makings
from storage.records.transactions import among
from traceability.model import CapturedEvent
from traceability.recorded import RecordedEvent, read_event, text
from traceability.trace_keeping import KEEPING_EVENTS
from traceability.trace_links import LINKING, LINKS_VERSION, links_of, step_of

AT_ONCE = 500
"""So many events are linked anew at once."""

Events = Mapping[int, CapturedEvent]


def link_events(connection: Connection, captured: Events) -> None:
    """Every step and pair that one of these events tells of is linked as all events without those in error say."""
    linking = {number: event for number, event in captured.items() if event.event_type in LINKING}
    if not linking:
        return
    told = {number: read_event(event) for number, event in {**linking, **_kin(connection, linking)}.items()}
    steps = whole_steps(connection, told)
    known = {**told, **{number: event for members in steps.values() for number, event in members.items()}}
    voided = voided_ids(connection, {event.captured.event_id for event in known.values()})
    things = Things(connection)
    write_links(things, {step: links_of(step, _valid(members, voided)) for step, members in steps.items()})
    keeping = {number: event for number, event in told.items() if event.captured.event_type in KEEPING_EVENTS}
    valid = {number: event for number, event in keeping.items() if event.captured.event_id not in voided}
    link_keepings(things, valid, keeping.keys() - valid.keys())


def renew_links(connection: Connection) -> None:
    """The links of every event are made by today's rules."""
    if connection.scalar(select(trace_version.c.number)) == LINKS_VERSION:
        return
    for table in (trace_links, trace_makings, trace_keepings):
        connection.execute(delete(table))
    last = 0
    while True:
        query = select(events).where(events.c.number > last, events.c.event_type.in_(sorted(LINKING)))
        rows = connection.execute(query.order_by(events.c.number).limit(AT_ONCE)).all()
        if not rows:
            break
        link_events(connection, {row.number: event_of(row) for row in rows})
        last = rows[-1].number
    connection.execute(update(trace_version).values(number=LINKS_VERSION))


def _valid(members: Mapping[int, RecordedEvent], voided: Collection[str]) -> list[RecordedEvent]:
    return [members[number] for number in sorted(members) if members[number].captured.event_id not in voided]


def whole_steps(connection: Connection, told: Mapping[int, RecordedEvent]) -> dict[str, dict[int, RecordedEvent]]:
    """All events of every step that one of these tells of."""
    found: dict[str, dict[int, RecordedEvent]] = {}
    named: set[str] = set()
    for number, event in told.items():
        step = step_of(event)
        if step is not None:
            found.setdefault(step, {})[number] = event
            named |= {text(event.body, "transformationID")} - {""}
    for number, captured in _of_transformations(connection, named, besides=told).items():
        event = read_event(captured)
        step = step_of(event)
        if step in found:
            found[step][number] = event
    return found


def _kin(connection: Connection, captured: Events) -> dict[int, CapturedEvent]:
    """The other events that have the id of one of these: what it declares in error, or what declares it so."""
    ids = {event.event_id for event in captured.values()}
    return _linking(connection, among(connection, events.c.event_id, ids), besides=captured)


def _of_transformations(
    connection: Connection, named: Collection[str], *, besides: Collection[int]
) -> dict[int, CapturedEvent]:
    """The other events of these transformations."""
    if not named:
        return {}
    facts = event_texts.c
    texts = among(connection, facts.text, map(indexed, named))
    naming = select(facts.event).where(facts.name == "transformationID", texts)
    return _linking(connection, events.c.number.in_(naming), besides=besides)


def _linking(
    connection: Connection, condition: ColumnElement[bool], *, besides: Collection[int]
) -> dict[int, CapturedEvent]:
    numbers = set(connection.scalars(select(events.c.number).where(condition))) - set(besides)
    if not numbers:
        return {}
    query = select(events).where(among(connection, events.c.number, numbers), events.c.event_type.in_(sorted(LINKING)))
    return {row.number: event_of(row) for row in connection.execute(query)}
