"""The thread that keeps the roll-up by the hour up with what arrives."""

import threading
from typing import Protocol

import structlog

from observations.errors import StoreUnavailableError

NAME = "roll-ups"
PERIOD_S = 30.0
PAUSE_S = 0.2
"""Between two steps of a backlog, so that charts and ingest come in between."""

log = structlog.get_logger()


class Steps(Protocol):
    """Work that is done a bounded step at a time."""

    def step(self) -> int:
        """A little more is done; how much. 0: there is nothing to do now."""


class RollUpWorker:
    """Steps until nothing is due, looks again after `period_s`, and never ends before it is stopped."""

    def __init__(self, roll_ups: Steps, *, period_s: float = PERIOD_S, pause_s: float = PAUSE_S) -> None:
        self._roll_ups = roll_ups
        self._period_s = period_s
        self._pause_s = pause_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=NAME)

    def start(self) -> None:
        """It works on its own thread."""
        self._thread.start()

    def stop(self) -> None:
        """The thread has ended, after the step it was in."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._stop.wait(self._pause_s if self._step() else self._period_s)

    def _step(self) -> int:
        try:
            return self._roll_ups.step()
        except StoreUnavailableError as error:
            log.warning("roll_ups.waiting", reason=str(error))
        except Exception:  # an entry-point loop: charts read the rows themselves meanwhile
            log.exception("roll_ups.failed")
        return 0
