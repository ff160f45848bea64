"""How complete yesterday is: readings that arrived, and device hours that have any."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from api.spans import HOUR_MS, Span, cut
from observations.model import Stream
from observations.ports import ObservationStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """readings: good values of the main property. hours: device hours with at least one; hours_due: device hours."""

    readings: int
    hours: int
    hours_due: int

    @property
    def share(self) -> float | None:
        """Device hours with data, of those due; None where nothing was due."""
        return None if self.hours_due == 0 else min(1.0, self.hours / self.hours_due)


def completeness(store: ObservationStore, groups: Iterable[tuple[Sequence[Stream], str]], span: Span) -> Completeness:
    """What came of each group's main property during the span, of the hours in which each device was deployed."""
    readings = hours = due = 0
    for streams, name in groups:
        parts = cut(streams, span)
        if not parts:
            continue
        buckets = store.buckets(parts, name, width_ms=HOUR_MS)
        readings += int(buckets.count.sum())
        hours += int(buckets.devices.sum())
        due += _device_hours(parts)
    return Completeness(readings=readings, hours=hours, hours_due=due)


def _device_hours(parts: Sequence[Stream]) -> int:
    """Whole clock hours touched, each device counted once however many channels it has."""
    touched: set[tuple[str, int]] = set()
    for part in parts:
        if part.since_ms is not None and part.until_ms is not None:
            first, last = part.since_ms // HOUR_MS, (part.until_ms - 1) // HOUR_MS
            touched.update((part.device, hour) for hour in range(first, last + 1))
    return len(touched)
