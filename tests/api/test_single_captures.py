"""Events that come one by one, many at once."""

import json
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from api.rest.epcis_singles import SingleCaptures
from tests.api.test_epcis import CONTEXT, event
from tests.traceability.one_life import EventsInMemory
from traceability.epcis.capture import capture_event
from traceability.model import CapturedEvent

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def captured(number: int, **changes: object) -> CapturedEvent:
    return capture_event(json.dumps({"@context": CONTEXT, **event(number, **changes)}).encode(), record_time=NOON)


class Slow(EventsInMemory):
    """Counts its transactions; the first one waits; refuses what it is told to."""

    def __init__(self) -> None:
        self.transactions: list[int] = []
        self.begun, self.go_on = threading.Event(), threading.Event()
        super().__init__()

    def capture(self, events: Sequence[CapturedEvent]) -> int:
        if events and any(each.event_id.endswith(":13") for each in events):
            raise ValueError
        if events:
            self.transactions.append(len(events))
            self.begun.set()
            assert self.go_on.wait(30)
        return super().capture(events)


def sent(singles: SingleCaptures, each: CapturedEvent, answers: dict[int, object], place: int) -> threading.Thread:
    def send() -> None:
        try:
            answers[place] = singles.capture(each)
        except ValueError as error:
            answers[place] = type(error)

    thread = threading.Thread(target=send)
    thread.start()
    return thread


def together(*later: CapturedEvent) -> tuple[Slow, dict[int, object]]:
    """The first event is being written while the others come."""
    store = Slow()
    singles = SingleCaptures(store)
    answers: dict[int, object] = {}
    first = sent(singles, captured(0), answers, 0)
    assert store.begun.wait(30)
    threads = [sent(singles, each, answers, place) for place, each in enumerate(later, start=1)]
    while True:
        with singles._gathering:
            if len(singles._gathered) == len(later):
                break
    store.go_on.set()
    for thread in [first, *threads]:
        thread.join()
    return store, answers


def test_what_comes_while_another_is_written_shares_a_transaction() -> None:
    store, answers = together(*(captured(number) for number in range(1, 9)))
    assert store.transactions == [1, 8]
    assert answers == dict.fromkeys(range(9), True)
    assert len(store.events) == 9


def test_each_sender_learns_whether_its_own_event_was_new() -> None:
    store, answers = together(captured(0), captured(1), captured(1), captured(1, bizStep="shipping"))
    assert answers[0] is True
    assert answers[1] is False
    assert sorted([answers[2], answers[3]], key=str) == [False, True]
    assert answers[4] is True
    assert len(store.events) == 3


def test_one_that_is_refused_keeps_no_other_out() -> None:
    store, answers = together(captured(1), captured(13), captured(2))
    assert answers == {0: True, 1: True, 2: ValueError, 3: True}
    assert [each.event_id for each in store.events] == ["urn:x:event:0", "urn:x:event:1", "urn:x:event:2"]


@pytest.mark.parametrize("times", [1, 3])
def test_one_at_a_time_is_as_before(times: int) -> None:
    store = Slow()
    store.go_on.set()
    singles = SingleCaptures(store)
    assert [singles.capture(captured(1)) for _ in range(times)] == [True, *[False] * (times - 1)]
