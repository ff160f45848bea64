import threading
from collections.abc import Iterator

import pytest

from simulators.calendar_days import at_local
from simulators.capture import EventSender
from simulators.errors import EventRefusedError
from simulators.events import DatedEvent, site_events
from simulators.illness import Illnesses
from simulators.model import SitePlan
from tests.simulators.conftest import Service


@pytest.fixture
def event(plan: SitePlan) -> DatedEvent:
    return site_events(plan, Illnesses(plan), at_local(plan.today, 12))[0]


@pytest.fixture
def problems() -> list[str]:
    return []


@pytest.fixture
def sender(service: Service, problems: list[str]) -> Iterator[EventSender]:
    sender = EventSender(url=service.url, token="secret", on_problem=problems.append)
    yield sender
    sender.close()


def test_an_event_is_taken_once_and_a_repeat_does_no_harm(
    service: Service, sender: EventSender, event: DatedEvent
) -> None:
    stop = threading.Event()
    assert sender.send(event, stop)
    assert sender.send(event, stop)
    assert service.events == {event.event_id: event.document}
    assert service.tokens == {"Bearer secret"}


def test_a_busy_service_is_asked_again_and_the_problem_is_told(
    service: Service, sender: EventSender, event: DatedEvent, problems: list[str]
) -> None:
    service.answers = [503]
    assert sender.send(event, threading.Event())
    assert "answers 503" in problems[0]
    assert problems[-1] == ""


def test_a_service_that_refuses_the_event_is_not_asked_again(
    service: Service, sender: EventSender, event: DatedEvent
) -> None:
    service.answers = [400]
    with pytest.raises(EventRefusedError, match="400"):
        sender.send(event, threading.Event())
    assert service.posts == 1


def test_waiting_for_a_service_that_is_away_ends_when_told(event: DatedEvent) -> None:
    stop = threading.Event()
    problems: list[str] = []

    def told(text: str) -> None:
        problems.append(text)
        stop.set()

    sender = EventSender(url="http://127.0.0.1:9", token="t", on_problem=told)
    assert not sender.send(event, stop)
    assert "no service answers at http://127.0.0.1:9/epcis/events" in problems[0]
    sender.close()
