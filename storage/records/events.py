"""EPCIS events in SQL, stored as captured, never changed."""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, select

from storage.records.capturing import capture_events
from storage.records.columns import SoughtText
from storage.records.event_rows import event_of
from storage.records.tables import event_epcs, events
from storage.records.transactions import Repository, in_chunks
from traceability.model import CapturedEvent

# Put together once: a page asks several times, and putting a query together costs more than its answer.
_NAMING = select(event_epcs.c.event).where(event_epcs.c.epc.in_(bindparam("epcs", expanding=True, type_=SoughtText())))
_ABOUT = select(events).where(events.c.number.in_(_NAMING))
_ABOUT_BESIDES = _ABOUT.where(events.c.biz_step != bindparam("besides", type_=SoughtText()))


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
        found: dict[int, CapturedEvent] = {}
        query = _ABOUT_BESIDES if besides else _ABOUT
        given = {"besides": besides} if besides else {}
        with self._transactions.reading() as connection:
            for chunk in in_chunks(epcs):
                for row in connection.execute(query, {"epcs": chunk, **given}):
                    found.setdefault(row.number, event_of(row))
        return sorted(found.values(), key=lambda event: (event.event_time, event.record_time, event.event_id))

    def find(self, event_id: str) -> Sequence[CapturedEvent]:
        """The event of that id and its error declarations, by record time."""
        query = select(events).where(events.c.event_id == event_id).order_by(events.c.record_time, events.c.number)
        with self._transactions.reading() as connection:
            return [event_of(row) for row in connection.execute(query)]

    def with_ids(self, event_ids: Collection[str]) -> Sequence[CapturedEvent]:
        """Every event that has one of these ids, error declarations among them."""
        found: list[CapturedEvent] = []
        with self._transactions.reading() as connection:
            for chunk in in_chunks(event_ids):
                rows = connection.execute(select(events).where(events.c.event_id.in_(chunk)).order_by(events.c.number))
                found.extend(event_of(row) for row in rows)
        return found
