"""Rows as corrected, read out in pages."""

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from observations.batch import ObservationBatch
from observations.model import Stream
from observations.texts import TextColumn
from storage.influx.connection import Connection
from storage.influx.pages import ROWS_PER_PAGE, row_pages
from storage.influx.pieces import within
from storage.influx.places import FIRST_MS, UNTIL_MS
from storage.observations.corrections import Rulings
from storage.observations.export import with_values
from storage.observations.overlay import corrected_batch


def export_batches(
    connection: Connection, properties: Collection[str], streams: Sequence[Stream] | None, rulings: Rulings
) -> Iterator[ObservationBatch]:
    """Whole rows of the streams or of all, as corrected, by device, channel and time, `ROWS_PER_PAGE` at most a page.

    What is appended meanwhile may be there or not. A row that holds no value (withdrawn) is left out.
    """
    for page in row_pages(
        connection,
        properties,
        devices=None if streams is None else {stream.device for stream in streams},
        interval=(FIRST_MS, UNTIL_MS) if streams is None else _outer(streams),
        strays=True,
        limit=ROWS_PER_PAGE,
    ):
        batch = page.batch if streams is None else inside(page.batch, streams)
        yield from with_values(corrected_batch(batch, rulings))


def inside(batch: ObservationBatch, streams: Sequence[Stream]) -> ObservationBatch:
    """The rows that belong to at least one stream, by their time as sent."""
    device, channel = TextColumn.of(batch.device), TextColumn.of(batch.channel)
    present = set(device.distinct)
    some = [stream for stream in streams if stream.device in present]
    mask = within(some, device, channel, batch.phenomenon_ms)
    return batch if mask.all() else batch.take(np.flatnonzero(mask))


def _outer(streams: Sequence[Stream]) -> tuple[int, int]:
    """Bounds, in place, that hold all of the streams."""
    since = min((FIRST_MS if s.since_ms is None else s.since_ms for s in streams), default=FIRST_MS)
    until = max((UNTIL_MS if s.until_ms is None else s.until_ms for s in streams), default=FIRST_MS)
    return max(since, FIRST_MS), min(until, UNTIL_MS)
