"""Corrections, erasure and expiry in InfluxDB over its life: restarts, failures at every step, several processes."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from observations.errors import StoreUnavailableError
from observations.model import Stream
from observations.quality import Quality
from observations.retention import RetentionPolicy
from storage.influx.address import InfluxAddress
from storage.influx.arrivals import unconfirmed
from storage.influx.connection import Connection
from storage.influx.lines import Precision
from storage.influx.store import InfluxObservationStore, open_influx_store
from storage.observations.clickhouse import open_clickhouse_store
from storage.observations.restore import restore_observations
from tests.storage.influx.server import Influxd, influxd_in
from tests.storage.observations.rows import DAY_MS, MINUTE_MS, NOON_MS, WEEK_MS, Row, batch_of_rows, everything
from tests.storage.observations.test_corrections import correction
from tests.storage.observations.test_erasure import FIRST_HOUSEHOLD, TAG, a_tag_that_changed_households
from tests.storage.observations.test_retention import MONDAY_MS, NOW_MS, daily, ten_weeks, times

Open = Callable[..., InfluxObservationStore]
PARTLY = RetentionPolicy(otherwise=None, days={"ear_temperature": 28})


@pytest.fixture
def open_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    monkeypatch.setattr("storage.influx.care.HEED_OTHERS_MS", 1)
    opened: list[InfluxObservationStore] = []

    def open_(url: str, *, writer: str = "w1", clock: Callable[[], int] = lambda: NOON_MS) -> InfluxObservationStore:
        store = open_influx_store(url, writer=writer, snapshot_file=tmp_path / f"latest-{writer}", now_ms=clock)
        opened.append(store)
        return store

    yield open_
    for store in opened:
        store.close()


class FailingConnection(Connection):
    """Counts what changes the bucket, and fails at one change, before it takes effect or after."""

    changes = 0
    fail_at = -1
    after_effect = False

    def write(self, lines: bytes, *, precision: Precision) -> None:
        self._change(lambda: super(FailingConnection, self).write(lines, precision=precision))

    def delete(self, measurement: str, *, since_ns: int, until_ns: int, tags: dict[str, str] | None = None) -> None:  # type: ignore[override] # tests give no other
        self._change(
            lambda: super(FailingConnection, self).delete(measurement, since_ns=since_ns, until_ns=until_ns, tags=tags)
        )

    def _change(self, make: Callable[[], None]) -> None:
        self.changes += 1
        if self.changes == self.fail_at and not self.after_effect:
            msg = "the line went dead"
            raise StoreUnavailableError(msg)
        make()
        if self.changes == self.fail_at:
            msg = "the answer never came"
            raise StoreUnavailableError(msg)


def opened(url: str, folder: Path) -> tuple[InfluxObservationStore, FailingConnection]:
    connection = FailingConnection(InfluxAddress.parse(url))
    store = InfluxObservationStore(connection, writer="w1", snapshot_file=folder / "latest-w1", now_ms=lambda: NOON_MS)
    return store, connection


def at_every_step(
    influxd: Influxd,
    folder: Path,
    before: Callable[[InfluxObservationStore], object],
    change: Callable[[InfluxObservationStore], object],
) -> Iterator[tuple[str, InfluxObservationStore, bool]]:
    """A store in which the change failed at each of its steps in turn: (address, store, died or goes on)."""
    step, steps = 0, 1
    while step < steps:
        step += 1
        url = influxd.new_bucket()
        (folder / "latest-w1").unlink(missing_ok=True)
        store, connection = opened(url, folder)
        before(store)
        connection.changes, connection.fail_at, connection.after_effect = 0, step, step % 2 == 0
        try:
            change(store)
        except StoreUnavailableError:
            steps = step + 1
        connection.fail_at = -1
        yield url, store, step % 3 != 0
        store.close()
    assert step > 8


def test_an_erasure_that_failed_at_any_step_is_finished(influxd: Influxd, tmp_path: Path, open_at: Open) -> None:
    def erase(store: InfluxObservationStore) -> int:
        return store.erase([FIRST_HOUSEHOLD])

    for url, failed, died in at_every_step(influxd, tmp_path, a_tag_that_changed_households, erase):
        store = failed
        if died:
            store = open_at(url)
        if not died or not store._care.gone.spans:  # it failed before anything was remembered
            erase(store)
        assert [value for *_, value in everything(store)] == [39.9, 40.0, 39.0, 38.0]
        assert (list(store.conflicts(limit=9)), list(store.corrections(limit=9))) == ([], [])
        assert [item.arrived.value for item in store.latest(["tag-1"])] == [39.9]
        assert store.append(batch_of_rows(Row("tag-1", 38.0))).gone == 1
        assert store.erase([FIRST_HOUSEHOLD]) == 0
        assert sum(unconfirmed(store._connection, "w1", 0).values()) == 4, "the journal names what is there"


@pytest.mark.parametrize("policy", [RetentionPolicy(otherwise=28), PARTLY], ids=["whole weeks", "parts of weeks"])
def test_an_expiry_that_failed_at_any_step_goes_on(
    influxd: Influxd, tmp_path: Path, open_at: Open, policy: RetentionPolicy
) -> None:
    def fill(store: InfluxObservationStore) -> None:
        begin = MONDAY_MS + 1_800_000
        weeks = [Row("tag-1", 37.0 + week, begin + week * WEEK_MS) for week in (0, 1, 3)]
        store.append(batch_of_rows(*weeks, *(Row("tag-1", 3.5, row.ms, name="battery") for row in weeks)))
        store.correct(correction(41.0, begin))

    hours: list[list[list[float]]] = []

    def change(store: InfluxObservationStore) -> None:
        hours[:] = [daily(store), daily(store, "battery")]
        store.expire(policy, now_ms=NOW_MS)

    for url, failed, died in at_every_step(influxd, tmp_path, fill, change):
        store = open_at(url) if died else failed
        store.append(batch_of_rows(Row("tag-2", 38.0)))  # a process that lives on finishes what it moved
        assert [daily(store), daily(store, "battery")] == hours, "before it goes on"
        store.expire(policy, now_ms=NOW_MS)
        assert [daily(store), daily(store, "battery")] == hours
        assert times(store) == [3]
        assert times(store, "battery") == ([3] if policy is not PARTLY else [0, 1, 3])
        late = store.append(batch_of_rows(Row("tag-1", 37.0, MONDAY_MS + 1_800_000)))
        assert (late.stored, late.gone) == (0, 1)


def test_what_people_did_outlives_the_process(influx_url: str, tmp_path: Path, open_at: Open) -> None:
    store = open_at(influx_url)
    a_tag_that_changed_households(store)
    store.append(batch_of_rows(Row("tag-3", 38.0, MONDAY_MS - 2 * WEEK_MS), Row("tag-4", 38.0)))
    store.erase([FIRST_HOUSEHOLD])
    store.expire(RetentionPolicy(otherwise=7), now_ms=NOON_MS + DAY_MS)
    store.correct(correction(39.5, device="tag-4"))
    devices = [f"tag-{number}" for number in range(1, 5)]

    def told(of: InfluxObservationStore) -> list[object]:
        return [everything(of), of.latest(devices), of.corrections(limit=9), of.head(), daily(of)]

    expected = told(store)
    store.close()
    assert told(open_at(influx_url)) == expected
    (tmp_path / "latest-w1").unlink()
    store = open_at(influx_url)
    assert told(store) == expected
    late = [Row("tag-1", 38.0), Row("tag-3", 38.0, MONDAY_MS - 2 * WEEK_MS)]
    assert store.append(batch_of_rows(*late)).gone == 2


def test_what_people_did_moves_into_the_embedded_store(influx_url: str, tmp_path: Path, open_at: Open) -> None:
    store = open_at(influx_url)
    ten_weeks(store)
    store.append(batch_of_rows(Row("tag-2", 38.0), Row("tag-2", 39.0, NOW_MS)))
    store.erase([Stream(device="tag-2", until_ms=NOW_MS)])
    store.correct(correction(41.0, MONDAY_MS + 3 * WEEK_MS))
    store.expire(RetentionPolicy(otherwise=28), now_ms=NOW_MS)
    store.snapshot(tmp_path / "copy")
    restore_observations(tmp_path / "copy", tmp_path / "folder")
    moved = open_clickhouse_store(tmp_path / "folder", writer="w2", snapshot_file=tmp_path / "x", now_ms=lambda: 0)
    try:
        while moved.roll_ups.step(quiet_ms=0):
            pass
        assert everything(moved) == everything(store)
        assert daily(moved) == daily(store)
        assert moved.corrections(limit=9) == store.corrections(limit=9)
        assert moved.append(batch_of_rows(Row("tag-2", 38.0), Row("tag-1", 38.0, MONDAY_MS))).gone == 2
    finally:
        moved.close()


def test_what_is_erased_stays_so_when_the_server_is_killed(tmp_path: Path, open_at: Open) -> None:
    (tmp_path / "influxd").mkdir()
    with influxd_in(tmp_path / "influxd") as server:
        url = server.new_bucket()
        store = open_at(url)
        a_tag_that_changed_households(store)
        store.erase([FIRST_HOUSEHOLD])
        server.kill()
        server.start()
        assert [value for *_, value in everything(open_at(url))] == [39.9, 40.0, 39.0, 38.0]


def test_one_process_heeds_what_another_did(influx_url: str, open_at: Open) -> None:
    clock = [NOON_MS]
    ingest, pages = (open_at(influx_url, writer=writer, clock=lambda: clock[0]) for writer in ("ingest", "pages"))
    ingest.append(batch_of_rows(Row("tag-1", 38.0), Row("tag-1", 38.5, NOON_MS + DAY_MS), Row("tag-2", 37.0)))
    pages.correct(correction(39.5))
    pages.erase([Stream(device="tag-1", since_ms=NOON_MS + 1), Stream(device="tag-2")])
    clock[0] += 1_000
    (latest,) = ingest.latest(["tag-1", "tag-2"])
    assert (latest.arrived.value, latest.arrived.quality) == (39.5, Quality.CORRECTED)
    assert ingest.append(batch_of_rows(Row("tag-2", 37.5, NOON_MS + 1))).gone == 1


def test_rows_of_a_week_on_the_move_wait(influx_url: str, open_at: Open) -> None:
    clock = [NOON_MS]
    mover, ingest = (open_at(influx_url, writer=writer, clock=lambda: clock[0]) for writer in ("mover", "ingest"))
    mover._care.tell_move("a-move", {"writer": "mover", "week": MONDAY_MS // WEEK_MS, "copied": False})
    clock[0] += 1_000
    with pytest.raises(StoreUnavailableError, match="moving the rows of a week"):
        ingest.append(batch_of_rows(Row("tag-1", 38.0)))
    assert ingest.append(batch_of_rows(Row("tag-1", 38.0, NOON_MS + WEEK_MS))).stored == 1
    with pytest.raises(StoreUnavailableError, match="the erasure is remembered"):
        ingest.erase(TAG)
    mover.append(batch_of_rows(Row("tag-2", 38.0, NOON_MS + WEEK_MS)))
    clock[0] += 1_000
    assert ingest.append(batch_of_rows(Row("tag-2", 38.0))).stored == 1, "whoever moved finished it"
    assert ingest.erase(TAG) == 1


def test_of_two_that_would_move_one_week_both_give_way(influx_url: str, open_at: Open) -> None:
    store = open_at(influx_url)
    ten_weeks(store)
    week = MONDAY_MS // WEEK_MS
    open_at(influx_url, writer="other")._care.tell_move("x", {"writer": "other", "week": week, "copied": False})
    assert store.expire(PARTLY, now_ms=NOW_MS).weeks == 6
    assert times(store) == [0, 2, 3, 4, 5]
    store._care.tell_move("x", None)
    assert store.expire(PARTLY, now_ms=NOW_MS).weeks == 1
    assert times(store) == [2, 3, 4, 5]


def test_a_correction_among_many_values_changes_its_own_bucket(influx_url: str, open_at: Open) -> None:
    store = open_at(influx_url)
    store.append(
        batch_of_rows(
            *(
                Row(f"tag-{tag}", 38.0, NOON_MS + m * MINUTE_MS, channel=c)
                for tag in (1, 2)
                for m in range(300)
                for c in "ab"
            )
        )
    )
    store.correct(correction(40.0, NOON_MS + 7 * MINUTE_MS, channel="a"))
    store.correct(correction(None, NOON_MS + 250 * MINUTE_MS, channel="b"))
    herd = [Stream(device="tag-1"), Stream(device="tag-2")]
    for width, starts in ((DAY_MS, 1), (10 * MINUTE_MS, 30), (2**50, 1)):
        buckets = store.buckets(herd, "ear_temperature", width_ms=width)
        assert len(buckets.start_ms) == starts
        assert (int(buckets.count.sum()), round(float(buckets.total.sum()), 6)) == (1199, 1199 * 38.0 + 2.0)
        assert (buckets.maximum.max(), buckets.devices.max()) == (40.0, 2)
