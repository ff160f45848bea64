"""The tables read out in pieces that fit in memory."""

from collections.abc import Collection, Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from observations.batch import ObservationBatch
from observations.model import Stream
from storage.observations.arrivals import selected_columns
from storage.observations.columns import batch_of, numpy_of
from storage.observations.conflicts import COLUMNS
from storage.observations.connection import Connection
from storage.observations.corrections import Rulings
from storage.observations.overlay import corrected_batch
from storage.observations.retention import read_expiries
from storage.observations.schema import PARTITION
from storage.observations.selection import OPEN_START_MS, selection

ROWS_PER_PIECE = 1_000_000
ROWS_PER_PAGE = 50_000
FURTHER_TABLES = ("corrections", "erasures", "expiries", "sequences")
EXPIRED_HOURS = "observed_property = {name:String} AND hour_ms < {before:Int64} AND count > 0"
UNHURRIED = "SETTINGS max_execution_time = 0"


def export_observations(connection: Connection, properties: Collection[str]) -> Iterator[pa.Table]:
    """Every row once, whole, with writer and sequence: a partition at a time, a large one in pieces by device."""
    sizes = connection.read(
        f"SELECT {PARTITION} AS week, count() AS rows FROM observations GROUP BY week ORDER BY week"  # noqa: S608 - our names, bound values
    )
    weeks, rows = numpy_of(sizes, "week", np.int64).tolist(), numpy_of(sizes, "rows", np.int64).tolist()
    for week, count in zip(weeks, rows, strict=True):
        pieces = -(-count // ROWS_PER_PIECE)
        for piece in range(pieces):
            yield connection.read(
                f"SELECT {selected_columns(properties)}, writer, sequence FROM observations FINAL"  # noqa: S608 - our names, bound values
                f" WHERE {PARTITION} = {{week:Int64}}"
                " AND cityHash64(device) % {pieces:UInt32} = {piece:UInt32}"
                f" ORDER BY device, channel, phenomenon_ms {UNHURRIED}",
                {"week": week, "pieces": pieces, "piece": piece},
            )


def export_tables(connection: Connection) -> Iterator[tuple[str, pa.Table]]:
    """Every row of the further tables once, in pieces, each with the name of its table.

    Of hourly aggregates only those whose rows have expired: the others are computed anew.
    """
    for table in FURTHER_TABLES:
        yield table, connection.read(f"SELECT * FROM {table} FINAL {UNHURRIED}")  # noqa: S608 - our names
    marks = {name: mark.dropped_before_ms for name, mark in read_expiries(connection).items() if mark.dropped_before_ms}
    for name, before_ms in marks.items():
        bound = {"name": name, "before": before_ms}
        (size,) = connection.read(f"SELECT count() AS rows FROM hours WHERE {EXPIRED_HOURS}", bound).to_pylist()  # noqa: S608 - ours
        pieces = max(1, -(-size["rows"] // ROWS_PER_PIECE))
        for piece in range(pieces):
            yield (
                "hours",
                connection.read(
                    f"SELECT * FROM hours FINAL WHERE {EXPIRED_HOURS}"  # noqa: S608 - our names, bound values
                    f" AND cityHash64(device) % {{pieces:UInt32}} = {{piece:UInt32}} {UNHURRIED}",
                    {**bound, "pieces": pieces, "piece": piece},
                ),
            )


def export_pages(
    connection: Connection, properties: Collection[str], streams: Sequence[Stream] | None, rulings: Rulings
) -> Iterator[ObservationBatch]:
    """Whole rows of the streams or of all, as corrected, by device, channel and time, `ROWS_PER_PAGE` at most a page.

    Devices go together until they fill a page; one that has more is read a page at a time. What is appended meanwhile
    may be there or not. A row that holds no value (withdrawn, or expired) is left out.
    """
    condition, parameters = ("1", {}) if streams is None else selection(streams or [Stream(device="")])
    sizes = connection.read(
        f"SELECT device, count() AS rows FROM observations WHERE {condition}"  # noqa: S608 - our names, bound values
        f" GROUP BY device ORDER BY device {UNHURRIED}",
        parameters,
    )
    counts = zip(sizes["device"].to_pylist(), sizes["rows"].to_pylist(), strict=True)
    for first, last in _groups(counts):
        after: tuple[str, str, int] = (first, "", OPEN_START_MS)
        while True:
            rows = connection.read(
                f"SELECT {selected_columns(properties)} FROM observations FINAL"  # noqa: S608 - our names, bound values
                f" WHERE {condition} AND device >= {{first:String}} AND device <= {{last:String}}"
                " AND (device, channel, phenomenon_ms)"
                " > ({after_device:String}, {after_channel:String}, {after_ms:Int64})"
                f" ORDER BY device, channel, phenomenon_ms LIMIT {ROWS_PER_PAGE} {UNHURRIED}",
                {**parameters, "first": first, "last": last}
                | dict(zip(("after_device", "after_channel", "after_ms"), after, strict=True)),
            )
            if rows.num_rows:
                yield from with_values(corrected_batch(batch_of(rows, properties), rulings))
                end = rows.slice(rows.num_rows - 1).to_pylist()[0]
                after = end["device"], end["channel"], end["phenomenon_ms"]
            if rows.num_rows < ROWS_PER_PAGE:
                break


def with_values(batch: ObservationBatch) -> Iterator[ObservationBatch]:
    """The rows that hold a value, where there are any."""
    held = np.zeros(len(batch), np.bool_)
    for column in batch.values.values():
        held |= ~np.isnan(column)
    if held.any():
        yield batch if held.all() else batch.take(held)


def _groups(counts: Iterable[tuple[str, int]]) -> Iterator[tuple[str, str]]:
    """First and last device of runs that hold a page together."""
    first, last, held = "", "", 0
    for device, rows in counts:
        if held and held + rows > ROWS_PER_PAGE:
            yield first, last
            held = 0
        first, last, held = device if not held else first, device, held + rows
    if held:
        yield first, last


def export_conflicts(connection: Connection) -> pa.Table:
    """Every conflict once."""
    return connection.read(f"SELECT {', '.join(COLUMNS.names)} FROM conflicts FINAL {UNHURRIED}")  # noqa: S608 - our names, bound values
