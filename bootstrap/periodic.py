"""Work that comes round, on a thread of its own, between a start and a stop."""

import threading
from collections.abc import Callable

import structlog

from observations.errors import ObservationError

log = structlog.get_logger()


class Periodic:
    """Calls `turn` again and again from `start` to `stop`, one call at a time.

    turn: does what there is to do now; returns after how many seconds it is to be called again, None for `period_s`.
        So it is where it raises; an ObservationError (something is away) is told once until a turn goes well.
    name: of the thread, and of the work in the log. first_after_s: how long the first turn waits.
    ending: is set as soon as it is to stop, for turns that take long.
    """

    def __init__(
        self, name: str, turn: Callable[[], float | None], *, period_s: float = 1.0, first_after_s: float = 0.0
    ) -> None:
        self.ending = threading.Event()
        self._name, self._turn = name, turn
        self._period_s, self._first_after_s = period_s, first_after_s
        self._waiting = False
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        """It goes round."""
        self._thread.start()

    def stop(self) -> None:
        """The turn it was in has ended, and there will be no other."""
        self.ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        wait_s = self._first_after_s
        while not self.ending.wait(wait_s):
            wait_s = self._guarded()

    def _guarded(self) -> float:
        """One turn is over, however it ended; how long to wait for the next, s."""
        try:
            wait_s = self._turn()
        except ObservationError as error:
            if not self._waiting:  # told once, however long it lasts
                log.warning("work_waiting", work=self._name, reason=str(error))
            self._waiting = True
            return self._period_s
        except Exception:  # an entry-point loop: the next turn may find better times
            log.exception("work_failed", work=self._name)
            return self._period_s
        self._waiting = False
        return self._period_s if wait_s is None else wait_s
