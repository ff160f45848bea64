"""Since when the values of each stream have not changed: remembered from batch to batch, in arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RUN = np.dtype([("value", np.float64), ("since_ms", np.int64), ("until_ms", np.int64), ("readings", np.int64)])
"""A run of one property of one stream; with no readings there is none."""
AT_LEAST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A value that has not changed: since when, until when, how often it was read. Times are milliseconds."""

    value: float
    since_ms: int
    until_ms: int
    readings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRuns:
    """Runs of one property that follow from a batch: the slot of each stream, and its run."""

    slots: NDArray[np.intp]
    runs: NDArray[np.void]


def new_runs(
    slots: NDArray[np.intp],
    value: NDArray[np.float64],
    since_ms: NDArray[np.int64],
    until_ms: NDArray[np.int64],
    readings: NDArray[np.int64],
) -> NewRuns:
    """The runs of those columns; no slot comes twice."""
    runs = np.empty(len(slots), RUN)
    runs["value"], runs["since_ms"], runs["until_ms"], runs["readings"] = value, since_ms, until_ms, readings
    return NewRuns(slots=slots, runs=runs)


class Runs:
    """The newest run of every (device, channel, property); every (device, channel) has a slot."""

    def __init__(self) -> None:
        self._slot: dict[tuple[str, str], int] = {}
        self._runs: dict[str, NDArray[np.void]] = {}

    def slots_of(self, streams: Sequence[tuple[str, str]]) -> NDArray[np.intp]:
        """The slot of each (device, channel); one never met before gets one."""
        slot = self._slot
        return np.array([slot.setdefault(stream, len(slot)) for stream in streams], np.intp)

    def of_property(self, name: str) -> NDArray[np.void]:
        """The runs of that property, by slot."""
        runs = self._runs.get(name, np.zeros(0, RUN))
        missing = len(self._slot) - len(runs)
        if missing > 0:
            runs = np.concatenate([runs, np.zeros(max(missing, len(runs), AT_LEAST), RUN)])
            self._runs[name] = runs
        return runs

    def take(self, found: Mapping[str, NewRuns]) -> None:
        """These runs, by property, are the newest from now on."""
        for name, new in found.items():
            self.of_property(name)[new.slots] = new.runs

    def newest(self, device: str, channel: str, name: str) -> Run | None:
        """What is remembered of that property of that stream."""
        slot = self._slot.get((device, channel))
        if slot is None:
            return None
        value, since_ms, until_ms, readings = self.of_property(name)[slot].item()
        return Run(value=value, since_ms=since_ms, until_ms=until_ms, readings=readings) if readings else None
