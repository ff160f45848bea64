"""Links of the trace graph, made in the transaction that captures the events they come from."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, or_, select, update

from storage.records.tables import event_texts, events, trace_links, trace_things, trace_version
from storage.records.transactions import insert_into, insert_many
from traceability.lineage import TRANSFORMATION
from traceability.model import CapturedEvent
from traceability.recorded import RecordedEvent, read_event, text
from traceability.trace_links import AGGREGATION, ASSOCIATION, LINKING, LINKS_VERSION, Group, group_of, links_of
from traceability.trace_model import Link, LinkKind, Mode, ThingKind, kind_of

AT_ONCE = 500
LONGEST_NAME = 2000
"""Bytes; an index entry of PostgreSQL may have some 2,700."""
Events = Mapping[int, CapturedEvent]


def link_events(connection: Connection, captured: Events) -> None:
    """Every group that one of these events belongs to is linked as all its events, without those in error, say."""
    linking = {number: event for number, event in captured.items() if event.event_type in LINKING}
    if not linking:
        return
    kin = {**linking, **_events(connection, _with_ids([event.event_id for event in linking.values()]))}
    groups = _groups(connection, kin)
    ids = {event.captured.event_id for members in groups.values() for event in members}
    voided = voided_ids(connection, ids)
    links = {
        group: links_of(group, [event for event in members if event.captured.event_id not in voided])
        for group, members in groups.items()
    }
    write_links(connection, links)


def renew_links(connection: Connection) -> None:
    """The links of every event are made by today's rules."""
    if connection.scalar(select(trace_version.c.number)) == LINKS_VERSION:
        return
    connection.execute(delete(trace_links))
    last = 0
    while True:
        query = select(events).where(events.c.number > last, events.c.event_type.in_(sorted(LINKING)))
        rows = connection.execute(query.order_by(events.c.number).limit(AT_ONCE)).all()
        if not rows:
            break
        link_events(connection, {row.number: _event(row) for row in rows})
        last = rows[-1].number
    connection.execute(update(trace_version).values(number=LINKS_VERSION))


def thing_name(name: str) -> str:
    """The name as the index holds it."""
    raw = name.encode("utf-8", "surrogatepass")
    return name if len(raw) <= LONGEST_NAME else f"sha256:{sha256(raw).hexdigest()}"


