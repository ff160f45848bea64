"""Work that comes round."""

import threading

import pytest
from structlog.testing import capture_logs

from bootstrap.periodic import Periodic
from observations.errors import StoreUnavailableError

PATIENCE_S = 30


class Turns:
    """Goes through what it is to raise, turn by turn, and then well for ever."""

    def __init__(self, *ends: Exception | None) -> None:
        self.ends = list(ends)
        self.done = threading.Event()
        self.at_once = self.most_at_once = 0

    def __call__(self) -> None:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            if not self.ends:
                self.done.set()
            elif error := self.ends.pop(0):
                raise error
        finally:
            self.at_once -= 1


def told_of(turns: Turns) -> list[str]:
    rounds = Periodic("work", turns, period_s=0.001)
    with capture_logs() as told:
        rounds.start()
        assert turns.done.wait(PATIENCE_S)
        rounds.stop()
    assert {entry["work"] for entry in told} == {"work"}
    return [entry["event"] for entry in told]


def test_turns_follow_one_another_whatever_they_raise() -> None:
    turns = Turns(None, ZeroDivisionError(), None, StoreUnavailableError("away"), None)
    assert told_of(turns) == ["work_failed", "work_waiting"]
    assert turns.most_at_once == 1


def test_what_is_away_is_told_once_until_it_has_come_back() -> None:
    away = StoreUnavailableError("away")
    assert told_of(Turns(away, away, away, None, away, away)) == ["work_waiting", "work_waiting"]


@pytest.mark.parametrize("started", [True, False])
def test_nothing_is_done_after_the_end(*, started: bool) -> None:
    turns = Turns()
    rounds = Periodic("work", turns, first_after_s=3_600)
    if started:
        rounds.start()
    rounds.stop()
    assert rounds.ending.is_set()
    assert not turns.done.is_set()
