"""How fast and how small the embedded observation store is: `python -m benchmarks.store [--values 30_000_000]`.

2,000 ear tags of 3 properties and 200 soil probes of 8 report every ten minutes, with a jitter of milliseconds; the
growth of cost with size is printed as CSV at every doubling. SQLite stands beside it where the size allows.
"""

import argparse
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.figures import machine
from benchmarks.fleet import DAY_MS, PROPERTIES, START_MS, STEP_MS, Fleet
from observations.batch import ObservationBatch
from observations.model import Stream
from storage.observations.clickhouse import ClickHouseObservationStore, open_clickhouse_store
from storage.observations.touched import HOUR_MS

STEPS_A_DAY = DAY_MS // STEP_MS
HERD = 500
REPEATS = 30
LARGEST_FOR_SQLITE = 3_000_000
TAGS = Fleet(kind="tag", devices=2_000, properties=PROPERTIES["tag"])
PROBES = Fleet(kind="probe", devices=200, properties=PROPERTIES["probe"], seed=8)
SIZE = "SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND table = "


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What appending took."""

    rows: int
    values: int
    seconds: float
    cpu_s: float


def main() -> None:
    """The figures are on standard output; what was written is gone afterwards."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--values", type=int, default=3_000_000, help="values to store (default 3 million)")
    arguments.add_argument("--folder", type=Path, help="where to write; a temporary folder where none is given")
    asked = arguments.parse_args()
    root = Path(tempfile.mkdtemp(prefix="tiantou-bench-", dir=asked.folder))
    print(machine())
    try:
        for fleets in ([TAGS], [PROBES]):
            _sizes(root, fleets, days=8)
        _grown(root, asked.values)
        if asked.values <= LARGEST_FOR_SQLITE:
            _sqlite(root, asked.values)
    finally:
        shutil.rmtree(root)


def _sizes(root: Path, fleets: list[Fleet], *, days: int) -> None:
    """Bytes per value of one kind of device alone, by column, all merged."""
    store = _opened(root / fleets[0].kind)
    cost = _append(store, fleets, range(days * STEPS_A_DAY))
    store._connection.execute("OPTIMIZE TABLE observations FINAL")  # noqa: SLF001 - merged, as it will be in a while
    columns = store._connection.read(  # noqa: SLF001 - no port tells of bytes
        "SELECT column, sum(column_data_compressed_bytes) AS size, sum(rows) AS stored FROM system.parts_columns"
        " WHERE active AND table = 'observations' AND part_type = 'Wide' GROUP BY column ORDER BY size DESC LIMIT 12"
    ).to_pylist()
    size = _bytes(store, "observations") / cost.values
    print(f"\n{fleets[0].kind}s alone, {cost.values:,} values: {size:.2f} bytes a value")
    print("  bytes a row: " + ", ".join(f"{row['column']} {row['size'] / row['stored']:.2f}" for row in columns))
    store.close()


