import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from households.model import Site
from observations.identifiers import SiteId
from storage.records.backup import backup_records, restore_records
from storage.records.engine import open_records
from storage.records.errors import BackupError
from storage.records.records import Records
from storage.records.schema import migrate
from tests.storage.records.databases import PlaceRecords

SITE = Site(id=SiteId.parse("liushahe"), name="流沙河")
LATER = Site(id=SiteId.parse("later"), name="后来")


@pytest.fixture
def sqlite(tmp_path: Path, place_sqlite: PlaceRecords) -> Iterator[Records]:
    records = Records.open(place_sqlite(tmp_path / "var" / "records.sqlite"))
    records.households.add_site(SITE)
    yield records
    records.close()


def test_records_come_back_from_a_backup_as_they_were(sqlite: Records, tmp_path: Path) -> None:
    backup_records(sqlite.engine, tmp_path / "backups" / "one.sqlite")
    sqlite.households.add_site(LATER)
    url = f"sqlite:///{tmp_path}/elsewhere/records.sqlite"
    restore_records(tmp_path / "backups" / "one.sqlite", url)
    restored = Records.open(url)
    assert migrate(restored.engine) == []
    assert restored.households.sites() == [SITE]
    restored.households.add_site(LATER)
    restored.close()


def test_a_backup_is_one_whole_file_for_its_owner_alone(sqlite: Records, tmp_path: Path) -> None:
    file = tmp_path / "backups" / "one.sqlite"
    backup_records(sqlite.engine, file)
    assert [each.name for each in file.parent.iterdir()] == ["one.sqlite"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with closing(sqlite3.connect(file)) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_backup_is_made_while_a_writer_is_under_way_and_holds_what_was_committed(
    sqlite: Records, tmp_path: Path
) -> None:
    with sqlite.together() as together:
        together.households.add_site(LATER)
        backup_records(sqlite.engine, tmp_path / "one.sqlite")
    restore_records(tmp_path / "one.sqlite", f"sqlite:///{tmp_path}/restored.sqlite")
    restored = Records.open(f"sqlite:///{tmp_path}/restored.sqlite")
    assert restored.households.sites() == [SITE]
    restored.close()


def test_a_backup_never_replaces_a_file(sqlite: Records, tmp_path: Path) -> None:
    (tmp_path / "one.sqlite").write_text("precious")
    with pytest.raises(BackupError, match="exists: name a new file"):
        backup_records(sqlite.engine, tmp_path / "one.sqlite")
    assert (tmp_path / "one.sqlite").read_text() == "precious"


def test_records_are_restored_into_an_empty_place_only(sqlite: Records, tmp_path: Path) -> None:
    backup_records(sqlite.engine, tmp_path / "one.sqlite")
    with pytest.raises(BackupError, match="has records already"):
        restore_records(tmp_path / "one.sqlite", str(sqlite.engine.url))


def test_the_leavings_of_a_copy_that_was_cut_off_do_no_harm(sqlite: Records, tmp_path: Path) -> None:
    (tmp_path / "one.sqlite.part").write_bytes(b"half")
    backup_records(sqlite.engine, tmp_path / "one.sqlite")
    assert not (tmp_path / "one.sqlite.part").exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no backup"),
        (b"", "holds no records"),
        (b"not a database, but long enough" * 99, "not a database"),
    ],
)
def test_what_is_no_backup_is_refused_and_nothing_is_made(tmp_path: Path, content: bytes | None, reason: str) -> None:
    file = tmp_path / "one.sqlite"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BackupError, match=reason):
        restore_records(file, f"sqlite:///{tmp_path}/restored.sqlite")
    assert not (tmp_path / "restored.sqlite").exists()


def test_a_damaged_backup_is_refused(sqlite: Records, tmp_path: Path) -> None:
    file = tmp_path / "one.sqlite"
    backup_records(sqlite.engine, file)
    content = bytearray(file.read_bytes())
    content[8192:20480] = bytes(12288)
    file.write_bytes(content)
    with pytest.raises(BackupError, match=r"damaged|cannot be copied"):
        restore_records(file, f"sqlite:///{tmp_path}/restored.sqlite")


def test_postgresql_has_programs_of_its_own_for_both(tmp_path: Path) -> None:
    url = "postgresql://tiantou:secret@host/records"
    with pytest.raises(BackupError, match="pg_dump") as refused:
        backup_records(open_records(url), tmp_path / "one.dump")
    assert "secret" not in str(refused.value)
    with pytest.raises(BackupError, match="pg_restore"):
        restore_records(tmp_path / "one.dump", url)
