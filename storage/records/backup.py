"""A copy of the records in one file, and back."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, make_url

from storage.records.engine import sqlite_file
from storage.records.errors import BackupError


def backup_records(engine: Engine, file: Path) -> None:
    """`file` is a consistent copy of everything committed; others may read and write meanwhile.

    Raises BackupError where the file exists, and for PostgreSQL, which has its own program for it.
    """
    source = sqlite_file(engine)
    if source is None:
        database = engine.url.database
        msg = (
            f"records on PostgreSQL are backed up by its own program: pg_dump --format=custom --file={file} {database}"
        )
        raise BackupError(msg)
    if file.exists():
        msg = f"{file} exists: name a new file"
        raise BackupError(msg)
    _copy(source, file)


def restore_records(file: Path, url: str) -> None:
    """The records at that URL are those of the backup; raises BackupError where there are records already.

    The backup is checked page by page before it takes its place.
    """
    target = make_url(url)
    if target.get_backend_name() != "sqlite" or not target.database:
        msg = f"records on PostgreSQL are restored by its own program: pg_restore --dbname={target.database} FILE"
        raise BackupError(msg)
    place = Path(target.database)
    if place.exists() and place.stat().st_size:
        msg = f"{place} has records already: restore into an empty place"
        raise BackupError(msg)
    if not file.is_file():
        msg = f"there is no backup at {file}"
        raise BackupError(msg)
    _check(file)
    _copy(file, place)


def _copy(source: Path, target: Path) -> None:
    """A power cut leaves the whole copy or none: it grows under another name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    growing = target.with_name(f"{target.name}.part")
    growing.unlink(missing_ok=True)
    os.close(os.open(growing, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with _failing_clearly(source), closing(_open(source)) as old, closing(sqlite3.connect(growing)) as new:
        old.backup(new)
        # One file, whole by itself: no -wal beside it.
        new.execute("PRAGMA journal_mode=DELETE").close()
    _sync(growing)
    growing.replace(target)
    _sync(target.parent)


def _check(file: Path) -> None:
    with _failing_clearly(file), closing(_open(file)) as copy:
        (verdict,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
        tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if verdict != "ok":
        msg = f"{file} is damaged: {verdict}"
        raise BackupError(msg)
    if "alembic_version" not in tables:
        msg = f"{file} holds no records of tiantou"
        raise BackupError(msg)


def _open(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


@contextmanager
def _failing_clearly(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        msg = f"{file} cannot be copied: {error}"
        raise BackupError(msg) from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
