"""Series: what the engine finds for each piece of the streams, put together here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from observations.model import Series, Stream
from observations.properties import observed_property
from observations.texts import TextColumn, joined
from storage.influx import influxql
from storage.influx.answers import phenomenon_ms_of, texts_of
from storage.influx.connection import Connection
from storage.influx.fields import flags_field, suspect_field
from storage.influx.pages import rank
from storage.influx.pieces import Piece, pieces_of, within
from storage.influx.places import FOLD_FROM_NS, FOLD_UNTIL_NS, NS_PER_MS, OBSERVATIONS, STRAYS
from storage.influx.rows import column_of


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


def read_series(connection: Connection, streams: Sequence[Stream], name: str, *, suspect: bool, limit: int) -> Series:
    """The newest `limit` values of the streams, oldest first; those flagged suspect only on demand."""
    known = observed_property(name).name
    if limit <= 0:
        streams = []
    then = f"ORDER BY time DESC LIMIT {limit}"
    found = [
        strays_of(connection, streams, known, suspect=suspect),
        *readings_in(connection, pieces_of(streams), known, suspect=suspect, then=then),
    ]
    readings = together(found)
    order = np.lexsort((rank(readings.channel), rank(readings.device), readings.phenomenon_ms))
    newest = readings.take(order[max(len(order) - limit, 0) :])
    return Series(
        phenomenon_ms=newest.phenomenon_ms,
        value=newest.value,
        quality=newest.quality,
        device=np.asarray(newest.device, np.object_),
        channel=np.asarray(newest.channel, np.object_),
    )


def readings_in(
    connection: Connection, pieces: Sequence[Piece], name: str, *, suspect: bool, then: str = ""
) -> Iterator[Readings]:
    """The values of the pieces."""
    for table in read_pieces(connection, pieces, _columns(name, suspect=suspect), then):
        yield _readings(table, name)


def read_pieces(
    connection: Connection,
    pieces: Sequence[Piece],
    columns: str,
    then: str,
    *,
    measurement: str = OBSERVATIONS,
    also: str = "",
) -> Iterator[pa.Table]:
    """The answers of the pieces' statements, some statements a request."""
    statements = [
        influxql.select(
            columns,
            measurement,
            since_ns=piece.since_ms * NS_PER_MS,
            until_ns=piece.until_ms * NS_PER_MS,
            also=" AND ".join(
                [
                    influxql.tag_is("device", piece.devices[first : first + influxql.DEVICES_PER_QUERY]),
                    *([] if piece.channel is None else [influxql.tag_is("channel", [piece.channel])]),
                    *([also] if also else []),
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


def strays_of(connection: Connection, streams: Sequence[Stream], name: str, *, suspect: bool) -> Readings:
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
    every = together(found)
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


def together(parts: Sequence[Readings]) -> Readings:
    """All of them."""
    return Readings(
        device=joined([part.device for part in parts]),
        channel=joined([part.channel for part in parts]),
        phenomenon_ms=np.concatenate([np.empty(0, np.int64), *(part.phenomenon_ms for part in parts)]),
        value=np.concatenate([np.empty(0, np.float64), *(part.value for part in parts)]),
        quality=np.concatenate([np.empty(0, np.uint8), *(part.quality for part in parts)]),
    )
