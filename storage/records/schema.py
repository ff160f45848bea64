"""The tables brought to the version this program works with."""

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationInfo
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, text

from storage.records.access_revision import raise_with_changes
from storage.records.engine import sqlite_file
from storage.records.errors import RecordRefusedError, SchemaError
from storage.records.event_rows import renew_facts
from storage.records.trace_linking import renew_links
from storage.records.transactions import OwnTransactions

SCRIPTS = "storage.records:migrations"
"""Where Alembic finds the migrations, in a checkout and in an installed package alike."""

MIGRATION_LOCK = 0x74_69_61_6E_74_6F_75
"""Of all programs that migrate one PostgreSQL database, one at a time ("tiantou")."""


def migrate(engine: Engine) -> list[str]:
    """The tables are those of this version; the revisions that were applied for it, oldest first.

    All or nothing; two programs may do it at once. Raises SchemaError where a newer version made the tables.
    """
    applied: list[str] = []

    def note(*, step: MigrationInfo, **_: object) -> None:
        applied.extend(step.up_revision_ids)

    with OwnTransactions(engine).rebuilding() as connection:
        if sqlite_file(engine) is None:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        try:
            command.upgrade(_config(connection, note), "head")
        except CommandError as error:
            msg = f"the records were made by another version of tiantou, which knows more: {error}"
            raise SchemaError(msg) from error
        raise_with_changes(connection)
        renew_facts(connection)
        renew_links(connection)
        if applied:
            _check_references(connection)
    return applied


def _config(connection: Connection, note: Callable[..., None]) -> Config:
    config = Config(attributes={"connection": connection, "note": note})
    config.set_main_option("script_location", SCRIPTS)
    config.set_main_option("path_separator", "os")
    return config


def _check_references(connection: Connection) -> None:
    """Whatever was rebuilt, no row names one that is gone (PostgreSQL has seen to it itself)."""
    if connection.dialect.name != "sqlite":
        return
    orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if orphan is not None:
        msg = f"after the migration a row of {orphan[0]} names a row of {orphan[2]} that is not there"
        raise RecordRefusedError(msg)
