"""The keys of the records lie in the data folder, for its owner alone, and can be changed."""

import stat
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from bootstrap.data_folder import DataFolder
from bootstrap.errors import FolderError
from bootstrap.house import House
from bootstrap.record_keys import change_keys, key_file, record_seal
from bootstrap.settings import Settings
from storage.records.records import Records
from storage.records.schema import migrate
from storage.records.sealing import MARK
from traceability.epcis.subscriptions import Progress, Subscription, SubscriptionRequest, SubscriptionState
from traceability.model import NamedQuery

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
SUBSCRIBED = Subscription(
    id="a",
    owner="lab",
    query="mine",
    asked=SubscriptionRequest(
        dest="https://client.example.com/",
        token="s3cret-of-the-buyer",
        schedule=None,
        report_if_empty=False,
        since=None,
    ),
    created=NOON,
    state=SubscriptionState.ACTIVE,
    progress=Progress(cursor=0, due=NOON),
)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setenv("TIANTOU_DATA_DIR", str(tmp_path / "var"))
    return House.of(Settings.read())


def subscribe(records: Records) -> None:
    records.named_queries.add(NamedQuery(owner="lab", name="mine", parameters="{}", created=NOON))
    assert records.subscriptions.add(SUBSCRIBED)


def token_of(records: Records) -> str:
    found = records.subscriptions.find("a")
    assert found is not None
    return found.asked.token


def test_tokens_of_an_older_version_are_sealed_at_the_first_start_and_leave_the_file(house: House) -> None:
    older = Records.open(house.records_url)
    migrate(older.engine)
    subscribe(older)
    older.close()
    with house.records() as records:
        assert token_of(records) == "s3cret-of-the-buyer"
        with records.engine.begin() as connection:
            (kept,) = connection.scalars(text("SELECT token FROM subscriptions"))
        assert kept.startswith(MARK)
    assert b"s3cret-of-the-buyer" not in house.folder.records.read_bytes()
    assert stat.S_IMODE(key_file(house.folder).stat().st_mode) == 0o600


def test_a_change_of_keys_seals_all_anew_and_running_processes_follow(house: House) -> None:
    with house.records() as running:
        subscribe(running)
        first = key_file(house.folder).read_text().split()
        with house.records() as records:
            assert change_keys(house.folder, records) == 1
            assert change_keys(house.folder, records) == 1
        keys = key_file(house.folder).read_text().split()
        assert len(keys) == 2
        assert not {*first} & {*keys}
        assert token_of(running) == "s3cret-of-the-buyer"


def test_what_a_running_process_seals_after_two_changes_is_read_at_the_next_start(house: House) -> None:
    with house.records() as running:
        with house.records() as records:
            for _ in range(2):
                change_keys(house.folder, records)
        subscribe(running)
    with house.records() as records:
        assert token_of(records) == "s3cret-of-the-buyer"


def test_of_changes_at_the_same_time_none_loses_a_key(house: House) -> None:
    together, changed = threading.Barrier(4), list[int]()

    def change() -> None:
        with house.records() as mine:
            together.wait()
            changed.append(change_keys(house.folder, mine))

    with house.records() as records:
        subscribe(records)
    threads = [threading.Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert changed == [1, 1, 1, 1]
    assert len(key_file(house.folder).read_text().split()) == 2
    with house.records() as records:
        assert token_of(records) == "s3cret-of-the-buyer"


def test_a_file_without_keys_is_told_by_its_name(tmp_path: Path) -> None:
    folder = DataFolder(root=tmp_path / "var")
    folder.create()
    key_file(folder).write_text("no key\n", encoding="utf-8")
    with pytest.raises(FolderError, match="record-keys"):
        record_seal(folder)
