"""The thread that rolls hours up."""

import threading

from bootstrap.rollups import RollUpWorker
from observations.errors import StoreUnavailableError


class Work:
    """So many steps, one of which fails; then nothing is due."""

    def __init__(self) -> None:
        self.left = 5
        self.idle = threading.Event()

    def step(self) -> int:
        if not self.left:
            self.idle.set()
            return 0
        self.left -= 1
        if self.left == 3:
            msg = "away for a moment"
            raise StoreUnavailableError(msg)
        if self.left == 2:
            raise ZeroDivisionError
        return 1


def test_every_step_is_made_whatever_fails_in_between() -> None:
    work = Work()
    worker = RollUpWorker(work, period_s=0.001, pause_s=0.001)
    worker.start()
    assert work.idle.wait(timeout=30)
    worker.stop()
    assert work.left == 0


def test_a_worker_that_never_started_can_be_stopped() -> None:
    work = Work()
    RollUpWorker(work).stop()
    assert work.left == 5
