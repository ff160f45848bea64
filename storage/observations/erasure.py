"""Streams erased: the spans are remembered, then everything of them is removed.

The engine removes by writing the parts that held a value anew without it; the old files leave the disk when
`old_parts_lifetime` has passed (30 s, and the engine's next look), or at the next start.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from observations.model import Stream
from storage.observations.columns import numpy_of
from storage.observations.connection import Connection
from storage.observations.gone import bounds_of
from storage.observations.lookup import KEYS_PER_QUERY
from storage.observations.reconcile import Key
from storage.observations.selection import OPEN_END_MS, OPEN_START_MS, selection

STREAMS_PER_STATEMENT = 500
UNHURRIED = "SETTINGS max_execution_time = 0"
KEYED = "(device, channel, phenomenon_ms) IN {keys:Array(Tuple(String, String, Int64))}"
TABLES = ("corrections", "conflicts", "observations")
"""Rows last: while one is there, a repetition finds what else is left of its key."""

SPAN_COLUMNS = pa.schema(
    [
        ("device", pa.string()),
        ("every_channel", pa.uint8()),
        ("channel", pa.string()),
        ("since_ms", pa.int64()),
        ("until_ms", pa.int64()),
        ("finished", pa.uint8()),
    ]
)


def keep_spans(connection: Connection, spans: Collection[Stream], *, finished: bool) -> None:
    """The spans are remembered, durably; `finished` once nothing of them is left."""
    connection.insert_aside("erasures", span_rows(spans, finished=finished))


def span_rows(spans: Collection[Stream], *, finished: bool) -> pa.Table:
    """The spans as the table holds them."""
    rows = [
        {
            "device": str(span.device),
            "every_channel": int(span.channel is None),
            "channel": span.channel or "",
            "since_ms": since_ms,
            "until_ms": until_ms,
            "finished": int(finished),
        }
        for span in spans
        for since_ms, until_ms in [bounds_of(span)]
    ]
    return pa.Table.from_pylist(rows, schema=SPAN_COLUMNS)


def read_spans(connection: Connection) -> tuple[list[Stream], list[Stream]]:
    """Every span that was ever erased; and those of them whose removal may not be finished."""
    rows = connection.read(f"SELECT {', '.join(SPAN_COLUMNS.names)} FROM erasures FINAL").to_pylist()  # noqa: S608 - our names
    spans = spans_of(rows)
    return spans, [span for span, row in zip(spans, rows, strict=True) if not row["finished"]]


def spans_of(rows: Collection[Mapping[str, Any]]) -> list[Stream]:
    """The spans that rows of `span_rows` tell."""
    return [
        Stream(
            device=row["device"],
            channel=None if row["every_channel"] else row["channel"],
            since_ms=None if row["since_ms"] <= OPEN_START_MS else row["since_ms"],
            until_ms=None if row["until_ms"] >= OPEN_END_MS else row["until_ms"],
        )
        for row in rows
    ]


def wild_keys(connection: Connection, streams: Sequence[Stream]) -> list[Key]:
    """Keys of values that belong to the streams by their corrected time only, because the device's clock was wrong."""
    found: set[Key] = set()
    for some in _chunks(streams):
        condition, parameters = selection(some, time="corrected_ms")
        rows = connection.read(
            "SELECT DISTINCT device, channel, phenomenon_ms FROM observations"  # noqa: S608 - our names, bound values
            f" WHERE {condition} AND phenomenon_ms != corrected_ms {UNHURRIED}",
            parameters,
        )
        keys = zip(
            rows["device"].to_pylist(), rows["channel"].to_pylist(), rows["phenomenon_ms"].to_pylist(), strict=True
        )
        found.update(keys)
    return sorted(found)


def instants(keys: Collection[Key]) -> list[Stream]:
    """A span of one millisecond for each key."""
    return [Stream(device=device, channel=channel, since_ms=ms, until_ms=ms + 1) for device, channel, ms in keys]


def remove(connection: Connection, streams: Sequence[Stream], keys: Sequence[Key], names: Collection[str]) -> int:
    """Nothing of these streams, nor under these keys, is in any table; the values of those properties there were."""
    held = 0
    for condition, parameters in _conditions(streams, keys):
        held += _count(connection, condition, parameters, names)
        for table in TABLES:
            connection.alter(table, f"DELETE WHERE {condition}", parameters)
    return held


def _count(connection: Connection, condition: str, parameters: Mapping[str, Any], names: Collection[str]) -> int:
    counted = " + ".join(f"count({name})" for name in names)
    rows = connection.read(
        f"SELECT {counted} AS held FROM observations FINAL WHERE {condition} {UNHURRIED}",  # noqa: S608 - our names, bound values
        parameters,
    )
    return int(numpy_of(rows, "held", np.int64).sum())


def _conditions(streams: Sequence[Stream], keys: Sequence[Key]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for some in _chunks(streams):
        condition, parameters = selection(some)
        yield condition, parameters
    for first in range(0, len(keys), KEYS_PER_QUERY):
        yield KEYED, {"keys": list(keys[first : first + KEYS_PER_QUERY])}


def _chunks(streams: Sequence[Stream]) -> Iterator[Sequence[Stream]]:
    for first in range(0, len(streams), STREAMS_PER_STATEMENT):
        yield streams[first : first + STREAMS_PER_STATEMENT]
