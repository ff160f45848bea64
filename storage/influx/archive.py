"""Everything in the bucket, in the form of an archive that any store's restore reads."""

from collections.abc import Collection, Iterator

import numpy as np
import pyarrow as pa

from observations.batch import ObservationBatch
from observations.model import Cursor
from storage.influx.arrivals import pages_since
from storage.influx.connection import Connection
from storage.observations.columns import arrow_of

ROWS_PER_PIECE = 200_000


def archived(connection: Connection, head: Cursor, properties: Collection[str]) -> Iterator[pa.Table]:
    """Every row up to the head once, whole, with writer and sequence, in pieces that fit in memory."""
    reached: Cursor = {}
    while any(reached.get(writer, 0) < head[writer] for writer in head):
        pages, reached = pages_since(connection, reached, head, properties=properties, limit=ROWS_PER_PIECE)
        yield from (_table(page.batch, page.writer, page.sequence) for page in pages if len(page.batch))


def _table(batch: ObservationBatch, writer: str, sequence: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pa.Table:
    writers = pa.array([writer] * len(batch), pa.string())
    numbers = pa.array(sequence.astype(np.uint64))
    return arrow_of(batch).append_column("writer", writers).append_column("sequence", numbers)
