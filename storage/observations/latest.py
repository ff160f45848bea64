"""The newest value of every (device, channel, property), in memory, brought up to date by whole batches."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from observations.batch import ObservationBatch
from observations.model import Latest, Observation
from observations.quality import SUSPECT, Quality
from observations.texts import numbered_pairs
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
Cell = tuple[bool, int, int, int, float, int]
"""A cell as plain values."""
_UNTOLD: tuple[int, list[Latest]] = (-1, [])


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
        # a row for each property: what a batch changes of it lies together
        self._good = np.zeros((len(self._names), 0), CELL)
        self._arrived = np.zeros((len(self._names), 0), CELL)
        self._high_water = np.zeros(0, np.int64)
        # what was told of a slot is told again while the number of its last change is the same
        self._changes = 0
        self._changed = np.zeros(0, np.int64)
        self._told: dict[int, tuple[int, list[Latest]]] = {}

    def slots_of(self, batch: ObservationBatch) -> Slots:
        """The slot of each row; a (device, channel) never met before gets one."""
        pairs, numbers = numbered_pairs(batch.device, batch.channel)
        return self._slots_of(pairs)[numbers]

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
        pairs, numbers = numbered_pairs(batch.device, batch.channel)
        slots = self._slots_of(pairs)
        newest = _Newest(batch, numbers, len(pairs))
        with self._lock:
            self.raise_high_water(batch, slots[numbers])
            self._changes += 1
            self._changed[slots] = self._changes
            for name, values in batch.values.items():
                column = self._column[name]
                there = ~np.isnan(values)
                flags = batch.quality.get(name)
                good = there if flags is None else there & ((flags & int(SUSPECT)) == 0)
                rows = newest.by_time(good)
                _keep_later(self._good[column], slots[numbers[rows]], _cells(batch, name, rows), _later)
                rows = newest.by_arrival(there)
                _keep_later(self._arrived[column], slots[numbers[rows]], _cells(batch, name, rows), _arrived_later)

    def latest(self, devices: Collection[str]) -> Sequence[Latest]:
        """The latest of every (device, channel, property) of these devices, by channel and property."""
        with self._lock:
            places = [
                (device, channel, slot)
                for device in dict.fromkeys(devices)
                for channel, slot in sorted(self._of_device.get(device, ()))
            ]
            self._tell([place for place in places if self._told.get(place[2], _UNTOLD)[0] != self._changed[place[2]]])
            return [item for _, _, slot in places for item in self._told[slot][1]]

    def forget(self, devices: Collection[str]) -> None:
        """Nothing is known to have been measured by these devices; how far they came stays, so that nothing doubles."""
        with self._lock:
            slots = [slot for device in devices for _, slot in self._of_device.get(device, ())]
            self._good[:, slots] = np.zeros((), CELL)
            self._arrived[:, slots] = np.zeros((), CELL)
            self._told.clear()

    def expire(self, before_ms: Mapping[str, int]) -> set[str]:
        """Nothing is known of what these properties showed before these times; the devices that this concerns.

        Something older may still be stored of them (a value of no known age): tell the index again what there is.
        """
        with self._lock:
            slots = np.zeros(self._arrived.shape[1], np.bool_)
            for name, before in before_ms.items():
                good, arrived = self._good[self._column[name]], self._arrived[self._column[name]]
                for cells in (good, arrived):
                    old = (cells["phenomenon_ms"] >= PARTITIONED_FROM_MS) & (cells["phenomenon_ms"] < before)
                    slots |= cells["there"] & old
                    cells[old] = np.zeros((), CELL)
                bare = good["there"] & ~arrived["there"]
                arrived[bare] = good[bare]
            self._told.clear()
            return {device for (device, _), slot in self._slot.items() if slots[slot]}

    def state(self) -> LatestState:
        """A copy of all of it, for keeping."""
        with self._lock:
            size = len(self._slot)
            return LatestState(
                keys=list(self._slot),
                good=self._good[:, :size].T.copy(),
                arrived=self._arrived[:, :size].T.copy(),
                high_water_ms=self._high_water[:size].copy(),
            )

    def restore(self, state: LatestState) -> None:
        """What was kept is known again; only on an index that knows nothing yet."""
        with self._lock:
            self._add(state.keys)
            size = len(state.keys)
            self._good[:, :size] = state.good.T
            self._arrived[:, :size] = state.arrived.T
            self._high_water[:size] = state.high_water_ms

    def _slots_of(self, pairs: Sequence[tuple[str, str]]) -> Slots:
        with self._lock:
            self._add(sorted(set(pairs).difference(self._slot)))
        return np.fromiter(map(self._slot.__getitem__, pairs), np.intp, len(pairs))

    def _tell(self, places: Sequence[tuple[str, str, int]]) -> None:
        """The latest of each of these (device, channel, slot) is made anew: column by column, not cell by cell."""
        slots = np.fromiter((slot for _, _, slot in places), np.intp, len(places))
        told: list[list[Latest]] = [[] for _ in places]
        for column in np.flatnonzero(self._arrived["there"][:, slots].any(axis=1)).tolist():
            name = self._names[column]
            cells = zip(
                places, told, self._good[column, slots].tolist(), self._arrived[column, slots].tolist(), strict=True
            )
            for (device, channel, _), items, good, arrived in cells:
                if arrived[0]:
                    last = _observation(device, channel, name, arrived)
                    newest = last if good == arrived else _observation(device, channel, name, good) if good[0] else None
                    items.append(Latest(good=newest, arrived=last))
        changed = self._changed[slots].tolist()
        self._told |= {place[2]: (change, items) for place, change, items in zip(places, changed, told, strict=True)}

    def _add(self, keys: Sequence[tuple[str, str]]) -> None:
        for key in keys:
            slot = len(self._slot)
            self._slot[key] = slot
            self._of_device.setdefault(key[0], []).append((key[1], slot))
        missing = len(self._slot) - len(self._high_water)
        if missing > 0:
            grown = max(missing, len(self._high_water), 64)
            more = np.zeros((len(self._names), grown), CELL)
            self._good = np.concatenate([self._good, more], axis=1)
            self._arrived = np.concatenate([self._arrived, more], axis=1)
            self._high_water = np.concatenate([self._high_water, np.full(grown, BEFORE_ALL_MS, np.int64)])
            self._changed = np.concatenate([self._changed, np.zeros(grown, np.int64)])


def plausible_times(batch: ObservationBatch) -> NDArray[np.bool_]:
    """The rows whose time as sent can be right: from 2020 on, and at most a day after it was received."""
    mask: NDArray[np.bool_] = (batch.phenomenon_ms >= PARTITIONED_FROM_MS) & (
        batch.phenomenon_ms <= batch.received_ms + DAY_MS
    )
    return mask


def instant(milliseconds: int) -> datetime:
    """That many milliseconds after 1970 as an aware time."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def _observation(device: str, channel: str, observed_property: str, cell: Cell) -> Observation:
    _, phenomenon_ms, corrected_ms, received_ms, value, quality = cell
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


