"""Series and buckets: the storage engine's windows for each series, put together here."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observations.model import Buckets, Series, Stream
from observations.properties import observed_property
from observations.texts import TextColumn, joined
from storage.influx import flux
from storage.influx.answers import MARKS, VALUES, Points, points_of
from storage.influx.connection import Connection
from storage.influx.lines import flags_field, suspect_field
from storage.influx.pieces import Piece, pieces_of, within
from storage.influx.places import (
    FIRST_MS,
    FOLD_FROM_NS,
    FOLD_UNTIL_NS,
    NS_PER_MS,
    OBSERVATIONS,
    STRAYS,
    UNTIL_MS,
)
from storage.observations.latest import DAY_MS

WIDEST_WINDOW_MS = 36_525 * DAY_MS
"""A duration in Flux ends at 292 years of nanoseconds; buckets wider than that are summed up from the values."""
STEPS_MS = (DAY_MS, 8 * DAY_MS, 64 * DAY_MS, 512 * DAY_MS, UNTIL_MS - FIRST_MS)
"""How far back from the newest value a series is read at a time, until its limit is reached."""

EMPTY_BUCKETS = Buckets(
    start_ms=np.empty(0, np.int64),
    minimum=np.empty(0, np.float64),
    mean=np.empty(0, np.float64),
    maximum=np.empty(0, np.float64),
    total=np.empty(0, np.float64),
    count=np.empty(0, np.int64),
    devices=np.empty(0, np.int64),
)

SUMMED = {"values_min": "min", "values_max": "max", "values_sum": "sum", "marks_count": "count"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """n values with all that a chart needs of them."""

    device: TextColumn
    channel: TextColumn
    phenomenon_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]


def read_series(
    connection: Connection, streams: Sequence[Stream], name: str, *, suspect: bool, limit: int, newest_ms: int
) -> Series:
    """The newest `limit` values of the streams, oldest first; those flagged suspect only on demand.

    newest_ms: about the time of the newest value, where reading begins.
    """
    fields = _fields(name, suspect=suspect)
    found = [_strays(connection, streams, fields)] if streams and limit > 0 else []
    ahead = len(found[0].value) if found else 0
    pieces = pieces_of(streams) if limit > 0 else []
    # strays may be the newest of all, or the oldest: they never count towards the limit before everything is sorted
    for since_ms, until_ms in _steps(newest_ms):
        if sum(len(part.value) for part in found) - ahead >= limit:
            break
        clipped = [_clipped(piece, since_ms, until_ms) for piece in pieces]
        found += _in_place(connection, [piece for piece in clipped if piece.since_ms < piece.until_ms], fields)
    return _series(_together(found), limit)


def read_buckets(
    connection: Connection, streams: Sequence[Stream], name: str, *, width_ms: int, offset_ms: int
) -> Buckets:
    """Min, mean, max, sum and count of the streams' good values by bucket."""
    fields = _fields(name, suspect=False)
    if not streams:
        return EMPTY_BUCKETS
    pieces = pieces_of(streams)
    parts = [_one_each(_strays(connection, streams, fields))]
    if width_ms <= WIDEST_WINDOW_MS:
        parts += _windows(connection, pieces, fields[0], width_ms=width_ms, offset_ms=offset_ms)
    else:
        parts += [_one_each(readings) for readings in _in_place(connection, pieces, fields)]
    return _summed(parts, width_ms=width_ms, offset_ms=offset_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """n sums over values of one series each: a time inside the bucket, min, max, sum and count."""

    device: TextColumn
    phenomenon_ms: NDArray[np.int64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    total: NDArray[np.float64]
    count: NDArray[np.int64]


def _summed(parts: Sequence[Windows], *, width_ms: int, offset_ms: int) -> Buckets:
    device = joined([part.device for part in parts])
    times = np.concatenate([part.phenomenon_ms for part in parts])
    start_ms, bucket = np.unique(times - (times + offset_ms) % width_ms, return_inverse=True)
    minimum, maximum = np.full(len(start_ms), np.inf), np.full(len(start_ms), -np.inf)
    total, count = np.zeros(len(start_ms)), np.zeros(len(start_ms), np.int64)
    np.minimum.at(minimum, bucket, np.concatenate([part.minimum for part in parts]))
    np.maximum.at(maximum, bucket, np.concatenate([part.maximum for part in parts]))
    np.add.at(total, bucket, np.concatenate([part.total for part in parts]))
    np.add.at(count, bucket, np.concatenate([part.count for part in parts]))
    once = np.unique(np.stack([bucket, device.codes.astype(np.int64)]), axis=1)
    return Buckets(
        start_ms=start_ms,
        minimum=minimum,
        mean=total / count,
        maximum=maximum,
        total=total,
        count=count,
        devices=np.bincount(once[0], minlength=len(start_ms)).astype(np.int64),
    )


def _windows(
    connection: Connection, pieces: Sequence[Piece], field: str, *, width_ms: int, offset_ms: int
) -> Iterator[Windows]:
    for source in _sources(connection, pieces, [field]):
        asked = (
            f"{source}{flux.by_window(function, width_ms=width_ms, offset_ms=-offset_ms % width_ms)}{flux.yielded(name)}"
            for name, function in SUMMED.items()
        )
        answer = connection.read("\n".join(asked))
        if answer:
            yield _aligned({function: points_of(answer[name]) for name, function in SUMMED.items()})


def _aligned(points: Mapping[str, Points]) -> Windows:
    """The four functions' answers side by side: they are of the same windows, perhaps in another order."""
    orders = {name: _order(found.device, found.channel, found.phenomenon_ms) for name, found in points.items()}
    columns = {name: found.value[orders[name]] for name, found in points.items()}
    counted = points["count"]
    return Windows(
        device=counted.device.take(orders["count"]),
        phenomenon_ms=counted.phenomenon_ms[orders["count"]],
        minimum=columns["min"],
        maximum=columns["max"],
        total=columns["sum"],
        count=columns["count"],
    )


def _one_each(readings: Readings) -> Windows:
    return Windows(
        device=readings.device,
        phenomenon_ms=readings.phenomenon_ms,
        minimum=readings.value,
        maximum=readings.value,
        total=readings.value,
        count=np.ones(len(readings.value), np.int64),
    )


def _order(device: TextColumn, channel: TextColumn, times_ms: NDArray[np.int64]) -> NDArray[np.intp]:
    """By time, then device, then channel."""
    return np.lexsort((_rank(channel), _rank(device), times_ms))


def _rank(texts: TextColumn) -> NDArray[np.intp]:
    rank = np.empty(len(texts.distinct), np.intp)
    rank[sorted(range(len(texts.distinct)), key=texts.distinct.__getitem__)] = np.arange(len(texts.distinct))
    return rank[texts.codes]


def _sources(connection: Connection, pieces: Sequence[Piece], fields: Collection[str]) -> Iterator[str]:
    """The points of the pieces, a query's worth of devices at a time."""
    for piece in pieces:
        for first in range(0, len(piece.devices), flux.DEVICES_PER_QUERY):
            source = flux.source(
                connection.address.bucket,
                OBSERVATIONS,
                since_ns=piece.since_ms * NS_PER_MS,
                until_ns=piece.until_ms * NS_PER_MS,
            ) + flux.with_tag("device", piece.devices[first : first + flux.DEVICES_PER_QUERY])
            if piece.channel is not None:
                source += flux.with_tag("channel", [piece.channel])
            yield source + flux.with_fields(fields)


def _in_place(connection: Connection, pieces: Sequence[Piece], fields: Sequence[str]) -> Iterator[Readings]:
    values, flags = fields[:-1], fields[-1:]
    of_values, of_flags = _sources(connection, pieces, values), _sources(connection, pieces, flags)
    for value_source, flag_source in zip(of_values, of_flags, strict=True):
        answer = connection.read(f"{value_source}{flux.yielded(VALUES)}\n{flag_source}{flux.yielded(MARKS)}")
        if VALUES in answer:
            yield _readings(points_of(answer[VALUES]), points_of(answer[MARKS]) if MARKS in answer else None)


def _strays(connection: Connection, streams: Sequence[Stream], fields: Sequence[str]) -> Readings:
    """The values with a time that is not kept in place."""
    devices = sorted({stream.device for stream in streams})
    columns = (*flux.KEPT, "turn")
    found: list[Readings] = []
    for first in range(0, len(devices), flux.DEVICES_PER_QUERY):
        source = flux.source(
            connection.address.bucket, STRAYS, since_ns=FOLD_FROM_NS, until_ns=FOLD_UNTIL_NS
        ) + flux.with_tag("device", devices[first : first + flux.DEVICES_PER_QUERY])
        answer = connection.read(
            f"{source}{flux.with_fields(fields[:-1])}{flux.yielded(VALUES, columns=columns)}\n"
            f"{source}{flux.with_fields(fields[-1:])}{flux.yielded(MARKS, columns=columns)}"
        )
        if VALUES in answer:
            found.append(_readings(points_of(answer[VALUES]), points_of(answer[MARKS]) if MARKS in answer else None))
    every = _together(found)
    return _taken(every, np.flatnonzero(within(streams, every.device, every.channel, every.phenomenon_ms)))


def _readings(values: Points, flags: Points | None) -> Readings:
    quality = np.zeros(len(values.value), np.uint8)
    if flags is not None:
        keys = zip(flags.device, flags.channel, flags.phenomenon_ms.tolist(), strict=True)
        flag_of = dict(zip(keys, flags.value.tolist(), strict=True))
        keys = zip(values.device, values.channel, values.phenomenon_ms.tolist(), strict=True)
        quality[:] = [flag_of.get(key, 0) for key in keys]
    return Readings(
        device=values.device,
        channel=values.channel,
        phenomenon_ms=values.phenomenon_ms,
        value=values.value,
        quality=quality,
    )


def _together(parts: Sequence[Readings]) -> Readings:
    return Readings(
        device=joined([part.device for part in parts]),
        channel=joined([part.channel for part in parts]),
        phenomenon_ms=np.concatenate([np.empty(0, np.int64), *(part.phenomenon_ms for part in parts)]),
        value=np.concatenate([np.empty(0, np.float64), *(part.value for part in parts)]),
        quality=np.concatenate([np.empty(0, np.uint8), *(part.quality for part in parts)]),
    )


def _taken(readings: Readings, rows: NDArray[np.intp]) -> Readings:
    return Readings(
        device=readings.device.take(rows),
        channel=readings.channel.take(rows),
        phenomenon_ms=readings.phenomenon_ms[rows],
        value=readings.value[rows],
        quality=readings.quality[rows],
    )


def _series(readings: Readings, limit: int) -> Series:
    """The newest of them, oldest first; those of one instant by device and channel."""
    order = _order(readings.device, readings.channel, readings.phenomenon_ms)
    newest = _taken(readings, order[max(len(order) - limit, 0) :])
    return Series(
        phenomenon_ms=newest.phenomenon_ms,
        value=newest.value,
        quality=newest.quality,
        device=np.asarray(newest.device, np.object_),
        channel=np.asarray(newest.channel, np.object_),
    )


def _fields(name: str, *, suspect: bool) -> Sequence[str]:
    """The fields of that property's values, and last the one of their flags. Only names of the table become text."""
    known = observed_property(name).name
    return [known, *([suspect_field(known)] if suspect else []), flags_field(known)]


def _steps(newest_ms: int) -> Iterator[tuple[int, int]]:
    """The whole of time in steps, the newest first: what lies after `newest_ms` belongs to the first."""
    until_ms = UNTIL_MS
    for span_ms in STEPS_MS:
        since_ms = max(min(newest_ms, UNTIL_MS) - span_ms, FIRST_MS) if span_ms != STEPS_MS[-1] else FIRST_MS
        if since_ms < until_ms:
            yield since_ms, until_ms
            until_ms = since_ms


def _clipped(piece: Piece, since_ms: int, until_ms: int) -> Piece:
    return Piece(
        devices=piece.devices,
        channel=piece.channel,
        since_ms=max(piece.since_ms, since_ms),
        until_ms=min(piece.until_ms, until_ms),
    )
