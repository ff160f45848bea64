"""What the engine holds under the keys of some rows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from observations.batch import ObservationBatch
from storage.observations.columns import numpy_of
from storage.observations.connection import Connection
from storage.observations.reconcile import Held, Key, key_of
from storage.observations.schema import TIME_COLUMNS

KEYS_PER_QUERY = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is held, by key, and the last sequence among it (0 where nothing is held)."""

    held: Mapping[Key, Held]
    last_sequence: int


def look_up(connection: Connection, batch: ObservationBatch, rows: NDArray[np.intp]) -> Found:
    """What is held under the keys of those rows, of the properties that the batch has."""
    keys = sorted({key_of(batch, row) for row in rows.tolist()})
    columns = ", ".join(["device", "channel", *TIME_COLUMNS, "sequence", *batch.values])
    held: dict[Key, Held] = {}
    last_sequence = 0
    for first in range(0, len(keys), KEYS_PER_QUERY):
        found = rows_under(connection, keys[first : first + KEYS_PER_QUERY], columns)
        held |= _held_by_key(found, batch.values)
        last_sequence = max([last_sequence, *numpy_of(found, "sequence", np.int64).tolist()])
    return Found(held=held, last_sequence=last_sequence)


def rows_under(connection: Connection, keys: Collection[Key], columns: str) -> pa.Table:
    """Those columns of the rows under these keys, each row whole; at most `KEYS_PER_QUERY` keys, at least one."""
    times = [phenomenon_ms for _, _, phenomenon_ms in keys]
    return connection.look_up(
        f"SELECT {columns} FROM observations FINAL WHERE device IN {{devices:Array(String)}}"  # noqa: S608 - our names, bound values
        " AND phenomenon_ms >= {first:Int64} AND phenomenon_ms <= {last:Int64}"
        " AND (device, channel, phenomenon_ms) IN {keys:Array(Tuple(String, String, Int64))}",
        {
            "keys": list(keys),
            "devices": sorted({device for device, _, _ in keys}),
            "first": min(times),
            "last": max(times),
        },
    )


def _held_by_key(found: pa.Table, properties: Collection[str]) -> dict[Key, Held]:
    columns = {name: found[name].to_pylist() for name in found.column_names}
    keys = zip(columns["device"], columns["channel"], columns["phenomenon_ms"], strict=True)
    return {
        key: Held(
            received_ms=columns["received_ms"][row],
            corrected_ms=columns["corrected_ms"][row],
            values={name: columns[name][row] for name in properties if columns[name][row] is not None},
        )
        for row, key in enumerate(keys)
    }
