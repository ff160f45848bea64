"""Retention that runs by itself once a day."""

from collections.abc import Callable
from datetime import datetime

import structlog

from bootstrap.periodic import Periodic
from observations.ports import ObservationStore
from observations.retention import RetentionPolicy

FIRST_AFTER_S = 600.0
"""Not while a start has other things to do."""
DAY_S = 86_400.0

log = structlog.get_logger()


class DailyRetention(Periodic):
    """Lets values expire once a day; what it was at when it ended goes on another day."""

    def __init__(
        self,
        store: ObservationStore,
        policy: RetentionPolicy,
        *,
        now: Callable[[], datetime],
        first_after_s: float = FIRST_AFTER_S,
        period_s: float = DAY_S,
    ) -> None:
        super().__init__("retention", self._expire, period_s=period_s, first_after_s=first_after_s)
        self._store, self._policy, self._now = store, policy, now

    def _expire(self) -> None:
        expired = self._store.expire(self._policy, now_ms=int(self._now().timestamp() * 1000))
        if expired.values:
            log.info("retention.expired", values=expired.values, weeks=expired.weeks)
