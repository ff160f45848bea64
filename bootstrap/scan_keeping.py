"""The thread that keeps what was counted of scans, some seconds after they were answered."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from observations.errors import StoreUnavailableError
from traceability.ports import ScanBook
from traceability.scan_watch import ScanCounter, days_watched

NAME = "scans"
PERIOD_S = 5.0

log = structlog.get_logger()


class ScanKeeping:
    """Keeps the counts every `period_s`, and lets days go that can matter no more."""

    def __init__(
        self, counter: ScanCounter, book: ScanBook, *, now: Callable[[], datetime], period_s: float = PERIOD_S
    ) -> None:
        self._counter, self._book, self._now, self._period_s = counter, book, now, period_s
        self._forgotten = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=NAME)

    def start(self) -> None:
        """Counts are kept from now on."""
        self._thread.start()

    def stop(self) -> None:
        """The thread has ended, and what was counted before is kept where the records answer."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def keep(self) -> int:
        """What was counted since the last time is kept, or stays counted; how many codes it was of."""
        taken = self._counter.take()
        if taken:
            try:
                self._book.add(taken)
            except StoreUnavailableError as error:
                self._counter.put_back(taken)
                log.warning("scans.waiting", reason=str(error))
                return 0
        self._forget()
        return len(taken)

    def _forget(self) -> None:
        today = self._now().astimezone(UTC).date()
        if self._forgotten != today.isoformat():
            self._book.forget(today - timedelta(days=days_watched()))
            self._forgotten = today.isoformat()

    def _run(self) -> None:
        while not self._stop.wait(self._period_s):
            self._guarded()
        self._guarded()

    def _guarded(self) -> None:
        try:
            self.keep()
        except StoreUnavailableError as error:
            log.warning("scans.waiting", reason=str(error))
        except Exception:  # an entry-point loop: pages are answered without it
            log.exception("scans.failed")
