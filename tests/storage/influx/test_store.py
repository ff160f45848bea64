"""The InfluxDB store over its life: killed server, killed writer, failures halfway, several processes."""

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from observations.errors import BatchRefusedError, StoreUnavailableError
from observations.model import Stream
from storage.influx.address import InfluxAddress
from storage.influx.connection import Connection
from storage.influx.lines import Precision
from storage.influx.store import InfluxObservationStore, open_influx_store
from storage.observations.clickhouse import open_clickhouse_store
from storage.observations.restore import restore_observations
from tests.storage.influx.server import Influxd, influxd_in
from tests.storage.observations.rows import DAY_MS, MINUTE_MS, NOON_MS, WEEK_MS, Row, batch_of_rows, everything, pages

ROOT = Path(__file__).resolve().parents[3]

APPENDER = """
import itertools, sys
from pathlib import Path
from storage.influx.store import open_influx_store
from tests.storage.observations.rows import MINUTE_MS, NOON_MS, WEEK_MS, Row, batch_of_rows

url, folder, first = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
clock = itertools.count(NOON_MS, 30_000)
store = open_influx_store(url, writer="w1", snapshot_file=folder / "latest", now_ms=lambda: next(clock))
for number in range(first, first + 1_000_000):
    rows = [Row(f"tag-{tag}", number, NOON_MS + number * MINUTE_MS) for tag in range(20)]
    late = [Row(f"tag-{tag}", number, NOON_MS - WEEK_MS * (number % 5) - number * MINUTE_MS) for tag in range(5)]
    store.append(batch_of_rows(*rows, *late))
    print(number, flush=True)
"""

Open = Callable[..., InfluxObservationStore]


@pytest.fixture
def open_at(tmp_path: Path) -> Iterator[Open]:
    opened: list[InfluxObservationStore] = []

    def open_(url: str, *, writer: str = "w1", clock: Callable[[], int] = lambda: NOON_MS) -> InfluxObservationStore:
        store = open_influx_store(url, writer=writer, snapshot_file=tmp_path / f"latest-{writer}", now_ms=clock)
        opened.append(store)
        return store

    yield open_
    for store in opened:
        store.close()


@pytest.fixture
def own_influxd(tmp_path: Path) -> Iterator[Influxd]:
    """A server that the test may kill."""
    (tmp_path / "influxd").mkdir()
    with influxd_in(tmp_path / "influxd") as server:
        yield server


def start(url: str, folder: Path, first: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", APPENDER, url, str(folder), str(first)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def confirmed_until(
    url: str, folder: Path, first: int, confirmations: int, kill: Callable[[], None] | None
) -> list[int]:
    """The numbers of the batches whose append had returned when writer, or server, was killed in the midst of work."""
    with start(url, folder, first) as process:
        assert process.stdout is not None
        try:
            confirmed = [int(process.stdout.readline()) for _ in range(confirmations)]
            if kill is not None:
                kill()
                process.wait(60)  # the writer meets the error and ends
        finally:
            process.send_signal(signal.SIGKILL)
        return confirmed + [int(line) for line in process.stdout.read().splitlines()]


def assert_all_there(store: InfluxObservationStore, confirmed: list[int]) -> None:
    found = everything(store)
    assert len(found) == len({value[:4] for value in found}), "each key once"
    numbers = [int(value) for *_, value in found]
    assert {number: numbers.count(number) for number in confirmed} == dict.fromkeys(confirmed, 25)
    (latest,) = store.latest(["tag-19"])
    assert latest.good is not None
    assert latest.good.value == max(number for device, _, _, _, number in found if device == "tag-19")
    for number in confirmed[-3:]:
        rows = [Row(f"tag-{tag}", number, NOON_MS + number * MINUTE_MS) for tag in range(20)]
        assert store.append(batch_of_rows(*rows)).redelivered == 20


def test_nothing_confirmed_is_lost_when_the_writer_is_killed(influx_url: str, tmp_path: Path, open_at: Open) -> None:
    confirmed: list[int] = []
    for confirmations in (1, 7, 19):
        confirmed += confirmed_until(influx_url, tmp_path, 1_000 * confirmations, confirmations, None)
    assert_all_there(open_at(influx_url), confirmed)


def test_nothing_confirmed_is_lost_when_the_server_is_killed(
    own_influxd: Influxd, tmp_path: Path, open_at: Open
) -> None:
    url, confirmed = own_influxd.new_bucket(), []
    for confirmations in (2, 9):
        confirmed += confirmed_until(url, tmp_path, 1_000 * confirmations, confirmations, own_influxd.kill)
        own_influxd.start()
    assert_all_there(open_at(url), confirmed)


