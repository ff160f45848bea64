"""The engine behind the records: SQLite in one file, or PostgreSQL, by URL."""

import os
import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from storage.records.errors import RecordsUnavailableError, RecordsUrlError

WAIT_S = 30.0
"""How long a writer waits for another, and a caller for a connection."""

WRITING = "tiantou_writing"
"""Execution option of connections that will write."""

UNDERSTOOD = "expected sqlite:///folder/records.sqlite or postgresql://user@host/database"


def open_records(url: str) -> Engine:
    """The engine of that URL; the folder and the file of an SQLite URL exist, readable by their owner alone.

    Raises RecordsUrlError, and RecordsUnavailableError where the file cannot be made.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise RecordsUrlError(url.partition("@")[2] or url, UNDERSTOOD) from None
    match parsed.get_backend_name():
        case "sqlite":
            return _open_sqlite(parsed)
        case "postgresql" | "postgres":
            return _open_postgresql(parsed)
        case other:
            raise RecordsUrlError(parsed.render_as_string(), f"{other} is not supported; {UNDERSTOOD}")


def sqlite_file(engine: Engine) -> Path | None:
    """The file of an SQLite engine; None for a server."""
    database = engine.url.database
    return Path(database) if engine.dialect.name == "sqlite" and database else None


def _open_sqlite(url: URL) -> Engine:
    if url.query or not url.database or url.database.startswith((":memory:", "file:")):
        rule = "SQLite records are one file (several threads and processes share it), named without parameters"
        raise RecordsUrlError(url.render_as_string(), rule)
    file = Path(url.database).absolute()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Names and phone numbers of households are in it; its -wal and -shm files inherit the mode.
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        msg = f"the records file {file} cannot be opened: {error.strerror}"
        raise RecordsUnavailableError(msg) from error
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite", database=str(file)),
        connect_args={"timeout": WAIT_S},
        pool_size=32,  # a connection that is not kept is opened, prepared and closed for one query
        max_overflow=32,
        pool_timeout=WAIT_S,
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN would come late and deferred; `_begin_sqlite` says which one is meant.
    connection.isolation_level = None
    # WAL: readers never wait for the writer. FULL: a commit survives a power cut, not only the process.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later fails at once when another wrote in between, however
    # long its timeout; one that takes the write lock at its beginning waits for it.
    writing = connection.get_execution_options().get(WRITING, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _open_postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        connect_args={"connect_timeout": 10, "application_name": "tiantou"},
        pool_size=8,
        max_overflow=24,
        pool_timeout=WAIT_S,
        pool_pre_ping=True,
    )
