"""The latest values asked from the engine, for a start without a kept copy."""

from collections.abc import Collection, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from observations.batch import ObservationBatch
from observations.quality import SUSPECT
from storage.observations.arrivals import selected_columns
from storage.observations.columns import batch_of, numpy_of
from storage.observations.connection import Connection
from storage.observations.latest import DAY_MS
from storage.observations.lookup import KEYS_PER_QUERY, rows_under
from storage.observations.reconcile import Key
from storage.observations.schema import PARTITIONED_FROM_MS, quality_column

SPAN = 2**63
"""(received, phenomenon) in that order, as one number received * SPAN + phenomenon: a maximum of plain numbers is
ten times as fast as one of tuples. A phenomenon time is at most 2^62 either way (`refuse_unstorable`)."""


def newest_batches(
    connection: Connection, properties: Collection[str], devices: Collection[str] | None = None
) -> Iterator[ObservationBatch]:
    """Rows that make a LatestIndex what all rows would make it: the newest of each property, and high-water marks.

    devices: only theirs, where given.
    """
    newest = _newest(connection, properties, devices)
    yield _high_water(newest)
    keys = sorted(_keys(newest, properties))
    for first in range(0, len(keys), KEYS_PER_QUERY):
        rows = rows_under(connection, keys[first : first + KEYS_PER_QUERY], selected_columns(properties))
        yield batch_of(rows, properties)


def _newest(connection: Connection, properties: Collection[str], devices: Collection[str] | None) -> pa.Table:
    """For every device and channel, the phenomenon time of what is newest in each sense; null where nothing is."""
    plausible = f"phenomenon_ms >= {PARTITIONED_FROM_MS} AND phenomenon_ms <= received_ms + {DAY_MS}"
    columns = [f"maxOrNullIf(phenomenon_ms, {plausible}) AS high_water_ms"]
    for name in properties:
        good = f"{name} IS NOT NULL AND bitAnd({quality_column(name)}, {int(SUSPECT)}) = 0"
        arrival = f"toInt128(received_ms) * {SPAN} + phenomenon_ms"
        columns.append(f"maxOrNullIf(phenomenon_ms, {good}) AS {name}_good")
        columns.append(f"toString(maxOrNullIf({arrival}, {name} IS NOT NULL)) AS {name}_arrived")
    chosen = "" if devices is None else "WHERE device IN {devices:Array(String)}"
    return connection.look_up(
        f"SELECT device, channel, {', '.join(columns)} FROM observations {chosen} GROUP BY device, channel",  # noqa: S608 - our names, bound values
        None if devices is None else {"devices": sorted(devices)},
    )


def _keys(newest: pa.Table, properties: Collection[str]) -> set[Key]:
    devices, channels = newest["device"].to_pylist(), newest["channel"].to_pylist()
    keys: set[Key] = set()
    for name in properties:
        good = newest[f"{name}_good"].to_pylist()
        arrived = [
            None if text is None else _phenomenon_of(int(text)) for text in newest[f"{name}_arrived"].to_pylist()
        ]
        for times in (good, arrived):
            keys.update(key for key in zip(devices, channels, times, strict=True) if key[2] is not None)
    return keys


def _phenomenon_of(arrival: int) -> int:
    return (arrival + SPAN // 2) % SPAN - SPAN // 2


def _high_water(newest: pa.Table) -> ObservationBatch:
    plausible = newest.filter(pc.is_valid(newest["high_water_ms"]))
    last_ms = numpy_of(plausible, "high_water_ms", np.int64)
    return ObservationBatch(
        device=plausible["device"].to_pylist(),
        channel=plausible["channel"].to_pylist(),
        phenomenon_ms=last_ms,
        received_ms=last_ms,
        corrected_ms=last_ms,
        values={},
    )
