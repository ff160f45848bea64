"""Hours whose roll-up does not hold everything that is stored of them."""

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from observations.model import Cursor

HOUR_MS = 3_600_000
DAY_MS = 86_400_000
MOST_SPANS = 16

Span = tuple[int, int]
"""From (included) to (excluded), milliseconds, both whole hours."""


@dataclass(slots=True)
class Touch:
    """What happened to an hour since it was rolled up.

    after: of each writer, the sequence of its first insert into the hour; empty: any row may have changed.
    times: how often it was touched. last_ms: when, last.
    """

    after: dict[str, int]
    times: int
    last_ms: int


class TouchedHours:
    """Every hour that was written to and not yet rolled up since, and how far the writers' inserts are noted."""

    def __init__(self) -> None:
        self._touches: dict[int, Touch] = {}
        self._noted: dict[str, int] = {}
        self._lock = threading.Lock()

    def note(
        self, hours: Collection[int], *, writer: str, sequence: int, now_ms: int, until: int | None = None
    ) -> None:
        """That writer wrote to the hours with that sequence or later ones; `until`: every insert up to it is noted."""
        with self._lock:
            for hour in hours:
                touch = self._touch(hour, now_ms, after={writer: sequence})
                if touch.after:
                    touch.after[writer] = min(sequence, touch.after.get(writer, sequence))
            if until is not None:
                self._noted[writer] = max(until, self._noted.get(writer, 0))

    def touch(self, hours: Collection[int], *, now_ms: int) -> None:
        """Anything in these hours may have changed."""
        with self._lock:
            for hour in hours:
                self._touch(hour, now_ms, after={}).after.clear()

    def noted(self) -> Cursor:
        """The cursor up to which every insert is noted."""
        with self._lock:
            return dict(self._noted)

    def due(self, *, now_ms: int, quiet_ms: int, limit: int) -> dict[int, Touch]:
        """The oldest hours that are over (or can never be) and were left alone for `quiet_ms`, at most `limit`."""
        with self._lock:
            hours = [
                hour
                for hour, touch in self._touches.items()
                if touch.last_ms <= now_ms - quiet_ms and not now_ms - HOUR_MS < hour < now_ms + DAY_MS
            ]
            return {
                hour: Touch(dict(touch.after), touch.times, touch.last_ms)
                for hour in sorted(hours)[:limit]
                for touch in [self._touches[hour]]
            }

    def settle(self, rolled_up: Mapping[int, Touch]) -> None:
        """These hours are rolled up as they were; one that was touched meanwhile stays touched."""
        with self._lock:
            for hour, touch in rolled_up.items():
                if self._touches[hour].times == touch.times:
                    del self._touches[hour]

    def state(self) -> tuple[Cursor, dict[int, Cursor]]:
        """For keeping: the cursor up to which everything is rolled up, but for these hours, each with its `after`."""
        with self._lock:
            return dict(self._noted), {hour: dict(touch.after) for hour, touch in self._touches.items()}

    def restore(self, noted: Cursor, open_hours: Mapping[int, Cursor]) -> None:
        """What was kept is known again."""
        with self._lock:
            self._noted = dict(noted)
            self._touches = {hour: Touch(dict(after), 1, 0) for hour, after in open_hours.items()}

    def spans(self, since_ms: int, until_ms: int, also: Collection[int] = ()) -> Sequence[Span]:
        """At most `MOST_SPANS` spans of whole hours.

        They hold every touched hour of [since, until), and those of `also`.
        """
        with self._lock:
            touched = [hour for hour in self._touches if since_ms - HOUR_MS < hour < until_ms]
        return spans_of([*touched, *also])

    def _touch(self, hour: int, now_ms: int, *, after: dict[str, int]) -> Touch:
        touch = self._touches.setdefault(hour, Touch(after, 0, now_ms))
        touch.times += 1
        touch.last_ms = now_ms
        return touch


def hours_of(phenomenon_ms: NDArray[np.int64]) -> list[int]:
    """The beginnings of the hours that hold these times, each once."""
    if not len(phenomenon_ms):
        return []
    numbers = phenomenon_ms // HOUR_MS
    first, last = int(numbers.min()), int(numbers.max())
    if last - first < len(numbers):  # counting is much faster than sorting
        numbers = np.flatnonzero(np.bincount(numbers - first)) + first
    else:
        numbers = np.unique(numbers)
    return [int(number) * HOUR_MS for number in numbers]


def hour_of(phenomenon_ms: int) -> int:
    """The beginning of the hour that holds this time."""
    return phenomenon_ms - phenomenon_ms % HOUR_MS


def spans_of(hours: Collection[int]) -> Sequence[Span]:
    """At most `MOST_SPANS` spans that hold all these hours: the narrowest gaps are filled where there are more."""
    if not hours:
        return []
    begins = np.unique(np.fromiter(hours, np.int64, len(hours)))
    gaps = np.diff(begins)
    wide = np.flatnonzero(gaps > HOUR_MS)
    if len(wide) >= MOST_SPANS:
        wide = np.sort(wide[np.argsort(gaps[wide])[-(MOST_SPANS - 1) :]])
    firsts = begins[np.concatenate([[0], wide + 1])]
    lasts = begins[np.concatenate([wide, [len(begins) - 1]])]
    return [(int(first), int(last) + HOUR_MS) for first, last in zip(firsts, lasts, strict=True)]
