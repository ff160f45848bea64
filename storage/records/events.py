"""EPCIS events in SQL, stored as captured, never changed."""

import json
from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.records.tables import event_epcs, events
from storage.records.transactions import Repository, in_chunks, insert_into
from traceability.model import CapturedEvent

Key = tuple[str, str]
"""eventID and sha256 (hex) of the document: an error declaration repeats the eventID in another document."""


class SqlEventRepository(Repository):
    """`traceability.ports.EventRepository`."""

    def capture(self, events: Sequence[CapturedEvent]) -> int:
        """How many were new; all are durable when this returns, or none.

        An event captured before (same eventID, same document) is passed over and keeps its first record time.
        """
        by_key = {_key(event): event for event in reversed(events)}
        if not by_key:
            return 0
        with self._transactions.writing() as connection:
            numbers = _insert(connection, by_key)
            index = [
                {"epc": epc, "event": number}
                for key, number in numbers.items()
                for epc in dict.fromkeys(by_key[key].epcs)
            ]
            if index:
                connection.execute(event_epcs.insert(), index)
        return len(numbers)

    def about(self, epcs: Collection[str]) -> Sequence[CapturedEvent]:
        """Every event that names one of these EPCs, once, by event time."""
        found: dict[int, CapturedEvent] = {}
        with self._transactions.reading() as connection:
            for chunk in in_chunks(epcs):
                naming = select(event_epcs.c.event).where(event_epcs.c.epc.in_(chunk))
                for row in connection.execute(select(events).where(events.c.number.in_(naming))):
                    found.setdefault(row.number, _event(row))
        return sorted(found.values(), key=lambda event: (event.event_time, event.record_time, event.event_id))

    def find(self, event_id: str) -> Sequence[CapturedEvent]:
        """The event of that id and its error declarations, by record time."""
        query = select(events).where(events.c.event_id == event_id).order_by(events.c.record_time, events.c.number)
        with self._transactions.reading() as connection:
            return [_event(row) for row in connection.execute(query)]


def _key(event: CapturedEvent) -> Key:
    # Half of a surrogate pair has no UTF-8; it must reach the column, which refuses it by name.
    return event.event_id, sha256(event.document.encode("utf-8", "surrogatepass")).hexdigest()


def _insert(connection: Connection, by_key: dict[Key, CapturedEvent]) -> dict[Key, int]:
    """The row numbers of the events that were new."""
    columns = events.c
    statement = insert_into(connection, events).on_conflict_do_nothing()
    # Ordered, so that two writers on PostgreSQL never wait for each other in a circle.
    rows = [_values(key, by_key[key]) for key in sorted(by_key)]
    returned = connection.execute(statement.returning(columns.number, columns.event_id, columns.document_sha256), rows)
    return {(row.event_id, row.document_sha256): row.number for row in returned}


def _values(key: Key, event: CapturedEvent) -> dict[str, Any]:
    return {
        "event_id": event.event_id,
        "document_sha256": key[1],
        "event_type": event.event_type,
        "event_time": event.event_time,
        "record_time": event.record_time,
        "biz_step": event.biz_step,
        "epcs": json.dumps(event.epcs, ensure_ascii=False, separators=(",", ":")),
        "document": event.document,
    }


def _event(row: Row[Any]) -> CapturedEvent:
    return CapturedEvent(
        event_id=row.event_id,
        event_type=row.event_type,
        event_time=row.event_time,
        record_time=row.record_time,
        biz_step=row.biz_step,
        epcs=tuple(json.loads(row.epcs)),
        document=row.document,
    )
