"""A number that changes whenever something changes that decides who may see what."""

import threading
import time

from sqlalchemy import Connection, Engine, select

from storage.records.engine import sqlite_file
from storage.records.tables import access_revision
from storage.records.transactions import OwnTransactions

DECIDING = {
    "households": ("INSERT", "UPDATE", "DELETE"),
    "farms": ("INSERT", "UPDATE", "DELETE"),
    "claims": ("INSERT", "UPDATE", "DELETE"),
    "animals": ("INSERT", "UPDATE", "DELETE"),
    "fields": ("INSERT", "UPDATE", "DELETE"),
    "deployments": ("INSERT", "UPDATE", "DELETE"),
    "users": ("UPDATE", "DELETE"),
    "credentials": ("UPDATE", "DELETE"),
}
"""Tables and changes that may give or take a view. A new user or session takes nothing from anyone."""

ASKED_EVERY_S = 1.0
"""On PostgreSQL another process's change counts after so long at the latest."""


class SqlAccessRevision:
    """On SQLite one row is read, some 0.1 ms, whichever program changed it; on PostgreSQL a clock.

    There, triggers that raise one row would make all writers of those tables wait for each other.
    """

    def __init__(self, engine: Engine) -> None:
        self._transactions = OwnTransactions(engine)
        self._sqlite = sqlite_file(engine) is not None
        self._lock = threading.Lock()

    def current(self) -> int:
        """What was looked up under this number holds as long as the number does."""
        if not self._sqlite:
            return int(time.monotonic() / ASKED_EVERY_S)
        with self._lock, self._transactions.reading() as connection:
            number: int = connection.scalars(select(access_revision.c.number)).one()
        return number


def raise_with_changes(connection: Connection) -> None:
    """Every deciding change raises the number, whichever program makes it (SQLite).

    Made at every start: a migration that rebuilds a table takes its triggers with it.
    """
    if connection.dialect.name != "sqlite":
        return
    for table, changes in DECIDING.items():
        for change in changes:
            connection.exec_driver_sql(  # names come from the table above
                f"CREATE TRIGGER IF NOT EXISTS access_{table}_{change.lower()} AFTER {change} ON {table}"  # noqa: S608 see above
                " BEGIN UPDATE access_revision SET number = number + 1; END"
            )
