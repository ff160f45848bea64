"""Digests of raw readings: one for each local day, over every value as it is stored."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from observations.batch import ObservationBatch

QUARTER_MS = 900_000
"""Every zone's offset is a multiple of a quarter of an hour, so a quarter lies in one local day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDigest:
    """One local day's values. values: how many. sha256: hex, of their lines in the order of device, channel, time."""

    day: date
    values: int
    sha256: str


def day_digests(batches: Iterable[ObservationBatch], zone: ZoneInfo) -> list[DayDigest]:
    """One digest for each local day that has values, by day; batches come by device, channel and time sent.

    A line is `device,channel,sent_ms,received_ms,property,value,quality` and a line feed, in UTF-8; the properties of
    one message by name; the value is the shortest decimal that reads back as the same double, quality the flags' sum.
    A value belongs to the day of the time to show, its corrected time.
    """
    hashes: dict[date, tuple[hashlib._Hash, int]] = {}
    days: dict[int, date] = {}
    for batch in batches:
        for shown_ms, lines in _lines(batch):
            quarter = shown_ms // QUARTER_MS
            if quarter not in days:
                days[quarter] = datetime.fromtimestamp(quarter * QUARTER_MS / 1000, UTC).astimezone(zone).date()
            digest, count = hashes.setdefault(days[quarter], (hashlib.sha256(), 0))
            digest.update("".join(lines).encode())
            hashes[days[quarter]] = digest, count + len(lines)
    return [
        DayDigest(day=day, values=count, sha256=digest.hexdigest()) for day, (digest, count) in sorted(hashes.items())
    ]


def _lines(batch: ObservationBatch) -> Iterator[tuple[int, list[str]]]:
    """The time to show of each row, and its lines."""
    columns = [
        (name, values.tolist(), batch.quality.get(name, np.zeros(len(batch), np.uint8)).tolist())
        for name, values in sorted(batch.values.items())
    ]
    keys = zip(
        batch.device,
        batch.channel,
        batch.phenomenon_ms.tolist(),
        batch.received_ms.tolist(),
        batch.corrected_ms.tolist(),
        strict=True,
    )
    for place, (device, channel, sent, received, shown) in enumerate(keys):
        head = f"{device},{channel},{sent},{received}"
        lines = [
            f"{head},{name},{values[place]!r},{flags[place]}\n"
            for name, values, flags in columns
            if values[place] == values[place]  # NaN is where there is none
        ]
        if lines:
            yield int(shown), lines
