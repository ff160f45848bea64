"""The latest values asked from the engine, for a start without a kept copy."""

from collections.abc import Collection, Iterator

import numpy as np

from observations.batch import ObservationBatch
from observations.quality import SUSPECT
from storage.observations.columns import numpy_of
from storage.observations.connection import Connection
from storage.observations.latest import DAY_MS
from storage.observations.schema import PARTITIONED_FROM_MS, quality_column

BY_TIME = "phenomenon_ms"
BY_ARRIVAL = "(received_ms, phenomenon_ms)"


def newest_batches(connection: Connection, properties: Collection[str]) -> Iterator[ObservationBatch]:
    """Rows that make a LatestIndex what all rows would make it: the newest of each property, and the high-water mark.

    Reads a property at a time, so that memory holds one row a device; takes seconds for tens of millions of rows.
    """
    yield _high_water(connection)
    for name in properties:
        good = f"bitAnd({quality_column(name)}, {int(SUSPECT)}) = 0"
        yield _newest(connection, name, f"{name} IS NOT NULL AND {good}", BY_TIME)
        yield _newest(connection, name, f"{name} IS NOT NULL", BY_ARRIVAL)


def _newest(connection: Connection, name: str, condition: str, order: str) -> ObservationBatch:
    flags = quality_column(name)
    chosen = ("phenomenon_ms", "received_ms", "corrected_ms", name, flags)
    columns = ", ".join(f"argMax({column}, {order}) AS {column}" for column in chosen)
    rows = connection.look_up(
        f"SELECT device, channel, {columns} FROM observations FINAL WHERE {condition} GROUP BY device, channel"  # noqa: S608 - names are ours, values bound
    )
    return ObservationBatch(
        device=rows["device"].to_pylist(),
        channel=rows["channel"].to_pylist(),
        phenomenon_ms=numpy_of(rows, "phenomenon_ms", np.int64),
        received_ms=numpy_of(rows, "received_ms", np.int64),
        corrected_ms=numpy_of(rows, "corrected_ms", np.int64),
        values={name: numpy_of(rows, name, np.float64)},
        quality={name: numpy_of(rows, flags, np.uint8)},
    )


def _high_water(connection: Connection) -> ObservationBatch:
    rows = connection.look_up(
        "SELECT device, channel, max(phenomenon_ms) AS last_ms FROM observations FINAL"  # noqa: S608 - names are ours, values bound
        f" WHERE phenomenon_ms >= {PARTITIONED_FROM_MS} AND phenomenon_ms <= received_ms + {DAY_MS}"
        " GROUP BY device, channel"
    )
    last_ms = numpy_of(rows, "last_ms", np.int64)
    return ObservationBatch(
        device=rows["device"].to_pylist(),
        channel=rows["channel"].to_pylist(),
        phenomenon_ms=last_ms,
        received_ms=last_ms,
        corrected_ms=last_ms,
        values={},
    )
