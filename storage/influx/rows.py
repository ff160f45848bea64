"""Whole rows, and the rows under given keys."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from observations.batch import ObservationBatch
from storage.influx import influxql
from storage.influx.answers import phenomenon_ms_of, texts_of
from storage.influx.connection import Connection
from storage.influx.fields import CORRECTION, DELAY, SEQUENCE, flags_field, suspect_field
from storage.influx.places import FOLD_FROM_NS, FOLD_UNTIL_NS, NS_PER_MS, OBSERVATIONS, STRAYS, in_place
from storage.observations.latest import DAY_MS
from storage.observations.reconcile import Held, Key

LONGEST_GAP_MS = 3_600_000
LONGEST_RUN_MS = DAY_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows as they are stored, and the arrival of each: int64[n]."""

    batch: ObservationBatch
    sequence: NDArray[np.int64]

    def by_key(self) -> Mapping[Key, tuple[int, Held]]:
        """Sequence and content by key."""
        batch = self.batch
        keys = zip(batch.device, batch.channel, batch.phenomenon_ms.tolist(), strict=True)
        values = {name: column.tolist() for name, column in batch.values.items()}
        received_ms, corrected_ms = batch.received_ms.tolist(), batch.corrected_ms.tolist()
        sequences = self.sequence.tolist()
        return {
            key: (
                sequences[row],
                Held(
                    received_ms=received_ms[row],
                    corrected_ms=corrected_ms[row],
                    values={name: column[row] for name, column in values.items() if not np.isnan(column[row])},
                ),
            )
            for row, key in enumerate(keys)
        }


def rows_under(connection: Connection, keys: Collection[Key], properties: Collection[str]) -> Iterator[Rows]:
    """The rows under these keys (of these properties), and some beside them; each row at most once."""
    for run in _runs(keys):
        devices = sorted({device for device, _, _ in run})
        times = [phenomenon_ms for _, _, phenomenon_ms in run]
        for first in range(0, len(devices), influxql.DEVICES_PER_QUERY):
            some = devices[first : first + influxql.DEVICES_PER_QUERY]
            yield read_rows(connection, some, properties, first_ms=min(times), last_ms=max(times))


def read_rows(
    connection: Connection, devices: Sequence[str], properties: Collection[str], *, first_ms: int, last_ms: int
) -> Rows:
    """The rows of these devices in [first, last]; both in place, or both astray: then all that stray."""
    placed = bool(in_place(np.array([first_ms]))[0])
    rows = connection.read(
        influxql.select(
            "*",
            OBSERVATIONS if placed else STRAYS,
            since_ns=first_ms * NS_PER_MS if placed else FOLD_FROM_NS,
            until_ns=(last_ms + 1) * NS_PER_MS if placed else FOLD_UNTIL_NS,
            also=influxql.tag_is("device", devices),
        )
    )
    return NO_ROWS if rows is None else rows_of(rows, properties)


def rows_of(table: pa.Table, properties: Collection[str]) -> Rows:
    """The rows of the table, with a column for every property that has a value."""
    phenomenon_ms = phenomenon_ms_of(table)
    values: dict[str, NDArray[np.float64]] = {}
    quality: dict[str, NDArray[np.uint8]] = {}
    for name in properties:
        good, suspect = column_of(table, name, np.nan), column_of(table, suspect_field(name), np.nan)
        merged = np.where(np.isnan(good), suspect, good)
        flags = column_of(table, flags_field(name), 0) + column_of(table, flags_field(suspect_field(name)), 0)
        if not np.isnan(merged).all():
            values[name] = merged
        if flags.any():
            quality[name] = flags.astype(np.uint8)
    return Rows(
        batch=ObservationBatch(
            device=texts_of(table, "device"),
            channel=texts_of(table, "channel"),
            phenomenon_ms=phenomenon_ms,
            received_ms=phenomenon_ms + column_of(table, DELAY, 0),
            corrected_ms=phenomenon_ms + column_of(table, CORRECTION, 0),
            values=values,
            quality=quality,
        ),
        sequence=column_of(table, SEQUENCE, 0),
    )


def column_of(table: pa.Table, name: str, missing: float) -> NDArray[Any]:
    """That column; `missing`, whose type it has, where a row has no value, or no row has."""
    if name not in table.column_names:
        return np.full(table.num_rows, missing)
    return np.asarray(table[name].fill_null(missing).to_numpy())


def _runs(keys: Collection[Key]) -> Iterator[Sequence[Key]]:
    """The keys by time, cut where a query over all of it would read much that was not asked for."""
    ordered = sorted(keys, key=lambda key: key[2])
    times = np.array([phenomenon_ms for _, _, phenomenon_ms in ordered], np.int64)
    placed = in_place(times)
    if not placed.all():  # all that strays lies in one week: one query
        yield [key for key, here in zip(ordered, placed.tolist(), strict=True) if not here]
        ordered = [key for key, here in zip(ordered, placed.tolist(), strict=True) if here]
        times = times[placed]
    begin = 0
    for position in range(1, len(ordered) + 1):
        if position == len(ordered) or (
            times[position] - times[position - 1] > LONGEST_GAP_MS or times[position] - times[begin] > LONGEST_RUN_MS
        ):
            yield ordered[begin:position]
            begin = position


NO_ROWS = Rows(
    batch=ObservationBatch(
        device=[],
        channel=[],
        phenomenon_ms=np.empty(0, np.int64),
        received_ms=np.empty(0, np.int64),
        corrected_ms=np.empty(0, np.int64),
        values={},
    ),
    sequence=np.empty(0, np.int64),
)
