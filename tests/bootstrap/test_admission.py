import threading
import time
from collections.abc import Iterator

import pytest

from bootstrap import admission
from bootstrap.admission import Admission
from bootstrap.errors import ProcessStartError

PATIENCE_S = 60


class Door:
    """Opens at the second try."""

    def __init__(self) -> None:
        self.tries = 0
        self.opened = threading.Event()

    def let_in(self) -> None:
        self.tries += 1
        if self.tries == 1:
            msg = "the broker is away"
            raise ProcessStartError(msg)
        self.opened.set()


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def at_the_door(door: Door, monkeypatch: pytest.MonkeyPatch) -> Iterator[Admission]:
    monkeypatch.setattr(admission, "PAUSE_S", 0.01)
    made = Admission(door.let_in)
    made.start()
    yield made
    made.stop()


def test_nobody_is_let_in_before_it_is_asked_for(door: Door, at_the_door: Admission) -> None:
    assert at_the_door.problem == "devices wait until ingest listens"
    assert not at_the_door.served
    assert door.tries == 0


def test_a_failure_is_tried_again_until_it_succeeds(door: Door, at_the_door: Admission) -> None:
    at_the_door.request()
    assert door.opened.wait(PATIENCE_S)
    deadline = time.monotonic() + PATIENCE_S
    while not at_the_door.served:
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
    assert door.tries == 2


def test_two_who_let_in_take_turns() -> None:
    inside, together = threading.Lock(), []
    meet = threading.Barrier(2)

    def let_in() -> None:
        together.append(not inside.acquire(blocking=False))
        threading.Event().wait(0.01)
        inside.release()

    made = Admission(let_in)

    def ask() -> None:
        meet.wait(PATIENCE_S)
        made.let_in()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert together == [False, False]
