"""Charts by the hour and longer, whatever of them is rolled up: always what the rows themselves say."""

import itertools
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from observations.model import Buckets, Stream
from observations.ports import ObservationStore
from observations.quality import Quality
from storage.observations.clickhouse import ClickHouseObservationStore, open_clickhouse_store
from storage.observations.memory import InMemoryObservationStore
from storage.observations.touched import MOST_SPANS, spans_of
from tests.storage.observations.rows import DAY_MS, NOON_MS, WEEK_MS, Row, batch_of_rows

HOUR_MS = 3_600_000
ROOT = Path(__file__).resolve().parents[3]
FIRST_MS = NOON_MS - 3 * DAY_MS
TIMES = st.one_of(
    st.integers(0, 60).map(lambda quarter: FIRST_MS + quarter * HOUR_MS // 4),
    st.sampled_from([NOON_MS, NOON_MS - 9 * WEEK_MS, 0, -1, -(2**62), 2**62, 32_472_144_000_000]),
)
run_numbers = itertools.count()


@dataclass(slots=True)
class Opened:
    """A store that is opened again and again, under a clock that tests turn."""

    folder: Path
    clock: list[int] = field(default_factory=lambda: [NOON_MS])
    store: ClickHouseObservationStore = field(init=False)

    def __post_init__(self) -> None:
        self.open()

    def open(self) -> None:
        self.store = open_clickhouse_store(
            self.folder / "data", writer="w1", snapshot_file=self.folder / "latest", now_ms=lambda: self.clock[0]
        )

    def reopen(self) -> None:
        self.store.close()
        self.open()

    def roll_up(self, *, steps: int = 1_000) -> int:
        """Ten minutes pass; so many steps are made."""
        self.clock[0] += 600_000
        return sum(itertools.takewhile(bool, (self.store.roll_ups.step() for _ in range(steps))))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    opened = Opened(tmp_path)
    yield opened
    opened.store.close()


def told(buckets: Buckets) -> list[object]:
    return [
        [column.tolist() for column in (buckets.start_ms, buckets.minimum, buckets.maximum)],
        [buckets.count.tolist(), buckets.devices.tolist()],
        [np.round(column, 6).tolist() for column in (buckets.mean, buckets.total)],
    ]


def rows_of(devices: Sequence[str]) -> st.SearchStrategy[list[Row]]:
    row = st.builds(
        Row,
        device=st.sampled_from(devices),
        value=st.sampled_from([37.5, 38.0, 41.9, 38.123456]),
        ms=TIMES,
        name=st.sampled_from(["ear_temperature", "battery"]),
        channel=st.sampled_from(["", "20cm"]),
        quality=st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.STUCK, Quality.ESTIMATED]),
        received_ms=st.just(NOON_MS + 2_000),
    )
    return st.lists(row, max_size=25)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[str], list[list[Row] | int], list[Stream], int, int]:
    """Devices, what happens (batches; numbers of steps; -1 opens the store again), streams, width and offset in h."""
    devices = [f"run{next(run_numbers)}-{letter}" for letter in "ab"]
    happens = draw(st.lists(rows_of(devices) | st.sampled_from([0, 1, 1_000, -1]), min_size=1, max_size=7))
    bound = st.none() | TIMES | st.integers(0, 16).map(lambda hour: FIRST_MS + hour * HOUR_MS)
    stream = st.builds(
        Stream,
        device=st.sampled_from(devices),
        channel=st.sampled_from([None, "", "20cm"]),
        since_ms=bound,
        until_ms=bound,
    )
    streams = draw(st.lists(stream, min_size=1, max_size=4))
    return devices, happens, streams, draw(st.sampled_from([1, 2, 5, 24])), draw(st.integers(-30, 30))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(history=histories())
def test_a_chart_is_what_the_rows_say_however_much_is_rolled_up(
    opened: Opened, history: tuple[list[str], list[list[Row] | int], list[Stream], int, int]
) -> None:
    devices, happens, streams, width_h, offset_h = history
    memory = InMemoryObservationStore()
    for event in happens:
        if isinstance(event, list):
            opened.store.append(batch_of_rows(*event))
            memory.append(batch_of_rows(*event))
        elif event < 0:
            opened.reopen()
        else:
            opened.roll_up(steps=event)
        for name in ("ear_temperature", "battery"):
            for asked in (streams, [Stream(device=device) for device in devices]):
                width_ms, offset_ms = width_h * HOUR_MS, offset_h * HOUR_MS
                expected = memory.buckets(asked, name, width_ms=width_ms, offset_ms=offset_ms)
                found = opened.store.buckets(asked, name, width_ms=width_ms, offset_ms=offset_ms)
                assert told(found) == told(expected)


def day(store: ObservationStore, device: str = "tag-1") -> tuple[list[int], list[float]]:
    buckets = store.buckets([Stream(device=device)], "ear_temperature", width_ms=DAY_MS)
    return buckets.count.tolist(), buckets.total.tolist()


def rolled_up(store: ClickHouseObservationStore) -> list[dict[str, object]]:
    table = store._connection.read("SELECT device, hour_ms, total, count FROM hours FINAL ORDER BY device, hour_ms")
    rows: list[dict[str, object]] = table.to_pylist()
    return rows


def test_an_hour_is_rolled_up_once_it_is_over_and_quiet(opened: Opened) -> None:
    opened.store.append(batch_of_rows(Row("tag-1", 38.0, NOON_MS - HOUR_MS), Row("tag-1", 38.0, NOON_MS)))
    assert opened.store.roll_ups.step() == 0, "just written"
    assert opened.roll_up() == 1, "the hour that is not over waits"
    opened.clock[0] += HOUR_MS
    assert opened.roll_up() == 1
    assert opened.roll_up() == 0, "nothing is due"
    assert [row["count"] for row in rolled_up(opened.store)] == [1, 1]
    assert opened.store.roll_ups.settled(NOON_MS + HOUR_MS)


