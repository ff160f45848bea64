import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.model import SetAsideMessage
from households.model import Household
from observations.errors import StoreUnavailableError
from storage.records.engine import open_records
from storage.records.errors import RecordsUnavailableError, RecordsUrlError
from storage.records.records import Records
from storage.records.schema import migrate
from storage.records.transactions import OwnTransactions

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
WRITES = 100
DEADLINE_S = 60


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Records]:
    records = Records.open(f"sqlite:///{tmp_path}/var/records.sqlite")
    migrate(records.engine)
    yield records
    records.close()


def household(name: str) -> Household:
    return Household(id=name, label="", name="", township="", village="")


def test_an_sqlite_file_is_made_with_its_folder_for_its_owner_alone(sqlite: Records) -> None:
    folder = Path(str(sqlite.engine.url.database)).parent
    sqlite.households.add_household(household("h"))
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {
        "records.sqlite": 0o600,
        "records.sqlite-wal": 0o600,
        "records.sqlite-shm": 0o600,
    }


def test_every_sqlite_connection_is_durable_and_enforces_references(sqlite: Records) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    with sqlite.engine.connect() as one, sqlite.engine.connect() as two:
        for connection in (one, two):
            found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            assert found == wanted


@pytest.mark.parametrize(
    "url", ["", "records.sqlite", "mysql://user:secret@host/db", "sqlite://", "sqlite:///:memory:", "sqlite:///a?x=1"]
)
def test_a_url_that_names_no_place_for_records_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(RecordsUrlError) as refused:
        open_records(url)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["postgresql://u@h/d", "postgres://u@h/d", "postgresql+psycopg://u@h/d"])
def test_postgresql_is_spoken_to_through_psycopg(url: str) -> None:
    assert open_records(url).driver == "psycopg"


def test_a_folder_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(RecordsUnavailableError, match="cannot be opened"):
        open_records(f"sqlite:///{tmp_path}/file/records.sqlite")


def test_a_server_that_is_away_is_a_store_that_is_away(tmp_path: Path) -> None:
    records = Records.open(f"postgresql://nobody@/none?host={tmp_path}")
    with pytest.raises(StoreUnavailableError, match="cannot answer now"):
        records.devices.all()
    records.close()


def test_a_file_that_is_no_database_is_a_store_that_is_away(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").write_bytes(b"this is no database at all, but long enough" * 100)
    records = Records.open(f"sqlite:///{tmp_path}/records.sqlite")
    with pytest.raises(RecordsUnavailableError, match="not a database"):
        records.devices.all()
    records.close()


def test_two_threads_write_at_once_and_both_wait_rather_than_fail(records: Records) -> None:
    start = threading.Barrier(2)

    def register(name: str) -> None:
        start.wait(DEADLINE_S)
        for number in range(WRITES):
            records.households.add_household(household(f"{name}-{number:03}"))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(register, ["a", "b"]))
    ids = [f"{name}-{number:03}" for name in "ab" for number in range(WRITES)]
    assert [found.id for found in records.households.households(ids)] == ids


def test_two_processes_worth_of_engines_write_to_one_sqlite_file_and_both_wait(sqlite: Records) -> None:
    others = [Records.open(str(sqlite.engine.url)) for _ in range(2)]
    start = threading.Barrier(2)

    def register(number: int) -> None:
        start.wait(DEADLINE_S)
        for count in range(WRITES):
            others[number].households.add_household(household(f"{number}-{count:03}"))

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(register, [0, 1]))
    for other in others:
        other.close()
    ids = [f"{number}-{count:03}" for number in range(2) for count in range(WRITES)]
    assert len(sqlite.households.households(ids)) == 2 * WRITES


def test_reads_answer_while_a_write_is_under_way_and_see_what_is_committed(records: Records) -> None:
    records.households.add_household(household("before"))
    with records.together() as together, ThreadPoolExecutor(1) as threads:
        together.households.add_household(household("within"))
        seen = threads.submit(records.households.households, ["before", "within"]).result(DEADLINE_S)
        assert [found.id for found in seen] == ["before"]
    assert len(records.households.households(["before", "within"])) == 2


def test_a_reader_that_becomes_a_writer_does_not_meet_a_snapshot_that_is_too_old(sqlite: Records) -> None:
    other = OwnTransactions(sqlite.engine)
    with other.reading() as reading:
        assert reading.exec_driver_sql("SELECT count(*) FROM households").scalar() == 0
        sqlite.households.add_household(household("meanwhile"))
        assert reading.exec_driver_sql("SELECT count(*) FROM households").scalar() == 0
    with other.writing() as writing:
        assert writing.exec_driver_sql("SELECT count(*) FROM households").scalar() == 1


def test_ingest_followers_and_pages_use_the_records_at_once(records: Records) -> None:
    def ingest() -> None:
        for number in range(30):
            records.quarantine.set_aside(
                SetAsideMessage(
                    digest=f"{number % 7}{index:063x}",
                    topic="t",
                    payload=b"{",
                    size=1,
                    code="not_json",
                    reason="",
                    device=f"tag-{index}",
                    first_received=NOON,
                    last_received=NOON,
                )
                for index in range(20)
            )

    def follow() -> None:
        for number in range(60):
            with records.together() as together:
                before = together.cursors.load("daily").get("w", 0)
                together.cursors.save("daily", {"w": before + 1})
                together.households.add_household(household(f"h-{number}"))

    def look() -> None:
        for _ in range(100):
            records.quarantine.counts()
            records.quarantine.list(limit=10)

    with ThreadPoolExecutor(4) as threads:
        for done in [threads.submit(task) for task in (ingest, follow, look, look)]:
            done.result(DEADLINE_S)
    assert records.cursors.load("daily") == {"w": 60}
    assert sum(message.count for message in records.quarantine.list(limit=1_000)) + _dropped(records) >= 100


def _dropped(records: Records) -> int:
    return sum(records.quarantine.dropped().values())
