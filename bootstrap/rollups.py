"""The thread that keeps the roll-up by the hour up with what arrives."""

from typing import Protocol

from bootstrap.periodic import Periodic

PERIOD_S = 30.0
PAUSE_S = 0.2
"""Between two steps of a backlog, so that charts and ingest come in between."""


class Steps(Protocol):
    """Work that is done a bounded step at a time."""

    def step(self) -> int:
        """A little more is done; how much. 0: there is nothing to do now."""


class RollUpWorker(Periodic):
    """Steps until nothing is due, and looks again after `period_s`; charts read the rows themselves meanwhile."""

    def __init__(self, roll_ups: Steps, *, period_s: float = PERIOD_S, pause_s: float = PAUSE_S) -> None:
        super().__init__("roll-ups", lambda: pause_s if roll_ups.step() else None, period_s=period_s)
