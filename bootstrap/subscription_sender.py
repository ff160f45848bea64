"""Sends what subscribers wait for, from start to stop: a few at a time, each subscription by one thread."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog

from api.subscription_delivery import Deliveries
from bootstrap.periodic import Periodic
from observations.errors import ObservationError
from traceability.epcis.subscriptions import Subscription, SubscriptionState
from traceability.ports import EventQueries, Subscriptions

PERIOD_S = 1.0
"""A stream is told of a capture within so long."""
AT_ONCE = 4
"""Threads: a subscriber who answers slowly takes one of them."""
PARTS_IN_TURN = 50
"""After so many parts a subscription lets others go first."""

log = structlog.get_logger()


class SubscriptionSender(Periodic):
    """Looks every second for subscriptions that are due, and serves them.

    break_off: ends whatever is being sent; it is sent again at the next start.
    """

    def __init__(
        self,
        deliveries: Deliveries,
        subscriptions: Subscriptions,
        queries: EventQueries,
        *,
        now: Callable[[], datetime],
        break_off: Callable[[], None],
        period_s: float = PERIOD_S,
    ) -> None:
        super().__init__("subscriptions", self._hand_out, period_s=period_s, first_after_s=period_s)
        self._deliveries, self._subscriptions, self._queries = deliveries, subscriptions, queries
        self._now, self._break_off = now, break_off
        self._busy: set[str] = set()
        self._unread: set[str] = set()
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="subscriptions")

    def stop(self) -> None:
        """Nothing is sent any more; what was under way is sent again at the next start."""
        self.ending.set()
        self._break_off()
        super().stop()
        self._workers.shutdown(cancel_futures=True)

    def _hand_out(self) -> None:
        for due in self._subscriptions.due(self._now(), newest=self._queries.newest()):
            if due.state is not SubscriptionState.ACTIVE:
                self._tell_unread(due)
            elif due.id not in self._busy:
                self._busy.add(due.id)
                self._workers.submit(self._serve, due)

    def _tell_unread(self, due: Subscription) -> None:
        if due.id not in self._unread:
            self._unread.add(due.id)
            log.warning("subscription.paused", subscription=due.id, reason=due.progress.why)

    def _serve(self, due: Subscription) -> None:
        following: Subscription | None = due
        try:
            for _ in range(PARTS_IN_TURN):
                if following is None or self.ending.is_set():
                    break
                following = self._deliveries.serve(following)
        except ObservationError as error:
            log.warning("subscription.waiting", subscription=due.id, reason=str(error))
        except Exception:  # an entry-point loop: one subscription must not keep the others waiting
            log.exception("subscription.failed", subscription=due.id)
        finally:
            self._busy.discard(due.id)
