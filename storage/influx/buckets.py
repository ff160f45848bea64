"""Buckets: windows that the engine sums up for each piece of the streams, put together here.

Around a value that was corrected, and where a time is not kept in place, the values themselves are read. Where raw
values have expired their hours tell of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from observations.model import Buckets, Stream
from observations.properties import observed_property
from observations.texts import TextColumn, joined
from storage.influx import influxql
from storage.influx.answers import phenomenon_ms_of, texts_of
from storage.influx.charts import Readings, read_pieces, readings_in, strays_of
from storage.influx.connection import Connection
from storage.influx.pieces import Interval, Piece, clipped, merged, pieces_of, without
from storage.influx.places import FIRST_MS, HOURS, NS_PER_MS, OBSERVATIONS, UNTIL_MS
from storage.influx.rows import column_of
from storage.influx.tags import text_of
from storage.observations.corrections import Ruling
from storage.observations.latest import DAY_MS
from storage.observations.overlay import shown
from storage.observations.touched import HOUR_MS

WIDEST_WINDOW_MS = 36_525 * DAY_MS
"""A duration in InfluxQL ends at 292 years of nanoseconds; buckets wider than that are summed up from the values."""

EMPTY_BUCKETS = Buckets(
    start_ms=np.empty(0, np.int64),
    minimum=np.empty(0, np.float64),
    mean=np.empty(0, np.float64),
    maximum=np.empty(0, np.float64),
    total=np.empty(0, np.float64),
    count=np.empty(0, np.int64),
    devices=np.empty(0, np.int64),
)

_SUMS = 'min("{name}") AS "min", max("{name}") AS "max", sum("{name}") AS "sum", count("{name}") AS "count"'
_SUMS_OF_HOURS = 'min("minimum") AS "min", max("maximum") AS "max", sum("total") AS "sum", sum("number") AS "count"'
_HOURS = '"minimum" AS "min", "maximum" AS "max", "total" AS "sum", "number" AS "count", "device"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """n sums over values of one device each: a time in the same bucket, min, max, sum and count."""

    device: TextColumn
    phenomenon_ms: NDArray[np.int64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    total: NDArray[np.float64]
    count: NDArray[np.int64]


def read_buckets(
    connection: Connection,
    streams: Sequence[Stream],
    name: str,
    *,
    width_ms: int,
    offset_ms: int,
    rulings: Sequence[Ruling] = (),
    expired_before_ms: int = FIRST_MS,
) -> Buckets:
    """Min, mean, max, sum and count of the streams' good values by bucket.

    rulings: those on values in the streams. expired_before_ms: of what is older, buckets of whole hours ask the hours.
    """
    known = observed_property(name).name
    if not streams:
        return EMPTY_BUCKETS
    pieces = pieces_of(streams)
    parts: list[Windows] = []
    if width_ms % HOUR_MS == offset_ms % HOUR_MS == 0:
        rulings = [r for r in rulings if not FIRST_MS <= r.correction.phenomenon_ms < expired_before_ms]
        old = clipped(pieces, since_ms=FIRST_MS, until_ms=expired_before_ms)
        parts += _old_windows(connection, old, known, width_ms=width_ms, offset_ms=offset_ms)
        pieces = clipped(pieces, since_ms=expired_before_ms, until_ms=UNTIL_MS)
    outside, inside = _split(pieces, _holes(rulings))
    read = [strays_of(connection, streams, known, suspect=False)]
    if width_ms <= WIDEST_WINDOW_MS:
        parts += _windows(connection, outside, known, width_ms=width_ms, offset_ms=offset_ms)
    else:
        read += readings_in(connection, outside, known, suspect=False)
    read += readings_in(connection, inside, known, suspect=False)
    parts += [_one_each(_unruled(readings, rulings)) for readings in read]
    return _summed([*parts, _put(rulings)], width_ms=width_ms, offset_ms=offset_ms)


def hour_windows(
    connection: Connection, name: str, *, since_ms: int, until_ms: int
) -> Iterator[tuple[TextColumn, TextColumn, Windows]]:
    """Device, channel and sums of every hour in [since, until), as devices said them."""
    statement = influxql.select(
        _SUMS.format(name=name),
        OBSERVATIONS,
        since_ns=since_ms * NS_PER_MS,
        until_ns=until_ms * NS_PER_MS,
        then=f'GROUP BY time({HOUR_MS}ms), "device", "channel" fill(none)',
    )
    table = connection.read(statement)
    if table is not None:
        device, channel = _tag_texts(table, "device"), _tag_texts(table, "channel")
        yield device, channel, _windows_of(table, device)


def _split(pieces: Sequence[Piece], holes: Mapping[str, Sequence[Interval]]) -> tuple[Sequence[Piece], Sequence[Piece]]:
    """What of the pieces is outside of the holes of its device, and what is inside."""
    outside: list[Piece] = []
    inside: list[Piece] = []
    for piece in pieces:
        plain = [device for device in piece.devices if device not in holes]
        outside += [replace(piece, devices=plain)] if plain else []
        for device in piece.devices:
            if device in holes:
                whole = [(piece.since_ms, piece.until_ms)]
                left = without(whole, holes[device])
                for intervals, found in ((left, outside), (without(whole, left), inside)):
                    found += [
                        replace(piece, devices=[device], since_ms=since_ms, until_ms=until_ms)
                        for since_ms, until_ms in intervals
                    ]
    return outside, inside


def _holes(rulings: Sequence[Ruling]) -> Mapping[str, Sequence[Interval]]:
    """By device, the times around what was ruled on; rulings within an hour make one hole."""
    times: dict[str, list[int]] = {}
    for ruling in rulings:
        times.setdefault(ruling.correction.device, []).append(ruling.correction.phenomenon_ms)
    return {
        device: [
            (since_ms, until_ms - HOUR_MS + 1) for since_ms, until_ms in merged([(ms, ms + HOUR_MS) for ms in told])
        ]
        for device, told in times.items()
    }


def _unruled(readings: Readings, rulings: Sequence[Ruling]) -> Readings:
    ruled = {(r.correction.device, r.correction.channel, r.correction.phenomenon_ms) for r in rulings}
    if not ruled:
        return readings
    keys = zip(readings.device, readings.channel, readings.phenomenon_ms.tolist(), strict=True)
    return readings.take(np.flatnonzero(np.fromiter((key not in ruled for key in keys), np.bool_, len(readings.value))))


def _put(rulings: Sequence[Ruling]) -> Windows:
    """What holds instead of what was ruled on."""
    said = [ruling.correction for ruling in shown(rulings, suspect=False)]
    values = np.array([correction.value for correction in said], np.float64)
    return Windows(
        device=TextColumn.of([str(correction.device) for correction in said]),
        phenomenon_ms=np.array([correction.phenomenon_ms for correction in said], np.int64),
        minimum=values,
        maximum=values,
        total=values,
        count=np.ones(len(values), np.int64),
    )


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
    once = np.unique(np.stack([bucket, device.codes.astype(np.intp)]), axis=1)
    return Buckets(
        start_ms=start_ms,
        minimum=minimum,
        mean=total / count,
        maximum=maximum,
        total=total,
        count=count,
        devices=np.bincount(once[0], minlength=len(start_ms)).astype(np.int64),
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


def _windows(
    connection: Connection, pieces: Sequence[Piece], name: str, *, width_ms: int, offset_ms: int
) -> Iterator[Windows]:
    then = f'GROUP BY time({width_ms}ms, {-offset_ms % width_ms}ms), "device" fill(none)'
    for table in read_pieces(connection, pieces, _SUMS.format(name=name), then):
        yield _windows_of(table, _tag_texts(table, "device"))


def _old_windows(
    connection: Connection, pieces: Sequence[Piece], name: str, *, width_ms: int, offset_ms: int
) -> Iterator[Windows]:
    """Of what has expired: sums of hours."""
    of_property = influxql.tag_is("observed_property", [name])
    wide = width_ms > WIDEST_WINDOW_MS
    columns = _HOURS if wide else _SUMS_OF_HOURS
    then = "" if wide else f'GROUP BY time({width_ms}ms, {-offset_ms % width_ms}ms), "device" fill(none)'
    for table in read_pieces(connection, pieces, columns, then, measurement=HOURS, also=of_property):
        yield _windows_of(table, texts_of(table, "device") if wide else _tag_texts(table, "device"))


def _windows_of(table: pa.Table, device: TextColumn) -> Windows:
    return Windows(
        device=device,
        phenomenon_ms=phenomenon_ms_of(table),
        minimum=column_of(table, "min", np.nan),
        maximum=column_of(table, "max", np.nan),
        total=column_of(table, "sum", np.nan),
        count=column_of(table, "count", 0),
    )


def _tag_texts(table: pa.Table, name: str) -> TextColumn:
    """What was written as that tag, by which the rows are grouped."""
    tags = table["tags"].combine_chunks()
    tags = tags.chunk(0) if isinstance(tags, pa.ChunkedArray) else tags
    named = [dict(tag.split("=", 1) for tag in text.split(",")) for text in tags.dictionary.to_pylist()]
    return TextColumn(np.asarray(tags.indices.to_numpy()), [text_of(tag[name]) for tag in named])
