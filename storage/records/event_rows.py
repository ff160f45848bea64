"""How an event lies in the tables: its row, the EPCs it names, and the facts that queries ask for."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, exists, func, select, text, update

from storage.records.tables import event_epcs, event_numbers, event_texts, events
from storage.records.transactions import among, insert_many
from traceability.epcis.capture import capture_event
from traceability.epcis.event_facts import FACTS_VERSION, Facts, facts_of_document
from traceability.errors import EventError
from traceability.model import CapturedEvent, Flag

Key = tuple[str, str]
"""eventID and sha256 (hex) of the content: an error declaration repeats the eventID with another content."""

SEQUENCE_LOCK = 0x65_70_63_69_73
"""Of all writers of events and holds to one PostgreSQL database, one at a time ("epcis")."""
LONGEST_TEXT = 500
"""Bytes; an index entry of PostgreSQL may have some 2,700 in all."""
RENEWED_AT_ONCE = 500
NO_FLAGS = "[]"

_EPCS = msgspec.json.Decoder(list[str])
_NEXT_NUMBERS = text("SELECT nextval(pg_get_serial_sequence('events', 'number')) FROM generate_series(1, :count)")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvents:
    """Events that were not kept before, and what can be asked of them, by number."""

    events: Mapping[int, CapturedEvent]
    facts: Mapping[int, Facts]


def write_alone(connection: Connection) -> None:
    """Nobody else writes events or holds until the transaction ends, and it sees all that was written before.

    A declaration of error looks for holds, and a hold for declarations: at the same time neither would see the other.
    Waits for its turn on PostgreSQL; on SQLite whoever writes is alone anyhow.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SEQUENCE_LOCK})


def insert_events(
    connection: Connection, captured: Sequence[CapturedEvent], *, numbers: Sequence[int] = ()
) -> NewEvents:
    """Those that were new; each number is above all that any reader can have seen before.

    numbers: drawn in this transaction, one for each of these events; by default as many are drawn as are new.
    """
    by_key = {_key(event): event for event in reversed(captured)}
    if by_key:
        # A number is drawn before its row can be seen: without taking turns a reader of pages would pass one over.
        write_alone(connection)
    kept = _kept(connection, by_key)
    # Numbered in the order they were handed over, which the mapping has in reverse.
    fresh = {key: replace(by_key[key], digest=key[1]) for key in reversed(by_key) if key not in kept}
    if not fresh:
        return NewEvents(events={}, facts={})
    given = {_key(event): number for event, number in zip(captured, numbers, strict=True)} if numbers else {}
    mine = [given[key] for key in fresh] if given else draw_numbers(connection, len(fresh))
    new = dict(zip(mine, fresh.values(), strict=True))
    insert_many(connection, events, [_values(number, event) for number, event in new.items()])
    index = [(epc, number) for number, event in new.items() for epc in dict.fromkeys(event.epcs)]
    insert_many(connection, event_epcs, sorted(index))
    facts = {number: facts_of_document(event.document) for number, event in new.items()}
    _insert_facts(connection, facts)
    return NewEvents(events=new, facts=facts)


def draw_numbers(connection: Connection, count: int) -> Sequence[int]:
    """So many numbers, rising, that no event has."""
    if connection.dialect.name == "postgresql":
        return connection.scalars(_NEXT_NUMBERS, {"count": count}).all()
    last = connection.scalar(select(func.max(events.c.number))) or 0
    return range(last + 1, last + 1 + count)


def event_of(row: Row[Any]) -> CapturedEvent:
    """The event of a row."""
    return CapturedEvent(
        event_id=row.event_id,
        event_type=row.event_type,
        event_time=row.event_time,
        record_time=row.record_time,
        biz_step=row.biz_step,
        epcs=tuple(_EPCS.decode(row.epcs)),
        document=row.document,
        digest=row.content_sha256,
        # A page reads some three hundred events, of which hardly any has a flag.
        flags=() if row.flags == NO_FLAGS else tuple(Flag(**flag) for flag in json.loads(row.flags)),
    )


def renew_facts(connection: Connection) -> None:
    """Every event's facts, flags and digest are made by today's rules."""
    while True:
        stale = select(events).where(events.c.facts_version < FACTS_VERSION).order_by(events.c.number)
        rows = connection.execute(stale.limit(RENEWED_AT_ONCE)).all()
        if not rows:
            return
        numbers = [row.number for row in rows]
        for table in (event_texts, event_numbers):
            connection.execute(delete(table).where(table.c.event.in_(numbers)))
        _insert_facts(connection, {row.number: facts_of_document(row.document) for row in rows})
        for row in rows:
            values = {**_renewed(connection, row), "facts_version": FACTS_VERSION}
            connection.execute(update(events).where(events.c.number == row.number).values(**values))


def indexed(value: str) -> str:
    """The text as the index holds it."""
    raw = value.encode("utf-8", "surrogatepass")
    return value if len(raw) <= LONGEST_TEXT else f"sha256:{sha256(raw).hexdigest()}"


def _renewed(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """What an event captured by older rules gets by today's; an event they would refuse stays as it is."""
    try:
        event = capture_event(row.document.encode(), record_time=row.record_time)
    except EventError:
        return {}
    renewed = {"flags": _flags(event)}
    # The same event, written differently, may have been kept twice when only bytes were compared: both stay.
    twin = exists().where(events.c.event_id == row.event_id, events.c.content_sha256 == event.digest)
    return renewed if connection.scalar(select(twin)) else {**renewed, "content_sha256": event.digest}


def _key(event: CapturedEvent) -> Key:
    # Half of a surrogate pair has no UTF-8; it must reach the column, which refuses it by name.
    return event.event_id, event.digest or sha256(event.document.encode("utf-8", "surrogatepass")).hexdigest()


def _kept(connection: Connection, keys: Collection[Key]) -> set[Key]:
    """Those that are kept already; whoever writes events writes alone."""
    columns = events.c
    mine = among(connection, columns.event_id, {event_id for event_id, _ in keys})
    return {
        (row.event_id, row.content_sha256)
        for row in connection.execute(select(columns.event_id, columns.content_sha256).where(mine))
    }


def _insert_facts(connection: Connection, found: Mapping[int, Facts]) -> None:
    texts = [
        (name, value, number)
        for number, facts in found.items()
        for name, value in {(indexed(name), indexed(value)) for name, value in facts.texts}
    ]
    numbers = [
        (name, value, number)
        for number, facts in found.items()
        for name, value in {(indexed(name), value) for name, value in facts.numbers}
    ]
    for table, rows in ((event_texts, texts), (event_numbers, numbers)):
        # In the order of the key, so that a page of the tree is written once.
        insert_many(connection, table, sorted(rows))


def _values(number: int, event: CapturedEvent) -> tuple[Any, ...]:
    """In the order of the table's columns."""
    return (
        number,
        event.event_id,
        event.digest,
        event.event_type,
        event.event_time,
        event.record_time,
        event.biz_step,
        json.dumps(event.epcs, ensure_ascii=False, separators=(",", ":")),
        event.document,
        _flags(event),
        FACTS_VERSION,
    )


def _flags(event: CapturedEvent) -> str:
    flags = [{"rule": flag.rule, "path": flag.path, "detail": flag.detail} for flag in event.flags]
    return json.dumps(flags, ensure_ascii=False, separators=(",", ":"))
