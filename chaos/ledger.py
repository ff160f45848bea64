"""The count at the end: what the broker confirmed against what the store gives back through its port."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chaos.crowd import Told
from chaos.publisher import value
from observations.model import Cursor, Stream
from observations.ports import ObservationStore

PROPERTY = "ear_temperature"
PAGE = 50_000
STEP_MS = 1_000
CYCLE = 40
VALUES = np.array([value(i) for i in range(CYCLE)])
HOUR_MS = 3_600_000
PIECE_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Raw values as `series` gives them, int64[n] and float64[n], and how many the chart counts."""

    phenomenon_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    charted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """acknowledged: confirmed to publishers; lost: of these, not in the series or not in the log of arrivals.

    doubled: keys more than once in either, or counted more than once by the chart; wrong: another value than was sent,
    or a conflict. lost_ms: when each lost one had been confirmed.
    """

    acknowledged: int
    stored: int
    lost: int
    doubled: int
    wrong: int
    lost_ms: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    @property
    def clean(self) -> bool:
        """Everything is there, once, as it was sent."""
        return not (self.lost or self.doubled or self.wrong)


def judge(store: ObservationStore, told: Mapping[str, Told], *, first_ms: int) -> Verdict:
    """Every key that was confirmed was looked for in the store, in series and in `since`."""
    arrived = arrivals(store)
    acknowledged = stored = doubled = wrong = 0
    lost_ms = []
    for device, said in told.items():
        keys, counts = np.unique(arrived.get(device, np.empty(0, np.int64)), return_counts=True)
        shown = shown_by(store, device, first_ms, int(keys[-1]) if len(keys) else first_ms)
        moments, times = np.unique(shown.phenomenon_ms, return_counts=True)
        numbers = (shown.phenomenon_ms - first_ms) // STEP_MS
        wanted = first_ms + said.number * STEP_MS
        gone = ~(np.isin(wanted, keys) & np.isin(wanted, moments))
        lost_ms.append(said.ms[gone])
        acknowledged += len(np.unique(said.number))
        stored += len(keys)
        doubled += int((counts - 1).sum()) + int((times - 1).sum()) + max(0, shown.charted - len(moments))
        wrong += int((shown.value != VALUES[numbers % CYCLE]).sum()) + store.conflict_count(device)
    missing = np.concatenate(lost_ms) if lost_ms else np.empty(0, np.int64)
    return Verdict(
        acknowledged=acknowledged, stored=stored, lost=len(missing), doubled=doubled, wrong=wrong, lost_ms=missing
    )


def shown_by(store: ObservationStore, device: str, first_ms: int, last_ms: int) -> Shown:
    """What pages would show of the device, read in pieces: each is bounded in time, as pages are."""
    shown, charted = [], 0
    for since_ms in range(first_ms, last_ms + 1, PIECE_MS):
        piece = [Stream(device=device, since_ms=since_ms, until_ms=since_ms + PIECE_MS)]
        shown.append(store.series(piece, PROPERTY, suspect=True, limit=2 * PIECE_MS // STEP_MS))
        charted += int(store.buckets(piece, PROPERTY, width_ms=HOUR_MS).count.sum())
    return Shown(
        phenomenon_ms=np.concatenate([each.phenomenon_ms for each in shown]),
        value=np.concatenate([each.value for each in shown]),
        charted=charted,
    )


def arrivals(store: ObservationStore) -> Mapping[str, NDArray[np.int64]]:
    """The phenomenon times of everything that ever arrived, by device, as a follower would read them."""
    found: dict[str, list[NDArray[np.int64]]] = {}
    cursor: Cursor = {}
    while True:
        batch, reached = store.since(cursor, limit=PAGE)
        if reached == cursor:
            return {device: np.concatenate(pieces) for device, pieces in found.items()}
        devices = np.asarray(batch.device, dtype=object)
        for device in set(batch.device):
            found.setdefault(device, []).append(batch.phenomenon_ms[devices == device])
        cursor = reached
