"""Whole rows of some devices or of all, by device, channel and phenomenon time, in pages that fit in memory."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from observations.batch import concatenate
from observations.texts import TextColumn
from storage.influx import influxql
from storage.influx.answers import texts_of
from storage.influx.connection import Connection
from storage.influx.places import FIRST_MS, FOLD_FROM_NS, FOLD_UNTIL_NS, NS_PER_MS, OBSERVATIONS, STRAYS, UNTIL_MS
from storage.influx.rows import NO_ROWS, Rows, rows_of
from storage.influx.tags import text_of

ROWS_PER_PAGE = 50_000
Interval = tuple[int, int]


def devices_in(connection: Connection, measurement: str) -> Sequence[str]:
    """Every device that the measurement has a point of, in order."""
    table = connection.read(influxql.texts_under("device", measurement))
    return [] if table is None else sorted(set(texts_of(table, "value")))


def row_pages(
    connection: Connection,
    properties: Collection[str],
    *,
    measurement: str = OBSERVATIONS,
    devices: Collection[str] | None = None,
    interval: Interval = (FIRST_MS, UNTIL_MS),
    strays: bool = False,
    limit: int = ROWS_PER_PAGE,
) -> Iterator[Rows]:
    """The rows of these devices or of all in [since, until), at most `limit` a page.

    strays: those whose time is not kept in place too, whenever. Devices go together until they fill a page; one that
    has more is read a channel and a page at a time.
    """
    places = (measurement, STRAYS) if strays else (measurement,)
    if devices is None:
        devices = sorted({device for place in places for device in devices_in(connection, place)})
    counts = _counts(connection, places, sorted(devices), interval)
    for group, rows in _groups(sorted(counts.items()), limit):
        if rows <= limit:
            parts = [
                _read(connection, place, properties, influxql.tag_is("device", group), interval) for place in places
            ]
            yield ordered(parts)
        else:
            yield from _long(connection, places, properties, group[0], interval, limit)


def ordered(parts: Sequence[Rows]) -> Rows:
    """The rows of all parts by device, channel and phenomenon time."""
    batch = concatenate([part.batch for part in parts])
    sequence = np.concatenate([np.empty(0, np.int64), *(part.sequence for part in parts)])
    order = np.lexsort((batch.phenomenon_ms, rank(TextColumn.of(batch.channel)), rank(TextColumn.of(batch.device))))
    return Rows(batch=batch.take(order), sequence=sequence[order])


def rank(texts: TextColumn) -> NDArray[np.intp]:
    """For each row, the place of its text among the texts in order."""
    place = np.empty(len(texts.distinct), np.intp)
    place[sorted(range(len(texts.distinct)), key=texts.distinct.__getitem__)] = np.arange(len(texts.distinct))
    return place[texts.codes]


def _long(
    connection: Connection,
    places: Sequence[str],
    properties: Collection[str],
    device: str,
    interval: Interval,
    limit: int,
) -> Iterator[Rows]:
    """The rows of one device that has many."""
    of_device = influxql.tag_is("device", [device])
    channels: set[str] = set()
    for place in places:
        table = connection.read(influxql.texts_under("channel", place, also=of_device))
        channels.update(() if table is None else texts_of(table, "value"))
    for channel in sorted(channels):
        condition = f"{of_device} AND {influxql.tag_is('channel', [channel])}"
        astray = ordered([_read(connection, STRAYS, properties, condition, interval)] if STRAYS in places else [])
        early = astray.batch.phenomenon_ms < FIRST_MS
        yield from _cut(astray, np.flatnonzero(early), limit)
        since_ms, until_ms = interval
        while True:
            page = _read(connection, places[0], properties, condition, (since_ms, until_ms), f"LIMIT {limit}")
            if len(page.batch):
                yield page
                since_ms = int(page.batch.phenomenon_ms[-1]) + 1
            if len(page.batch) < limit:
                break
        yield from _cut(astray, np.flatnonzero(~early), limit)


def _cut(rows: Rows, positions: NDArray[np.intp], limit: int) -> Iterator[Rows]:
    for first in range(0, len(positions), limit):
        some = positions[first : first + limit]
        yield Rows(batch=rows.batch.take(some), sequence=rows.sequence[some])


def _read(
    connection: Connection,
    measurement: str,
    properties: Collection[str],
    condition: str,
    interval: Interval,
    then: str = "",
) -> Rows:
    since_ns, until_ns = _bounds(measurement, interval)
    table = connection.read(
        influxql.select("*", measurement, since_ns=since_ns, until_ns=until_ns, also=condition, then=then)
    )
    return NO_ROWS if table is None else rows_of(table, properties)


def _bounds(measurement: str, interval: Interval) -> Interval:
    if measurement == STRAYS:
        return FOLD_FROM_NS, FOLD_UNTIL_NS
    return interval[0] * NS_PER_MS, interval[1] * NS_PER_MS


def _counts(
    connection: Connection, places: Sequence[str], devices: Sequence[str], interval: Interval
) -> Mapping[str, int]:
    """By device that has any, how many rows."""
    found: dict[str, int] = {}
    for first in range(0, len(devices), influxql.DEVICES_PER_QUERY):
        some = devices[first : first + influxql.DEVICES_PER_QUERY]
        for place in places:
            since_ns, until_ns = _bounds(place, interval)
            table = connection.read(
                influxql.select(
                    'count("sequence") AS "count"',
                    place,
                    since_ns=since_ns,
                    until_ns=until_ns,
                    also=influxql.tag_is("device", some),
                    then='GROUP BY "device"',
                )
            )
            if table is not None:
                for tags, count in zip(table["tags"].to_pylist(), table["count"].to_pylist(), strict=True):
                    device = text_of(tags.partition("=")[2])
                    found[device] = found.get(device, 0) + count
    return found


def _groups(counts: Iterable[tuple[str, int]], limit: int) -> Iterator[tuple[Sequence[str], int]]:
    """Devices that fill a page together, and their rows; one with more rows is alone."""
    group: list[str] = []
    held = 0
    for device, rows in counts:
        if group and (held + rows > limit or len(group) == influxql.DEVICES_PER_QUERY):
            yield group, held
            group, held = [], 0
        group, held = [*group, device], held + rows
    if group:
        yield group, held
