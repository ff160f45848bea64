"""After a restart: since when each value has not changed, read back from the store."""

from collections.abc import Collection

import numpy as np

from devices.checks import HOUR_MS, check
from devices.runs import Runs
from observations.batch import ObservationBatch
from observations.model import Series, Stream
from observations.ports import ObservationStore
from observations.properties import observed_properties

VALUES_READ = 2_000_000
LIMITS = 2
"""How many times the `stuck_after_h` of a property is read back: enough to see a run that is over its limit."""


def recall(store: ObservationStore, devices: Collection[str], *, now_ms: int) -> Runs:
    """The runs of unchanging values as they stood when ingest stopped; raises StoreUnavailableError.

    Without them a stuck sensor would pass for a good one until its limit had gone by once more.
    """
    runs = Runs()
    for name, about in observed_properties().items():
        if about.stuck_after_h is None:
            continue
        since_ms = now_ms - round(LIMITS * about.stuck_after_h * HOUR_MS)
        streams = [Stream(device=device, since_ms=since_ms) for device in devices]
        series = store.series(streams, name, suspect=True, limit=VALUES_READ) if streams else None
        if series is not None and len(series.value):
            runs.take(check(_batch(name, series, now_ms), runs).runs)
    return runs


def _batch(name: str, series: Series, now_ms: int) -> ObservationBatch:
    return ObservationBatch(
        device=[str(device) for device in series.device],
        channel=[str(channel) for channel in series.channel],
        phenomenon_ms=series.phenomenon_ms,
        received_ms=np.full(len(series.value), now_ms, np.int64),
        corrected_ms=series.phenomenon_ms,
        values={name: series.value},
    )
