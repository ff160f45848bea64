"""The embedded store over its life: closed and opened, killed, opened twice, failing in the middle."""

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from observations.batch import ObservationBatch
from observations.errors import BatchRefusedError, StoreUnavailableError
from observations.identifiers import DeviceId
from observations.model import Cursor, Stream
from storage.observations.arrivals import page_since
from storage.observations.clickhouse import ClickHouseObservationStore, open_clickhouse_store
from storage.observations.connection import Connection
from storage.observations.location import StoreLocation
from tests.storage.observations.conftest import OpenStore
from tests.storage.observations.rows import MINUTE_MS, NOON_MS, WEEK_MS, Row, batch_of_rows, everything

ROOT = Path(__file__).resolve().parents[3]

APPENDER = """
import itertools, sys
from pathlib import Path
import numpy as np
from storage.observations.clickhouse import open_clickhouse_store
from tests.storage.observations.rows import MINUTE_MS, NOON_MS, WEEK_MS, Row, batch_of_rows

folder, first = Path(sys.argv[1]), int(sys.argv[2])
clock = itertools.count(NOON_MS, 30_000)
store = open_clickhouse_store(folder / "data", writer="w1", snapshot_file=folder / "latest", now_ms=lambda: next(clock))
for number in range(first, first + 1_000_000):
    rows = [Row(f"tag-{tag}", number, NOON_MS + number * MINUTE_MS) for tag in range(20)]
    late = [Row(f"tag-{tag}", number, NOON_MS - WEEK_MS * (number % 5) - number * MINUTE_MS) for tag in range(5)]
    store.append(batch_of_rows(*rows, *late))
    print(number, flush=True)
"""

OPENER = """
import sys
from pathlib import Path
from observations.errors import StoreUnavailableError
from storage.observations.clickhouse import open_clickhouse_store
folder = Path(sys.argv[1])
try:
    open_clickhouse_store(folder / "data", writer="w2", snapshot_file=folder / "latest2", now_ms=lambda: 0)
except StoreUnavailableError as error:
    print(error)
"""


def start(program: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", program, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def confirmed_until_killed(folder: Path, first: int, confirmations: int) -> list[int]:
    """The numbers of the batches whose append had returned when the process was killed in the midst of work."""
    with start(APPENDER, str(folder), str(first)) as process:
        assert process.stdout is not None
        try:
            confirmed = [int(process.stdout.readline()) for _ in range(confirmations)]
        finally:
            process.send_signal(signal.SIGKILL)
        return confirmed + [int(line) for line in process.stdout.read().splitlines()]


def test_nothing_confirmed_is_lost_when_the_process_is_killed(tmp_path: Path, open_store: OpenStore) -> None:
    confirmed: list[int] = []
    for confirmations in (1, 7, 19):
        confirmed += confirmed_until_killed(tmp_path, len(confirmed) + 1_000 * confirmations, confirmations)
    store = open_store()
    found = everything(store)
    assert len(found) == len({value[:4] for value in found}), "each key once"
    numbers = [int(value) for *_, value in found]
    assert {number: numbers.count(number) for number in confirmed} == dict.fromkeys(confirmed, 25)
    (latest,) = store.latest(["tag-19"])
    assert latest.good is not None
    assert latest.good.value == max(numbers)


def test_redelivery_after_a_kill_is_recognised(tmp_path: Path, open_store: OpenStore) -> None:
    confirmed = confirmed_until_killed(tmp_path, 0, 5)
    store = open_store()
    for number in confirmed:
        rows = [Row(f"tag-{tag}", number, NOON_MS + number * MINUTE_MS) for tag in range(20)]
        assert store.append(batch_of_rows(*rows)).redelivered == 20


def test_a_second_process_is_told_who_has_the_store(tmp_path: Path, open_store: OpenStore) -> None:
    store = open_store()
    store.append(batch_of_rows(Row("tag-1", 38.0)))
    process = start(OPENER, str(tmp_path))
    told, _ = process.communicate(timeout=60)
    assert "another process has the observation store open" in told
    assert str(tmp_path / "data") in told
    assert len(everything(store)) == 1


def test_a_second_folder_in_the_same_process_is_refused_clearly(tmp_path: Path, open_store: OpenStore) -> None:
    open_store()
    with pytest.raises(StoreUnavailableError, match="other"):
        open_clickhouse_store(tmp_path / "other", writer="w", snapshot_file=tmp_path / "l", now_ms=lambda: 0)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnavailableError, match="file/data"):
        open_clickhouse_store(tmp_path / "file" / "data", writer="w", snapshot_file=tmp_path / "l", now_ms=lambda: 0)