def test_a_server_that_comes_back_goes_on_with_the_same_store(own_influxd: Influxd, open_at: Open) -> None:
    store = open_at(own_influxd.new_bucket())
    store.append(batch_of_rows(Row("tag-1", 38.0)))
    own_influxd.kill()
    with pytest.raises(StoreUnavailableError, match="cannot be reached"):
        store.append(batch_of_rows(Row("tag-1", 38.5, NOON_MS + 1)))
    assert [latest.arrived.value for latest in store.latest(["tag-1"])] == [38.0], "from memory"
    own_influxd.start()
    again = store.append(batch_of_rows(Row("tag-1", 38.5, NOON_MS + 1)))
    assert (again.stored + again.redelivered, again.conflicting) == (1, 0)
    assert [value for *_, value in everything(store)] == [38.0, 38.5]


class FailingConnection(Connection):
    """Fails at one write, before it takes effect or after."""

    fail_in = -1
    after_effect = False

    def write(self, lines: bytes, *, precision: Precision) -> None:
        self.fail_in -= 1
        if self.fail_in == 0 and not self.after_effect:
            msg = "the line went dead"
            raise StoreUnavailableError(msg)
        super().write(lines, precision=precision)
        if self.fail_in == 0:
            msg = "the answer never came"
            raise StoreUnavailableError(msg)


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("step", [1, 2, 3, 4, 5], ids=["announce", "rows", "strays", "confirm", "conflicts"])
def test_an_append_that_failed_halfway_is_safe_to_repeat(
    influx_url: str, tmp_path: Path, open_at: Open, step: int, *, after_effect: bool, restart: bool
) -> None:
    first = [Row("tag-2", 39.0)]
    rows = [Row("tag-1", 38.0 + week, NOON_MS - week * WEEK_MS) for week in range(4)]
    rows += [Row("tag-1", 50.0, NOON_MS - WEEK_MS), Row("tag-1", 1.0, 5), Row("tag-2", 3.6, name="battery")]
    connection = FailingConnection(InfluxAddress.parse(influx_url))
    store = InfluxObservationStore(
        connection, writer="w1", snapshot_file=tmp_path / "latest-w1", now_ms=lambda: NOON_MS
    )
    store.append(batch_of_rows(*first))
    seen = store.head()
    connection.fail_in, connection.after_effect = step, after_effect
    with pytest.raises(StoreUnavailableError):
        store.append(batch_of_rows(*rows))
    if restart:
        store.close()
        store = open_at(influx_url)
    again = store.append(batch_of_rows(*rows))
    assert (again.stored + again.redelivered, again.conflicting) == (6, 1)
    expected = [1.0, 3.6, 38.0, 39.0, 39.0, 40.0, 41.0]
    assert sorted(value for *_, value in everything(store)) == expected
    arrived = [
        key
        for page in pages(store, seen, limit=1)
        for key in zip(page.device, page.phenomenon_ms.tolist(), strict=True)
    ]
    assert len(arrived) == len(set(arrived)) == 6, "a follower that had seen the first meets every other row once"
    assert store.conflict_count("tag-1") == 1
    assert store.head() == again.cursor
    if not restart:
        store.close()


@pytest.mark.parametrize("kept", ["kept", "lost", "broken", "behind"])
def test_a_reopened_store_answers_the_same(influx_url: str, tmp_path: Path, open_at: Open, kept: str) -> None:
    devices, file = ["tag-1", "tag-2"], tmp_path / "latest-w1"
    store = open_at(influx_url)
    store.append(batch_of_rows(Row("tag-1", 38.0), Row("tag-2", 39.0, channel="20cm"), Row("tag-1", 1.0, 5)))
    store.close()
    behind = file.read_bytes()
    store = open_at(influx_url)
    store.append(batch_of_rows(Row("tag-1", 38.4, NOON_MS + MINUTE_MS), Row("tag-1", 3.6, name="battery")))
    store.append(batch_of_rows(Row("tag-1", 40.0)))
    head = store.head()
    before = [store.latest(devices), head, everything(store), store.conflicts(limit=5)]
    store.close()
    contents = {"lost": None, "broken": behind[:-30], "behind": behind, "kept": file.read_bytes()}[kept]
    file.unlink()
    if contents is not None:
        file.write_bytes(contents)
    store = open_at(influx_url)
    assert [store.latest(devices), store.head(), everything(store), store.conflicts(limit=5)] == before
    assert store.append(batch_of_rows(Row("tag-1", 38.4, NOON_MS + MINUTE_MS))).redelivered == 1
    assert store.append(batch_of_rows(Row("tag-3", 38.0))).cursor["w1"] > head["w1"]


def test_one_process_sees_what_another_stored(influx_url: str, open_at: Open) -> None:
    clock = [NOON_MS]
    ingest, shown = (open_at(influx_url, writer=writer, clock=lambda: clock[0]) for writer in ("ingest", "pages"))
    ingest.append(batch_of_rows(Row("tag-1", 38.0)))
    assert shown.head() == ingest.head()
    clock[0] += 1_000
    (latest,) = shown.latest(["tag-1"])
    assert latest.arrived.value == 38.0
    batch, cursor = shown.since({}, limit=10)
    assert (list(batch.device), cursor) == (["tag-1"], ingest.head())
    shown.append(batch_of_rows(Row("tag-1", 3.6, name="battery"), Row("tag-2", 39.0, NOON_MS + MINUTE_MS)))
    batch, _ = ingest.since(cursor, limit=10)
    assert sorted(batch.device) == ["tag-1", "tag-2"], "a row that gained a property arrives after it"


