"""The server's CSV as tables in columns."""

from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from observations.errors import StoreUnavailableError
from observations.properties import observed_properties
from observations.texts import TextColumn
from storage.influx.fields import MARKS_OF_ROW, flags_field, suspect_field
from storage.influx.places import NS_PER_MS, Folded, unfold
from storage.influx.tags import text_of

TEXT = pa.dictionary(pa.int32(), pa.string())
FAILED = "error"
"""The column under which the server tells of a statement that it could not carry out."""


def table_of(answer: bytes) -> pa.Table | None:
    """The rows of all statements, which ask for the same columns; None where there are none.

    Raises StoreUnavailableError where the answer tells of a failure.
    """
    tables = [_table(section) for section in _sections(answer)]
    if not tables:
        return None
    return pa.concat_tables(tables, promote_options="default").unify_dictionaries()


def times_of(table: pa.Table) -> NDArray[np.int64]:
    """When each row lies, in nanoseconds since 1970."""
    return np.asarray(table["time"].to_numpy(), np.int64)


def phenomenon_ms_of(table: pa.Table) -> NDArray[np.int64]:
    """The time as sent of each row; those of a table with turns are unfolded."""
    if "turn" not in table.column_names:
        return times_of(table) // NS_PER_MS
    return unfold(Folded(turn=np.asarray(table["turn"].to_numpy()), time_ns=times_of(table)))


def texts_of(table: pa.Table, column: str) -> TextColumn:
    """What was written as that tag."""
    one = table[column].combine_chunks()
    one = one.chunk(0) if isinstance(one, pa.ChunkedArray) else one
    return TextColumn(np.asarray(one.indices.to_numpy()), [text_of(tag) for tag in one.dictionary.to_pylist()])


def _sections(answer: bytes) -> Iterator[bytes]:
    """The parts of the answer that have a header each."""
    for section in answer.split(b"\n\n"):
        if stripped := section.strip():
            yield stripped


def _table(section: bytes) -> pa.Table:
    options = csv.ConvertOptions(column_types=_column_types(), strings_can_be_null=False)
    table = csv.read_csv(pa.BufferReader(section), convert_options=options)
    if FAILED in table.column_names:
        msg = f"the observation store cannot answer: {table[FAILED][0].as_py()}"
        raise StoreUnavailableError(msg)
    return table


def _column_types() -> Mapping[str, pa.DataType]:
    # A float that is whole is written like an integer: the types are known beforehand, never guessed.
    values = [field for name in observed_properties() for field in (name, suspect_field(name))]
    flags = [field for name in values for field in (flags_field(name),)]
    return {
        **dict.fromkeys(("name", "keys", "last_keys", "id", FAILED), pa.string()),
        **dict.fromkeys(("tags", "device", "channel", "observed_property", "writer"), TEXT),
        **dict.fromkeys(("time", "turn", "confirmed", "received_ms", "last_confirmed", "count"), pa.int64()),
        **dict.fromkeys(("refused", "stored", "min", "max", "sum"), pa.float64()),
        **dict.fromkeys(values, pa.float64()),
        **dict.fromkeys((*flags, *MARKS_OF_ROW), pa.int64()),
    }
