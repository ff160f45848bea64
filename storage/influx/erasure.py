"""Streams erased: everything of them is removed, measurement by measurement, rows last.

The server answers without what was deleted at once, also after a power cut; its files are rewritten without it when it
compacts them (a shard that nothing is written to: after four hours, `storage-compact-full-write-cold-duration`).
"""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from observations.errors import StoreUnavailableError
from observations.model import Conflict, Correction, Stream
from observations.texts import TextColumn
from storage.influx import influxql
from storage.influx.arrivals import forget_keys
from storage.influx.care import Care
from storage.influx.charts import read_pieces
from storage.influx.conflicts import conflicts_of
from storage.influx.connection import Connection
from storage.influx.fields import CORRECTION, suspect_field
from storage.influx.hours import erase_hours
from storage.influx.pieces import Piece, pieces_of, within
from storage.influx.places import (
    CONFLICTS,
    FIRST_MS,
    FOLD_FROM_NS,
    FOLD_UNTIL_NS,
    NS_PER_MS,
    OBSERVATIONS,
    STRAYS,
    UNTIL_MS,
    fold,
    in_place,
)
from storage.influx.rows import Rows, read_rows, rows_under
from storage.observations.erasure import instants
from storage.observations.memory_rows import within as is_within
from storage.observations.reconcile import Key


def erase(connection: Connection, care: Care, streams: Sequence[Stream], properties: Collection[str]) -> int:
    """Nothing of these streams, nor of spans that were left unfinished, is there or will be; the values there were.

    Raises StoreUnavailableError while another process moves rows, which could bring back what is removed: the spans
    are remembered, and the next attempt removes them.
    """
    care.keep_spans(streams)
    care.wait_for_others()
    if care.moves:
        msg = "another process is moving rows that expire; the erasure is remembered: ask again in a minute"
        raise StoreUnavailableError(msg)
    streams = care.unfinished()
    keys = wild_keys(connection, streams)
    care.keep_spans(instants(keys))
    care.forget_corrections(lambda correction: concerns(streams, set(keys), correction))
    values = remove(connection, streams, keys, properties)
    care.finish_spans()
    return values


def wild_keys(connection: Connection, streams: Sequence[Stream]) -> Sequence[Key]:
    """Keys of values that belong to the streams by their corrected time only, because the device's clock was wrong."""
    found: set[Key] = set()
    for rows in (*_corrected_in_place(connection, streams), *_astray(connection, streams)):
        device, channel = TextColumn.of(rows.batch.device), TextColumn.of(rows.batch.channel)
        mask = within(streams, device, channel, rows.batch.corrected_ms)
        mask &= ~within(streams, device, channel, rows.batch.phenomenon_ms)
        found.update(_keys(rows, np.flatnonzero(mask).tolist()))
    return sorted(found)


def concerns(streams: Sequence[Stream], keys: Collection[Key], of: Conflict | Correction | Key) -> bool:
    """Whether it is, or is about, a value in these streams or under these keys."""
    key = of if isinstance(of, tuple) else (of.device, of.channel, of.phenomenon_ms)
    return key in keys or any(is_within(stream, *key) for stream in streams)


def remove(connection: Connection, streams: Sequence[Stream], wild: Sequence[Key], properties: Collection[str]) -> int:
    """Nothing of these streams, nor under these keys, is in any measurement; the values there were."""
    keys, pieces = set(wild), pieces_of(streams)
    astray = [
        (key, len(held.values))
        for rows in _astray(connection, streams, properties)
        for key, (_, held) in rows.by_key().items()
        if concerns(streams, keys, key)
    ]
    placed = [key for key in wild if in_place(np.array([key[2]]))[0]]
    values = _count(connection, pieces, properties) + sum(count for _, count in astray)
    values += _count_keys(connection, placed, properties)
    conflicts = conflicts_of(connection, {stream.device for stream in streams})
    about = {(c.device, c.channel, c.phenomenon_ms) for c in conflicts if concerns(streams, keys, c)}
    _delete_folded(connection, CONFLICTS, streams, about)
    erase_hours(connection, pieces_of([*streams, *instants(wild)]))
    forget_keys(connection, lambda device, channel, times: _gone(streams, keys, device, channel, times))
    _delete_folded(connection, STRAYS, streams, {key for key, _ in astray})
    for device, channel, ms in placed:
        tags = {"device": device, "channel": channel}
        connection.delete(OBSERVATIONS, since_ns=ms * NS_PER_MS, until_ns=(ms + 1) * NS_PER_MS, tags=tags)
    for piece in pieces:
        for device in piece.devices:
            connection.delete(
                OBSERVATIONS,
                since_ns=piece.since_ms * NS_PER_MS,
                until_ns=piece.until_ms * NS_PER_MS,
                tags={"device": device, **({} if piece.channel is None else {"channel": piece.channel})},
            )
    return values


