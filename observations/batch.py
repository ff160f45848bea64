"""Readings in columns: the one form in which they travel from decoder to store."""

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from observations.errors import ObservationError
from observations.properties import observed_property
from observations.texts import TextColumn, joined

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationBatch:
    """n rows; row i is what one device reported on one channel for one instant.

    device, channel: n texts each ("" is the only channel of a device that has one; "20cm" a probe's depth);
        best as a `TextColumn`.
    phenomenon_ms: int64[n], the device's time as sent, milliseconds since 1970 UTC. Part of the key.
    received_ms: int64[n], when this platform received it.
    corrected_ms: int64[n], the time to show: as sent, or as received where the device's clock is wrong.
    values: float64[n] by property name, in the property's unit; NaN where the row has no such value
        (a batch is the one place where missing is NaN and not None: a column cannot hold None).
    quality: uint8[n] of `Quality` flags by property name; a property without a column here is all GOOD.

    The key of a value is (device, channel, property, phenomenon_ms).
    """

    device: Sequence[str]
    channel: Sequence[str]
    phenomenon_ms: NDArray[np.int64]
    received_ms: NDArray[np.int64]
    corrected_ms: NDArray[np.int64]
    values: Mapping[str, NDArray[np.float64]]
    quality: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse columns of different lengths and names that are no property."""
        rows = len(self.device)
        times = [self.phenomenon_ms, self.received_ms, self.corrected_ms]
        columns: list[Sized] = [self.channel, *times, *self.values.values(), *self.quality.values()]
        lengths = {len(column) for column in columns}
        if lengths != {rows}:
            msg = f"columns of a batch differ in length (device has {rows} rows)"
            raise ObservationError(msg)
        for name in (*self.values, *self.quality):
            observed_property(name)

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.device)

    def value_count(self) -> int:
        """Number of values that are there."""
        return int(sum(np.count_nonzero(~np.isnan(column)) for column in self.values.values()))

    def take(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> "ObservationBatch":
        """The rows picked by position or by mask, in their order."""
        positions = np.arange(len(self))[rows]
        return ObservationBatch(
            device=TextColumn.of(self.device).take(positions),
            channel=TextColumn.of(self.channel).take(positions),
            phenomenon_ms=self.phenomenon_ms[positions],
            received_ms=self.received_ms[positions],
            corrected_ms=self.corrected_ms[positions],
            values={name: column[positions] for name, column in self.values.items()},
            quality={name: column[positions] for name, column in self.quality.items()},
        )


def concatenate(batches: Sequence[ObservationBatch]) -> ObservationBatch:
    """One batch with the rows of all, in order."""
    names = list(dict.fromkeys(name for batch in batches for name in batch.values))
    flagged = list(dict.fromkeys(name for batch in batches for name in batch.quality))
    return ObservationBatch(
        device=joined([batch.device for batch in batches]),
        channel=joined([batch.channel for batch in batches]),
        phenomenon_ms=_joined([batch.phenomenon_ms for batch in batches], np.int64),
        received_ms=_joined([batch.received_ms for batch in batches], np.int64),
        corrected_ms=_joined([batch.corrected_ms for batch in batches], np.int64),
        values={
            name: _joined([b.values.get(name, np.full(len(b), np.nan)) for b in batches], np.float64) for name in names
        },
        quality={
            name: _joined([b.quality.get(name, np.zeros(len(b), np.uint8)) for b in batches], np.uint8)
            for name in flagged
        },
    )


def _joined(columns: Sequence[NDArray[Scalar]], dtype: type[Scalar]) -> NDArray[Scalar]:
    return np.concatenate([np.empty(0, dtype), *columns])
