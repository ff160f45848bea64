"""Transformations of a time in SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from storage.records.event_rows import event_of
from storage.records.tables import events
from storage.records.transactions import Repository
from traceability.lineage import TRANSFORMATION
from traceability.model import CapturedEvent


class SqlMassRecords(Repository):
    """`traceability.ports.MassRecords`."""

    def made_between(self, since: datetime, until: datetime, *, limit: int) -> Sequence[CapturedEvent]:
        """At most so many transformation events from `since` and before `until`, the newest first."""
        query = select(events).where(events.c.event_time >= since, events.c.event_time < until)
        query = query.where(events.c.event_type == TRANSFORMATION)
        query = query.order_by(events.c.event_time.desc(), events.c.number.desc()).limit(limit)
        with self._transactions.reading() as connection:
            return [event_of(row) for row in connection.execute(query)]
