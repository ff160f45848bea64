"""Values expire by themselves."""

import threading
from datetime import UTC, datetime

from bootstrap.daily_retention import DailyRetention
from observations.errors import StoreUnavailableError
from observations.model import Expired
from observations.retention import RetentionPolicy
from storage.observations.memory import InMemoryObservationStore

NOW = datetime(2026, 6, 1, tzinfo=UTC)


class CountingStore(InMemoryObservationStore):
    """Away at first; tells when it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[int] = []
        self.twice = threading.Event()

    def expire(self, policy: RetentionPolicy, *, now_ms: int) -> Expired:
        self.asked.append(now_ms)
        if len(self.asked) == 1:
            raise StoreUnavailableError
        self.twice.set()
        return super().expire(policy, now_ms=now_ms)


def test_values_expire_day_by_day_whatever_went_wrong_the_day_before() -> None:
    store = CountingStore()
    retention = DailyRetention(
        store, RetentionPolicy(otherwise=1), now=lambda: NOW, first_after_s=0.001, period_s=0.001
    )
    retention.start()
    assert store.twice.wait(10)
    retention.stop()
    assert set(store.asked) == {int(NOW.timestamp() * 1000)}


def test_a_service_that_ends_at_once_lets_nothing_expire() -> None:
    store = CountingStore()
    retention = DailyRetention(store, RetentionPolicy(otherwise=1), now=lambda: NOW)
    retention.start()
    retention.stop()
    assert store.asked == []
