"""What is erased is gone, and does not come back."""

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from observations.model import Correction, Stream
from observations.ports import ObservationStore
from observations.quality import Quality
from storage.observations import export
from storage.observations.corrections import Ruling
from storage.observations.reconcile import Key
from storage.observations.restore import restore_observations
from tests.storage.observations.conftest import OpenStore
from tests.storage.observations.rows import DAY_MS, MINUTE_MS, NOON_MS, WEEK_MS, Row, batch_of_rows, everything
from tests.storage.observations.test_corrections import correction

ROOT = Path(__file__).resolve().parents[3]
TAG = [Stream(device="tag-1")]
NEW_HOUSEHOLD_MS = NOON_MS + DAY_MS


def a_tag_that_changed_households(store: ObservationStore) -> None:
    """tag-1 was at one household for three weeks and is at another since; tag-2 never moved."""
    for week in range(3):
        store.append(batch_of_rows(*(Row(f"tag-{tag}", 38.0 + week, NOON_MS - week * WEEK_MS) for tag in (1, 2))))
    store.append(batch_of_rows(Row("tag-1", 3.6, name="battery"), Row("tag-1", 20.0, 5, quality=Quality.CLOCK_WRONG)))
    store.append(batch_of_rows(Row("tag-1", 40.0)))
    store.correct(correction(38.5))
    store.append(batch_of_rows(Row("tag-1", 39.9, NEW_HOUSEHOLD_MS, received_ms=NEW_HOUSEHOLD_MS)))


FIRST_HOUSEHOLD = Stream(device="tag-1", since_ms=NOON_MS - 10 * WEEK_MS, until_ms=NEW_HOUSEHOLD_MS)


def test_nothing_of_an_erased_stream_is_left(store: ObservationStore) -> None:
    a_tag_that_changed_households(store)
    assert store.erase([FIRST_HOUSEHOLD]) == 5
    assert [value for *_, value in everything(store)] == [39.9, 40.0, 39.0, 38.0]
    assert store.series(TAG, "ear_temperature", suspect=True, limit=9).value.tolist() == [39.9]
    assert store.buckets(TAG, "ear_temperature", width_ms=DAY_MS).count.tolist() == [1]
    assert list(store.series(TAG, "battery", limit=9).value) == []
    assert list(store.conflicts(limit=9)) == []
    assert list(store.corrections(limit=9)) == []
    (latest,) = store.latest(["tag-1"])
    assert (latest.good, latest.arrived.value) == (latest.arrived, 39.9)
    assert store.erase([FIRST_HOUSEHOLD]) == 0, "again is safe"


def test_an_erased_reading_that_comes_again_is_not_kept(store: ObservationStore) -> None:
    a_tag_that_changed_households(store)
    store.erase([FIRST_HOUSEHOLD])
    late = store.append(
        batch_of_rows(
            Row("tag-1", 38.0),
            Row("tag-1", 3.6, name="battery"),
            Row("tag-1", 20.0, 5, quality=Quality.CLOCK_WRONG, received_ms=NEW_HOUSEHOLD_MS + 1),
            Row("tag-1", 39.8, NEW_HOUSEHOLD_MS + MINUTE_MS),
            Row("tag-2", 38.2, NOON_MS + 1),
        )
    )
    assert (late.stored, late.redelivered, late.conflicting, late.gone) == (2, 0, 0, 3)
    assert store.series(TAG, "ear_temperature", suspect=True, limit=9).value.tolist() == [39.9, 39.8]


