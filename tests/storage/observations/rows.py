"""Batches written as rows, and stores' answers as plain values, for tests that read as sentences."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from observations.batch import ObservationBatch
from observations.identifiers import DeviceId
from observations.model import Cursor
from observations.ports import ObservationStore
from observations.quality import Quality

NOON_MS = 1_780_286_400_000  # 2026-06-01 04:00 UTC, noon in Ningxiang
MINUTE_MS = 60_000
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS

Value = tuple[str, str, str, int, float]
"""(device, channel, property, phenomenon_ms, value)"""


class Row(NamedTuple):
    """One value of a batch, of `ear_temperature` at noon where nothing else is said."""

    device: str
    value: float
    ms: int = NOON_MS
    name: str = "ear_temperature"
    channel: str = ""
    quality: Quality = Quality.GOOD
    received_ms: int = NOON_MS + 2_000


def batch_of_rows(*rows: Row) -> ObservationBatch:
    """A batch with a row for every value."""
    names = list(dict.fromkeys(row.name for row in rows))
    sent = np.array([row.ms for row in rows], np.int64)
    received = np.array([row.received_ms for row in rows], np.int64)
    return ObservationBatch(
        device=[DeviceId(row.device) for row in rows],  # the type that ingest gives; hostile names too
        channel=[row.channel for row in rows],
        phenomenon_ms=sent,
        received_ms=received,
        corrected_ms=np.where(np.abs(sent - received) < 30 * DAY_MS, sent, received),
        values={
            name: np.array([row.value if row.name == name else np.nan for row in rows], np.float64) for name in names
        },
        quality={name: np.array([row.quality if row.name == name else 0 for row in rows], np.uint8) for name in names},
    )


def values_of(batch: ObservationBatch) -> list[Value]:
    """Every value of the batch with its key, sorted."""
    keys = list(zip(batch.device, batch.channel, batch.phenomenon_ms.tolist(), strict=True))
    return sorted(
        (device, channel, name, ms, value)
        for name, column in batch.values.items()
        for (device, channel, ms), value in zip(keys, column.tolist(), strict=True)
        if not np.isnan(value)
    )


def pages(store: ObservationStore, cursor: Cursor, *, limit: int) -> Sequence[ObservationBatch]:
    """Every page after the cursor, to the end."""
    found: list[ObservationBatch] = []
    while True:
        batch, cursor = store.since(cursor, limit=limit)
        if not len(batch):
            return found
        found.append(batch)


def everything(store: ObservationStore) -> list[Value]:
    """Every value in the store, sorted."""
    return sorted(value for page in pages(store, {}, limit=10_000) for value in values_of(page))
