"""The same store through ClickHouse's HTTP interface (a front over the real engine; no ClickHouse server)."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from observations.errors import BatchRefusedError, StoreUnavailableError
from observations.model import Stream
from observations.retention import RetentionPolicy
from storage.observations.clickhouse import ClickHouseObservationStore, open_clickhouse_store
from storage.observations.restore import restore_observations
from tests.storage.observations.http_front import Front, served
from tests.storage.observations.rows import DAY_MS, MINUTE_MS, NOON_MS, WEEK_MS, Row, batch_of_rows, everything
from tests.storage.observations.test_corrections import correction


@pytest.fixture
def front(tmp_path: Path) -> Iterator[tuple[Front, str]]:
    with served(tmp_path / "engine") as running:
        yield running


def open_at(address: str, folder: Path, writer: str, clock: list[int]) -> ClickHouseObservationStore:
    return open_clickhouse_store(address, writer=writer, snapshot_file=folder / writer, now_ms=lambda: clock[0])


def test_a_server_keeps_the_same_promises(front: tuple[Front, str], tmp_path: Path) -> None:
    store = open_at(front[1], tmp_path, "w1", [NOON_MS])
    rows = [Row(f"tag-{tag}", 38.0 + tag / 10, NOON_MS - tag * WEEK_MS) for tag in range(5)]
    assert store.append(batch_of_rows(*rows, Row("it's \\", 39.0, channel='"'))).stored == 6
    again = store.append(batch_of_rows(*rows, Row("it's \\", 40.0, channel='"')))
    assert (again.stored, again.redelivered, again.conflicting) == (0, 5, 1)
    assert len(everything(store)) == 6
    assert store.series([Stream(device="it's \\", channel='"')], "ear_temperature", limit=5).value.tolist() == [39.0]
    assert store.conflict_count("it's \\") == 1
    many = [Row(f"tag-{number}", 38.0, NOON_MS + number) for number in range(6_000)]
    store.append(batch_of_rows(*many))
    assert store.append(batch_of_rows(*many)).redelivered == 6_000, "keys that fit in no address line"
    store.close()


def test_one_process_sees_what_another_stored(front: tuple[Front, str], tmp_path: Path) -> None:
    clock = [NOON_MS]
    ingest, pages = (open_at(front[1], tmp_path, writer, clock) for writer in ("ingest", "pages"))
    ingest.append(batch_of_rows(Row("tag-1", 38.0)))
    assert pages.head() == ingest.head()
    clock[0] += 1_000
    (latest,) = pages.latest(["tag-1"])
    assert latest.arrived.value == 38.0
    batch, cursor = pages.since({}, limit=10)
    assert (list(batch.device), cursor) == (["tag-1"], ingest.head())
    pages.append(batch_of_rows(Row("tag-1", 3.6, name="battery"), Row("tag-2", 39.0, NOON_MS + MINUTE_MS)))
    batch, _ = ingest.since(cursor, limit=10)
    assert sorted(batch.device) == ["tag-1", "tag-2"]
    for store in (ingest, pages):
        store.close()


def test_a_copy_moves_from_a_server_to_a_folder(tmp_path: Path) -> None:
    with served(tmp_path / "engine") as (_, address):
        store = open_at(address, tmp_path, "w1", [NOON_MS])
        store.append(batch_of_rows(Row("tag-1", 38.0)))
        expected, head = everything(store), store.head()
        store.snapshot(tmp_path / "copy")
        store.close()
    assert restore_observations(tmp_path / "copy", tmp_path / "folder") == 1
    store = open_clickhouse_store(tmp_path / "folder", writer="w1", snapshot_file=tmp_path / "x", now_ms=lambda: 0)
    assert (everything(store), store.head()) == (expected, head)
    store.close()


def test_a_refusal_over_the_network_is_told_from_an_absence(front: tuple[Front, str], tmp_path: Path) -> None:
    store = open_at(front[1], tmp_path, "w1", [NOON_MS])
    front[0].answer({"query": "ALTER TABLE farms.observations DROP COLUMN battery, DROP COLUMN battery_e2"}, b"")
    with pytest.raises(BatchRefusedError, match="battery"):
        store.append(batch_of_rows(Row("tag-1", 3.6, name="battery")))
    front[0].answer({"query": "RENAME TABLE farms.observations TO farms.gone"}, b"")
    with pytest.raises(StoreUnavailableError, match=r"127\.0\.0\.1"):
        store.append(batch_of_rows(Row("tag-1", 38.0)))
    store.close()


def test_a_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(StoreUnavailableError) as told:
            open_at(f"clickhouse+http://default:s3cret@127.0.0.1:{port}/farms", tmp_path, "w1", [0])
    assert f"127.0.0.1:{port}" in str(told.value)
    assert "s3cret" not in str(told.value)


def test_processes_that_share_a_server_heed_what_people_did(front: tuple[Front, str], tmp_path: Path) -> None:
    clock = [NOON_MS + 2 * WEEK_MS]
    ingest, pages = (open_at(front[1], tmp_path, writer, clock) for writer in ("ingest", "pages"))
    for week in range(3):
        ingest.append(batch_of_rows(*(Row(f"tag-{tag}", 38.0, NOON_MS - week * WEEK_MS) for tag in range(3))))
    pages.correct(correction(39.5))
    clock[0] += 1_000
    series = ingest.series([Stream(device="tag-1")], "ear_temperature", limit=9)
    assert series.value.tolist() == [38.0, 38.0, 39.5]
    assert pages.erase([Stream(device="tag-2", until_ms=NOON_MS)]) == 2
    clock[0] += 1_000
    assert ingest.append(batch_of_rows(Row("tag-2", 38.0, NOON_MS - WEEK_MS))).gone == 1
    assert sum(len(batch) for batch in pages.export()) == 7
    expired = pages.expire(RetentionPolicy(otherwise=7), now_ms=NOON_MS + WEEK_MS)
    assert (expired.values, expired.weeks) == (4, 2)
    clock[0] += 1_000
    assert ingest.append(batch_of_rows(Row("tag-1", 38.0, NOON_MS - WEEK_MS))).gone == 1
    assert pages.buckets([Stream(device="tag-1")], "ear_temperature", width_ms=DAY_MS).count.tolist() == [1, 1, 1]
    for store in (ingest, pages):
        store.close()
