"""Slows down guessing: failures are counted per key, and a key with too many must wait."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

FREE_FAILURES = 5
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=15)
FORGET_AFTER = timedelta(hours=1)
MOST_KEYS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failures:
    count: int
    last: datetime
    until: datetime


class Throttle:
    """Failures per key, in memory and bounded: what was failed longest ago is forgotten first.

    After five failures each further one doubles the wait, from ten seconds to a quarter of an hour.
    """

    def __init__(self) -> None:
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, key: str, now: datetime) -> int:
        """Whole seconds the key still has to wait; 0 where it may try."""
        with self._lock:
            failures = self._failures.get(key)
        if failures is None or failures.until <= now:
            return 0
        return int((failures.until - now).total_seconds()) + 1

    def failed(self, key: str, now: datetime) -> None:
        """One more failure is counted."""
        with self._lock:
            before = self._failures.pop(key, None)
            count = 1 if before is None or before.last + FORGET_AFTER <= now else before.count + 1
            self._failures[key] = _Failures(count=count, last=now, until=now + _wait(count))
            while len(self._failures) > MOST_KEYS:
                self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """The key starts afresh."""
        with self._lock:
            self._failures.pop(key, None)


def _wait(count: int) -> timedelta:
    if count < FREE_FAILURES:
        return timedelta(0)
    doubled: timedelta = FIRST_WAIT * 2 ** min(count - FREE_FAILURES, 10)
    return min(doubled, LONGEST_WAIT)
