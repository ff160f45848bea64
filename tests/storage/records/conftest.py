"""Every test of the records runs on SQLite and on a real PostgreSQL."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from households.model import Farm, Household, Site
from observations.identifiers import FarmId, SiteId
from storage.records.quarantine_bounds import Bounds
from storage.records.records import Records
from storage.records.schema import migrate
from storage.records.tables import metadata

POSTGRESQL_USER = "postgres"


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
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
            yield f"postgresql://tiantou@/postgres?host={folder}"
        finally:
            _run(user, programs / "pg_ctl", "stop", "--pgdata", data, "--mode=immediate", "--silent")
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/records/records.sqlite"
    postgresql: str = request.getfixturevalue("postgresql_url")
    records = Records.open(postgresql)
    with records.engine.begin() as connection:
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    records.close()
    return postgresql


@pytest.fixture
def records(url: str) -> Iterator[Records]:
    """Migrated, empty records with small quarantine bounds on each engine."""
    records = Records.open(url, bounds=Bounds(messages=5, kept_bytes=1_000))
    migrate(records.engine)
    yield records
    records.close()


@pytest.fixture
def farmed(records: Records) -> Records:
    """Records with household h-1, its farm farm-1 and another, farm-2, of h-2."""
    site = Site(id=SiteId.parse("site-1"), name="站")
    records.households.add_site(site)
    for number, gln in [(1, "9526000100014"), (2, "9526000100021")]:
        household = Household(
            id=f"h-{number}", label=f"{number} 号户", name="刘", township="流沙河镇", village="草冲村"
        )
        records.households.add_household(household)
        farm = Farm(
            id=FarmId.parse(f"farm-{number}"),
            household=household.id,
            site=site.id,
            name="栏舍",
            gln=gln,
            public_name="",
            county="430182",
        )
        records.households.add_farm(farm)
    return records


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
