"""What must not come back: spans that were erased, and weeks that have expired."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from observations.batch import ObservationBatch
from observations.model import Conflict, Correction, Stream
from observations.texts import TextColumn, numbered_pairs
from storage.observations.schema import PARTITIONED_FROM_MS
from storage.observations.selection import OPEN_END_MS, OPEN_START_MS


class Gone:
    """Erased spans by device and channel, and for each property the time before which raw values have expired.

    Of spans without a value only; nearly every batch is none of them, and is let through after a glance.
    """

    def __init__(self, spans: Iterable[Stream] = (), expired_before_ms: Mapping[str, int] | None = None) -> None:
        self.spans = tuple(dict.fromkeys(spans))
        self._of_device: dict[str, list[Stream]] = {}
        for span in self.spans:
            self._of_device.setdefault(span.device, []).append(span)
        self.expired_before_ms = dict(expired_before_ms or {})
        self._last_expired_ms = max(self.expired_before_ms.values(), default=PARTITIONED_FROM_MS)

    def with_spans(self, spans: Iterable[Stream]) -> "Gone":
        """These and those spans."""
        return Gone([*self.spans, *spans], self.expired_before_ms)

    def with_expired(self, before_ms: Mapping[str, int]) -> "Gone":
        """These, and values of those properties before those times; a time never moves back."""
        later = {name: max(ms, self.expired_before_ms.get(name, ms)) for name, ms in before_ms.items()}
        return Gone(self.spans, {**self.expired_before_ms, **later})

    def admitted(self, batch: ObservationBatch) -> tuple[ObservationBatch, int]:
        """The batch without what must not come back, and how many values that was."""
        kept = self._unexpired(self._unerased(batch))
        return kept, 0 if kept is batch else batch.value_count() - kept.value_count()

    def covers(self, of: Conflict | Correction) -> bool:
        """Whether the value that this is about has expired."""
        return PARTITIONED_FROM_MS <= of.phenomenon_ms < self.expired_before_ms.get(of.observed_property, 0)

    def _unerased(self, batch: ObservationBatch) -> ObservationBatch:
        erased = self.erased(batch)
        return batch.take(~erased) if erased.any() else batch

    def erased(self, batch: ObservationBatch) -> NDArray[np.bool_]:
        """The rows that are in a span, by their time as sent or their time to show."""
        erased = np.zeros(len(batch), np.bool_)
        if not self._of_device or self._of_device.keys().isdisjoint(TextColumn.of(batch.device).distinct):
            return erased
        pairs, numbers = numbered_pairs(batch.device, batch.channel)
        for number, (device, channel) in enumerate(pairs):
            spans = [span for span in self._of_device.get(device, ()) if span.channel in {None, channel}]
            if spans:
                rows = np.flatnonzero(numbers == number)
                starts, ends = merged(spans)
                for times in (batch.phenomenon_ms, batch.corrected_ms):
                    erased[rows] |= _inside(times[rows], starts, ends)
        return erased

    def _unexpired(self, batch: ObservationBatch) -> ObservationBatch:
        times = batch.phenomenon_ms
        if not self.expired_before_ms or not len(times) or int(times.min()) >= self._last_expired_ms:
            return batch
        values = dict(batch.values)
        for name, column in batch.values.items():
            expired = expired_rows(times, self.expired_before_ms.get(name))
            if expired.any():
                values[name] = np.where(expired, np.nan, column)
        return replace(batch, values=values)


def expired_rows(phenomenon_ms: NDArray[np.int64], before_ms: int | None) -> NDArray[np.bool_]:
    """The rows that an expiry before that time takes: what a wild clock dated before 2020 is of no known age."""
    mask: NDArray[np.bool_] = (phenomenon_ms >= PARTITIONED_FROM_MS) & (phenomenon_ms < (before_ms or 0))
    return mask


def merged(spans: Sequence[Stream]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and ends of the spans together, disjoint and ascending."""
    bounds = sorted(map(bounds_of, spans))
    starts, ends = [bounds[0][0]], [bounds[0][1]]
    for since, until in bounds[1:]:
        if since <= ends[-1]:
            ends[-1] = max(ends[-1], until)
        else:
            starts.append(since)
            ends.append(until)
    return np.array(starts, np.int64), np.array(ends, np.int64)


def bounds_of(span: Stream) -> tuple[int, int]:
    """Its bounds as numbers, where open those that no time reaches."""
    return (
        OPEN_START_MS if span.since_ms is None else span.since_ms,
        OPEN_END_MS if span.until_ms is None else span.until_ms,
    )


def _inside(times: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.bool_]:
    place = np.searchsorted(starts, times, side="right") - 1
    mask: NDArray[np.bool_] = (place >= 0) & (times < ends[np.maximum(place, 0)])
    return mask