def _gone(
    streams: Sequence[Stream],
    keys: Collection[Key],
    device: TextColumn,
    channel: TextColumn,
    times_ms: np.ndarray[tuple[int], np.dtype[np.int64]],
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    present = set(device.distinct)
    mask = within([stream for stream in streams if stream.device in present], device, channel, times_ms)
    if keys and any(key[0] in present for key in keys):
        mask |= np.fromiter((key in keys for key in zip(device, channel, times_ms.tolist(), strict=True)), np.bool_)
    return mask


def _corrected_in_place(connection: Connection, streams: Sequence[Stream]) -> Iterator[Rows]:
    """The rows of the streams' devices that are shown at another time than they were sent with."""
    devices = sorted({stream.device for stream in streams})
    for first in range(0, len(devices), influxql.DEVICES_PER_QUERY):
        some = devices[first : first + influxql.DEVICES_PER_QUERY]
        yield read_rows(connection, some, [], first_ms=FIRST_MS, last_ms=UNTIL_MS - 1, also=f'"{CORRECTION}" != 0')


def _astray(connection: Connection, streams: Sequence[Stream], properties: Collection[str] = ()) -> Iterator[Rows]:
    """Everything of the streams' devices whose time is not kept in place."""
    devices = sorted({stream.device for stream in streams})
    for first in range(0, len(devices), influxql.DEVICES_PER_QUERY):
        some = devices[first : first + influxql.DEVICES_PER_QUERY]
        yield read_rows(connection, some, properties, first_ms=UNTIL_MS, last_ms=UNTIL_MS)


def _keys(rows: Rows, positions: Sequence[int]) -> Iterator[Key]:
    batch = rows.batch
    for row in positions:
        yield batch.device[row], batch.channel[row], int(batch.phenomenon_ms[row])


def _count(connection: Connection, pieces: Sequence[Piece], properties: Collection[str]) -> int:
    fields = [field for name in properties for field in (name, suspect_field(name))]
    columns = ", ".join(f'count("{field}") AS "{field}"' for field in fields)
    return sum(
        int(np.nansum(table[field].to_numpy()))
        for table in read_pieces(connection, pieces, columns, "")
        for field in fields
    )


def _count_keys(connection: Connection, keys: Sequence[Key], properties: Collection[str]) -> int:
    held = (rows.by_key() for rows in rows_under(connection, keys, properties))
    return sum(len(of[1].values) for found in held for key, of in found.items() if key in set(keys))


def _delete_folded(connection: Connection, measurement: str, streams: Sequence[Stream], keys: Collection[Key]) -> None:
    """No point of the measurement, whose times are folded, is under these keys."""
    whole = {s.device for s in streams if s.channel is None and s.since_ms is None and s.until_ms is None}
    for device in sorted(whole & {key[0] for key in keys}):
        connection.delete(measurement, since_ns=FOLD_FROM_NS, until_ns=FOLD_UNTIL_NS, tags={"device": device})
    for device, channel, ms in sorted(keys):
        if device not in whole:
            folded = fold(np.array([ms], np.int64))
            time_ns = int(folded.time_ns[0])
            tags = {"device": device, "channel": channel, "turn": str(int(folded.turn[0]))}
            connection.delete(measurement, since_ns=time_ns, until_ns=time_ns + 1, tags=tags)
