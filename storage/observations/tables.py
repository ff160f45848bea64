"""Tables brought to what this version needs."""

from collections.abc import Collection

import pyarrow as pa

from storage.observations.connection import Connection
from storage.observations.schema import property_columns, table_statements


def create_tables(connection: Connection, properties: Collection[str]) -> str:
    """The tables exist, with columns for every property; returns the identity of this very table of observations.

    A copy or a restored store has another identity: what was derived from the first must not be used with it.
    """
    for statement in table_statements(properties):
        connection.execute(statement)
    described = connection.look_up(
        "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'observations'"
    )
    present = set(described["name"].to_pylist())
    added = [
        f"ADD COLUMN IF NOT EXISTS {definition}"
        for name in properties
        for column, definition in property_columns(name).items()
        if column not in present
    ]
    if added:
        connection.execute(f"ALTER TABLE observations {', '.join(added)}")
    identity = connection.look_up(
        "SELECT toString(uuid) AS identity FROM system.tables"
        " WHERE database = currentDatabase() AND name = 'observations'"
    )
    return str(identity["identity"][0].as_py())


def register_writers(connection: Connection, writers: Collection[str]) -> None:
    """These writers are known to everyone who reads in order of arrival."""
    known = set(connection.look_up("SELECT DISTINCT writer FROM writers")["writer"].to_pylist())
    new = sorted(set(writers) - known)
    if new:
        connection.insert("writers", pa.table({"writer": new}))
