"""EPCIS events in SQL, stored as captured, never changed."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from storage.records.capturing import capture_events
from storage.records.columns import SoughtText
from storage.records.event_rows import event_of
from storage.records.tables import event_epcs, events
from storage.records.transactions import Repository, among, as_keys, one_of
from traceability.model import CapturedEvent


@cache
def _about(dialect: str, *, besides: bool) -> Select[Any]:
    """Put together once: a page asks several times, and putting a query together costs more than its answer."""
    naming = select(event_epcs.c.event).where(one_of(dialect, event_epcs.c.epc, "epcs"))
    query = select(events).where(events.c.number.in_(naming))
    return query.where(events.c.biz_step != bindparam("besides", type_=SoughtText())) if besides else query


class SqlEventRepository(Repository):
    """`traceability.ports.EventRepository`."""

    def capture(self, events: Sequence[CapturedEvent]) -> int:
        """How many were new; all are durable when this returns, or none.

        An event captured before (same eventID, same digest or document) is passed over and keeps its record time.
        """
        if not events:
            return 0
        with self._transactions.writing() as connection:
            return capture_events(connection, events)

    def about(self, epcs: Collection[str], *, besides: str = "") -> Sequence[CapturedEvent]:
        """Every event that names one of these EPCs, once, by event time; none of the business step `besides`."""
        given = {"besides": besides} if besides else {}
        with self._transactions.reading() as connection:
            dialect = connection.dialect.name
            query = _about(dialect, besides=bool(besides))
            rows = connection.execute(query, {"epcs": as_keys(dialect, epcs), **given})
            found = [event_of(row) for row in rows]
        return sorted(found, key=lambda event: (event.event_time, event.record_time, event.event_id))

    def find(self, event_id: str) -> Sequence[CapturedEvent]:
        """The event of that id and its error declarations, by record time."""
        query = select(events).where(events.c.event_id == event_id).order_by(events.c.record_time, events.c.number)
        with self._transactions.reading() as connection:
            return [event_of(row) for row in connection.execute(query)]

    def with_ids(self, event_ids: Collection[str]) -> Sequence[CapturedEvent]:
        """Every event that has one of these ids, error declarations among them."""
        with self._transactions.reading() as connection:
            mine = among(connection, events.c.event_id, event_ids)
            return [event_of(row) for row in connection.execute(select(events).where(mine).order_by(events.c.number))]
