"""Hours whose raw values have expired: sums that stay, in a measurement of their own."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np
import pyarrow as pa

from observations.texts import TextColumn
from storage.influx import influxql
from storage.influx.answers import phenomenon_ms_of, texts_of
from storage.influx.buckets import hour_windows
from storage.influx.connection import Connection
from storage.influx.pieces import Piece
from storage.influx.places import FIRST_MS, HOURS, NS_PER_MS, UNTIL_MS
from storage.influx.tags import tag_of
from storage.observations.latest import DAY_MS
from storage.observations.retention import HOURS as HOUR_COLUMNS
from storage.observations.retention import HourOf
from storage.observations.touched import HOUR_MS

ROWS_PER_WRITE = 20_000
QUARTER_MS = 90 * DAY_MS


def write_hours(connection: Connection, name: str, *, since_ms: int, until_ms: int) -> None:
    """Every hour of [since, until) that has good values of that property is kept, as devices said them; a day a time.

    What an interrupted attempt left there is gone.
    """
    tags = {"observed_property": name}
    connection.delete(HOURS, since_ns=since_ms * NS_PER_MS, until_ns=until_ms * NS_PER_MS, tags=tags)
    for first in range(since_ms, until_ms, DAY_MS):
        for device, channel, sums in hour_windows(
            connection, name, since_ms=first, until_ms=min(first + DAY_MS, until_ms)
        ):
            rows = zip(
                device,
                channel,
                sums.phenomenon_ms.tolist(),
                sums.minimum.tolist(),
                sums.maximum.tolist(),
                sums.total.tolist(),
                sums.count.tolist(),
                strict=True,
            )
            _write(connection, [_line(of, on, name, *figures) for of, on, *figures in rows])


def correct_hours(connection: Connection, hours: Collection[HourOf]) -> None:
    """These hours tell so, whatever they told before."""
    _write(
        connection,
        [
            _line(
                hour.device,
                hour.channel,
                hour.observed_property,
                hour.hour_ms,
                min(hour.values),
                max(hour.values),
                sum(hour.values),
                len(hour.values),
            )
            for hour in hours
            if hour.values
        ],
    )
    for hour in hours:
        if not hour.values:
            connection.delete(
                HOURS,
                since_ns=hour.hour_ms * NS_PER_MS,
                until_ns=hour.hour_ms * NS_PER_MS + 1,
                tags={"device": hour.device, "channel": hour.channel, "observed_property": hour.observed_property},
            )


def erase_hours(connection: Connection, pieces: Sequence[Piece]) -> None:
    """No hour that overlaps with the pieces is told: what is left of a broken one cannot be told apart."""
    for piece in pieces:
        tags = {} if piece.channel is None else {"channel": piece.channel}
        for device in piece.devices:
            connection.delete(
                HOURS,
                since_ns=(piece.since_ms - piece.since_ms % HOUR_MS) * NS_PER_MS,
                until_ns=piece.until_ms * NS_PER_MS,
                tags={"device": device, **tags},
            )


def hour_tables(connection: Connection) -> Iterator[pa.Table]:
    """Every hour that is kept, as a copy of a store holds them, in pieces that fit in memory."""
    for first in range(FIRST_MS, UNTIL_MS, QUARTER_MS):
        table = connection.read(
            influxql.select(
                '"minimum" AS "min", "maximum" AS "max", "total" AS "sum", "number" AS "count",'
                ' "observed_property", "device", "channel"',
                HOURS,
                since_ns=first * NS_PER_MS,
                until_ns=min(first + QUARTER_MS, UNTIL_MS) * NS_PER_MS,
            )
        )
        if table is not None:
            columns = {
                "observed_property": table["observed_property"].cast(pa.string()),
                "device": _plain(texts_of(table, "device")),
                "channel": _plain(texts_of(table, "channel")),
                "hour_ms": pa.array(phenomenon_ms_of(table)),
                "minimum": table["min"],
                "maximum": table["max"],
                "total": table["sum"],
                "count": table["count"].cast(pa.uint32()),
            }
            yield pa.table(columns, schema=HOUR_COLUMNS)


def _plain(texts: TextColumn) -> pa.Array:
    return pa.array(np.asarray(texts, np.object_), pa.string())


def _write(connection: Connection, lines: Sequence[str]) -> None:
    for first in range(0, len(lines), ROWS_PER_WRITE):
        connection.write("\n".join(lines[first : first + ROWS_PER_WRITE]).encode(), precision="ms")


def _line(
    device: str, channel: str, name: str, hour_ms: int, minimum: float, maximum: float, total: float, count: int
) -> str:
    return (
        f"{HOURS},device={tag_of(device)},channel={tag_of(channel)},observed_property={name}"
        f" minimum={minimum!r},maximum={maximum!r},total={total!r},number={count}i {hour_ms}"
    )
