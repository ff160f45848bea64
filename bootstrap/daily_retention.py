"""Retention that runs by itself once a day."""

import threading
from collections.abc import Callable
from datetime import datetime

import structlog

from observations.errors import ObservationError
from observations.ports import ObservationStore
from observations.retention import RetentionPolicy

FIRST_AFTER_S = 600.0
"""Not while a start has other things to do."""
DAY_S = 86_400.0

log = structlog.get_logger()


class DailyRetention:
    """Lets values expire once a day, on a thread of its own."""

    def __init__(
        self,
        store: ObservationStore,
        policy: RetentionPolicy,
        *,
        now: Callable[[], datetime],
        first_after_s: float = FIRST_AFTER_S,
        period_s: float = DAY_S,
    ) -> None:
        self._store, self._policy, self._now = store, policy, now
        self._first_after_s, self._period_s = first_after_s, period_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="retention")

    def start(self) -> None:
        """Values expire from now on."""
        self._thread.start()

    def stop(self) -> None:
        """The thread has ended; what it was at goes on another day."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        wait_s = self._first_after_s
        while not self._stop.wait(wait_s):
            wait_s = self._period_s
            try:
                expired = self._store.expire(self._policy, now_ms=int(self._now().timestamp() * 1000))
            except ObservationError as error:
                log.warning("retention.waiting", reason=str(error))
            except Exception:  # an entry-point loop: tomorrow is another day
                log.exception("retention.failed")
            else:
                if expired.values:
                    log.info("retention.expired", values=expired.values, weeks=expired.weeks)
