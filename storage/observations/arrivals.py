"""Reading the store in order of arrival: what each writer inserted after a given sequence."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from observations.batch import ObservationBatch, concatenate
from observations.model import Cursor
from storage.observations.columns import batch_of, numpy_of
from storage.observations.connection import Connection
from storage.observations.schema import KEY_COLUMNS, TIME_COLUMNS, quality_column

FIRST_WINDOW = 64
WIDER = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The inserts of one writer with after < sequence <= until: how many rows, and their range of phenomenon time."""

    writer: str
    after: int
    until: int
    rows: int
    first_ms: int
    last_ms: int


def page_since(
    connection: Connection, cursor: Cursor, head: Cursor, *, properties: Collection[str], limit: int
) -> tuple[ObservationBatch, Cursor]:
    """About `limit` rows after `cursor` up to `head`, whole inserts only, one writer after the other."""
    reached = dict(cursor)
    pages: list[ObservationBatch] = []
    rows = 0
    for writer in sorted(head):
        while rows < limit and reached.get(writer, 0) < head[writer]:
            window = _window(connection, writer, reached.get(writer, 0), head[writer], limit - rows)
            if window.rows:
                pages.append(batch_of(_rows(connection, window, properties), properties))
                rows += len(pages[-1])
            reached[writer] = window.until
    return concatenate(pages), reached


def _window(connection: Connection, writer: str, after: int, head: int, limit: int) -> Window:
    """The next inserts that hold at least `limit` rows together, or all up to the head."""
    span = FIRST_WINDOW
    while True:
        until = min(after + span, head)
        inserts = connection.follow(
            "SELECT sequence, count() AS rows, min(phenomenon_ms) AS first_ms, max(phenomenon_ms) AS last_ms"
            " FROM observations"
            " WHERE writer = {writer:String} AND sequence > {after:UInt64} AND sequence <= {until:UInt64}"
            " GROUP BY sequence ORDER BY sequence",
            {"writer": writer, "after": after, "until": until},
        )
        counts = np.cumsum(numpy_of(inserts, "rows", np.int64))
        enough = int(np.searchsorted(counts, limit))
        if enough < len(counts) or until == head:
            return _cut(inserts, enough, writer=writer, after=after, until=until)
        span *= WIDER


def _cut(inserts: pa.Table, enough: int, *, writer: str, after: int, until: int) -> Window:
    taken = inserts.slice(0, enough + 1)
    if taken.num_rows == 0:
        return Window(writer=writer, after=after, until=until, rows=0, first_ms=0, last_ms=0)
    last = int(numpy_of(taken, "sequence", np.int64)[-1]) if enough < inserts.num_rows else until
    return Window(
        writer=writer,
        after=after,
        until=last,
        rows=int(numpy_of(taken, "rows", np.int64).sum()),
        first_ms=int(numpy_of(taken, "first_ms", np.int64).min()),
        last_ms=int(numpy_of(taken, "last_ms", np.int64).max()),
    )


def _rows(connection: Connection, window: Window, properties: Collection[str]) -> pa.Table:
    """The rows of the window, each whole and once.

    The keys are found by sequence alone; FINAL then assembles each row from all its parts. A row that gained a
    property after the window has a later sequence now and is left for that page.
    """
    inside = "writer = {writer:String} AND sequence > {after:UInt64} AND sequence <= {until:UInt64}"
    keys = ", ".join(KEY_COLUMNS)
    return connection.follow(
        f"SELECT {selected_columns(properties)} FROM observations FINAL"  # noqa: S608 - our names, bound values
        " WHERE phenomenon_ms >= {first_ms:Int64} AND phenomenon_ms <= {last_ms:Int64}"
        f" AND ({keys}) IN (SELECT {keys} FROM observations WHERE {inside}) AND {inside}"
        f" ORDER BY sequence, {keys} SETTINGS use_skip_indexes_if_final = 0",
        {
            "writer": window.writer,
            "after": window.after,
            "until": window.until,
            "first_ms": window.first_ms,
            "last_ms": window.last_ms,
        },
    )


def selected_columns(properties: Collection[str]) -> str:
    """Key, times, values and flags, as a select list."""
    values = [column for name in properties for column in (name, quality_column(name))]
    return ", ".join(["device", "channel", *TIME_COLUMNS, *values])


def heads(connection: Connection, known: Mapping[str, int]) -> dict[str, int]:
    """The last sequence of every writer that inserted anything, looked for only beyond what is known of it.

    A sequence whose rows were all removed counts: what is inserted next must still be news to everyone.
    """
    writers = connection.follow("SELECT DISTINCT writer FROM writers ORDER BY writer")["writer"].to_pylist()
    kept = connection.follow("SELECT writer, max(sequence) AS sequence FROM sequences GROUP BY writer")
    reached = dict(zip(kept["writer"].to_pylist(), kept["sequence"].to_pylist(), strict=True))
    found = {writer: _head(connection, writer, max(known.get(writer, 0), reached.get(writer, 0))) for writer in writers}
    return {writer: sequence for writer, sequence in found.items() if sequence}


def _head(connection: Connection, writer: str, known: int) -> int:
    rows = connection.follow(
        "SELECT max(sequence) AS sequence FROM observations"
        " WHERE writer = {writer:String} AND sequence > {known:UInt64}",
        {"writer": writer, "known": known},
    )
    return max(known, int(rows["sequence"][0].as_py()))


def keep_heads(connection: Connection, head: Cursor) -> None:
    """These sequences stay reached, whatever rows are removed."""
    if head:
        rows = pa.table({"writer": list(head), "sequence": pa.array(list(head.values()), pa.uint64())})
        connection.insert_aside("sequences", rows)
