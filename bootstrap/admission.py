"""Devices are let in at the broker once ingest listens, and whenever one was added."""

import threading
from collections.abc import Callable

import structlog

from bootstrap.errors import BootstrapError
from observations.errors import StoreUnavailableError

PAUSE_S = 2.0


class Admission:
    """Calls `let_in` in a thread of its own each time `request` was called; tries again where it fails.

    problem: why devices are not let in; "" where they are.
    """

    def __init__(self, let_in: Callable[[], None]) -> None:
        self.problem = "devices wait until ingest listens"
        self._let_in = let_in
        self._turn = threading.Lock()
        self._wanted = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="admission")
        self._log = structlog.get_logger("bootstrap.admission")

    def start(self) -> None:
        """Requests are served."""
        self._thread.start()

    def request(self) -> None:
        """Devices are let in soon; returns at once, so that a network thread may call it."""
        self._wanted.set()

    def let_in(self) -> None:
        """Devices are let in when this returns; raises what letting them in raises. One lets in at a time."""
        with self._turn:
            self._let_in()

    @property
    def served(self) -> bool:
        """The newest request was served."""
        return not self.problem

    def stop(self) -> None:
        """The thread has ended."""
        self._stop.set()
        self._wanted.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while True:
            self._wanted.wait()
            if self._stop.is_set():
                return
            self._wanted.clear()
            try:
                self.let_in()
            except (BootstrapError, StoreUnavailableError, OSError) as error:
                self.problem = f"devices cannot be let in: {error}"
                self._log.warning("admission_failed", problem=str(error))
                self._wanted.set()
                self._stop.wait(PAUSE_S)
            else:
                self.problem = ""
                self._log.info("devices_let_in")