def test_what_was_let_in_last_and_erased_keeps_its_place_in_the_order(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store()
    store.append(batch_of_rows(Row("tag-2", 38.0)))
    remember = store._upkeep.remember

    def after_one_more(streams: Sequence[Stream]) -> list[Key]:
        store.append(batch_of_rows(Row("tag-1", 38.0)))
        return remember(streams)

    monkeypatch.setattr(store._upkeep, "remember", after_one_more)
    assert store.erase(TAG) == 1
    head = store.head()
    store.close()
    store = open_store()
    assert store.head() == head, "who has read so far must meet what is inserted next"


@pytest.mark.parametrize("keeper", ["_upkeep", "_care"])
def test_a_correction_made_during_an_erasure_is_erased_too(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, keeper: str
) -> None:
    store = request.getfixturevalue({"_upkeep": "open_store", "_care": "open_influx"}[keeper])()
    store.append(batch_of_rows(Row("tag-1", 40.0)))
    erasing = threading.Thread(target=store.erase, args=[TAG])
    ruling = getattr(store, keeper)._ruling

    def found_before_the_erasure(said: Correction) -> Ruling:
        found: Ruling = ruling(said)
        erasing.start()
        erasing.join(3)  # one of the two has to wait for the other
        return found

    monkeypatch.setattr(getattr(store, keeper), "_ruling", found_before_the_erasure)
    store.correct(correction(38.5))
    erasing.join(60)
    assert list(store.corrections(limit=9)) == []
    assert everything(store) == []


def test_one_channel_can_be_erased(store: ObservationStore) -> None:
    store.append(batch_of_rows(*(Row("p", d, name="soil_moisture", channel=f"{d}cm") for d in (20, 40))))
    assert store.erase([Stream(device="p", channel="20cm")]) == 1
    assert store.series([Stream(device="p")], "soil_moisture", limit=9).value.tolist() == [40.0]
    later = [Row("p", d, NOON_MS + 1, "soil_moisture", f"{d}cm") for d in (20, 40)]
    assert store.append(batch_of_rows(*later)).gone == 1, "an open end refuses for ever"


def test_erasing_nothing_erases_nothing(store: ObservationStore) -> None:
    a_tag_that_changed_households(store)
    before = everything(store)
    assert store.erase([]) == store.erase([Stream(device="nobody")]) == 0
    assert everything(store) == before


def test_an_erasure_outlives_the_process_and_a_restored_copy(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store()
    a_tag_that_changed_households(store)
    store.erase([FIRST_HOUSEHOLD])
    expected = everything(store), store.latest(["tag-1"])
    store.snapshot(tmp_path / "copy")
    store.close()
    for restored in (False, True):
        if restored:
            (tmp_path / "data").rename(tmp_path / "lost")
            restore_observations(tmp_path / "copy", tmp_path / "data")
        store = open_store()
        assert (everything(store), store.latest(["tag-1"])) == expected
        assert store.append(batch_of_rows(Row("tag-1", 38.0))).gone == 1
        store.close()


ERASER = """
import sys
from pathlib import Path
from storage.observations.clickhouse import open_clickhouse_store
from tests.storage.observations.rows import NOON_MS
from tests.storage.observations.test_erasure import FIRST_HOUSEHOLD
folder = Path(sys.argv[1])
store = open_clickhouse_store(folder / "data", writer="w1", snapshot_file=folder / "latest", now_ms=lambda: NOON_MS)
connection, alter = store._connection, store._connection.alter
def die_at(table, change, parameters=None):
    if table == sys.argv[2]:
        print("here", flush=True)
        sys.stdin.read()
    alter(table, change, parameters)
connection.alter = die_at
store.erase([FIRST_HOUSEHOLD])
"""


@pytest.mark.parametrize("table", ["corrections", "conflicts", "observations"])
def test_an_erasure_that_was_killed_is_finished_at_the_next_start(
    open_store: OpenStore, tmp_path: Path, table: str
) -> None:
    store = open_store()
    a_tag_that_changed_households(store)
    store.close()
    program = [sys.executable, "-c", ERASER, str(tmp_path), table]
    with subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
    store = open_store()
    assert store.series(TAG, "ear_temperature", suspect=True, limit=9).value.tolist() == [39.9]
    assert (list(store.conflicts(limit=9)), list(store.corrections(limit=9))) == ([], [])
    assert [item.arrived.value for item in store.latest(["tag-1"])] == [39.9]
    assert store.erase([FIRST_HOUSEHOLD]) == 0


def test_an_export_comes_in_order_and_in_pages(store: ObservationStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "ROWS_PER_PAGE", 4)
    monkeypatch.setattr("storage.observations.memory.ROWS_PER_PAGE", 4)
    monkeypatch.setattr("storage.influx.export.ROWS_PER_PAGE", 4)
    rows = [
        Row(f"tag-{tag}", 38.0 + minute / 10, NOON_MS + minute * MINUTE_MS - (minute % 2) * WEEK_MS, channel=channel)
        for tag, minutes in ((3, 11), (1, 2), (2, 1))
        for minute in range(minutes)
        for channel in ("", "b")
    ]
    store.append(batch_of_rows(*rows))
    store.append(batch_of_rows(Row("tag-1", 3.6, name="battery")))
    exported = list(store.export())
    assert all(0 < len(batch) <= 4 for batch in exported)
    keys = [key for b in exported for key in zip(b.device, b.channel, b.phenomenon_ms.tolist(), strict=True)]
    assert keys == sorted({(row.device, row.channel, row.ms) for row in rows})
    assert [len(b) for b in store.export([Stream(device="tag-1", until_ms=NOON_MS)])] == [2]
    assert list(store.export([])) == list(store.export([Stream(device="nobody")])) == []