def thing_numbers(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The number of each thing, by its name as the index holds it; who was not known is now."""
    kinds = {thing_name(name): kind_of(name) for name in sorted(set(names))}
    numbers = known_things(connection, kinds)
    missing = [{"name": name, "kind": kind} for name, kind in kinds.items() if name not in numbers]
    if missing:
        connection.execute(insert_into(connection, trace_things).on_conflict_do_nothing(), missing)
        numbers |= known_things(connection, [row["name"] for row in missing])
    return numbers


def known_things(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The numbers of those things that are known."""
    found: dict[str, int] = {}
    for chunk in _chunks(sorted(set(names))):
        rows = connection.execute(select(trace_things).where(trace_things.c.name.in_(chunk)))
        found.update({row.name: row.number for row in rows})
    return found


def _groups(connection: Connection, kin: Events) -> dict[Group, list[RecordedEvent]]:
    """All events of every group that one of these belongs to."""
    found: dict[Group, dict[int, RecordedEvent]] = {}
    wanted: dict[str, set[str]] = {"transformationID": set(), "parentID": set()}
    for number, event in kin.items():
        told = read_event(event)
        group = group_of(told)
        if group is None:
            continue
        found.setdefault(group, {})[number] = told
        if group.event_type != TRANSFORMATION:
            wanted["parentID"].add(group.name)
        elif text(told.body, "transformationID"):
            wanted["transformationID"].add(text(told.body, "transformationID"))
    for fact, texts in wanted.items():
        for number, event in _events(connection, _with_fact(fact, sorted(texts))).items():
            told = read_event(event)
            group = group_of(told)
            if group in found:
                found[group][number] = told
    return {group: [members[number] for number in sorted(members)] for group, members in found.items()}


def _with_ids(ids: Collection[str]) -> Iterator[Select[Any]]:
    for chunk in _chunks(sorted(set(ids))):
        yield select(events).where(events.c.event_id.in_(chunk), events.c.event_type.in_(sorted(LINKING)))


def _with_fact(name: str, texts: Sequence[str]) -> Iterator[Select[Any]]:
    for chunk in _chunks(texts):
        naming = select(event_texts.c.event).where(event_texts.c.name == name, event_texts.c.text.in_(chunk))
        yield select(events).where(events.c.number.in_(naming), events.c.event_type.in_(sorted(LINKING)))


def _events(connection: Connection, queries: Iterable[Select[Any]]) -> dict[int, CapturedEvent]:
    return {row.number: _event(row) for query in queries for row in connection.execute(query)}


def voided_ids(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those ids that an error declaration repeats."""
    declaring = event_texts.c.event == events.c.number
    query = select(events.c.event_id).join(event_texts, declaring).where(event_texts.c.name == "errorDeclaration")
    found: set[str] = set()
    for chunk in _chunks(sorted(ids)):
        found.update(connection.scalars(query.where(events.c.event_id.in_(chunk))))
    return found


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


def write_links(connection: Connection, links: Mapping[Group, Sequence[Link]]) -> None:
    """The groups have these links and no others."""
    before = known_things(connection, [thing_name(group.name) for group in links])
    touched = set[int]()
    for group in links:
        number = before.get(thing_name(group.name))
        if number is not None:
            touched |= _unlink(connection, group, number)
    names = {name for told in links.values() for link in told for name in (link.source, link.target)}
    numbers = thing_numbers(connection, names)
    rows = [_row(link, numbers) for told in links.values() for link in told]
    insert_many(connection, trace_links, [tuple(row[column.name] for column in trace_links.columns) for row in rows])
    touched |= {row["target"] for row in rows if row["kind"] == LinkKind.MADE and row["mode"] == Mode.CONTENT}
    _judge_lots(connection, touched)


def _unlink(connection: Connection, group: Group, number: int) -> set[int]:
    """The group has no links; which lots it had made."""
    links = trace_links.c
    if group.event_type == ASSOCIATION:
        worn, worn_by = links.kind == LinkKind.WORN, links.kind == LinkKind.WORN_BY
        mine = or_((links.source == number) & worn, (links.target == number) & worn_by)
        connection.execute(delete(trace_links).where(mine))
        return set()
    if group.event_type == AGGREGATION:
        held, holds = links.kind == LinkKind.HELD, links.kind == LinkKind.HOLDS
        mine = or_((links.target == number) & held, (links.source == number) & holds)
        connection.execute(delete(trace_links).where(mine))
        return set()
    made = select(links.target, links.mode, trace_things.c.kind.label("made"))
    made = made.join(trace_things, trace_things.c.number == links.target)
    rows = connection.execute(made.where(links.source == number, links.kind == LinkKind.MADE)).all()
    ends = [number, *(row.target for row in rows if row.made == ThingKind.STEP)]
    for chunk in _chunks(ends):
        connection.execute(delete(trace_links).where(or_(links.source.in_(chunk), links.target.in_(chunk))))
    return {row.target for row in rows if row.mode == Mode.CONTENT}


def _judge_lots(connection: Connection, lots: Collection[int]) -> None:
    """What went into a lot is certainly in all of it only where nothing else made the lot."""
    for chunk in _chunks(sorted(lots)):
        mine = (trace_links.c.target.in_(chunk), trace_links.c.kind == LinkKind.MADE)
        shared = select(trace_links.c.target).where(*mine).group_by(trace_links.c.target).having(func.count() > 1)
        several = [*connection.scalars(shared)]
        connection.execute(update(trace_links).where(*mine).values(certain=trace_links.c.claimed))
        if several:
            of_several = (trace_links.c.target.in_(several), trace_links.c.kind == LinkKind.MADE)
            connection.execute(update(trace_links).where(*of_several).values(certain=0))


def _row(link: Link, numbers: Mapping[str, int]) -> dict[str, Any]:
    return {
        "source": numbers[thing_name(link.source)],
        "target": numbers[thing_name(link.target)],
        "kind": int(link.kind),
        "since_us": link.since_us,
        "until_us": link.until_us,
        "mode": int(link.mode),
        "certain": int(link.certain),
        "certain_among": int(link.certain_among),
        "claimed": int(link.certain),
    }


def _chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]
