"""One at a time, and none while paused."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Whoever wants to append takes a turn; a pause waits for the turn under way and lets no other begin."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._busy = False
        self._paused = False

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Alone until the end of the block; waits for others and for the end of a pause."""
        with self._changed:
            self._changed.wait_for(lambda: not self._busy and not self._paused)
            self._busy = True
        try:
            yield
        finally:
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def pause(self) -> None:
        """Nobody has a turn when this returns, and nobody gets one before `resume`."""
        with self._changed:
            self._paused = True
            self._changed.wait_for(lambda: not self._busy)

    def resume(self) -> None:
        """Turns are given again; also where there was no pause."""
        with self._changed:
            self._paused = False
            self._changed.notify_all()
