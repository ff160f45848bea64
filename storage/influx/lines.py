"""Line protocol out of columns: no value becomes a Python object on its way."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from observations.batch import ObservationBatch
from observations.errors import BatchRefusedError
from observations.model import Conflict
from observations.quality import SUSPECT
from observations.texts import TextColumn, numbered_pairs
from storage.influx.fields import CORRECTION, DELAY, SEQUENCE, flags_field, suspect_field
from storage.influx.places import ARRIVALS, CONFLICTS, OBSERVATIONS, STRAYS, fold, in_place
from storage.influx.tags import tag_of
from storage.observations.conflicts import conflict_rows

Precision = Literal["ms", "ns"]

ROWS_PER_WRITE = 20_000
"""A request of some megabytes: as fast as larger ones, and the server's memory stays small."""


def refuse_unwritable(batch: ObservationBatch) -> None:
    """Every name and value of the batch can be written; raises BatchRefusedError that says which cannot."""
    for text in (*TextColumn.of(batch.device).distinct, *TextColumn.of(batch.channel).distinct):
        tag_of(text)
    for name, column in batch.values.items():
        wrong = np.flatnonzero(np.isinf(column))
        if wrong.size:
            row = int(wrong[0])
            msg = f"{name} of row {row} (device {batch.device[row]}) is {column[row]}: InfluxDB holds no infinity"
            raise BatchRefusedError(msg)


def row_lines(batch: ObservationBatch, sequence: NDArray[np.int64]) -> Iterator[tuple[bytes, Precision]]:
    """The batch as requests (lines, precision): what is in place, then what strays. Every row holds a value.

    sequence: the arrival of each row.
    """
    placed = in_place(batch.phenomenon_ms)
    for first in range(0, len(batch), ROWS_PER_WRITE):
        rows = np.arange(first, min(first + ROWS_PER_WRITE, len(batch)))
        here, astray = rows[placed[rows]], rows[~placed[rows]]
        if here.size:
            part = batch if here.size == len(batch) else batch.take(here)
            yield _bytes(_lines(OBSERVATIONS, part, sequence[here], _text(part.phenomenon_ms))), "ms"
        if astray.size:
            part = batch.take(astray)
            folded = fold(part.phenomenon_ms)
            yield (
                _bytes(_lines(STRAYS, part, sequence[astray], _text(folded.time_ns), turn=folded.turn)),
                "ns",
            )


def arrival_lines(writer: str, arrivals: Iterable[tuple[int, str, str | int]]) -> bytes:
    """A point for each (sequence, field, value) of that writer's arrivals, to be written in milliseconds."""
    name = f"{ARRIVALS},writer={tag_of(writer)}"
    return "\n".join(
        f'{name} {field}="{value}" {sequence}' if isinstance(value, str) else f"{name} {field}={value}i {sequence}"
        for sequence, field, value in arrivals
    ).encode()


def conflict_lines(conflicts: Sequence[Conflict]) -> bytes:
    """A point for each conflict, to be written in nanoseconds; the same conflict is always the same point."""
    rows = conflict_rows(conflicts)
    folded = fold(rows["phenomenon_ms"].to_numpy())
    return "\n".join(
        f"{CONFLICTS},device={tag_of(conflict.device)},channel={tag_of(conflict.channel)}"
        f",observed_property={conflict.observed_property},refused={conflict.refused_value!r},turn={turn}"
        f" received_ms={received_ms}i,stored={conflict.stored_value!r} {time_ns}"
        for conflict, received_ms, turn, time_ns in zip(
            conflicts, rows["received_ms"].to_pylist(), folded.turn.tolist(), folded.time_ns.tolist(), strict=True
        )
    ).encode()


def _lines(
    measurement: str,
    batch: ObservationBatch,
    sequence: NDArray[np.int64],
    times: pa.Array,
    *,
    turn: NDArray[np.int64] | None = None,
) -> pa.Array:
    pairs, numbers = numbered_pairs(batch.device, batch.channel)
    series = pa.array([f"{measurement},device={tag_of(device)},channel={tag_of(channel)}" for device, channel in pairs])
    names = series.take(pa.array(numbers))
    if turn is not None:
        names = _join(names, ",turn=", _text(turn))
    fields = [field for name in batch.values for field in _value_fields(batch, name)]
    fields += [
        _integers(DELAY, batch.received_ms - batch.phenomenon_ms),
        _integers(CORRECTION, batch.corrected_ms - batch.phenomenon_ms),
        _integers(SEQUENCE, sequence),
    ]
    joined = pc.binary_join_element_wise(*fields, ",", null_handling="skip")
    return _join(names, " ", joined, " ", times, "\n")


def _value_fields(batch: ObservationBatch, name: str) -> Iterator[pa.Array]:
    values = batch.values[name]
    missing = np.isnan(values)
    flags = np.where(missing, np.uint8(0), batch.quality.get(name, np.uint8(0)))
    suspect = (flags & int(SUSPECT)) != 0
    if not (missing | suspect).all():
        yield _floats(name, values, missing | suspect)
    if suspect.any():
        yield _floats(suspect_field(name), values, ~suspect)
        yield _integers(flags_field(suspect_field(name)), flags.astype(np.int64), ~suspect)
    if (flags[~suspect] != 0).any():
        yield _integers(flags_field(name), flags.astype(np.int64), suspect | (flags == 0))


def _floats(field: str, values: NDArray[np.float64], without: NDArray[np.bool_]) -> pa.Array:
    return _join(f"{field}=", _text(values, without))


def _integers(field: str, values: NDArray[np.int64], without: NDArray[np.bool_] | None = None) -> pa.Array:
    return _join(f"{field}=", _text(values, without), "i")


def _text(values: NDArray[np.generic], without: NDArray[np.bool_] | None = None) -> pa.Array:
    return pc.cast(pa.array(values, mask=without), pa.string())


def _join(*parts: pa.Array | str) -> pa.Array:
    """The parts one after the other, row by row; null where one is."""
    return pc.binary_join_element_wise(*parts, "")


def _bytes(lines: pa.Array) -> bytes:
    """All rows, each ending with a new line, as one text."""
    _, offsets, data = lines.buffers()
    if data is None:
        return b""
    borders = np.frombuffer(offsets, np.int32)
    first, last = int(borders[lines.offset]), int(borders[lines.offset + len(lines)])
    return bytes(data[first:last])