class _Newest:
    """The newest row of each (device, channel) of a batch; found once for properties that are there in the same rows.

    numbers: which of the `count` pairs (device, channel) each row belongs to.
    """

    def __init__(self, batch: ObservationBatch, numbers: Slots, count: int) -> None:
        self._batch, self._numbers, self._count = batch, numbers, count
        self._found: dict[tuple[int, bytes], Slots] = {}

    def by_time(self, wanted: NDArray[np.bool_]) -> Slots:
        """Of the rows that are wanted, the one with the greatest phenomenon time of each pair."""
        return self._newest(wanted, [self._batch.phenomenon_ms])

    def by_arrival(self, wanted: NDArray[np.bool_]) -> Slots:
        """Of the rows that are wanted, the one with the greatest (received time, phenomenon time) of each pair."""
        return self._newest(wanted, [self._batch.received_ms, self._batch.phenomenon_ms])

    def _newest(self, wanted: NDArray[np.bool_], times: Sequence[NDArray[np.int64]]) -> Slots:
        asked = len(times), wanted.tobytes()
        if asked not in self._found:
            self._found[asked] = self._look(np.flatnonzero(wanted), times)
        return self._found[asked]

    def _look(self, rows: Slots, times: Sequence[NDArray[np.int64]]) -> Slots:
        for time in times:
            greatest = np.full(self._count, BEFORE_ALL_MS)
            np.maximum.at(greatest, self._numbers[rows], time[rows])
            rows = rows[time[rows] == greatest[self._numbers[rows]]]
        last = np.full(self._count, -1, np.intp)
        last[self._numbers[rows]] = rows
        return last[last >= 0]


def _cells(batch: ObservationBatch, observed_property: str, rows: Slots) -> Cells:
    cells = np.empty(len(rows), CELL)
    cells["there"] = True
    cells["phenomenon_ms"] = batch.phenomenon_ms[rows]
    cells["corrected_ms"] = batch.corrected_ms[rows]
    cells["received_ms"] = batch.received_ms[rows]
    cells["value"] = batch.values[observed_property][rows]
    flags = batch.quality.get(observed_property)
    cells["quality"] = 0 if flags is None else flags[rows]
    return cells


def _keep_later(kept: Cells, slots: Slots, cells: Cells, later: Callable[[Cells, Cells], NDArray[np.bool_]]) -> None:
    """Each cell is kept in its slot where it is later than what is; a row as late as what is kept changes nothing.

    `kept` (one cell a slot) is changed in place; no slot comes twice.
    """
    # `take` and field by field: picking whole cells by index is ten times as slow
    present = kept.take(slots)
    changed = ~present["there"] | later(cells, present)
    targets, news = slots[changed], cells.compress(changed)
    for name in CELL.fields or ():
        kept[name][targets] = news[name]


def _later(new: Cells, kept: Cells) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = new["phenomenon_ms"] > kept["phenomenon_ms"]
    return mask


def _arrived_later(new: Cells, kept: Cells) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = (new["received_ms"] > kept["received_ms"]) | (
        (new["received_ms"] == kept["received_ms"]) & _later(new, kept)
    )
    return mask
