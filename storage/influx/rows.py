"""Whole rows out of points, and the rows under given keys."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observations.batch import ObservationBatch
from observations.texts import joined
from storage.influx import flux
from storage.influx.answers import MARKS, VALUES, Points, points_of
from storage.influx.connection import Connection
from storage.influx.lines import CORRECTION, DELAY, MARKS_OF_ROW, SEQUENCE, flags_field, suspect_field
from storage.influx.places import (
    FOLD_FROM_NS,
    FOLD_UNTIL_NS,
    NS_PER_MS,
    OBSERVATIONS,
    STRAYS,
    in_place,
)
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
                    values={name: column[row] for name, column in values.items() if column[row] == column[row]},  # noqa: PLR0124 - not NaN
                ),
            )
            for row, key in enumerate(keys)
        }


def rows_under(connection: Connection, keys: Collection[Key], properties: Collection[str]) -> Iterator[Rows]:
    """The rows under these keys (of these properties), and some beside them; each row at most once."""
    for run in _runs(keys):
        devices = sorted({device for device, _, _ in run})
        times = [phenomenon_ms for _, _, phenomenon_ms in run]
        for first in range(0, len(devices), flux.DEVICES_PER_QUERY):
            some = devices[first : first + flux.DEVICES_PER_QUERY]
            yield read_rows(connection, some, properties, first_ms=min(times), last_ms=max(times))


def read_rows(
    connection: Connection, devices: Sequence[str], properties: Collection[str], *, first_ms: int, last_ms: int
) -> Rows:
    """The rows of these devices in [first, last]; both in place, or both astray: then all that stray."""
    placed = bool(in_place(np.array([first_ms]))[0])
    bucket = connection.address.bucket
    points = (
        flux.source(bucket, OBSERVATIONS, since_ns=first_ms * NS_PER_MS, until_ns=(last_ms + 1) * NS_PER_MS)
        if placed
        else flux.source(bucket, STRAYS, since_ns=FOLD_FROM_NS, until_ns=FOLD_UNTIL_NS)
    ) + flux.with_tag("device", devices)
    columns = flux.KEPT if placed else (*flux.KEPT, "turn")
    values = [field for name in properties for field in (name, suspect_field(name))]
    marks = [*MARKS_OF_ROW, *(flags_field(name) for name in properties)]
    found = connection.read(
        f"points = {points}\n"
        f"points{flux.with_fields(values)}{flux.yielded(VALUES, columns=columns)}\n"
        f"points{flux.with_fields(marks)}{flux.yielded(MARKS, columns=columns)}"
    )
    return assembled([points_of(found[name]) for name in (MARKS, VALUES) if name in found], properties)


def assembled(parts: Sequence[Points], properties: Collection[str]) -> Rows:
    """The rows that the points are fields of, in order of device, channel and time."""
    device, channel = joined([p.device for p in parts]), joined([p.channel for p in parts])
    times = np.concatenate([np.empty(0, np.int64), *(p.phenomenon_ms for p in parts)])
    pair = device.codes.astype(np.int64) * max(len(channel.distinct), 1) + channel.codes
    order = np.lexsort((times, pair))
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (np.diff(pair[order]) != 0) | (np.diff(times[order]) != 0)
    row_of_point = np.empty(len(order), np.intp)
    row_of_point[order] = np.cumsum(begins) - 1
    firsts = order[begins]
    columns = _columns(parts, row_of_point, len(firsts))
    phenomenon_ms = times[firsts]
    flags = {name: columns[flags_field(name)].astype(np.uint8) for name in properties if flags_field(name) in columns}
    return Rows(
        batch=ObservationBatch(
            device=device.take(firsts),
            channel=channel.take(firsts),
            phenomenon_ms=phenomenon_ms,
            received_ms=phenomenon_ms + _mark(columns, DELAY, len(firsts)),
            corrected_ms=phenomenon_ms + _mark(columns, CORRECTION, len(firsts)),
            values=_values(columns, properties),
            quality={name: column for name, column in flags.items() if column.any()},
        ),
        sequence=_mark(columns, SEQUENCE, len(firsts)),
    )


def _columns(parts: Sequence[Points], row_of_point: NDArray[np.intp], rows: int) -> dict[str, NDArray[np.generic]]:
    """For each field, its value in every row: NaN or 0 where the row has none."""
    columns: dict[str, NDArray[np.generic]] = {}
    first = 0
    for points in parts:
        own_rows = row_of_point[first : first + len(points.value)]
        first += len(points.value)
        missing = np.nan if points.value.dtype == np.float64 else 0
        for code, field in enumerate(points.field.distinct):
            there = points.field.codes == code
            column = columns.setdefault(field, np.full(rows, missing, points.value.dtype))
            column[own_rows[there]] = points.value[there]
    return columns


def _mark(columns: Mapping[str, NDArray[np.generic]], field: str, rows: int) -> NDArray[np.int64]:
    return columns[field].astype(np.int64) if field in columns else np.zeros(rows, np.int64)


def _values(columns: Mapping[str, NDArray[np.generic]], properties: Collection[str]) -> dict[str, NDArray[np.float64]]:
    values: dict[str, NDArray[np.float64]] = {}
    for name in properties:
        good, suspect = columns.get(name), columns.get(suspect_field(name))
        if good is not None and suspect is not None:
            values[name] = np.where(np.isnan(good.astype(np.float64)), suspect, good).astype(np.float64)
        elif good is not None or suspect is not None:
            values[name] = np.asarray(suspect if good is None else good, np.float64)
    return values


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
