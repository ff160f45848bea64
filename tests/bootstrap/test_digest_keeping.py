import threading
from collections.abc import Collection, Mapping, Sequence

from structlog.testing import capture_logs

from bootstrap.digest_keeping import CURSOR, NAME, DigestKeeping
from observations.errors import StoreUnavailableError
from traceability.life_digests import LifeDigest
from traceability.wanted_digests import WantedDigests

PIGS = [f"https://id.gs1.org/8004/9526000143018200000{number:04}" for number in range(4)]


class BookInMemory:
    """A DigestBook of animals that are each told of by one event; it can be out of reach."""

    def __init__(self, events: Sequence[str]) -> None:
        self.events = events
        self.made: list[str] = []
        self.away = False
        self.untold = ""
        self.tried, self.every = threading.Event(), threading.Event()

    def current(self, epcs: Collection[str]) -> Mapping[str, LifeDigest]:
        assert epcs
        return {}

    def make(self, epc: str) -> bool:
        self.tried.set()
        if self.away:
            msg = "the records cannot answer now"
            raise StoreUnavailableError(msg)
        if epc == self.untold:
            msg = "a record nobody thought of"
            raise ValueError(msg)
        self.made.append(epc)
        if {*self.made} >= {*PIGS}:
            self.every.set()
        return True

    def animals_told_of(self, after: int, *, limit: int) -> tuple[Sequence[str], int]:
        told = self.events[after : after + limit]
        return told, after + len(told)


class CursorsInMemory:
    def __init__(self) -> None:
        self.kept: dict[str, dict[str, int]] = {}

    def load(self, follower: str) -> dict[str, int]:
        return self.kept.get(follower, {})

    def save(self, follower: str, cursor: dict[str, int]) -> None:
        self.kept[follower] = cursor


def test_what_pages_missed_is_made_before_what_events_call_for() -> None:
    book, cursors = BookInMemory(PIGS[:3]), CursorsInMemory()
    wanted = WantedDigests(book)
    wanted.current([PIGS[3], PIGS[0]])
    wanted.current([PIGS[3]])
    keeping = DigestKeeping(wanted, book, cursors)
    assert keeping.step()
    assert book.made == [PIGS[3], PIGS[0], *PIGS[:3]]
    assert cursors.kept == {NAME: {CURSOR: 3}}
    assert not keeping.step()
    assert len(book.made) == 5


def test_after_a_restart_it_goes_on_where_it_was() -> None:
    book, cursors = BookInMemory(PIGS), CursorsInMemory()
    cursors.save(NAME, {CURSOR: 2})
    assert DigestKeeping(WantedDigests(book), book, cursors).step()
    assert book.made == PIGS[2:]


def test_while_it_runs_digests_are_made_and_an_outage_of_the_records_ends_nothing() -> None:
    book = BookInMemory(PIGS)
    book.away = True
    keeping = DigestKeeping(WantedDigests(book), book, CursorsInMemory(), period_s=0.01)
    keeping.start()
    assert book.tried.wait(10)
    book.away = False
    assert book.every.wait(10)
    keeping.stop()
    assert book.made == PIGS


def test_an_animal_that_cannot_be_told_keeps_no_other_waiting_and_is_named_once() -> None:
    book, cursors = BookInMemory(PIGS), CursorsInMemory()
    book.untold = PIGS[1]
    wanted = WantedDigests(book)
    keeping = DigestKeeping(wanted, book, cursors)
    with capture_logs() as logs:
        assert keeping.step()
        wanted.current([PIGS[1], PIGS[0]])
        keeping.step()
    assert book.made == [PIGS[0], *PIGS[2:], PIGS[0]]
    assert cursors.kept == {NAME: {CURSOR: 4}}
    assert [each["epc"] for each in logs if each["event"] == "digests.passed_over"] == [PIGS[1]]


def test_more_is_not_wanted_at_a_time_than_can_be_remembered() -> None:
    wanted = WantedDigests(BookInMemory([]), most=3)
    wanted.current(PIGS[:2])
    wanted.current(PIGS)
    assert len(wanted.take()) <= 3
    assert wanted.take() == []
