"""Everything that was captured judged anew: what older rules let pass is on hold, what they held wrongly is not."""

from datetime import datetime

from sqlalchemy import func, select

from storage.records.disputes import dispute_makings
from storage.records.event_rows import event_of, write_alone
from storage.records.guard_book import judge_events
from storage.records.tables import events
from storage.records.transactions import Repository
from traceability.context import SENSOR_REPORTING
from traceability.guards import can_decide
from traceability.holds import Judged
from traceability.recorded import read_event


class SqlHoldJudge(Repository):
    """`traceability.ports.HoldJudge`."""

    def newest(self) -> int:
        """The record number of the event captured last; 0 before any."""
        with self._transactions.reading() as connection:
            return connection.scalar(select(func.max(events.c.number))) or 0

    def judge(self, *, after: int, until: int, limit: int, at: datetime) -> Judged:
        """What the next events after that number, at most so many and none behind `until`, decide is on hold.

        What the records no longer support is released. Doing it again changes nothing. It is durable on return.
        """
        query = select(events).where(events.c.number > after, events.c.number <= until)
        query = query.where(events.c.biz_step != SENSOR_REPORTING).order_by(events.c.number).limit(limit)
        with self._transactions.writing() as connection:
            write_alone(connection)
            captured = {row.number: event_of(row) for row in connection.execute(query)}
            told = {number: read_event(event) for number, event in captured.items()}
            deciding = {number: captured[number] for number, event in told.items() if can_decide(event)}
            placed = judge_events(connection, deciding, at=at)
            declared = {event.captured.event_id for event in told.values() if event.body.get("errorDeclaration")}
            placed += dispute_makings(connection, declared, at)
        return Judged(last=max(captured, default=until), placed=tuple(placed))

    def behind(self, number: int, *, until: int) -> int:
        """The record number of the next event that would be judged after that one; `until` where there is none."""
        query = select(func.min(events.c.number)).where(events.c.number > number, events.c.number <= until)
        with self._transactions.reading() as connection:
            return connection.scalar(query.where(events.c.biz_step != SENSOR_REPORTING)) or until
