"""The newest value of every (device, channel, property), in memory, brought up to date by whole batches."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from observations.batch import ObservationBatch
from observations.model import Latest, Observation
from observations.quality import SUSPECT, Quality
from storage.observations.schema import PARTITIONED_FROM_MS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY_MS = 86_400_000
BEFORE_ALL_MS = np.iinfo(np.int64).min

CELL = np.dtype(
    [
        ("there", np.bool_),
        ("phenomenon_ms", np.int64),
        ("corrected_ms", np.int64),
        ("received_ms", np.int64),
        ("value", np.float64),
        ("quality", np.uint8),
    ]
)

Slots = NDArray[np.intp]
Cells = NDArray[np.void]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestState:
    """Everything the index knows: the (device, channel) of each slot, its newest values, its high-water mark."""

    keys: Sequence[tuple[str, str]]
    good: Cells
    arrived: Cells
    high_water_ms: NDArray[np.int64]


class LatestIndex:
    """For each (device, channel), a slot: its newest good and last arrived value per property, and how far it came.

    `good` is the greatest phenomenon time without a SUSPECT flag. `arrived` is the greatest (received time, phenomenon
    time). Both depend on what was stored alone, not on the order in which it is told: telling a batch twice is safe.
    """

    def __init__(self, properties: Collection[str]) -> None:
        self._column = {name: column for column, name in enumerate(properties)}
        self._names = list(properties)
        self._slot: dict[tuple[str, str], int] = {}
        self._of_device: dict[str, list[tuple[str, int]]] = {}
        self._lock = threading.RLock()
        self._good = np.zeros((0, len(self._names)), CELL)
        self._arrived = np.zeros((0, len(self._names)), CELL)
        self._high_water = np.zeros(0, np.int64)

    def slots_of(self, batch: ObservationBatch) -> Slots:
        """The slot of each row; a (device, channel) never met before gets one."""
        keys = list(zip(batch.device, batch.channel, strict=True))
        with self._lock:
            self._add(sorted(set(keys).difference(self._slot)))
        return np.fromiter(map(self._slot.__getitem__, keys), np.intp, len(keys))

    def high_water_ms(self, slots: Slots) -> NDArray[np.int64]:
        """For each slot, the greatest plausible phenomenon time that may be stored; int64's minimum where none is."""
        marks: NDArray[np.int64] = self._high_water[slots]
        return marks

    def raise_high_water(self, batch: ObservationBatch, slots: Slots) -> None:
        """Every plausible row of the batch counts as perhaps stored."""
        rows = plausible_times(batch)
        with self._lock:
            np.maximum.at(self._high_water, slots[rows], batch.phenomenon_ms[rows])

    def update(self, batch: ObservationBatch) -> None:
        """The values of the batch, all of them stored, count."""
        slots = self.slots_of(batch)
        by_time = np.lexsort((batch.phenomenon_ms, slots))
        by_arrival = np.lexsort((batch.phenomenon_ms, batch.received_ms, slots))
        with self._lock:
            self.raise_high_water(batch, slots)
            for name, values in batch.values.items():
                column = self._column[name]
                cells = _cells(batch, name)
                there = ~np.isnan(values)
                good = there & ((cells["quality"] & int(SUSPECT)) == 0)
                _keep_newest(self._good[:, column], slots, cells, by_time[good[by_time]], _later)
                _keep_newest(self._arrived[:, column], slots, cells, by_arrival[there[by_arrival]], _arrived_later)

    def latest(self, devices: Collection[str]) -> Sequence[Latest]:
        """The latest of every (device, channel, property) of these devices, by channel and property."""
        with self._lock:
            return [
                item
                for device in dict.fromkeys(devices)
                for channel, slot in sorted(self._of_device.get(device, ()))
                for item in self._latest_of(device, channel, slot)
            ]

    def state(self) -> LatestState:
        """A copy of all of it, for keeping."""
        with self._lock:
            size = len(self._slot)
            return LatestState(
                keys=list(self._slot),
                good=self._good[:size].copy(),
                arrived=self._arrived[:size].copy(),
                high_water_ms=self._high_water[:size].copy(),
            )

    def restore(self, state: LatestState) -> None:
        """What was kept is known again; only on an index that knows nothing yet."""
        with self._lock:
            self._add(state.keys)
            size = len(state.keys)
            self._good[:size] = state.good
            self._arrived[:size] = state.arrived
            self._high_water[:size] = state.high_water_ms

    def _latest_of(self, device: str, channel: str, slot: int) -> Iterator[Latest]:
        for column in np.flatnonzero(self._arrived[slot]["there"]):
            good, name = self._good[slot, column], self._names[column]
            yield Latest(
                good=_observation(device, channel, name, good) if good["there"] else None,
                arrived=_observation(device, channel, name, self._arrived[slot, column]),
            )

    def _add(self, keys: Sequence[tuple[str, str]]) -> None:
        for key in keys:
            slot = len(self._slot)
            self._slot[key] = slot
            self._of_device.setdefault(key[0], []).append((key[1], slot))
        missing = len(self._slot) - len(self._high_water)
        if missing > 0:
            grown = max(missing, len(self._high_water), 64)
            self._good = np.concatenate([self._good, np.zeros((grown, len(self._names)), CELL)])
            self._arrived = np.concatenate([self._arrived, np.zeros((grown, len(self._names)), CELL)])
            self._high_water = np.concatenate([self._high_water, np.full(grown, BEFORE_ALL_MS, np.int64)])


