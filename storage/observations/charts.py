"""Series and buckets out of the engine."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from observations.model import Buckets, Series, Stream
from storage.observations.columns import numpy_of
from storage.observations.connection import Connection
from storage.observations.corrections import Ruling
from storage.observations.hours import is_shown, value_of, within
from storage.observations.overlay import shown
from storage.observations.schema import quality_column
from storage.observations.selection import selection
from storage.observations.touched import HOUR_MS, Span

EMPTY_SERIES = Series(
    phenomenon_ms=np.empty(0, np.int64),
    value=np.empty(0, np.float64),
    quality=np.empty(0, np.uint8),
    device=np.empty(0, np.object_),
    channel=np.empty(0, np.object_),
)

EMPTY_BUCKETS = Buckets(
    start_ms=np.empty(0, np.int64),
    minimum=np.empty(0, np.float64),
    mean=np.empty(0, np.float64),
    maximum=np.empty(0, np.float64),
    total=np.empty(0, np.float64),
    count=np.empty(0, np.int64),
    devices=np.empty(0, np.int64),
)


def read_series(connection: Connection, streams: Sequence[Stream], name: str, *, suspect: bool, limit: int) -> Series:
    """The newest `limit` values of the streams, oldest first; those flagged suspect only on demand."""
    value = value_of(name)
    if not streams or limit <= 0:
        return EMPTY_SERIES
    condition, parameters = selection(streams)
    rows = connection.read(
        f"SELECT phenomenon_ms, {value} AS value, {quality_column(value)} AS quality, device, channel"  # noqa: S608 - our names, bound values
        f" FROM observations{_once(connection)} WHERE {condition} AND {is_shown(name, suspect=suspect)}"
        f" ORDER BY phenomenon_ms DESC, device DESC, channel DESC LIMIT {{limit:UInt64}}",
        {**parameters, "limit": limit},
    )
    return Series(
        phenomenon_ms=numpy_of(rows, "phenomenon_ms", np.int64)[::-1],
        value=numpy_of(rows, "value", np.float64)[::-1],
        quality=numpy_of(rows, "quality", np.uint8)[::-1],
        device=numpy_of(rows, "device", np.object_)[::-1],
        channel=numpy_of(rows, "channel", np.object_)[::-1],
    )


def read_buckets(
    connection: Connection,
    streams: Sequence[Stream],
    name: str,
    *,
    width_ms: int,
    offset_ms: int,
    raw: Sequence[Span] | None = None,
    rulings: Sequence[Ruling] = (),
) -> Buckets:
    """Min, mean, max, sum and count of the streams' good values by bucket.

    raw: whole hours that only the rows themselves tell; all others are read from the roll-up. None: rows only.
    rulings: those on values in the streams, whose hours are among `raw`.
    """
    name = value_of(name)
    if not streams:
        return EMPTY_BUCKETS
    by_hour = raw is not None and width_ms % HOUR_MS == offset_ms % HOUR_MS == 0
    sources, parameters = (
        _from_hours(connection, streams, name, raw or ()) if by_hour else _from_rows(connection, streams, name)
    )
    if rulings:
        sources, parameters = _corrected(sources, parameters, rulings)
    devices = sorted({stream.device for stream in streams})
    if len(devices) == 1:
        contributing = "toUInt64(1)"
    else:
        # numbers are counted faster than names
        contributing = (
            "uniqExact(transform(device, {all_devices:Array(String)}, range(length({all_devices:Array(String)})), 0))"
        )
        parameters["all_devices"] = devices
    rows = connection.read(
        "SELECT time_ms - positiveModulo(time_ms + {offset:Int64}, {width:Int64}) AS start_ms,"  # noqa: S608 - our names, bound values
        " min(low) AS minimum, sum(sum) / sum(number) AS mean, max(high) AS maximum, sum(sum) AS total,"
        f" sum(number) AS count, {contributing} AS devices"
        f" FROM ({' UNION ALL '.join(sources)}) GROUP BY start_ms ORDER BY start_ms",
        {**parameters, "offset": offset_ms, "width": width_ms},
    )
    return Buckets(
        start_ms=numpy_of(rows, "start_ms", np.int64),
        minimum=numpy_of(rows, "minimum", np.float64),
        mean=numpy_of(rows, "mean", np.float64),
        maximum=numpy_of(rows, "maximum", np.float64),
        total=numpy_of(rows, "total", np.float64),
        count=numpy_of(rows, "count", np.int64),
        devices=numpy_of(rows, "devices", np.int64),
    )


def _from_rows(
    connection: Connection, streams: Sequence[Stream], name: str, spans: Sequence[Span] = ()
) -> tuple[list[str], dict[str, Any]]:
    condition, parameters = selection(streams)
    inside = f" AND {within('phenomenon_ms', spans)}" if spans else ""
    rows = (
        f"SELECT phenomenon_ms AS time_ms, assumeNotNull({name}) AS low, low AS high, low AS sum,"  # noqa: S608 - our names, bound values
        f" toUInt64(1) AS number, device FROM observations{_once(connection)}"
        f" WHERE {condition}{inside} AND {is_shown(name, suspect=False)}"
    )
    return [rows], dict(parameters)


def _from_hours(
    connection: Connection, streams: Sequence[Stream], name: str, raw: Sequence[Span]
) -> tuple[list[str], dict[str, Any]]:
    """Hours of the roll-up, and the rows of the spans beside; a stream holds such an hour wholly or not at all."""
    condition, parameters = selection(streams, time="hour_ms")
    outside = f" AND NOT {within('hour_ms', raw)}" if raw else ""
    hours = (
        "SELECT hour_ms AS time_ms, minimum AS low, maximum AS high, total AS sum, toUInt64(count) AS number, device"  # noqa: S608 - our names, bound values
        f" FROM hours FINAL WHERE observed_property = '{name}' AND {condition}{outside} AND count > 0"
    )
    rows = _from_rows(connection, streams, name, raw)[0] if raw else []
    return [hours, *rows], dict(parameters)


def _corrected(
    sources: Sequence[str], parameters: Mapping[str, Any], rulings: Sequence[Ruling]
) -> tuple[list[str], dict[str, Any]]:
    """The sources, whose last is of rows, without the values that were ruled on, and what holds instead."""
    *hours, rows = sources
    measured = f"{rows} AND (device, channel, phenomenon_ms) NOT IN {{ruled:Array(Tuple(String, String, Int64))}}"
    put = (
        "SELECT tupleElement(one, 2) AS time_ms, tupleElement(one, 3) AS low, low AS high, low AS sum,"
        " toUInt64(1) AS number, tupleElement(one, 1) AS device"
        " FROM (SELECT arrayJoin({corrected:Array(Tuple(String, Int64, Float64))}) AS one)"
    )
    return [*hours, measured, put], {
        **parameters,
        "ruled": [(str(c.device), c.channel, c.phenomenon_ms) for c in (r.correction for r in rulings)],
        "corrected": [
            (str(c.device), c.phenomenon_ms, c.value) for c in (r.correction for r in shown(rulings, suspect=False))
        ],
    }


def _once(connection: Connection) -> str:
    """What makes the engine put together the rows of one key.

    Where one process writes, no value of a property is ever in two rows: whatever could be there already is looked up
    before it is inserted. Processes that share a server may race.
    """
    return " FINAL" if connection.location.shared else ""