def test_readers_are_answered_while_one_thread_appends(influx_url: str, open_at: Open) -> None:
    store = open_at(influx_url)
    done = threading.Event()
    wrong: list[list[float]] = []

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


def test_thousands_of_devices_are_looked_up_and_read_in_order_of_arrival(influx_url: str, open_at: Open) -> None:
    store = open_at(influx_url)
    many = [Row(f"tag-{number:05d}", 38.0, NOON_MS + number) for number in range(9_000)]
    assert store.append(batch_of_rows(*many)).stored == 9_000
    assert store.append(batch_of_rows(*many)).redelivered == 9_000
    assert len(everything(store)) == 9_000
    herd = [Stream(device=f"tag-{number:05d}", since_ms=NOON_MS - number % 70) for number in range(2_000)]
    buckets = store.buckets(herd, "ear_temperature", width_ms=DAY_MS)
    assert (buckets.count.tolist(), buckets.devices.tolist()) == ([2_000], [2_000])


def test_buckets_wider_than_a_duration_can_be_are_summed_up(influx_url: str, open_at: Open) -> None:
    store = open_at(influx_url)
    store.append(batch_of_rows(Row("tag-1", 38.0), Row("tag-1", 40.0, NOON_MS + MINUTE_MS), Row("tag-1", 30.0, -5)))
    buckets = store.buckets([Stream(device="tag-1")], "ear_temperature", width_ms=2**50)
    assert (buckets.start_ms.tolist(), buckets.total.tolist()) == ([-(2**50), 0], [30.0, 78.0])


def test_numbers_come_back_exactly(influx_url: str, open_at: Open) -> None:
    store = open_at(influx_url)
    numbers = [0.1 + 0.2, 5e-324, -1.7976931348623157e308, 1e22, 123456789.0, -0.0, 2.0**60 + 512]
    store.append(batch_of_rows(*(Row("tag-1", value, NOON_MS + n) for n, value in enumerate(numbers))))
    found = store.series([Stream(device="tag-1")], "ear_temperature", limit=100).value
    assert found.tolist() == numbers


def test_infinity_is_refused_with_its_row_and_the_rest_goes_in(influx_url: str, open_at: Open) -> None:
    store = open_at(influx_url)
    with pytest.raises(BatchRefusedError, match=r"ear_temperature of row 1 \(device tag-2\) is inf"):
        store.append(batch_of_rows(Row("tag-1", 38.0), Row("tag-2", np.inf)))
    assert store.append(batch_of_rows(Row("tag-1", 38.0))).stored == 1


def test_a_field_of_another_type_refuses_the_batch_not_the_store(influx_url: str, open_at: Open) -> None:
    store = open_at(influx_url)
    store._connection.write(f'observations,device=x,channel=- battery="full" {NOON_MS}'.encode(), precision="ms")
    with pytest.raises(BatchRefusedError, match="battery"):
        store.append(batch_of_rows(Row("tag-1", 3.6, name="battery")))
    assert store.append(batch_of_rows(Row("tag-1", 38.0))).stored == 1


def test_a_bucket_that_forgets_is_refused(influxd: Influxd, open_at: Open) -> None:
    with pytest.raises(StoreUnavailableError, match="--retention 0"):
        open_at(influxd.new_bucket(keep_s=86_400))


def test_what_is_missing_is_named_without_the_token(influxd: Influxd, open_at: Open) -> None:
    with pytest.raises(StoreUnavailableError, match="influx bucket create --org tests --name nowhere"):
        open_at(influxd.url("nowhere"))
    with pytest.raises(StoreUnavailableError, match="does the token fit") as told:
        open_at(f"influxdb://:s3cret@127.0.0.1:{influxd.port}/tests/first")
    assert "s3cret" not in str(told.value)


def test_a_copy_moves_into_the_embedded_store(influx_url: str, tmp_path: Path, open_at: Open) -> None:
    store = open_at(influx_url)
    store.append(batch_of_rows(Row("tag-1", 38.0), Row("tag-1", 39.0), Row("tag-2", 1.0, 5)))
    store.append(batch_of_rows(Row("tag-1", 3.6, name="battery")))
    store.snapshot(tmp_path / "copy")
    assert restore_observations(tmp_path / "copy", tmp_path / "folder") == 2
    moved = open_clickhouse_store(tmp_path / "folder", writer="w2", snapshot_file=tmp_path / "x", now_ms=lambda: 0)
    try:
        assert everything(moved) == everything(store)
        assert moved.head() == store.head()
        assert moved.conflicts(limit=5) == store.conflicts(limit=5)
    finally:
        moved.close()
