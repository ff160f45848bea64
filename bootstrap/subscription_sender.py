"""Sends what subscribers wait for, from start to stop: a few at a time, each subscription by one thread."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog

from api.subscription_delivery import Deliveries
from observations.errors import ObservationError
from traceability.ports import EventQueries, Subscriptions
from traceability.subscriptions import Subscription

PERIOD_S = 1.0
"""A stream is told of a capture within so long."""
AT_ONCE = 4
"""Threads: a subscriber who answers slowly takes one of them."""
PARTS_IN_TURN = 50
"""After so many parts a subscription lets others go first."""

log = structlog.get_logger()


class SubscriptionSender:
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
        self._deliveries, self._subscriptions, self._queries = deliveries, subscriptions, queries
        self._now, self._break_off, self._period_s = now, break_off, period_s
        self._stop = threading.Event()
        self._busy: set[str] = set()
        self._workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="subscriptions")
        self._thread = threading.Thread(target=self._run, name="subscriptions")

    def start(self) -> None:
        """Subscribers are told from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Nothing is sent any more; what was under way is sent again at the next start."""
        self._stop.set()
        self._break_off()
        if self._thread.is_alive():
            self._thread.join()
        self._workers.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while not self._stop.wait(self._period_s):
            try:
                self._hand_out()
            except ObservationError as error:
                log.warning("subscriptions.waiting", reason=str(error))
            except Exception:  # an entry-point loop: the next look may find better times
                log.exception("subscriptions.failed")

    def _hand_out(self) -> None:
        for due in self._subscriptions.due(self._now(), newest=self._queries.newest()):
            if due.id not in self._busy:
                self._busy.add(due.id)
                self._workers.submit(self._serve, due)

    def _serve(self, due: Subscription) -> None:
        following: Subscription | None = due
        try:
            for _ in range(PARTS_IN_TURN):
                if following is None or self._stop.is_set():
                    break
                following = self._deliveries.serve(following)
        except ObservationError as error:
            log.warning("subscription.waiting", subscription=due.id, reason=str(error))
        except Exception:  # an entry-point loop: one subscription must not keep the others waiting
            log.exception("subscription.failed", subscription=due.id)
        finally:
            self._busy.discard(due.id)
