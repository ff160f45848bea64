"""An alarm for every hold that a capture places: in the log at once, in the console's list of holds for good."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from observations.errors import StoreUnavailableError
from traceability.holds import Hold
from traceability.ports import HoldBook

AT_ONCE = 100
log = structlog.get_logger()


class HoldAlarms:
    """Tells holds that are placed while somebody captures, each once, however many capture at a time.

    Holds are numbered in the order in which they become visible (`storage.records.event_rows.write_alone`).
    """

    def __init__(self, book: HoldBook) -> None:
        self._book = book
        self._lock = threading.Lock()
        self._capturing, self._told = 0, 0

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Whatever is put on hold while the block lasts, by whomever, is in the log when it ends, even by an error."""
        with self._lock:
            if not self._capturing:
                self._told = self._book.newest()
            self._capturing += 1
        try:
            yield
        finally:
            with self._lock:
                self._capturing -= 1
                self._tell()

    def _tell(self) -> None:
        try:
            self._tell_new()
        except StoreUnavailableError as error:  # what was captured stays captured; the list of holds has them
            log.warning("holds_not_told", reason=str(error))

    def _tell_new(self) -> None:
        while placed := self._book.placed_after(self._told, limit=AT_ONCE):
            for hold in placed:
                tell_hold(hold)
            self._told = placed[-1].number


def tell_hold(hold: Hold) -> None:
    """The alarm is in the log."""
    log.warning(
        "hold_placed",
        number=hold.number,
        subject=hold.subject,
        reason=hold.reason,
        cause=hold.cause,
        detail=hold.detail_en,
    )