@pytest.mark.parametrize("kept", ["kept", "lost", "broken", "behind"])
def test_a_reopened_store_answers_the_same(tmp_path: Path, open_store: OpenStore, kept: str) -> None:
    devices = ["tag-1", "tag-2"]
    store = open_store()
    store.append(batch_of_rows(Row("tag-1", 38.0), Row("tag-2", 39.0, channel="20cm"), Row("tag-1", 1.0, 5)))
    store.close()
    behind = (tmp_path / "latest").read_bytes()
    store = open_store()
    store.append(batch_of_rows(Row("tag-1", 38.4, NOON_MS + MINUTE_MS), Row("tag-1", 3.6, name="battery")))
    store.append(batch_of_rows(Row("tag-1", 40.0)))
    head = store.head()
    before = [store.latest(devices), head, everything(store), store.conflicts(limit=5)]
    store.close()
    contents = {"lost": None, "broken": behind[:-30], "behind": behind, "kept": (tmp_path / "latest").read_bytes()}[
        kept
    ]
    (tmp_path / "latest").unlink()
    if contents is not None:
        (tmp_path / "latest").write_bytes(contents)
    store = open_store()
    assert [store.latest(devices), store.head(), everything(store), store.conflicts(limit=5)] == before
    assert store.append(batch_of_rows(Row("tag-1", 38.4, NOON_MS + MINUTE_MS))).redelivered == 1
    appended = store.append(batch_of_rows(Row("tag-3", 38.0)))
    assert appended.cursor["w1"] > head["w1"]


def test_devices_named_by_an_identifier_are_kept_and_known_again(open_store: OpenStore) -> None:
    store = open_store()
    store.append(batch_of_rows(Row(DeviceId.parse("tag-1"), 38.5)))
    store.close()
    assert [item.arrived.value for item in open_store().latest(["tag-1"])] == [38.5]


def test_the_latest_kept_for_another_store_is_not_believed(tmp_path: Path, open_store: OpenStore) -> None:
    store = open_store()
    store.append(batch_of_rows(Row("tag-1", 38.0)))
    store.close()
    (tmp_path / "data").rename(tmp_path / "old")
    store = open_store()
    assert list(store.latest(["tag-1"])) == []
    assert store.append(batch_of_rows(Row("tag-1", 38.0))).stored == 1


def test_a_store_that_is_closed_says_that_it_is_away(open_store: OpenStore) -> None:
    store = open_store()
    store.close()
    with pytest.raises(StoreUnavailableError):
        store.append(batch_of_rows(Row("tag-1", 38.0)))
    with pytest.raises(StoreUnavailableError):
        store.series([Stream(device="tag-1")], "ear_temperature", limit=1)


class FailingConnection(Connection):
    """A real connection on which the n-th insert of observations fails, before or after it took effect."""

    fail_in = -1
    after_effect = False

    def insert(self, table: str, rows: pa.Table) -> None:
        if table == "observations":
            self.fail_in -= 1
        if self.fail_in == 0 and not self.after_effect:
            msg = "the disk went away"
            raise StoreUnavailableError(msg)
        super().insert(table, rows)
        if self.fail_in == 0:
            msg = "the answer never came"
            raise StoreUnavailableError(msg)


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("restart", [False, True])
def test_an_append_that_failed_halfway_is_safe_to_repeat(tmp_path: Path, *, after_effect: bool, restart: bool) -> None:
    rows = [Row("tag-1", 38.0 + week, NOON_MS - week * WEEK_MS) for week in range(4)]
    rows += [Row("tag-1", 50.0, NOON_MS - WEEK_MS)]
    connection = FailingConnection(StoreLocation(folder=tmp_path / "data"))
    connection.fail_in, connection.after_effect = 3, after_effect
    store = ClickHouseObservationStore(
        connection, writer="w1", snapshot_file=tmp_path / "latest", now_ms=lambda: NOON_MS
    )
    with pytest.raises(StoreUnavailableError):
        store.append(batch_of_rows(*rows))
    if restart:
        store.close()
        store = open_clickhouse_store(
            tmp_path / "data", writer="w1", snapshot_file=tmp_path / "latest", now_ms=lambda: NOON_MS
        )
    try:
        again = store.append(batch_of_rows(*rows))
        assert (again.stored + again.redelivered, again.conflicting) == (4, 1)
        assert [value for *_, value in everything(store)] == [41.0, 40.0, 39.0, 38.0]
        (latest,) = store.latest(["tag-1"])
        assert latest.good is not None
        assert latest.good.value == 38.0
        assert store.conflict_count("tag-1") == 1
        assert store.head() == again.cursor
    finally:
        store.close()


def test_data_that_the_engine_does_not_take_is_refused_and_the_rest_goes_in(open_store: OpenStore) -> None:
    store = open_store()
    with pytest.raises(BatchRefusedError, match="no text that can be stored"):
        store.append(batch_of_rows(Row("tag-1", 38.0), Row("tag-\ud800", 38.0)))
    assert store.append(batch_of_rows(Row("tag-1", 38.0))).stored == 1


def test_a_batch_that_the_engine_refuses_does_not_keep_others_out(open_store: OpenStore) -> None:
    store = open_store()
    store._connection.execute("ALTER TABLE observations DROP COLUMN battery, DROP COLUMN battery_e2")
    with pytest.raises(BatchRefusedError, match="battery"):
        store.append(batch_of_rows(Row("tag-1", 3.6, name="battery")))
    assert store.append(batch_of_rows(Row("tag-1", 38.0))).stored == 1


