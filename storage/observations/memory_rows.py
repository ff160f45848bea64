"""Rows as the store in memory holds them, and what belongs to which stream."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from observations.batch import ObservationBatch
from observations.model import Conflict, Correction, Stream

Key = tuple[str, str, int]
Hour = tuple[str, str, str, int]
"""(device, channel, property, start of the hour)"""
HOUR_MS = 3_600_000


@dataclass(slots=True, kw_only=True)
class Row:
    """What is held under one key: the times of its first arrival, the sequence of its last, (value, flags)."""

    received_ms: int
    corrected_ms: int
    sequence: int = 0
    values: dict[str, tuple[float, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value with its key."""

    phenomenon_ms: int
    device: str
    channel: str
    value: float
    quality: int


def messages_of(batch: ObservationBatch) -> Iterator[tuple[Key, Row]]:
    """Key, times and values of each row."""
    columns = {name: (column.tolist(), _flags(batch, name)) for name, column in batch.values.items()}
    for position, key in enumerate(zip(batch.device, batch.channel, batch.phenomenon_ms.tolist(), strict=True)):
        values = {name: (column[position], flags[position]) for name, (column, flags) in columns.items()}
        yield (
            key,
            Row(
                received_ms=int(batch.received_ms[position]),
                corrected_ms=int(batch.corrected_ms[position]),
                values={name: (value, flags) for name, (value, flags) in values.items() if not np.isnan(value)},
            ),
        )


def _flags(batch: ObservationBatch, name: str) -> list[int]:
    flags = batch.quality.get(name)
    return [0] * len(batch) if flags is None else flags.tolist()


def within(stream: Stream, device: str, channel: str, phenomenon_ms: int) -> bool:
    """Whether that time of that device is in the stream."""
    return (
        stream.device == device
        and stream.channel in {None, channel}
        and (stream.since_ms is None or stream.since_ms <= phenomenon_ms)
        and (stream.until_ms is None or phenomenon_ms < stream.until_ms)
    )


def belongs(stream: Stream, key: Key, row: Row) -> bool:
    """Whether the row is in the stream, by its time as sent or its time to show."""
    device, channel, phenomenon_ms = key
    return any(within(stream, device, channel, ms) for ms in (phenomenon_ms, row.corrected_ms))


def about_erased(streams: Sequence[Stream], keys: Collection[Key], of: Conflict | Correction) -> bool:
    """Whether it is about a value in these streams, or under these keys."""
    key = of.device, of.channel, of.phenomenon_ms
    return key in keys or any(within(stream, *key) for stream in streams)


def hour_erased(streams: Sequence[Stream], device: str, channel: str, _name: str, hour_ms: int) -> bool:
    """Whether any of the hour lies in the streams: what is left of it cannot be told apart."""
    return any(
        stream.device == device
        and stream.channel in {None, channel}
        and (stream.since_ms is None or stream.since_ms < hour_ms + HOUR_MS)
        and (stream.until_ms is None or hour_ms < stream.until_ms)
        for stream in streams
    )
