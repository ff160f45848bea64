"""A batch of readings as bytes (Arrow IPC), for the way between two processes of one house."""

from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from bootstrap.errors import RequestError
from observations.batch import ObservationBatch
from observations.texts import TextColumn

TIMES = ("phenomenon_ms", "received_ms", "corrected_ms")
VALUE, FLAGS = "value:", "flags:"
Number = TypeVar("Number", bound=np.generic)


def batch_bytes(batch: ObservationBatch) -> bytes:
    """The batch, as `read_batch` takes it."""
    columns = {name: _dictionary(TextColumn.of(getattr(batch, name))) for name in ("device", "channel")}
    columns |= {name: pa.array(getattr(batch, name)) for name in TIMES}
    columns |= {f"{VALUE}{name}": pa.array(column) for name, column in batch.values.items()}
    columns |= {f"{FLAGS}{name}": pa.array(column) for name, column in batch.quality.items()}
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    written: bytes = sink.getvalue().to_pybytes()
    return written


def read_batch(content: bytes) -> ObservationBatch:
    """The batch of those bytes; raises RequestError where they are none."""
    try:
        with pa.ipc.open_stream(content) as stream:
            table = stream.read_all().combine_chunks()
        device, channel = (_texts(table[name]) for name in ("device", "channel"))
        phenomenon_ms, received_ms, corrected_ms = (_numbers(table[name], np.int64) for name in TIMES)
    except (pa.ArrowException, KeyError, AttributeError) as error:
        msg = f"no batch of readings: {error}"
        raise RequestError(msg) from error
    return ObservationBatch(
        device=device,
        channel=channel,
        phenomenon_ms=phenomenon_ms,
        received_ms=received_ms,
        corrected_ms=corrected_ms,
        values=_named(table, VALUE, np.float64),
        quality=_named(table, FLAGS, np.uint8),
    )


def _dictionary(column: TextColumn) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(column.codes, pa.array(column.distinct, pa.string()))


def _texts(column: pa.ChunkedArray) -> TextColumn:
    if not len(column):
        return TextColumn(np.empty(0, np.int32), [])
    whole = column.chunk(0)
    return TextColumn(whole.indices.to_numpy().astype(np.int32), whole.dictionary.to_pylist())


def _numbers(column: pa.ChunkedArray, dtype: type[Number]) -> NDArray[Number]:
    numbers: NDArray[Number] = column.to_numpy().astype(dtype)
    return numbers


def _named(table: pa.Table, prefix: str, dtype: type[Number]) -> dict[str, NDArray[Number]]:
    return {
        name.removeprefix(prefix): _numbers(table[name], dtype)
        for name in table.column_names
        if name.startswith(prefix)
    }
