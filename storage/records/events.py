"""EPCIS events in SQL, stored as captured, never changed."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from storage.records.capturing import capture_events
from storage.records.event_rows import event_of
from storage.records.tables import event_epcs, events
from storage.records.transactions import Repository, among
from traceability.model import CapturedEvent


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
        query = select(events)
        if besides:
            query = query.where(events.c.biz_step != besides)
        with self._transactions.reading() as connection:
            naming = select(event_epcs.c.event).where(among(connection, event_epcs.c.epc, epcs))
            found = [event_of(row) for row in connection.execute(query.where(events.c.number.in_(naming)))]
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
