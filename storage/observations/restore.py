"""A copy put back into an empty store."""

from collections.abc import Callable
from pathlib import Path

from observations.properties import observed_properties
from storage.observations.archive import ArchiveError, read_conflict_rows, read_manifest, read_observations, read_tables
from storage.observations.columns import stored_form
from storage.observations.connection import Connection
from storage.observations.location import StoreLocation
from storage.observations.tables import create_tables, make_room, register_writers


def restore_observations(
    folder: Path, url_or_path: str | Path, *, tell: Callable[[int, int], None] = lambda _done, _total: None
) -> int:
    """The store at that place holds exactly what the copy in `folder` holds; returns its rows.

    tell: called with rows put back and rows in all. Cursors stay valid: writers and sequences are part of the copy.
    Raises ArchiveError where the copy is not whole or the place holds observations already, StoreUnavailableError where
    the place cannot be opened.
    """
    manifest = read_manifest(folder)
    location = StoreLocation.parse(url_or_path)
    total = sum(member.rows for member in manifest.observations.values())
    done = 0
    connection = Connection(location)
    try:
        tables = create_tables(connection, list(observed_properties()))
        if connection.look_up("SELECT 1 AS one FROM observations LIMIT 1").num_rows:
            msg = f"{location} holds observations already; a copy can be put into an empty store only"
            raise ArchiveError(msg)
        for rows in read_observations(folder, manifest):
            stored = stored_form(rows, tables.decimals)
            tables = make_room(connection, tables, stored)
            connection.insert("observations", stored)
            done += rows.num_rows
            tell(done, total)
        conflicts = read_conflict_rows(folder, manifest)
        if conflicts.num_rows:
            connection.insert("conflicts", conflicts)
        for table, rows in read_tables(folder, manifest):
            connection.insert(table, rows)
        register_writers(connection, manifest.writers)
    finally:
        connection.close()
    return total