def plausible_times(batch: ObservationBatch) -> NDArray[np.bool_]:
    """The rows whose time as sent can be right: from 2020 on, and at most a day after it was received."""
    mask: NDArray[np.bool_] = (batch.phenomenon_ms >= PARTITIONED_FROM_MS) & (
        batch.phenomenon_ms <= batch.received_ms + DAY_MS
    )
    return mask


def instant(milliseconds: int) -> datetime:
    """That many milliseconds after 1970 as an aware time."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def _observation(device: str, channel: str, observed_property: str, cell: np.void) -> Observation:
    _, phenomenon_ms, corrected_ms, received_ms, value, quality = cell.item()
    return Observation(
        device=device,
        channel=channel,
        observed_property=observed_property,
        phenomenon_ms=phenomenon_ms,
        corrected_time=instant(corrected_ms),
        received_time=instant(received_ms),
        value=value,
        quality=Quality(quality),
    )


def _cells(batch: ObservationBatch, observed_property: str) -> Cells:
    cells = np.empty(len(batch), CELL)
    cells["there"] = True
    cells["phenomenon_ms"] = batch.phenomenon_ms
    cells["corrected_ms"] = batch.corrected_ms
    cells["received_ms"] = batch.received_ms
    cells["value"] = batch.values[observed_property]
    cells["quality"] = batch.quality.get(observed_property, 0)
    return cells


def _keep_newest(
    kept: Cells, slots: Slots, cells: Cells, ordered: Slots, later: Callable[[Cells, Cells], NDArray[np.bool_]]
) -> None:
    """Of the rows `ordered` by slot, then oldest first, the last of each slot is kept where it is later than what is.

    `kept` (one cell a slot) is changed in place; a row as late as what is kept changes nothing.
    """
    ordered_slots = slots[ordered]
    last = np.append(ordered_slots[1:] != ordered_slots[:-1], True)[: len(ordered)]
    rows, targets = ordered[last], ordered_slots[last]
    present = kept[targets]
    changed = ~present["there"] | later(cells[rows], present)
    kept[targets[changed]] = cells[rows[changed]]


def _later(new: Cells, kept: Cells) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = new["phenomenon_ms"] > kept["phenomenon_ms"]
    return mask


def _arrived_later(new: Cells, kept: Cells) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = (new["received_ms"] > kept["received_ms"]) | (
        (new["received_ms"] == kept["received_ms"]) & _later(new, kept)
    )
    return mask
