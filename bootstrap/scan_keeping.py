"""The thread that keeps what was counted of scans, some seconds after they were answered."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bootstrap.periodic import Periodic
from observations.errors import StoreUnavailableError
from traceability.ports import ScanBook
from traceability.scan_watch import ScanCounter, days_watched

PERIOD_S = 5.0


class ScanKeeping(Periodic):
    """Keeps the counts every `period_s`, and lets days go that can matter no more."""

    def __init__(
        self, counter: ScanCounter, book: ScanBook, *, now: Callable[[], datetime], period_s: float = PERIOD_S
    ) -> None:
        super().__init__("scans", self._keep, period_s=period_s, first_after_s=period_s)
        self._counter, self._book, self._now = counter, book, now
        self._forgotten = ""

    def stop(self) -> None:
        """The thread has ended, and what was counted before is kept where the records answer."""
        super().stop()
        self._guarded()

    def keep(self) -> int:
        """What was counted since the last time is kept, how many codes it was of.

        Raises StoreUnavailableError where the records cannot answer; it stays counted then.
        """
        taken = self._counter.take()
        if taken:
            try:
                self._book.add(taken)
            except StoreUnavailableError:
                self._counter.put_back(taken)
                raise
        self._forget()
        return len(taken)

    def _keep(self) -> None:
        self.keep()

    def _forget(self) -> None:
        today = self._now().astimezone(UTC).date()
        if self._forgotten != today.isoformat():
            self._book.forget(today - timedelta(days=days_watched()))
            self._forgotten = today.isoformat()