def _grown(root: Path, values: int) -> None:
    """Insert cost and queries at every doubling up to `values`."""
    store = _opened(root / "both")
    a_step = sum(fleet.devices * len(fleet.properties) for fleet in (TAGS, PROBES))
    steps, target = 0, max(1, values // a_step)
    marks = [target >> halving for halving in range(5, -1, -1) if target >> halving]
    print("\nvalues,append_us_a_row,cpu_us_a_row,day_of_one_ms,hours_of_one_ms,herd_by_day_ms,latest_ms")
    for mark in marks:
        cost = _append(store, [TAGS, PROBES], range(steps, mark))
        steps = mark
        _timed(lambda: _roll_up(store))
        figures = [np.median(_milliseconds(query)) for query in _queries(store, steps).values()]
        a_row = [f"{figure / cost.rows * 1e6:.2f}" for figure in (cost.seconds, cost.cpu_s)]
        print(",".join([str(steps * a_step), *a_row, *(f"{figure:.2f}" for figure in figures)]), flush=True)
    seconds = _timed(lambda: store._connection.execute("OPTIMIZE TABLE observations FINAL"))  # noqa: SLF001 - as above
    stored = steps * a_step
    print(f"\n{stored:,} values; merged in {seconds:.0f} s")
    sizes = [_bytes(store, table) / stored for table in ("observations", "hours")]
    print(f"  bytes a value: {sizes[0]:.2f}, and {sizes[1]:.2f} for the roll-up")
    for what, query in _queries(store, steps).items():
        cpu = time.process_time()
        middle, late = np.percentile(_milliseconds(query), [50, 99])
        cpu_ms = (time.process_time() - cpu) * 1000 / (REPEATS + 1)
        print(f"  {what}: p50 {middle:.2f} ms, p99 {late:.2f} ms, CPU {cpu_ms:.2f} ms")
    store.close()


def _queries(store: ClickHouseObservationStore, steps: int) -> dict[str, Callable[[], object]]:
    end = START_MS + steps * STEP_MS
    since = max(START_MS, end - 30 * DAY_MS)
    last = [Stream(device="tag-000007", since_ms=end - DAY_MS, until_ms=end)]
    # charts begin and end on the hour
    one = [Stream(device="tag-000007", since_ms=since - since % HOUR_MS, until_ms=end - end % HOUR_MS)]
    herd = [Stream(device=name, since_ms=one[0].since_ms, until_ms=one[0].until_ms) for name in TAGS.names()[:HERD]]
    everyone = TAGS.names()
    name = "ear_temperature"
    return {
        "one animal, 24 h": lambda: store.series(last, name, limit=10_000),
        "one animal, 30 d by the hour": lambda: store.buckets(one, name, width_ms=HOUR_MS),
        f"herd of {HERD}, 30 d by day": lambda: store.buckets(herd, name, width_ms=DAY_MS, offset_ms=28_800_000),
        "latest of 2,000": lambda: store.latest(everyone),
    }


def _opened(folder: Path) -> ClickHouseObservationStore:
    # a clock an hour ahead: what was just written counts as over and quiet
    ahead_ms = HOUR_MS
    return open_clickhouse_store(
        folder / "data",
        writer="bench",
        snapshot_file=folder / "latest",
        now_ms=lambda: time.time_ns() // 1_000_000 + ahead_ms,
    )


def _roll_up(store: ClickHouseObservationStore) -> None:
    store.roll_ups.hurry()
    while store.roll_ups.step():
        pass


def _append(store: ClickHouseObservationStore, fleets: list[Fleet], steps: range) -> Cost:
    """A day at a time, made beforehand: only appending counts."""
    rows = values = 0
    seconds = cpu_s = 0.0
    for first in range(steps.start, steps.stop, STEPS_A_DAY):
        part = range(first, min(first + STEPS_A_DAY, steps.stop))
        batches: list[ObservationBatch] = [batch for fleet in fleets for batch in fleet.batches(part)]
        rows += sum(map(len, batches))
        values += sum(batch.value_count() for batch in batches)
        cpu = time.process_time()
        seconds += _timed(lambda batches=batches: [store.append(batch) for batch in batches])  # type: ignore[misc]
        cpu_s += time.process_time() - cpu
    return Cost(rows=rows, values=values, seconds=seconds, cpu_s=cpu_s)


def _bytes(store: ClickHouseObservationStore, table: str) -> int:
    found = store._connection.read(f"{SIZE}'{table}'")  # noqa: SLF001 - no port tells of bytes
    return int(found["bytes"][0].as_py() or 0)


def _sqlite(root: Path, values: int) -> None:
    """The same in one plain table of one row a value."""
    connection = sqlite3.connect(root / "peer.sqlite", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE v (d TEXT, p TEXT, t INTEGER, v REAL, PRIMARY KEY (d, p, t)) WITHOUT ROWID")
    stored, seconds = 0, 0.0
    for batch in TAGS.batches(range(max(1, values // 6_000))):
        rows = [
            (device, name, ms, value)
            for name, column in batch.values.items()
            for device, ms, value in zip(batch.device, batch.phenomenon_ms.tolist(), column.tolist(), strict=True)
        ]
        begun = time.perf_counter()
        connection.execute("BEGIN")
        connection.executemany("INSERT OR IGNORE INTO v VALUES (?, ?, ?, ?)", rows)
        connection.execute("COMMIT")
        stored, seconds = stored + len(rows), seconds + time.perf_counter() - begun
    pages = [connection.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "page_size")]
    print(f"\nSQLite: {stored / seconds:,.0f} values/s, {pages[0] * pages[1] / stored:.1f} bytes a value")
    connection.close()


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _milliseconds(query: Callable[[], object]) -> list[float]:
    query()
    return [_timed(query) * 1000 for _ in range(REPEATS)]


if __name__ == "__main__":
    main()
