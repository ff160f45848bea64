"""Series and buckets out of the engine."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from observations.model import Buckets, Series, Stream
from observations.properties import observed_property
from observations.quality import SUSPECT
from storage.observations.columns import numpy_of
from storage.observations.connection import Connection
from storage.observations.corrections import Ruling
from storage.observations.overlay import shown
from storage.observations.schema import quality_column
from storage.observations.selection import selection

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
    if not streams or limit <= 0:
        return EMPTY_SERIES
    condition, parameters = selection(streams)
    rows = connection.read(
        f"SELECT phenomenon_ms, {_value(name)} AS value, {quality_column(name)} AS quality,"  # noqa: S608 - our names, bound values
        f" device, channel FROM observations FINAL WHERE {condition} AND {_shown(name, suspect=suspect)}"
        " ORDER BY phenomenon_ms DESC, device DESC, channel DESC LIMIT {limit:UInt64}",
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
    rulings: Sequence[Ruling] = (),
) -> Buckets:
    """Min, mean, max, sum and count of the streams' good values by bucket; `rulings`: those within the streams."""
    if not streams:
        return EMPTY_BUCKETS
    source, parameters = good_values(streams, name, rulings)
    rows = connection.read(
        "SELECT phenomenon_ms - positiveModulo(phenomenon_ms + {offset:Int64}, {width:Int64}) AS start_ms,"  # noqa: S608 - our names, bound values
        " min(value) AS minimum, avg(value) AS mean, max(value) AS maximum, sum(value) AS total,"
        " count() AS count, uniqExact(device) AS devices"
        f" FROM ({source}) GROUP BY start_ms ORDER BY start_ms",
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


def good_values(streams: Sequence[Stream], name: str, rulings: Sequence[Ruling]) -> tuple[str, Mapping[str, Any]]:
    """A SELECT of device, phenomenon_ms and value of the good values in force, and its parameters."""
    condition, parameters = selection(streams)
    measured = (
        f"SELECT device, phenomenon_ms, assumeNotNull({_value(name)}) AS value"  # noqa: S608 - our names, bound values
        f" FROM observations FINAL WHERE {condition} AND {_shown(name, suspect=False)}"
    )
    if not rulings:
        return measured, parameters
    said = [ruling.correction for ruling in rulings]
    put = [ruling.correction for ruling in shown(rulings, suspect=False)]
    source = (
        f"{measured} AND (device, channel, phenomenon_ms) NOT IN {{ruled:Array(Tuple(String, String, Int64))}}"  # noqa: S608 - our names, bound values
        " UNION ALL SELECT tupleElement(one, 1), tupleElement(one, 2), tupleElement(one, 3)"
        " FROM (SELECT arrayJoin({corrected:Array(Tuple(String, Int64, Float64))}) AS one)"
    )
    return (
        source,
        {
            **parameters,
            "ruled": [(str(c.device), c.channel, c.phenomenon_ms) for c in said],
            "corrected": [(str(c.device), c.phenomenon_ms, c.value) for c in put],
        },
    )


def _value(name: str) -> str:
    # Only a name out of the table of properties ever becomes part of a statement.
    return observed_property(name).name


def _shown(name: str, *, suspect: bool) -> str:
    present = f"{_value(name)} IS NOT NULL"
    return present if suspect else f"{present} AND bitAnd({quality_column(_value(name))}, {int(SUSPECT)}) = 0"
