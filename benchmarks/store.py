"""How fast and how small the embedded observation store is: `python -m benchmarks.store [--values 30_000_000]`.

2,000 ear tags of 3 properties and 200 soil probes of 8 report every ten minutes, with a jitter of milliseconds; cost
is told at every doubling of what is stored. SQLite stands beside it with the first million values.
"""

import argparse
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.figures import quantiles
from benchmarks.fleet import DAY_MS, PROPERTIES, START_MS, STEP_MS, Fleet
from benchmarks.results import Recording, Row, add_out
from observations.batch import ObservationBatch
from observations.model import Stream
from storage.observations.clickhouse import ClickHouseObservationStore, open_clickhouse_store
from storage.observations.touched import HOUR_MS

STEPS_A_DAY = DAY_MS // STEP_MS
HERD = 500
REPEATS = 30
LARGEST_FOR_SQLITE = 1_000_000
QUERY_KEYS = ("day_of_one_ms", "hours_of_one_ms", "herd_by_day_ms", "latest_ms")
"""Of `_queries`, in their order."""
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
    """The figures are on standard output, and in the file of `--out`; what was written is gone afterwards."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--values", type=int, default=3_000_000, help="values to store (default 3 million)")
    arguments.add_argument("--folder", type=Path, help="where to write; a temporary folder where none is given")
    add_out(arguments)
    asked = arguments.parse_args()
    root = Path(tempfile.mkdtemp(prefix="tiantou-bench-", dir=asked.folder))
    recording = Recording({"values_asked": asked.values, "tags": TAGS.devices, "probes": PROBES.devices, "herd": HERD})
    try:
        for name, fleet in {"ear tags": TAGS, "soil probes": PROBES}.items():
            _sizes(root, name, fleet, recording, days=8)
        _grown(root, asked.values, recording)
        _sqlite(root, min(asked.values, LARGEST_FOR_SQLITE), recording)
    finally:
        shutil.rmtree(root)
    recording.finish(asked.out)


def _sizes(root: Path, name: str, fleet: Fleet, recording: Recording, *, days: int) -> None:
    """Bytes per value of one kind of device alone, and by column, all merged."""
    store = _opened(root / fleet.kind)
    cost = _append(store, [fleet], range(days * STEPS_A_DAY))
    _merge(store)
    columns = store._connection.read(  # noqa: SLF001 - no port tells of bytes
        "SELECT column, sum(column_data_compressed_bytes) AS size, sum(rows) AS stored FROM system.parts_columns"
        " WHERE active AND table = 'observations' AND part_type = 'Wide' GROUP BY column ORDER BY size DESC LIMIT 12"
    ).to_pylist()
    each = _bytes(store, "observations") / cost.values
    recording.add("sizes", {"fleet": name, "values": cost.values, "bytes_per_value": each})
    for row in columns:
        a_row = row["size"] / row["stored"]
        recording.add("columns", {"fleet": name, "column": row["column"], "bytes_per_row": a_row})
    store.close()


def _grown(root: Path, values: int, recording: Recording) -> None:
    """Insert cost and queries at every doubling up to `values`, and all queries in the end, merged."""
    store = _opened(root / "both")
    a_step = sum(fleet.devices * len(fleet.properties) for fleet in (TAGS, PROBES))
    steps, target = 0, max(1, values // a_step)
    for mark in (target >> halving for halving in range(5, -1, -1) if target >> halving):
        cost = _append(store, [TAGS, PROBES], range(steps, mark))
        steps = mark
        _roll_up(store)
        recording.add("growth", _grown_row(store, cost, steps, a_step))
        print(f"  {steps * a_step:,} values stored", file=sys.stderr)
    merged_s = _timed(lambda: _merge(store))
    stored = steps * a_step
    sizes = [_bytes(store, table) / stored for table in ("observations", "hours")]
    size: Row = {"fleet": "both", "values": stored, "bytes_per_value": sizes[0], "rolled_up_bytes_per_value": sizes[1]}
    recording.add("sizes", {**size, "merged_in_s": merged_s})
    for what, query in _queries(store, steps).items():
        cpu = time.process_time()
        found = quantiles(_milliseconds(query))
        cpu_ms = (time.process_time() - cpu) * 1000 / (REPEATS + 1)
        recording.add("queries", {"values": stored, "query": what, **found, "cpu_ms": cpu_ms})
    store.close()


def _grown_row(store: ClickHouseObservationStore, cost: Cost, steps: int, a_step: int) -> Row:
    row: Row = {
        "values": steps * a_step,
        "append_us_per_row": cost.seconds / cost.rows * 1e6,
        "append_cpu_us_per_row": cost.cpu_s / cost.rows * 1e6,
        "append_values_per_s": cost.values / cost.seconds,
    }
    medians = [float(np.median(_milliseconds(query))) for query in _queries(store, steps).values()]
    return row | dict(zip(QUERY_KEYS, medians, strict=True))


def _merge(store: ClickHouseObservationStore) -> None:
    """As it will be in a while."""
    store._connection.execute("OPTIMIZE TABLE observations FINAL")  # noqa: SLF001 - no port merges


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


def _sqlite(root: Path, values: int, recording: Recording) -> None:
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
    size = pages[0] * pages[1] / stored
    recording.add("sizes", {"fleet": "SQLite, ear tags, a row a value", "values": stored, "bytes_per_value": size})
    recording.add("peer", {"store": "SQLite", "values": stored, "append_values_per_s": stored / seconds})
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
