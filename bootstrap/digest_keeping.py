"""The thread that makes life digests: of animals when they are slaughtered, and of those that a page missed."""

import threading
import time
from typing import Protocol

import structlog

from bootstrap.core_share import rest_after
from observations.errors import StoreUnavailableError
from traceability.life_digests import DigestBook
from traceability.wanted_digests import WantedDigests

NAME = "life-digests"
CURSOR = "events"
PERIOD_S = 1.0
EVENTS_A_STEP = 500
MOST_TOLD = 1_000
"""Animals of which it is remembered that it was told that they have no digest: a page may want one again and again."""

log = structlog.get_logger()


class Cursors(Protocol):
    """How far it has come, durably."""

    def load(self, follower: str) -> dict[str, int]:
        """The cursor of that follower; empty before its first save."""

    def save(self, follower: str, cursor: dict[str, int]) -> None:
        """The follower continues from there."""


class DigestKeeping:
    """Makes what pages miss first, then what new events call for; looks again every `period_s`."""

    def __init__(
        self, wanted: WantedDigests, book: DigestBook, cursors: Cursors, *, period_s: float = PERIOD_S
    ) -> None:
        self._wanted, self._book, self._cursors, self._period_s = wanted, book, cursors, period_s
        self._at: int | None = None
        self._failed: set[str] = set()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=NAME)

    def start(self) -> None:
        """Digests are made from now on."""
        self._thread.start()

    def stop(self) -> None:
        """The thread has ended, after the digest it was at."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def step(self) -> bool:
        """What was wanted is made, and what the next events call for; whether more may be there."""
        if self._at is None:
            self._at = self._cursors.load(NAME).get(CURSOR, 0)
        self._make_wanted()
        began = time.thread_time()
        animals, last = self._book.animals_told_of(self._at, limit=EVENTS_A_STEP)
        self._rest(began)
        for epc in animals:
            self._make(epc)
            self._make_wanted()
        if self._stop.is_set() or last == self._at:
            return False
        self._cursors.save(NAME, {CURSOR: last})
        self._at = last
        return True

    def _make_wanted(self) -> None:
        for epc in self._wanted.take():
            self._make(epc)

    def _make(self, epc: str) -> None:
        """The digest is made, unless it is to stop; of what cannot be told, nothing is kept.

        Raises StoreUnavailableError.
        """
        if self._stop.is_set():
            return
        began = time.thread_time()
        try:
            self._book.make(epc)
        except StoreUnavailableError:
            raise
        except Exception:  # one animal must not keep the others' digests waiting: its page is told from its events
            if epc not in self._failed:
                log.exception("digests.passed_over", epc=epc)
                self._remember(epc)
        self._rest(began)

    def _remember(self, epc: str) -> None:
        if len(self._failed) >= MOST_TOLD:
            self._failed.clear()
        self._failed.add(epc)

    def _rest(self, began: float) -> None:
        self._stop.wait(rest_after(time.thread_time() - began))

    def _run(self) -> None:
        while not self._stop.wait(0 if self._guarded() else self._period_s):
            pass

    def _guarded(self) -> bool:
        try:
            return self.step()
        except StoreUnavailableError as error:
            log.warning("digests.waiting", reason=str(error))
        except Exception:  # an entry-point loop: pages are told without digests, more slowly
            log.exception("digests.failed")
        return False
