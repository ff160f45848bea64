"""How fast the embedded observation store is: `python -m benchmarks.store [folder]`.

Data as a herd sends them: every tag every ten minutes, seven values, one decimal, circadian, in order of time.
"""

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from observations.batch import ObservationBatch
from observations.model import Stream
from storage.observations.clickhouse import ClickHouseObservationStore, open_clickhouse_store

START_MS = 1_782_864_000_000  # 2026-07-01
STEP_MS = 600_000
DAY_MS = 86_400_000
TAGS = 1_000
WEEKS = 2
HERD = 500
REPEATS = 30


def main() -> None:
    """The figures are on standard output; the folder, where one is given, is emptied first."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="tiantou-bench-"))
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{TAGS} tags, 7 values every 10 min, durable settings")
    for rows in (5_000, 10_000):
        folder = root / f"rows{rows}"
        shutil.rmtree(folder, ignore_errors=True)
        store = open_clickhouse_store(
            folder / "data", writer="bench", snapshot_file=folder / "latest", now_ms=lambda: time.time_ns() // 1_000_000
        )
        try:
            _measure(store, folder, rows)
        finally:
            store.close()
            shutil.rmtree(folder, ignore_errors=True)


def _measure(store: ClickHouseObservationStore, folder: Path, rows: int) -> None:
    batches = _batches(rows)
    values = sum(batch.value_count() for batch in batches)
    total = sum(map(len, batches))
    seconds = _timed(lambda: [store.append(batch) for batch in batches])
    print(f"\nappend, {rows} rows a batch: {total / seconds:,.0f} rows/s, {values / seconds:,.0f} values/s")
    again = _timed(lambda: [store.append(batch) for batch in batches[:10]])
    print(f"  redelivered: {10 * rows / again:,.0f} rows/s (each is looked up)")
    one, herd = ["tag-000007"], [Stream(device=f"tag-{tag:06d}") for tag in range(HERD)]
    days = WEEKS * 7
    end = START_MS + days * DAY_MS
    last = [Stream(device="tag-000007", since_ms=end - DAY_MS, until_ms=end)]
    _percentiles("latest of one device", lambda: store.latest(one))
    _percentiles(f"latest of {HERD} devices", lambda: store.latest([stream.device for stream in herd]))
    _percentiles("one series, 24 h raw", lambda: store.series(last, "ear_temperature", limit=10_000))
    _percentiles(
        f"one series, {days} d by the hour",
        lambda: store.buckets([Stream(device="tag-000007")], "ear_temperature", width_ms=3_600_000),
    )
    _percentiles(
        f"herd of {HERD}, {days} d by day",
        lambda: store.buckets(herd, "ear_temperature", width_ms=DAY_MS, offset_ms=28_800_000),
    )
    head = store.head()["bench"]
    _percentiles("since: the newest insert", lambda: store.since({"bench": head - 1}, limit=10_000))
    _percentiles("since: 10,000 rows in the middle", lambda: store.since({"bench": head // 2}, limit=10_000))
    store._connection.execute("OPTIMIZE TABLE observations FINAL")  # noqa: SLF001 - merged, as it will be in a while
    size = store._connection.read(  # noqa: SLF001 - no port tells of bytes
        "SELECT sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND table = 'observations'"
    )["bytes"][0].as_py()
    print(f"  bytes per value after merges: {size / values:.2f} ({size / total:.1f} a row with key and times)")
    print(f"  snapshot of all: {_timed(lambda: store.snapshot(folder / 'copy')):.2f} s")


def _batches(rows: int) -> list[ObservationBatch]:
    generator = np.random.default_rng(7)
    tags = [f"tag-{tag:06d}" for tag in range(TAGS)]
    rounds = rows // TAGS
    steps = WEEKS * 7 * DAY_MS // STEP_MS
    return [_batch(generator, tags, START_MS + first * STEP_MS, rounds) for first in range(0, steps, rounds)]


def _batch(generator: np.random.Generator, tags: list[str], start_ms: int, rounds: int) -> ObservationBatch:
    rows = rounds * len(tags)
    sent = (
        start_ms + np.repeat(np.arange(rounds), len(tags)) * STEP_MS + generator.integers(0, STEP_MS, rows) // 100 * 100
    )
    day = np.sin(2 * np.pi * (sent % DAY_MS) / DAY_MS)
    noise = generator.normal(size=(4, rows))
    return ObservationBatch(
        device=tags * rounds,
        channel=[""] * rows,
        phenomenon_ms=sent,
        received_ms=sent + generator.integers(20, 3_000, rows),
        corrected_ms=sent,
        values={
            "ear_temperature": np.round(36.5 + day + 0.3 * noise[0], 1),
            "ambient_temperature": np.round(24 + 4 * day + 0.2 * noise[1], 1),
            "activity": np.clip(np.round(30 + 20 * day + 8 * noise[2]), 0, 100),
            "steps": np.clip(np.round(60 + 40 * day + 20 * noise[3]), 0, None),
            "battery": np.round(np.full(rows, 3.61), 2),
            "rssi": np.round(-80 + 5 * noise[2]),
            "illuminance": np.clip(np.round(40_000 * day, -2), 0, None),
        },
    )


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _percentiles(what: str, query: Callable[[], object]) -> None:
    query()
    milliseconds = np.array([_timed(query) for _ in range(REPEATS)]) * 1000
    middle, late = np.percentile(milliseconds, [50, 99])
    print(f"  {what}: p50 {middle:.2f} ms, p99 {late:.2f} ms")


if __name__ == "__main__":
    main()
