"""The server's CSV as tables of points in columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from observations.errors import StoreUnavailableError
from observations.texts import TextColumn
from storage.influx.places import NS_PER_MS, Folded, unfold
from storage.influx.tags import texts_of

TEXT = pa.dictionary(pa.int32(), pa.string())
COLUMN_TYPES = {
    "result": pa.string(),
    "_time": pa.timestamp("ns", "UTC"),
    "_field": TEXT,
    "device": TEXT,
    "channel": TEXT,
    "observed_property": TEXT,
    "refused": pa.float64(),
    "turn": pa.int64(),
    "writer": TEXT,
}
VALUES, MARKS, TEXTS = "values", "marks", "texts"
"""How the name of a result begins, by the type of its values: float, integer, text."""
VALUE_TYPES = {VALUES: pa.float64(), MARKS: pa.int64(), TEXTS: pa.string()}
FAILED = "error"
"""The column under which the server tells of a failure after it had begun to answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """n values of fields: whose, when (milliseconds, as sent), which field, and the value (one type for all)."""

    device: TextColumn
    channel: TextColumn
    phenomenon_ms: NDArray[np.int64]
    field: TextColumn
    value: NDArray[Any]


def tables_of(answer: bytes) -> Mapping[str, pa.Table]:
    """What the answer holds by name of result. Raises StoreUnavailableError where it tells of a failure."""
    found: dict[str, list[pa.Table]] = {}
    for section in _sections(answer):
        types = {**COLUMN_TYPES, "_value": _value_type(section)}
        table = csv.read_csv(
            pa.BufferReader(section),
            convert_options=csv.ConvertOptions(column_types=types, strings_can_be_null=False),
        )
        if FAILED in table.column_names:
            msg = f"the observation store broke off: {table[FAILED][0].as_py()}"
            raise StoreUnavailableError(msg)
        if table.num_rows:
            found.setdefault(table["result"][0].as_py(), []).append(table)
    return {name: pa.concat_tables(tables, promote_options="default") for name, tables in found.items()}


def _value_type(section: bytes) -> pa.DataType:
    # A float that is whole is written like an integer: what the values are has to be known from their name.
    _header, first, *_ = section.split(b"\r\n", 2)
    kind = first.split(b",")[1].decode().partition("_")[0] if first.startswith(b",") else TEXTS
    return VALUE_TYPES.get(kind, pa.string())


def _sections(answer: bytes) -> Iterator[bytes]:
    """The parts of the answer that have a header each."""
    for section in answer.split(b"\r\n\r\n"):
        if stripped := section.strip():
            yield stripped


def points_of(table: pa.Table) -> Points:
    """The table's points; those of a table with turns are unfolded."""
    table = table.unify_dictionaries()
    time_ns = times_of(table)
    if "turn" in table.column_names:
        times = unfold(Folded(turn=table["turn"].to_numpy(), time_ns=time_ns))
    else:
        times = time_ns // NS_PER_MS
    return Points(
        device=texts_of(table["device"]),
        channel=texts_of(table["channel"]),
        phenomenon_ms=times,
        field=texts_of(table["_field"]),
        value=table["_value"].to_numpy(),
    )


def times_of(table: pa.Table) -> NDArray[np.int64]:
    """When each point lies, in nanoseconds since 1970."""
    return np.asarray(table["_time"].cast(pa.int64()).to_numpy(), np.int64)
