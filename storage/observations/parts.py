"""How a batch is cut into inserts."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from observations.batch import ObservationBatch
from storage.observations.schema import partition_of

ROWS_PER_INSERT = 100_000
"""One insert is one block of the engine, and so one part on disk: all of it or nothing."""


def parts_of(batch: ObservationBatch) -> Iterator[ObservationBatch]:
    """The rows that hold a value, cut by partition (the oldest first) and size."""
    partitions = partition_of(batch.phenomenon_ms)
    order = np.argsort(partitions, kind="stable")
    order = order[_valued(batch)[order]]
    borders = np.flatnonzero(np.diff(partitions[order])) + 1
    for rows in np.split(order, borders):
        for first in range(0, len(rows), ROWS_PER_INSERT):
            part = rows[first : first + ROWS_PER_INSERT]
            yield batch if len(part) == len(batch) else batch.take(part)


def _valued(batch: ObservationBatch) -> NDArray[np.bool_]:
    mask = np.zeros(len(batch), np.bool_)
    for column in batch.values.values():
        mask |= ~np.isnan(column)
    return mask
