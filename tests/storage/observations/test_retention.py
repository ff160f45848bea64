"""Raw values go in time, their hours stay."""

import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from observations.model import Stream
from observations.ports import ObservationStore
from observations.retention import RetentionPolicy, parse_policy, retention_policy
from storage.observations.clickhouse import ClickHouseObservationStore
from storage.observations.connection import Connection
from storage.observations.restore import restore_observations
from storage.observations.retention import Mark, read_expiries
from tests.storage.observations.conftest import OpenStore
from tests.storage.observations.rows import DAY_MS, MINUTE_MS, NOON_MS, WEEK_MS, Row, batch_of_rows, everything
from tests.storage.observations.test_corrections import correction

ROOT = Path(__file__).resolve().parents[3]
TAG = [Stream(device="tag-1")]
MONDAY_MS = NOON_MS // WEEK_MS * WEEK_MS
"""The start of the week of noon."""
MONTH = RetentionPolicy(otherwise=28)
NOW_MS = MONDAY_MS + 6 * WEEK_MS
"""The weeks that begin before MONDAY_MS + 2 weeks are due."""


def ten_weeks(store: ObservationStore) -> None:
    """A temperature every 20 minutes of an hour a week, a battery each week."""
    for week in range(10):
        begin = MONDAY_MS + (week - 4) * WEEK_MS
        store.append(
            batch_of_rows(
                *(Row("tag-1", 37.0 + week / 4 + minute / 100, begin + minute * MINUTE_MS) for minute in (0, 20, 40)),
                Row("tag-1", 3.5, begin, name="battery"),
            )
        )


def roll_up(store: ObservationStore) -> None:
    if isinstance(store, ClickHouseObservationStore):
        while store.roll_ups.step(quiet_ms=0):
            pass


def daily(store: ObservationStore, name: str = "ear_temperature") -> list[list[float]]:
    buckets = store.buckets(TAG, name, width_ms=DAY_MS)
    columns = (
        buckets.start_ms,
        buckets.minimum,
        buckets.maximum,
        buckets.total.round(9),
        buckets.count,
        buckets.devices,
    )
    return [column.tolist() for column in columns]