def test_weeks_whose_rows_are_dropped_answer_from_the_roll_up(opened: Opened) -> None:
    past = NOON_MS - 9 * WEEK_MS
    opened.store.append(batch_of_rows(Row("tag-1", 38.0, past), Row("tag-1", 39.0, past + 1)))
    opened.roll_up()
    opened.store._connection.execute(f"ALTER TABLE observations DELETE WHERE phenomenon_ms < {past + DAY_MS}")
    opened.store._connection.execute("OPTIMIZE TABLE observations FINAL")
    opened.store.roll_ups.expire({"ear_temperature": past + DAY_MS})
    assert day(opened.store) == ([2], [77.0])
    opened.store.append(batch_of_rows(Row("tag-1", 3.6, past, name="battery")))
    assert day(opened.store) == ([2], [77.0]), "late news of an hour whose rows are gone leaves it as it is"
    opened.roll_up()
    assert day(opened.store) == ([2], [77.0])


def test_hours_whose_rows_change_are_computed_anew(opened: Opened) -> None:
    past = NOON_MS - DAY_MS
    opened.store.append(batch_of_rows(Row("tag-1", 38.0, past), Row("tag-1", 40.0, past + 1), Row("tag-2", 39.0, past)))
    opened.roll_up()
    streams = [Stream(device="tag-1", since_ms=past + 1, until_ms=past + 2)]
    opened.store.roll_ups.touch(streams)
    opened.reopen()
    opened.store._connection.execute(
        f"ALTER TABLE observations DELETE WHERE device = 'tag-1' AND phenomenon_ms = {past + 1}"
        " SETTINGS mutations_sync = 1"
    )
    assert day(opened.store) == ([1], [38.0])
    opened.store.roll_ups.erase(streams)
    assert [row["device"] for row in rolled_up(opened.store)] == ["tag-2"], "gone from the disk at once"
    assert day(opened.store) == ([1], [38.0])
    opened.roll_up()
    assert [(row["device"], row["total"]) for row in rolled_up(opened.store)] == [("tag-1", 38.0), ("tag-2", 39.0)]


def test_an_hour_that_lost_its_last_good_value_is_empty(opened: Opened) -> None:
    past = NOON_MS - DAY_MS
    opened.store.append(batch_of_rows(Row("tag-1", 38.0, past)))
    opened.roll_up()
    opened.store.roll_ups.touch([Stream(device="tag-1")])
    opened.store._connection.execute(
        f"ALTER TABLE observations UPDATE ear_temperature_quality = {int(Quality.STUCK)} WHERE 1"
        " SETTINGS mutations_sync = 1"
    )
    opened.roll_up()
    assert [row["count"] for row in rolled_up(opened.store)] == [0]
    assert day(opened.store) == ([], [])


ROLLER = """
import itertools, sys
from pathlib import Path
from storage.observations.clickhouse import open_clickhouse_store
from tests.storage.observations.rows import NOON_MS, Row, batch_of_rows
folder, first = Path(sys.argv[1]), int(sys.argv[2])
clock = itertools.count(NOON_MS + first * 10_000_000, 200_000)
store = open_clickhouse_store(folder / "data", writer="w1", snapshot_file=folder / "latest", now_ms=lambda: next(clock))
for number in range(first, first + 1_000_000):
    late = [Row(f"tag-{tag}", number, NOON_MS - 3_600_000 * (number % 50) - number) for tag in range(5)]
    store.append(batch_of_rows(*late))
    print(number, flush=True)
    store.roll_ups.step()
"""


def test_a_roll_up_that_is_killed_at_any_moment_is_right_afterwards(tmp_path: Path) -> None:
    numbers: list[int] = []
    for confirmations in (2, 6, 11):
        arguments = [sys.executable, "-c", ROLLER, str(tmp_path), str(1_000 * confirmations)]
        with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            numbers += [int(process.stdout.readline()) for _ in range(confirmations)]
            process.send_signal(signal.SIGKILL)
            numbers += [int(line) for line in process.stdout.read().splitlines()]
        opened = Opened(tmp_path)
        try:
            streams = [Stream(device="tag-3", since_ms=NOON_MS - 60 * DAY_MS, until_ms=NOON_MS + DAY_MS)]
            series = opened.store.series(streams, "ear_temperature", limit=1_000_000)
            charts = [
                opened.store.buckets(streams, "ear_temperature", width_ms=width_ms) for width_ms in (DAY_MS, DAY_MS + 1)
            ]
            assert set(numbers) <= {int(value) for value in series.value}
            assert [int(chart.count.sum()) for chart in charts] == [len(series.value)] * 2
            assert [float(chart.total.sum()) for chart in charts] == [float(series.value.sum())] * 2
        finally:
            opened.store.close()


@given(
    hours=st.lists(
        st.integers(-(2**40), 2**40).map(lambda number: number * HOUR_MS)
        | st.integers(0, 60).map(lambda n: n * HOUR_MS),
        max_size=60,
    )
)
def test_spans_hold_every_hour_and_are_few(hours: list[int]) -> None:
    spans = spans_of(hours)
    assert len(spans) <= MOST_SPANS
    assert all(any(first <= hour < end for first, end in spans) for hour in hours)
    assert all(end < first for (_, end), (first, _) in itertools.pairwise(spans))
    if len(set(hours)) <= MOST_SPANS:
        assert sum(end - first for first, end in spans) == len(set(hours)) * HOUR_MS
