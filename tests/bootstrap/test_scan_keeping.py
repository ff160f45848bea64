import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from bootstrap.scan_keeping import ScanKeeping
from observations.errors import StoreUnavailableError
from traceability.scan_watch import ScanCounter, ScanDay

NOW = datetime(2026, 9, 3, 1, 20, tzinfo=UTC)
PACK = "https://id.gs1.org/01/09526000100010/21/000037"


class ScansInMemory:
    """A ScanBook that can be out of reach."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, date], int] = {}
        self.away = False
        self.forgotten: list[date] = []
        self.written = threading.Event()

    def add(self, networks: Mapping[tuple[str, date], int]) -> None:
        if self.away:
            msg = "the records cannot answer now"
            raise StoreUnavailableError(msg)
        for key, count in networks.items():
            self.kept[key] = self.kept.get(key, 0) + count
        self.written.set()

    def days(self, thing: str, since: date) -> Sequence[ScanDay]:
        found = sorted((day, count) for (name, day), count in self.kept.items() if name == thing and day >= since)
        return [ScanDay(day=day, networks=count) for day, count in found]

    def forget(self, before: date) -> int:
        self.forgotten.append(before)
        return 0


def test_counts_are_kept_while_it_runs_and_once_more_when_it_ends() -> None:
    counter, book = ScanCounter(new_salt=lambda: b"salt"), ScansInMemory()
    keeping = ScanKeeping(counter, book, now=lambda: NOW, period_s=0.01)
    keeping.start()
    counter.note(PACK, "203.0.113.7", today=NOW.date())
    assert book.written.wait(10)
    counter.note(PACK, "198.51.100.1", today=NOW.date())
    keeping.stop()
    assert book.days(PACK, NOW.date()) == [ScanDay(day=NOW.date(), networks=2)]


def test_what_the_records_do_not_take_now_is_kept_later() -> None:
    counter, book = ScanCounter(new_salt=lambda: b"salt"), ScansInMemory()
    keeping = ScanKeeping(counter, book, now=lambda: NOW)
    counter.note(PACK, "203.0.113.7", today=NOW.date())
    book.away = True
    with pytest.raises(StoreUnavailableError):
        keeping.keep()
    book.away = False
    assert keeping.keep() == 1
    assert book.days(PACK, NOW.date()) == [ScanDay(day=NOW.date(), networks=1)]


def test_old_days_are_forgotten_once_a_day() -> None:
    book = ScansInMemory()
    keeping = ScanKeeping(ScanCounter(new_salt=lambda: b"salt"), book, now=lambda: NOW)
    keeping.keep()
    keeping.keep()
    assert book.forgotten == [NOW.date() - timedelta(days=7)]
