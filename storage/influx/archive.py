"""Everything in the bucket, in the form of an archive that any store's restore reads."""

from collections.abc import Collection, Iterator

import numpy as np
import pyarrow as pa

from observations.batch import ObservationBatch
from observations.model import Cursor
from storage.influx.arrivals import pages_since
from storage.influx.care import Care
from storage.influx.connection import Connection
from storage.influx.hours import hour_tables
from storage.observations.columns import arrow_of
from storage.observations.corrections import ruling_rows
from storage.observations.erasure import span_rows
from storage.observations.retention import expiry_rows

ROWS_PER_PIECE = 200_000


def archived(connection: Connection, head: Cursor, properties: Collection[str]) -> Iterator[pa.Table]:
    """Every row up to the head once, whole, with writer and sequence, in pieces that fit in memory."""
    reached: Cursor = {}
    while any(reached.get(writer, 0) < head[writer] for writer in head):
        pages, reached = pages_since(connection, reached, head, properties=properties, limit=ROWS_PER_PIECE)
        yield from (_table(page.batch, page.writer, page.sequence) for page in pages if len(page.batch))


def archived_tables(connection: Connection, head: Cursor, care: Care) -> Iterator[tuple[str, pa.Table]]:
    """What people did to values, the hours that stay of expired ones and the sequences reached, table by table."""
    unfinished = set(care.unfinished())
    yield "corrections", ruling_rows(care.rulings())
    yield "erasures", span_rows([span for span in care.gone.spans if span not in unfinished], finished=True)
    yield "erasures", span_rows(list(unfinished), finished=False)
    for dropped in (False, True):
        times = {
            name: mark.dropped_before_ms if dropped else mark.before_ms
            for name, mark in care.marks.items()
            if not dropped or mark.dropped_before_ms
        }
        yield "expiries", expiry_rows(times, dropped=dropped)
    for hours in hour_tables(connection):
        yield "hours", hours
    reached = {"writer": list(head), "sequence": pa.array(list(head.values()), pa.uint64())}
    yield "sequences", pa.table(reached, schema=pa.schema([("writer", pa.string()), ("sequence", pa.uint64())]))


def _table(batch: ObservationBatch, writer: str, sequence: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Table:
    writers = pa.array([writer] * len(batch), pa.string())
    numbers = pa.array(sequence.astype(np.uint64))
    return arrow_of(batch).append_column("writer", writers).append_column("sequence", numbers)
