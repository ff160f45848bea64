"""The tables read out in pieces that fit in memory."""

from collections.abc import Collection, Iterator

import numpy as np
import pyarrow as pa

from storage.observations.arrivals import selected_columns
from storage.observations.columns import numpy_of
from storage.observations.conflicts import COLUMNS
from storage.observations.connection import Connection
from storage.observations.schema import PARTITION

ROWS_PER_PIECE = 1_000_000
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


def export_conflicts(connection: Connection) -> pa.Table:
    """Every conflict once."""
    return connection.read(f"SELECT {', '.join(COLUMNS.names)} FROM conflicts FINAL {UNHURRIED}")  # noqa: S608 - our names, bound values
