"""How good values are, decided when they arrive: range, clock, stuck, estimated. Nothing is dropped here."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from observations.batch import ObservationBatch
from observations.properties import ObservedProperty, observed_property
from observations.quality import Quality

CLOCK_FROM_MS = 1_577_836_800_000
"""2020-01-01 UTC: no device of this platform is older, an earlier time is a clock that was never set."""
CLOCK_AHEAD_MS = 24 * 3_600_000
"""A device may be ahead of the platform by less than a day: a wrong time zone is not a wrong clock."""
STUCK_READINGS = 5
"""Equal readings it takes at least: two equal ones with a silence between them are chance."""
HOUR_MS = 3_600_000

StreamKey = tuple[str, str, str]
"""Device, channel, property."""


@dataclass(frozen=True, slots=True)
class Run:
    """A value that has not changed: since when, until when, how often it was read. Times are milliseconds."""

    value: float
    since_ms: int
    until_ms: int
    readings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A batch with its flags, and what is to be remembered once the batch is stored."""

    batch: ObservationBatch
    runs: Mapping[StreamKey, Run] = field(default_factory=dict)


def check(batch: ObservationBatch, remembered: Mapping[StreamKey, Run]) -> Checked:
    """The batch with quality flags and corrected times; `remembered` is not changed.

    remembered: the runs of all streams so far; add `Checked.runs` to them when the batch is stored.
    """
    wrong_clock = (batch.phenomenon_ms < CLOCK_FROM_MS) | (batch.phenomenon_ms > batch.received_ms + CLOCK_AHEAD_MS)
    runs: dict[StreamKey, Run] = {}
    order = _Order.of(batch, ~wrong_clock) if any(_stuck_after_ms(name) is not None for name in batch.values) else None
    quality = {}
    for name, values in batch.values.items():
        flags = _range_flags(observed_property(name), values)
        there = ~np.isnan(values)
        flags[wrong_clock & there] |= np.uint8(Quality.CLOCK_WRONG)
        limit_ms = _stuck_after_ms(name)
        if order is not None and limit_ms is not None:
            flags[order.stuck(name, values, limit_ms, remembered, runs)] |= np.uint8(Quality.STUCK)
        if flags.any():
            quality[name] = flags
    corrected = np.where(wrong_clock, batch.received_ms, batch.phenomenon_ms)
    return Checked(batch=replace(batch, corrected_ms=corrected, quality=quality), runs=runs)


def _stuck_after_ms(name: str) -> int | None:
    hours = observed_property(name).stuck_after_h
    return None if hours is None else round(hours * HOUR_MS)


def _range_flags(about: ObservedProperty, values: NDArray[np.float64]) -> NDArray[np.uint8]:
    flags = np.zeros(len(values), np.uint8)
    flags[(values < about.low) | (values > about.high)] |= np.uint8(Quality.OUT_OF_RANGE)
    if about.estimated:
        flags[~np.isnan(values)] |= np.uint8(Quality.ESTIMATED)
    return flags


@dataclass(frozen=True, slots=True)
class _Order:
    """The rows with a right clock, by stream and time: what looking for runs needs, made once for a batch."""

    rows: NDArray[np.intp]
    code: NDArray[np.int64]
    time_ms: NDArray[np.int64]
    streams: list[tuple[str, str]]

    @classmethod
    def of(cls, batch: ObservationBatch, usable: NDArray[np.bool_]) -> "_Order":
        codes: dict[tuple[str, str], int] = {}
        pairs = zip(batch.device, batch.channel, strict=True)
        code = np.array([codes.setdefault(pair, len(codes)) for pair in pairs], np.int64)
        rows = np.lexsort((batch.phenomenon_ms, code))
        rows = rows[usable[rows]]
        return cls(rows, code[rows], batch.phenomenon_ms[rows], list(codes))

    def stuck(
        self,
        name: str,
        values: NDArray[np.float64],
        limit_ms: int,
        remembered: Mapping[StreamKey, Run],
        runs: dict[StreamKey, Run],
    ) -> NDArray[np.intp]:
        """The rows of `values` that are stuck; the newest run of each stream is in `runs`."""
        there = ~np.isnan(values[self.rows])
        rows, code, time_ms = self.rows[there], self.code[there], self.time_ms[there]
        if not len(rows):
            return rows
        found = values[rows]
        begins = np.ones(len(rows), bool)
        begins[1:] = (code[1:] != code[:-1]) | (found[1:] != found[:-1])
        first = np.flatnonzero(begins)
        since, before = time_ms[first], np.zeros(len(first), np.int64)
        run_of = np.cumsum(begins) - 1
        # Only the first run of a stream can go on from what is remembered, only its last one is to be remembered.
        enters = np.flatnonzero(np.diff(code, prepend=-1))
        leaves = np.append(enters[1:], len(rows)) - 1
        keys = [(*self.streams[i], name) for i in code[enters]]
        for key, row in zip(keys, enters, strict=True):
            run, known = run_of[row], remembered.get(key)
            if known is not None and known.value == found[row] and known.since_ms <= time_ms[row]:
                again = np.count_nonzero(
                    time_ms[row : first[run + 1] if run + 1 < len(first) else None] <= known.until_ms
                )
                since[run], before[run] = known.since_ms, max(known.readings - int(again), 0)
        count = np.arange(len(rows)) - first[run_of] + 1 + before[run_of]
        since = since[run_of]
        for key, row in zip(keys, leaves, strict=True):
            run = Run(float(found[row]), int(since[row]), int(time_ms[row]), int(count[row]))
            _remember(runs, remembered, key, run)
        stuck: NDArray[np.bool_] = (time_ms - since > limit_ms) & (count >= STUCK_READINGS)
        return rows[stuck]


def _remember(runs: dict[StreamKey, Run], remembered: Mapping[StreamKey, Run], key: StreamKey, run: Run) -> None:
    """The newest run of a stream wins; a late or repeated reading changes nothing."""
    newest = runs.get(key) or remembered.get(key)
    if newest is None or run.until_ms > newest.until_ms:
        runs[key] = run