def times(store: ObservationStore, name: str = "ear_temperature") -> list[int]:
    series = store.series(TAG, name, suspect=True, limit=1_000)
    return sorted({(ms - MONDAY_MS) // WEEK_MS for ms in series.phenomenon_ms.tolist()})


def test_weeks_that_are_due_go_and_their_hours_stay(store: ObservationStore) -> None:
    ten_weeks(store)
    before = daily(store), daily(store, "battery")
    expired = store.expire(MONTH, now_ms=NOW_MS)
    assert (expired.values, expired.weeks) == (24, 6)
    assert times(store) == times(store, "battery") == [2, 3, 4, 5]
    assert (daily(store), daily(store, "battery")) == before
    assert store.buckets(TAG, "ear_temperature", width_ms=MINUTE_MS).count.sum() == 12, "below the hour nothing is left"
    again = store.expire(MONTH, now_ms=NOW_MS)
    assert (again.values, again.weeks) == (0, 0)
    assert daily(store) == before[0]


def test_a_property_may_be_kept_for_ever(store: ObservationStore) -> None:
    ten_weeks(store)
    before = daily(store), daily(store, "battery")
    policy = RetentionPolicy(otherwise=None, days={"ear_temperature": 28})
    assert store.expire(policy, now_ms=NOW_MS).values == 18
    assert times(store) == [2, 3, 4, 5]
    assert len(times(store, "battery")) == 10
    assert (daily(store), daily(store, "battery")) == before


def test_an_expired_value_that_comes_again_is_not_kept(store: ObservationStore) -> None:
    ten_weeks(store)
    before = daily(store)
    store.expire(MONTH, now_ms=NOW_MS)
    late = store.append(
        batch_of_rows(
            Row("tag-1", 36.0, MONDAY_MS - WEEK_MS), Row("tag-1", 36.5, MONDAY_MS), Row("tag-1", 39.0, NOW_MS - 1)
        )
    )
    assert (late.stored, late.gone) == (1, 2)
    roll_up(store)
    after = daily(store)
    assert [column[:-1] for column in after] == before


def test_hours_stay_as_corrected(store: ObservationStore) -> None:
    ten_weeks(store)
    roll_up(store)
    store.correct(correction(41.0, MONDAY_MS))
    store.correct(correction(None, MONDAY_MS - WEEK_MS))
    for minute in (0, 20, 40):
        store.correct(correction(None, MONDAY_MS - 2 * WEEK_MS + minute * MINUTE_MS))
    before = daily(store)
    assert 41.0 in before[2]
    assert before[4].count(2) == 1
    store.expire(MONTH, now_ms=NOW_MS)
    assert daily(store) == before
    assert list(store.corrections(limit=9)) == []


def test_what_a_wild_clock_dated_is_of_no_known_age(store: ObservationStore) -> None:
    store.append(batch_of_rows(Row("tag-1", 38.0, 5), Row("tag-1", 38.0, MONDAY_MS - 9 * WEEK_MS)))
    assert store.expire(MONTH, now_ms=NOW_MS).values == 1
    assert [ms for *_, ms, _ in everything(store)] == [5]


def test_the_latest_of_a_device_long_silent_is_not_known_any_more(store: ObservationStore) -> None:
    store.append(batch_of_rows(Row("tag-1", 38.0, MONDAY_MS - WEEK_MS), Row("tag-2", 38.0, NOW_MS - 1)))
    store.expire(MONTH, now_ms=NOW_MS)
    assert [item.arrived.device for item in store.latest(["tag-1", "tag-2"])] == ["tag-2"]


def test_erasing_takes_the_hours_of_expired_weeks_too(store: ObservationStore) -> None:
    ten_weeks(store)
    store.expire(MONTH, now_ms=NOW_MS)
    store.erase(TAG)
    roll_up(store)
    assert daily(store) == [[]] * 6


def test_expiry_outlives_the_process_and_a_restored_copy(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store()
    ten_weeks(store)
    store.expire(MONTH, now_ms=NOW_MS)
    expected = daily(store), everything(store)
    store.snapshot(tmp_path / "copy")
    store.close()
    for restored in (False, True):
        if restored:
            (tmp_path / "data").rename(tmp_path / "lost")
            restore_observations(tmp_path / "copy", tmp_path / "data")
        store = open_store()
        roll_up(store)
        assert (daily(store), everything(store)) == expected
        assert store.append(batch_of_rows(Row("tag-1", 36.0, MONDAY_MS - WEEK_MS))).gone == 1
        store.close()


def test_nothing_is_dropped_whose_hours_are_not_rolled_up(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store()
    ten_weeks(store)
    monkeypatch.setattr(store.roll_ups, "step", lambda **_: 0)
    assert store.expire(MONTH, now_ms=NOW_MS).values == 0
    assert len(times(store)) == 10


def test_sequences_go_on_when_the_newest_rows_are_gone(open_store: OpenStore) -> None:
    store = open_store()
    ten_weeks(store)
    head = store.head()
    store.erase(TAG)
    store.close()
    store = open_store()
    assert store.head() == head
    store.append(batch_of_rows(Row("tag-2", 38.0)))
    batch, _ = store.since(head, limit=9)
    assert list(batch.device) == ["tag-2"], "a follower beyond what is gone hears of what is new"


def test_sequences_go_on_when_the_newest_rows_have_expired(open_store: OpenStore) -> None:
    store = open_store()
    store.append(batch_of_rows(Row("tag-1", 38.0, MONDAY_MS)))
    store.append(batch_of_rows(Row("tag-2", 38.0, MONDAY_MS - WEEK_MS)))
    head = store.head()
    assert store.expire(MONTH, now_ms=NOW_MS).values == 2
    store.close()
    store = open_store()
    assert store.head() == head
    store.append(batch_of_rows(Row("tag-3", 38.0, NOW_MS)))
    batch, _ = store.since(head, limit=9)
    assert list(batch.device) == ["tag-3"], "a follower beyond what is gone hears of what is new"


def test_the_latest_kept_before_an_expiry_is_believed_without_what_expired(
    open_store: OpenStore, tmp_path: Path
) -> None:
    store = open_store()
    store.append(batch_of_rows(Row("tag-1", 38.0, MONDAY_MS - WEEK_MS), Row("tag-2", 38.0, NOW_MS - 1)))
    store.close()
    shutil.copy(tmp_path / "latest", tmp_path / "kept")
    store = open_store()
    store.expire(MONTH, now_ms=NOW_MS)
    store.close()
    shutil.copy(tmp_path / "kept", tmp_path / "latest")  # as if the process had died before it could keep them anew
    store = open_store()
    assert [item.arrived.device for item in store.latest(["tag-1", "tag-2"])] == ["tag-2"]


def test_who_looks_what_others_did_forgets_no_expiry_of_our_own(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store()
    ten_weeks(store)
    expiring = threading.Thread(target=store.expire, args=[MONTH], kwargs={"now_ms": NOW_MS})

    def read_before_the_expiry(connection: Connection) -> dict[str, Mark]:
        marks = read_expiries(connection)
        if expiring.ident is None:
            expiring.start()
            expiring.join(3)  # one of the two has to wait for the other
        return marks

    monkeypatch.setattr("storage.observations.upkeep.read_expiries", read_before_the_expiry)
    store._upkeep.follow()
    assert store.append(batch_of_rows(Row("tag-1", 36.0, MONDAY_MS - 5 * WEEK_MS))).gone == 1
    expiring.join(60)
    assert times(store) == [2, 3, 4, 5]


EXPIRER = """
import sys
from pathlib import Path
from storage.observations.clickhouse import open_clickhouse_store
from tests.storage.observations.rows import NOON_MS
from tests.storage.observations.test_retention import MONTH, NOW_MS
folder = Path(sys.argv[1])
store = open_clickhouse_store(folder / "data", writer="w1", snapshot_file=folder / "latest", now_ms=lambda: NOON_MS)
alter = store._connection.alter
def die_in_the_midst(table, change, parameters=None):
    if sys.argv[2] in change:
        print("here", flush=True)
        sys.stdin.read()
    alter(table, change, parameters)
store._connection.alter = die_in_the_midst
store.expire(MONTH, now_ms=NOW_MS)
"""


@pytest.mark.parametrize("where", ["DROP PARTITION 2940", "DELETE"])
def test_an_expiry_that_was_killed_goes_on_another_day(open_store: OpenStore, tmp_path: Path, where: str) -> None:
    store = open_store()
    ten_weeks(store)
    before = daily(store)
    store.close()
    program = [sys.executable, "-c", EXPIRER, str(tmp_path), where]
    with subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGKILL)
    store = open_store()
    assert daily(store) == before
    roll_up(store)
    assert daily(store) == before
    store.expire(MONTH, now_ms=NOW_MS)
    assert daily(store) == before
    assert times(store) == [2, 3, 4, 5]


def test_the_policy_of_the_house_can_be_read() -> None:
    policy = retention_policy()
    assert policy.raw_days("ear_temperature") == 730
    assert policy.kept_from_ms("battery", now_ms=800 * DAY_MS) == 70 * DAY_MS


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("battery,10,forever,x", "no row"),
        ("*,10,5,x", "hourly"),
        ("*,-1,forever,x", "raw_days"),
        ("*,zehn,forever,x", "raw_days"),
    ],
)
def test_a_policy_that_cannot_be_is_named(table: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_policy(f"property,raw_days,hourly,source\n{table}\n")


def test_a_property_without_a_row_of_its_own_follows_the_rest() -> None:
    policy = parse_policy("property,raw_days,hourly,source\n*,forever,forever,x\nbattery,5,forever,y\n")
    assert (policy.raw_days("steps"), policy.raw_days("battery")) == (None, 5)
    assert policy.kept_from_ms("steps", now_ms=0) is None