def test_a_property_that_is_new_gets_its_column(open_store: OpenStore) -> None:
    store = open_store()
    store.append(batch_of_rows(Row("tag-1", 38.0)))
    for column in ("battery", "battery_e2", "battery_quality"):
        store._connection.execute(f"ALTER TABLE observations DROP COLUMN {column}")
    store.close()
    store = open_store()
    store.append(batch_of_rows(Row("tag-1", 3.6, name="battery")))
    assert [value for *_, value in everything(store)] == [3.6, 38.0]


def test_merges_by_the_engine_change_no_answer(open_store: OpenStore) -> None:
    store = open_store()
    for number in range(5):
        store.append(batch_of_rows(Row("tag-1", 38.0 + number, NOON_MS + number * MINUTE_MS), Row("tag-1", 99.0)))
    store.append(batch_of_rows(Row("tag-1", 3.6, NOON_MS + MINUTE_MS, "battery")))
    before = everything(store)
    store._connection.execute("OPTIMIZE TABLE observations FINAL")
    assert everything(store) == before


def test_readers_are_answered_while_one_thread_appends(open_store: OpenStore) -> None:
    store = open_store()
    done = threading.Event()
    wrong: list[Sequence[float]] = []

    def read() -> None:
        while not done.is_set():
            values = store.series([Stream(device="tag-1")], "ear_temperature", limit=1_000).value.tolist()
            if values != [float(number) for number in range(len(values))]:
                wrong.append(values)
            store.latest(["tag-1"])

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(40):
        store.append(batch_of_rows(Row("tag-1", number, NOON_MS + number * MINUTE_MS)))
    done.set()
    for reader in readers:
        reader.join(timeout=30)
    assert wrong == []


def test_two_writers_leave_nothing_out_for_a_reader(tmp_path: Path) -> None:
    """Two stores on one engine, as on a server; the second adds to rows of the first, whose sequences are higher."""
    connection = Connection(StoreLocation(folder=tmp_path / "data"))
    clock = iter(range(NOON_MS, NOON_MS + 10**9, 2_000))

    def store_of(writer: str) -> ClickHouseObservationStore:
        return ClickHouseObservationStore(
            connection, writer=writer, snapshot_file=tmp_path / writer, now_ms=lambda: next(clock)
        )

    try:
        first, second = store_of("first"), store_of("second")
        for number in range(5):
            first.append(batch_of_rows(Row("tag-1", 38.0 + number, NOON_MS + number * MINUTE_MS)))
        _, cursor = first.since({}, limit=100)
        second.append(batch_of_rows(Row("tag-1", 3.6, NOON_MS, "battery"), Row("tag-2", 39.0)))
        connection.execute("OPTIMIZE TABLE observations FINAL")
        third = store_of("third")
        batch, cursor = third.since(cursor, limit=100)
        assert sorted(zip(batch.device, batch.phenomenon_ms.tolist(), strict=True)) == [
            ("tag-1", NOON_MS),
            ("tag-2", NOON_MS),
        ]
        assert cursor == third.head()
    finally:
        connection.close()


def test_who_follows_other_writers_brings_nothing_back_that_was_erased_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.observations.upkeep.HEED_OTHERS_MS", 1)
    connection = Connection(StoreLocation(folder=tmp_path / "data"))
    clock = [NOON_MS]
    first, second = (
        ClickHouseObservationStore(
            connection, writer=writer, snapshot_file=tmp_path / writer, now_ms=lambda: clock[0], shared=True
        )
        for writer in ("first", "second")
    )
    erasing = threading.Thread(target=second.erase, args=[[Stream(device="tag-1")]])

    def read_before_the_erasure(*arguments: Any, **options: Any) -> tuple[ObservationBatch, Cursor]:  # noqa: ANN401 those of page_since
        page = page_since(*arguments, **options)
        if erasing.ident is None:
            erasing.start()
            erasing.join(3)  # one of the two has to wait for the other
        return page

    try:
        first.append(batch_of_rows(Row("tag-1", 38.0), Row("tag-2", 38.0)))
        clock[0] += 1_000
        monkeypatch.setattr("storage.observations.clickhouse.page_since", read_before_the_erasure)
        second.latest(["tag-1", "tag-2"])
        erasing.join(60)
        assert [item.arrived.device for item in second.latest(["tag-1", "tag-2"])] == ["tag-2"]
    finally:
        connection.close()


def test_the_latest_of_one_server_process_follows_the_others(tmp_path: Path) -> None:
    connection = Connection(StoreLocation(folder=tmp_path / "data"))
    clock = [NOON_MS]
    stores = [
        ClickHouseObservationStore(
            connection, writer=writer, snapshot_file=tmp_path / writer, now_ms=lambda: clock[0], shared=True
        )
        for writer in ("first", "second")
    ]
    try:
        stores[0].append(batch_of_rows(Row("tag-1", 38.0)))
        clock[0] += 1_000
        (latest,) = stores[1].latest(["tag-1"])
        assert latest.arrived.value == 38.0
        assert stores[1].head() == stores[0].head()
    finally:
        connection.close()
