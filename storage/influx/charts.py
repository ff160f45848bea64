"""Series and buckets: what the engine finds for each piece of the streams, put together here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from observations.model import Buckets, Series, Stream
from observations.properties import observed_property
from observations.texts import TextColumn, joined
from storage.influx import influxql
from storage.influx.answers import phenomenon_ms_of, texts_of
from storage.influx.connection import Connection
from storage.influx.fields import flags_field, suspect_field
from storage.influx.pieces import Piece, pieces_of, within
from storage.influx.places import FOLD_FROM_NS, FOLD_UNTIL_NS, NS_PER_MS, OBSERVATIONS, STRAYS
from storage.influx.rows import column_of
from storage.influx.tags import text_of
from storage.observations.latest import DAY_MS

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """n values with all that a chart needs of them."""

    device: TextColumn
    channel: TextColumn
    phenomenon_ms: NDArray[np.int64]
    value: NDArray[np.float64]
    quality: NDArray[np.uint8]

    def take(self, rows: NDArray[np.intp]) -> "Readings":
        """Those at these positions."""
        return Readings(
            device=self.device.take(rows),
            channel=self.channel.take(rows),
            phenomenon_ms=self.phenomenon_ms[rows],
            value=self.value[rows],
            quality=self.quality[rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """n sums over values of one device each: a time in the same bucket, min, max, sum and count."""

    device: TextColumn
    phenomenon_ms: NDArray[np.int64]
    minimum: NDArray[np.float64]
    maximum: NDArray[np.float64]
    total: NDArray[np.float64]
    count: NDArray[np.int64]


def read_series(connection: Connection, streams: Sequence[Stream], name: str, *, suspect: bool, limit: int) -> Series:
    """The newest `limit` values of the streams, oldest first; those flagged suspect only on demand."""
    known = observed_property(name).name
    if limit <= 0:
        streams = []
    then = f"ORDER BY time DESC LIMIT {limit}"
    found = [
        _strays(connection, streams, known, suspect=suspect),
        *_in_place(connection, pieces_of(streams), known, suspect=suspect, then=then),
    ]
    readings = _together(found)
    order = np.lexsort((_rank(readings.channel), _rank(readings.device), readings.phenomenon_ms))
    newest = readings.take(order[max(len(order) - limit, 0) :])
    return Series(
        phenomenon_ms=newest.phenomenon_ms,
        value=newest.value,
        quality=newest.quality,
        device=np.asarray(newest.device, np.object_),
        channel=np.asarray(newest.channel, np.object_),
    )


def read_buckets(
    connection: Connection, streams: Sequence[Stream], name: str, *, width_ms: int, offset_ms: int
) -> Buckets:
    """Min, mean, max, sum and count of the streams' good values by bucket."""
    known = observed_property(name).name
    if not streams:
        return EMPTY_BUCKETS
    pieces = pieces_of(streams)
    parts = [_one_each(_strays(connection, streams, known, suspect=False))]
    if width_ms <= WIDEST_WINDOW_MS:
        parts += _windows(connection, pieces, known, width_ms=width_ms, offset_ms=offset_ms)
    else:
        parts += [_one_each(readings) for readings in _in_place(connection, pieces, known, suspect=False)]
    return _summed(parts, width_ms=width_ms, offset_ms=offset_ms)


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


