"""How often codes are opened, in SQL."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import bindparam, delete, select

from storage.records.columns import SoughtText
from storage.records.consumer_tables import scan_days
from storage.records.transactions import Repository, insert_into
from traceability.scan_watch import ScanDay

_DAYS = (
    select(scan_days.c.day, scan_days.c.networks)
    .where(scan_days.c.thing == bindparam("thing", type_=SoughtText()), scan_days.c.day >= bindparam("since"))
    .order_by(scan_days.c.day)
)


class SqlScanBook(Repository):
    """`traceability.ports.ScanBook`."""

    def add(self, networks: Mapping[tuple[str, date], int]) -> None:
        """So many more networks, by thing and day, durably."""
        if not networks:
            return
        rows = [{"thing": thing, "day": day, "networks": count} for (thing, day), count in sorted(networks.items())]
        with self._transactions.writing() as connection:
            statement = insert_into(connection, scan_days)
            more = {"networks": scan_days.c.networks + statement.excluded.networks}
            connection.execute(statement.on_conflict_do_update(index_elements=["thing", "day"], set_=more), rows)

    def days(self, thing: str, since: date) -> Sequence[ScanDay]:
        """The days from `since` on which it was opened, in order."""
        with self._transactions.reading() as connection:
            rows = connection.execute(_DAYS, {"thing": thing, "since": since})
            return [ScanDay(day=row.day, networks=row.networks) for row in rows]

    def most(self, since: date, *, limit: int) -> Sequence[tuple[str, ScanDay]]:
        """The busiest days of things since then, the busiest first."""
        query = select(scan_days).where(scan_days.c.day >= since)
        query = query.order_by(scan_days.c.networks.desc(), scan_days.c.thing, scan_days.c.day).limit(limit)
        with self._transactions.reading() as connection:
            return [(row.thing, ScanDay(day=row.day, networks=row.networks)) for row in connection.execute(query)]

    def forget(self, before: date) -> int:
        """No day before that is kept; how many rows there were."""
        with self._transactions.writing() as connection:
            return int(connection.execute(delete(scan_days).where(scan_days.c.day < before)).rowcount)
