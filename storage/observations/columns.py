"""Batches as Arrow tables and back, so that no value on its way becomes a Python object."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from observations.batch import ObservationBatch
from observations.errors import BatchRefusedError
from observations.texts import TextColumn
from storage.observations.schema import ELSEWHERE, TIME_COLUMNS, exact_column, quality_column, scaled_column

LAST_DATE_MS = 253_402_300_799_999  # 9999-12-31, the last a datetime can hold
FIRST_DATE_MS = -62_135_596_800_000  # 0001-01-01
FARTHEST_MS = 2**62  # 146 million years: bucket arithmetic on it does not overflow 64 bits


def refuse_unstorable(batch: ObservationBatch) -> None:
    """The batch's texts and times can be kept and shown; raises BatchRefusedError that names what cannot.

    The time as sent may be almost anything: devices say 1970, 2999, or microseconds where milliseconds are meant.
    """
    try:
        for texts in (batch.device, batch.channel):
            pa.array(TextColumn.of(texts).distinct, pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeError) as error:
        msg = f"a device or channel of the batch is no text that can be stored: {error}"
        raise BatchRefusedError(msg) from error
    limits = {
        "phenomenon_ms": (batch.phenomenon_ms, -FARTHEST_MS, FARTHEST_MS),
        "received_ms": (batch.received_ms, FIRST_DATE_MS, LAST_DATE_MS),
        "corrected_ms": (batch.corrected_ms, FIRST_DATE_MS, LAST_DATE_MS),
    }
    for name, (column, low, high) in limits.items():
        wrong = np.flatnonzero((column < low) | (column > high))
        if wrong.size:
            row = int(wrong[0])
            msg = f"{name} of row {row} (device {batch.device[row]}) is {column[row]}: not between {low} and {high}"
            raise BatchRefusedError(msg)


def arrow_of(batch: ObservationBatch) -> pa.Table:
    """Key, times, and the columns that have a value or a flag; NaN is null, and no flag stands without its value."""
    columns: dict[str, Any] = {
        "device": _dictionary(batch.device),
        "channel": _dictionary(batch.channel),
    }
    columns |= {name: pa.array(getattr(batch, name)) for name in TIME_COLUMNS}
    for name, values in batch.values.items():
        missing = np.isnan(values)
        if missing.all():
            continue
        columns[name] = pa.array(values, mask=missing)
        flags = np.where(missing, np.uint8(0), batch.quality.get(name, np.uint8(0)))
        if flags.any():
            columns[quality_column(name)] = pa.array(flags)
    return pa.table(columns)


def _dictionary(texts: Sequence[str]) -> pa.DictionaryArray:
    column = TextColumn.of(texts)
    return pa.DictionaryArray.from_arrays(column.codes, pa.array(column.distinct, pa.string()))


def stored_form(rows: pa.Table, decimals: Mapping[str, int]) -> pa.Table:
    """The rows as the table keeps them: times as distances from the time as sent, values as scaled integers.

    decimals: by how many each property is scaled in the table.
    """
    for time, distance in {"received_ms": "delay_ms", "corrected_ms": "correction_ms"}.items():
        rows = rows.append_column(distance, pc.subtract(rows[time], rows["phenomenon_ms"]))
    columns = {name: rows[name] for name in rows.column_names if name not in {"received_ms", "corrected_ms"}}
    for name in decimals.keys() & columns.keys():
        values = columns.pop(name).to_numpy()
        columns |= _scaled(name, np.asarray(values, np.float64), decimals[name])
    return pa.table(columns)


def _scaled(name: str, values: NDArray[np.float64], decimals: int) -> dict[str, pa.Array]:
    """The scaled column, and the exact one where the scaled one does not give every value back to the last bit."""
    missing = np.isnan(values)
    with np.errstate(over="ignore", invalid="ignore"):
        steps = np.rint(values * 10.0**decimals) + 0.0  # an integer has no -0
        again = steps / 10.0**decimals
        same = (again.view(np.int64) == values.view(np.int64)) & (np.abs(steps) < -ELSEWHERE)
    scaled = np.where(same, steps, ELSEWHERE).astype(np.int32)
    columns = {scaled_column(name, decimals): pa.array(scaled, mask=missing)}
    elsewhere = ~(same | missing)
    if elsewhere.any():
        columns[exact_column(name)] = pa.array(values, mask=~elsewhere)
    return columns


def batch_of(rows: pa.Table, properties: Collection[str]) -> ObservationBatch:
    """The batch that the rows hold, with a column for every property that has a value."""
    present = [name for name in properties if rows[name].null_count < len(rows)]
    flags = {name: numpy_of(rows, quality_column(name), np.uint8) for name in present}
    return ObservationBatch(
        device=TextColumn.of(rows["device"].to_pylist()),
        channel=TextColumn.of(rows["channel"].to_pylist()),
        phenomenon_ms=numpy_of(rows, "phenomenon_ms", np.int64),
        received_ms=numpy_of(rows, "received_ms", np.int64),
        corrected_ms=numpy_of(rows, "corrected_ms", np.int64),
        values={name: numpy_of(rows, name, np.float64) for name in present},
        quality={name: column for name, column in flags.items() if column.any()},
    )


def numpy_of(rows: pa.Table, column: str, dtype: type[np.generic]) -> NDArray[Any]:
    """That column as a writable array; missing floats are NaN."""
    array: NDArray[Any] = rows[column].to_numpy().astype(dtype, copy=True)
    return array