def _windows(
    connection: Connection, pieces: Sequence[Piece], name: str, *, width_ms: int, offset_ms: int
) -> Iterator[Windows]:
    functions = ", ".join(f'{function}("{name}") AS "{function}"' for function in ("min", "max", "sum", "count"))
    then = f'GROUP BY time({width_ms}ms, {-offset_ms % width_ms}ms), "device" fill(none)'
    for table in _read(connection, pieces, functions, then):
        tags = table["tags"].combine_chunks()
        tags = tags.chunk(0) if isinstance(tags, pa.ChunkedArray) else tags
        devices = [text_of(text.partition("=")[2]) for text in tags.dictionary.to_pylist()]
        yield Windows(
            device=TextColumn(np.asarray(tags.indices.to_numpy()), devices),
            phenomenon_ms=phenomenon_ms_of(table),
            minimum=column_of(table, "min", np.nan),
            maximum=column_of(table, "max", np.nan),
            total=column_of(table, "sum", np.nan),
            count=column_of(table, "count", 0),
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


def _in_place(
    connection: Connection, pieces: Sequence[Piece], name: str, *, suspect: bool, then: str = ""
) -> Iterator[Readings]:
    for table in _read(connection, pieces, _columns(name, suspect=suspect), then):
        yield _readings(table, name)


def _read(connection: Connection, pieces: Sequence[Piece], columns: str, then: str) -> Iterator[pa.Table]:
    """The answers of the pieces' statements, some statements a request."""
    statements = [
        influxql.select(
            columns,
            OBSERVATIONS,
            since_ns=piece.since_ms * NS_PER_MS,
            until_ns=piece.until_ms * NS_PER_MS,
            also=" AND ".join(
                [
                    influxql.tag_is("device", piece.devices[first : first + influxql.DEVICES_PER_QUERY]),
                    *([] if piece.channel is None else [influxql.tag_is("channel", [piece.channel])]),
                ]
            ),
            then=then,
        )
        for piece in pieces
        for first in range(0, len(piece.devices), influxql.DEVICES_PER_QUERY)
    ]
    for first in range(0, len(statements), influxql.STATEMENTS_PER_QUERY):
        table = connection.read(*statements[first : first + influxql.STATEMENTS_PER_QUERY])
        if table is not None:
            yield table


def _strays(connection: Connection, streams: Sequence[Stream], name: str, *, suspect: bool) -> Readings:
    """The values with a time that is not kept in place: few, and all of them are read."""
    devices = sorted({stream.device for stream in streams})
    found: list[Readings] = []
    for first in range(0, len(devices), influxql.DEVICES_PER_QUERY):
        table = connection.read(
            influxql.select(
                f'{_columns(name, suspect=suspect)}, "turn"',
                STRAYS,
                since_ns=FOLD_FROM_NS,
                until_ns=FOLD_UNTIL_NS,
                also=influxql.tag_is("device", devices[first : first + influxql.DEVICES_PER_QUERY]),
            )
        )
        if table is not None:
            found.append(_readings(table, name))
    every = _together(found)
    return every.take(np.flatnonzero(within(streams, every.device, every.channel, every.phenomenon_ms)))


def _columns(name: str, *, suspect: bool) -> str:
    fields = [name, suspect_field(name)] if suspect else [name]
    return influxql.names([*fields, *map(flags_field, fields), "device", "channel"])


def _readings(table: pa.Table, name: str) -> Readings:
    good, suspect = column_of(table, name, np.nan), column_of(table, suspect_field(name), np.nan)
    flags = column_of(table, flags_field(name), 0) + column_of(table, flags_field(suspect_field(name)), 0)
    return Readings(
        device=texts_of(table, "device"),
        channel=texts_of(table, "channel"),
        phenomenon_ms=phenomenon_ms_of(table),
        value=np.where(np.isnan(good), suspect, good),
        quality=flags.astype(np.uint8),
    )


def _together(parts: Sequence[Readings]) -> Readings:
    return Readings(
        device=joined([part.device for part in parts]),
        channel=joined([part.channel for part in parts]),
        phenomenon_ms=np.concatenate([np.empty(0, np.int64), *(part.phenomenon_ms for part in parts)]),
        value=np.concatenate([np.empty(0, np.float64), *(part.value for part in parts)]),
        quality=np.concatenate([np.empty(0, np.uint8), *(part.quality for part in parts)]),
    )


def _rank(texts: TextColumn) -> NDArray[np.intp]:
    """For each row, the place of its text among the texts in order."""
    rank = np.empty(len(texts.distinct), np.intp)
    rank[sorted(range(len(texts.distinct)), key=texts.distinct.__getitem__)] = np.arange(len(texts.distinct))
    return rank[texts.codes]
