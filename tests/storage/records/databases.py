"""Databases for tests of the records: migrated once on each engine, and copied for every test."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Composed, Identifier

from storage.records.engine import open_records
from storage.records.schema import migrate

POSTGRESQL_USER = "postgres"
ENGINES = ("sqlite", "postgresql")
EMPTY, MIGRATED = "template1", "migrated"

PlaceRecords = Callable[[Path], str]


@dataclass(slots=True)
class PostgresqlServer:
    """A server on a socket in `folder`; its databases are copies of a template."""

    folder: Path
    numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str) -> str:
        return f"postgresql://tiantou@/{database}?host={self.folder}"

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """The URL of a database of its own, made like the template and gone afterwards."""
        name = f"test_{next(self.numbers)}"
        self.order(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
        yield self.url(name)
        self.order(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))

    def order(self, statement: SQL | Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A throw-away PostgreSQL on a socket in a temporary folder; skips where it is not installed."""
    programs = _postgresql_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (no initdb on the PATH nor under /usr/lib/postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="tt-pg-"))
    # The server refuses to run as root, so root hands the folder and the programs to its system user.
    user = POSTGRESQL_USER if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    data = folder / "data"
    try:
        _run(user, programs / "initdb", "--pgdata", data, "--auth=trust", "--username=tiantou", "--encoding=UTF8",
             "--locale=C", "--no-sync")  # fmt: skip
        options = f"-c unix_socket_directories={folder} -c listen_addresses='' -c fsync=off -c max_connections=40"
        _run(user, programs / "pg_ctl", "start", "--pgdata", data, "--wait", "--silent", "--log", folder / "log",
             "--options", options)  # fmt: skip
        try:
            yield PostgresqlServer(folder)
        finally:
            _run(user, programs / "pg_ctl", "stop", "--pgdata", data, "--mode=immediate", "--silent")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: PostgresqlServer) -> PostgresqlServer:
    """The server, with a template that holds migrated, empty records."""
    postgresql.order(SQL("CREATE DATABASE {}").format(Identifier(MIGRATED)))
    _migrated(postgresql.url(MIGRATED))
    return postgresql


@pytest.fixture(scope="session")
def place_sqlite(tmp_path_factory: pytest.TempPathFactory) -> PlaceRecords:
    """Puts migrated, empty SQLite records into the file that is named, and gives its URL."""
    made = tmp_path_factory.mktemp("records") / "records.sqlite"
    _migrated(f"sqlite:///{made}")

    def place(file: Path) -> str:
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, file)
        return f"sqlite:///{file}"

    return place


@pytest.fixture(params=ENGINES)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/records/records.sqlite"
        return
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    with server.database(EMPTY) as url:
        yield url


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of migrated, empty records on each engine."""
    if request.param == "sqlite":
        place: PlaceRecords = request.getfixturevalue("place_sqlite")
        yield place(tmp_path / "records" / "records.sqlite")
        return
    server: PostgresqlServer = request.getfixturevalue("migrated_postgresql")
    with server.database(MIGRATED) as url:
        yield url


def _migrated(url: str) -> None:
    engine = open_records(url)
    migrate(engine)
    # No connection may stay open: SQLite's log goes into its file, and PostgreSQL copies no database that is in use.
    engine.dispose()


def _postgresql_programs() -> Path | None:
    on_path = shutil.which("initdb")
    if on_path and shutil.which("pg_ctl", path=str(Path(on_path).resolve().parent)):
        return Path(on_path).resolve().parent
    # Debian keeps the server's programs off the PATH, one folder a version.
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda program: float(program.parts[-3]), default=None)
    return newest.parent if newest else None


def _run(user: str | None, *command: str | Path) -> None:
    done = subprocess.run(
        [str(part) for part in command],
        user=user,
        group=user,
        extra_groups=[] if user else None,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command[0]}: {done.stderr or done.stdout}"
