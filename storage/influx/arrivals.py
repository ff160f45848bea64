"""The journal of arrivals: which keys came in which order, told before the rows are written and confirmed after.

InfluxDB knows no order of insertion. For each (writer, sequence) the journal has the keys of at most some thousand
rows, and their number once those rows are durable: a reader believes what is confirmed. A row tells its last arrival,
so that one which gained a property is shown with that arrival, whole, and no more with the one before.
"""

import base64
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from observations.batch import ObservationBatch, concatenate
from observations.model import Cursor
from observations.texts import TextColumn
from storage.influx import influxql
from storage.influx.answers import times_of
from storage.influx.connection import Connection
from storage.influx.lines import arrival_lines
from storage.influx.places import ARRIVALS, LAST_SEQUENCE, NS_PER_MS
from storage.influx.rows import Rows, rows_under
from storage.influx.tags import text_of
from storage.observations.reconcile import Key

KEYS, CONFIRMED = "keys", "confirmed"
ROWS_PER_ARRIVAL = 4_000
LONGEST_FIELD = 64_000
"""Characters; the server takes 65,535."""
FIRST_SPAN = 256
WIDER = 8


class PackedKeys(msgspec.Struct, frozen=True, array_like=True):
    """The keys of some rows in columns: texts once each, codes int32, times int64, little-endian."""

    devices: list[str]
    device: bytes
    channels: list[str]
    channel: bytes
    phenomenon_ms: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One entry of the journal that is to be: which rows of the batch, and their keys as it holds them."""

    rows: NDArray[np.intp]
    keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivedPage:
    """Rows in order of arrival: the writer that told of each is one and the same."""

    writer: str
    batch: ObservationBatch
    sequence: NDArray[np.int64]


def arrivals_of(batch: ObservationBatch, rows: NDArray[np.intp]) -> Iterator[Arrival]:
    """Those rows, cut so that the keys of each part fit into one field."""
    for first in range(0, len(rows), ROWS_PER_ARRIVAL):
        yield from _fitting(batch, rows[first : first + ROWS_PER_ARRIVAL])


def _fitting(batch: ObservationBatch, rows: NDArray[np.intp]) -> Iterator[Arrival]:
    keys = _packed(batch.take(rows))
    if len(keys) <= LONGEST_FIELD or len(rows) == 1:
        yield Arrival(rows=rows, keys=keys)
        return
    middle = len(rows) // 2
    yield from _fitting(batch, rows[:middle])
    yield from _fitting(batch, rows[middle:])


def announce(connection: Connection, writer: str, arrivals: Mapping[int, Arrival]) -> None:
    """The journal tells that these rows are coming, under these sequences."""
    lines = arrival_lines(writer, [(sequence, KEYS, arrival.keys) for sequence, arrival in arrivals.items()])
    connection.write(lines, precision="ms")


def confirm(connection: Connection, writer: str, rows: Mapping[int, int]) -> None:
    """The rows of these sequences (how many each) are durable: readers may go beyond."""
    connection.write(
        arrival_lines(writer, [(sequence, CONFIRMED, count) for sequence, count in rows.items()]),
        precision="ms",
    )


def unconfirmed(connection: Connection, writer: str, confirmed: int) -> Mapping[int, int]:
    """What that writer announced after `confirmed`, how many rows each: it ended before it could confirm."""
    told = _keys_by_sequence(connection, writer, confirmed, LAST_SEQUENCE - 1)
    return {sequence: len(keys) for sequence, keys in told.items()}


def heads(connection: Connection, known: Cursor) -> dict[str, int]:
    """The last confirmed sequence of every writer, at least what is known of it."""
    found = _lasts(connection, CONFIRMED)
    return {writer: max(known.get(writer, 0), found.get(writer, 0)) for writer in {**known, **found}}


def last_announced(connection: Connection) -> int:
    """The greatest sequence that any writer ever told of; 0 where none has."""
    return max(_lasts(connection, KEYS).values(), default=0)


def _lasts(connection: Connection, field: str) -> Mapping[str, int]:
    """By writer, the greatest sequence that has the field: the engine reads no more than the newest block of it."""
    found = connection.read(
        influxql.select(
            f'last("{field}") AS "last_{field}"',
            ARRIVALS,
            since_ns=0,
            until_ns=LAST_SEQUENCE * NS_PER_MS,
            then='GROUP BY "writer"',
        )
    )
    if found is None:
        return {}
    writers = [text_of(tags.partition("=")[2]) for tags in found["tags"].to_pylist()]
    return dict(zip(writers, (times_of(found) // NS_PER_MS).tolist(), strict=True))


def pages_since(
    connection: Connection, cursor: Cursor, head: Cursor, *, properties: Collection[str], limit: int
) -> tuple[Sequence[ArrivedPage], Cursor]:
    """About `limit` rows after `cursor` up to `head`, whole arrivals only, one writer after the other."""
    reached = dict(cursor)
    pages: list[ArrivedPage] = []
    rows = 0
    for writer in sorted(head):
        while rows < limit and reached.get(writer, 0) < head[writer]:
            after = reached.get(writer, 0)
            until = _until(connection, writer, after, head[writer], limit - rows)
            page = _page(connection, writer, after, until, properties)
            rows += len(page.batch)
            pages.append(page)
            reached[writer] = until
    return pages, reached


def _until(connection: Connection, writer: str, after: int, head: int, limit: int) -> int:
    """The sequence up to which there are at least `limit` rows, or the head."""
    span = FIRST_SPAN
    while True:
        until = min(after + span, head)
        found = connection.read(_of_writer(writer, after, until, CONFIRMED))
        if found is not None:
            counts = np.cumsum(found[CONFIRMED].to_numpy())
            enough = int(np.searchsorted(counts, limit))
            if enough < len(counts):
                return int(times_of(found)[enough] // NS_PER_MS)
        if until == head:
            return head
        span *= WIDER


def _page(connection: Connection, writer: str, after: int, until: int, properties: Collection[str]) -> ArrivedPage:
    """The rows whose last arrival is within the window, each whole and once."""
    arrived: dict[Key, int] = {}
    for sequence, keys in _keys_by_sequence(connection, writer, after, until).items():
        arrived.update(dict.fromkeys(keys, sequence))
    parts: list[ObservationBatch] = []
    sequences: list[NDArray[np.int64]] = []
    for rows in rows_under(connection, arrived, properties):
        told = _told(rows, arrived)
        # a row with a later arrival is shown with that one; one with an earlier was announced again, and never came
        shown = (told > 0) & (rows.sequence <= told)
        parts.append(rows.batch.take(shown))
        sequences.append(told[shown])
    batch = concatenate(parts)
    arrival = np.concatenate([np.empty(0, np.int64), *sequences])
    order = np.lexsort((batch.phenomenon_ms, arrival))
    return ArrivedPage(writer=writer, batch=batch.take(order), sequence=arrival[order])


def _told(rows: Rows, arrived: Mapping[Key, int]) -> NDArray[np.int64]:
    """The arrival of each row that the window told of; 0 for a row it did not tell of."""
    batch = rows.batch
    keys = zip(batch.device, batch.channel, batch.phenomenon_ms.tolist(), strict=True)
    return np.fromiter((arrived.get(key, 0) for key in keys), np.int64, len(batch))


def _keys_by_sequence(connection: Connection, writer: str, after: int, until: int) -> Mapping[int, Sequence[Key]]:
    found = connection.read(_of_writer(writer, after, until, KEYS))
    if found is None:
        return {}
    sequences = (times_of(found) // NS_PER_MS).tolist()
    return {sequence: _unpacked(text) for sequence, text in zip(sequences, found[KEYS].to_pylist(), strict=True)}


def _of_writer(writer: str, after: int, until: int, field: str) -> str:
    return influxql.select(
        influxql.names([field]),
        ARRIVALS,
        since_ns=(after + 1) * NS_PER_MS,
        until_ns=(until + 1) * NS_PER_MS,
        also=influxql.tag_is("writer", [writer]),
    )


def _packed(batch: ObservationBatch) -> str:
    device, channel = TextColumn.of(batch.device), TextColumn.of(batch.channel)
    packed = PackedKeys(
        devices=[str(text) for text in device.distinct],
        device=device.codes.astype("<i4").tobytes(),
        channels=[str(text) for text in channel.distinct],
        channel=channel.codes.astype("<i4").tobytes(),
        phenomenon_ms=batch.phenomenon_ms.astype("<i8").tobytes(),
    )
    return base64.b64encode(zlib.compress(msgspec.msgpack.encode(packed), level=1)).decode("ascii")


def _unpacked(text: str) -> Sequence[Key]:
    packed = msgspec.msgpack.decode(zlib.decompress(base64.b64decode(text)), type=PackedKeys)
    device = TextColumn(np.frombuffer(packed.device, "<i4"), packed.devices)
    channel = TextColumn(np.frombuffer(packed.channel, "<i4"), packed.channels)
    return list(zip(device, channel, np.frombuffer(packed.phenomenon_ms, "<i8").tolist(), strict=True))
