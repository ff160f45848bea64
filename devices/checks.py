"""How good values are, decided when they arrive: range, clock, stuck, estimated. Nothing is dropped here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from devices.runs import NewRuns, Runs, new_runs
from observations.batch import ObservationBatch
from observations.properties import ObservedProperty, observed_property
from observations.quality import Quality
from observations.texts import numbered_pairs

CLOCK_FROM_MS = 1_577_836_800_000
"""2020-01-01 UTC: no device of this platform is older, an earlier time is a clock that was never set."""
CLOCK_AHEAD_MS = 24 * 3_600_000
"""A device may be ahead of the platform by less than a day: a wrong time zone is not a wrong clock."""
STUCK_READINGS = 5
"""Equal readings it takes at least: two equal ones with a silence between them are chance."""
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A batch with its flags, and the runs to be remembered once the batch is stored."""

    batch: ObservationBatch
    runs: Mapping[str, NewRuns]


def check(batch: ObservationBatch, remembered: Runs, *, clock_from_ms: int = CLOCK_FROM_MS) -> Checked:
    """The batch with quality flags and corrected times; what is `remembered` of any stream is not changed.

    remembered: the runs of all streams so far; let them take `Checked.runs` when the batch is stored.
    clock_from_ms: an earlier time is a wrong clock; history may be older than a device that reports today.
    """
    wrong_clock = (batch.phenomenon_ms < clock_from_ms) | (batch.phenomenon_ms > batch.received_ms + CLOCK_AHEAD_MS)
    runs: dict[str, NewRuns] = {}
    limited = any(_stuck_after_ms(name) is not None for name in batch.values)
    order = _Order.of(batch, ~wrong_clock, remembered) if limited else None
    quality = {}
    for name, values in batch.values.items():
        flags = _range_flags(observed_property(name), values)
        if wrong_clock.any():
            flags[wrong_clock & ~np.isnan(values)] |= np.uint8(Quality.CLOCK_WRONG)
        limit_ms = _stuck_after_ms(name)
        if order is not None and limit_ms is not None:
            stuck, runs[name] = order.stuck(values, limit_ms, remembered.of_property(name))
            flags[stuck] |= np.uint8(Quality.STUCK)
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
    slot: NDArray[np.intp]
    time_ms: NDArray[np.int64]

    @classmethod
    def of(cls, batch: ObservationBatch, usable: NDArray[np.bool_], remembered: Runs) -> "_Order":
        pairs, numbers = numbered_pairs(batch.device, batch.channel)
        rows = np.lexsort((batch.phenomenon_ms, numbers))
        rows = rows[usable[rows]]
        return cls(rows, remembered.slots_of(pairs)[numbers[rows]], batch.phenomenon_ms[rows])

    def stuck(
        self, values: NDArray[np.float64], limit_ms: int, remembered: NDArray[np.void]
    ) -> tuple[NDArray[np.intp], NewRuns]:
        """The rows of `values` that are stuck, and the newest run of each stream where it is newer than remembered."""
        there = ~np.isnan(values[self.rows])
        rows, slot, time_ms = self.rows[there], self.slot[there], self.time_ms[there]
        found = values[rows]
        changes = slot[1:] != slot[:-1]
        begins = np.concatenate([np.ones(len(rows[:1]), bool), changes | (found[1:] != found[:-1])])
        first = np.flatnonzero(begins)
        run_of = np.cumsum(begins) - 1
        # Only the first run of a stream can go on from what is remembered, only its last one is to be remembered.
        enters = np.concatenate([np.zeros(len(rows[:1]), np.intp), np.flatnonzero(changes) + 1])
        leaves = np.append(enters[1:], len(rows))[: len(enters)] - 1
        known = remembered[slot[enters]]
        goes_on = (known["readings"] > 0) & (known["value"] == found[enters]) & (known["since_ms"] <= time_ms[enters])
        since, before = time_ms[first], np.zeros(len(first), np.int64)
        since[run_of[enters[goes_on]]] = known["since_ms"][goes_on]
        again = self._seen_before(run_of, time_ms, enters, known["until_ms"])
        before[run_of[enters[goes_on]]] = np.maximum(known["readings"] - again, 0)[goes_on]
        count = np.arange(len(rows)) - first[run_of] + 1 + before[run_of]
        since = since[run_of]
        newer = (known["readings"] == 0) | (time_ms[leaves] > known["until_ms"])
        last = leaves[newer]
        runs = new_runs(slot[last], found[last], since[last], time_ms[last], count[last])
        stuck: NDArray[np.bool_] = (time_ms - since > limit_ms) & (count >= STUCK_READINGS)
        return rows[stuck], runs

    @staticmethod
    def _seen_before(
        run_of: NDArray[np.intp], time_ms: NDArray[np.int64], enters: NDArray[np.intp], until_ms: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """How many rows of each stream's first run are no later than what was remembered: repeated, or late."""
        if not len(enters):
            return np.zeros(0, np.int64)
        lengths = np.diff(np.append(enters, len(time_ms)))
        in_first_run = run_of == np.repeat(run_of[enters], lengths)
        seen = in_first_run & (time_ms <= np.repeat(until_ms, lengths))
        return np.add.reduceat(seen, enters, dtype=np.int64)
