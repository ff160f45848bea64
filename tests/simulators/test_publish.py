import threading

import pytest

from simulators.errors import UnpublishableError
from simulators.messages import Message
from simulators.publish import Publisher
from tests.simulators.conftest import DEADLINE_S, Broker, Subscriber


def message(number: int) -> Message:
    return Message(topic=f"tiantou/v1/s/d{number % 7}/observations", payload=b"%d" % number, device="d", readings=1)


def publisher_for(broker: Broker, problems: list[str]) -> Publisher:
    return Publisher(host="127.0.0.1", port=broker.port, user="sim", password="x", on_problem=problems.append)


def test_everything_arrives_and_marks_settle_in_order(broker: Broker, subscriber: Subscriber) -> None:
    publisher, stop = publisher_for(broker, []), threading.Event()
    publisher.start()
    for number in range(5_000):
        assert publisher.publish(message(number), 1 + number // 1_000, stop)
        if number % 1_000 == 999:
            publisher.close_mark(1 + number // 1_000)
    assert publisher.wait_until_settled(5, stop)
    assert publisher.settled == 5
    assert subscriber.wait_for(5_000)
    publisher.stop()
    assert [int(payload) for _, payload in subscriber.arrived] == list(range(5_000))


def test_a_mark_does_not_settle_while_more_may_come_under_it(broker: Broker) -> None:
    publisher, stop = publisher_for(broker, []), threading.Event()
    publisher.start()
    publisher.publish(message(1), 10, stop)
    publisher.close_mark(10)
    publisher.publish(message(2), 20, stop)
    assert publisher.wait_until_settled(10, stop)
    assert publisher.settled == 10
    publisher.close_mark(20)
    assert publisher.wait_until_settled(20, stop)
    publisher.stop()


def test_a_broker_that_stays_away_holds_the_publisher_back_at_its_bound(broker: Broker) -> None:
    publisher, stop = publisher_for(broker, []), threading.Event()
    publisher.start()
    publisher.publish(message(0), 1, stop)
    publisher.close_mark(1)
    assert publisher.wait_until_settled(1, stop)
    broker.end()
    sent = 0
    timer = threading.Timer(0.5, stop.set)
    timer.start()
    while publisher.publish(message(sent), 2, stop):
        sent += 1
    publisher.stop()
    timer.join()
    assert sent <= 2_000 + 1_000
    assert publisher.settled == 1


def test_a_broker_that_was_killed_gets_everything_once_it_is_back(broker: Broker) -> None:
    problems: list[str] = []
    publisher, stop = publisher_for(broker, problems), threading.Event()
    publisher.start()
    for number in range(500):
        publisher.publish(message(number), 1, stop)
    broker.end()
    for number in range(500, 1_000):
        publisher.publish(message(number), 1, stop)
    publisher.close_mark(1)
    broker.start()
    assert publisher.wait_until_settled(1, stop)
    assert publisher.acknowledged == 1_000
    assert problems[-1] == ""
    publisher.stop()


def test_a_missing_broker_holds_the_publisher_back_until_it_is_told_to_stop() -> None:
    problems: list[str] = []
    stop = threading.Event()
    publisher = Publisher(host="127.0.0.1", port=9, user="sim", password="x", on_problem=problems.append)
    publisher.start()
    sent = 0
    timer = threading.Timer(0.5, stop.set)
    timer.start()
    while publisher.publish(message(sent), 1, stop):
        sent += 1
    publisher.stop()
    timer.join()
    assert sent == 0
    assert publisher.settled == 0
    assert "no broker answers at 127.0.0.1:9" in problems[0]


def test_a_broker_that_refuses_us_is_asked_again_until_it_does_not(broker: Broker) -> None:
    lines = broker.configuration.read_text()
    broker.end()
    broker.configuration.write_text(lines.replace("allow_anonymous true", "allow_anonymous false"))
    broker.start()
    refused, stop = threading.Event(), threading.Event()
    problems: list[str] = []

    def told(text: str) -> None:
        problems.append(text)
        refused.set()

    publisher = Publisher(host="127.0.0.1", port=broker.port, user="sim", password="x", on_problem=told)
    publisher.start()
    assert refused.wait(DEADLINE_S)
    assert "refuses the simulator" in problems[0]
    broker.end()
    broker.configuration.write_text(lines)
    broker.start()
    publisher.publish(message(0), 1, stop)
    publisher.close_mark(1)
    assert publisher.wait_until_settled(1, stop)
    publisher.stop()


def test_a_message_that_would_be_sent_for_ever_is_not_sent_at_all(broker: Broker) -> None:
    publisher = publisher_for(broker, [])
    with pytest.raises(UnpublishableError, match="topic level"):
        publisher.publish(
            Message(topic="tiantou/v1/s/a b/senml", payload=b"", device="", readings=0), 1, threading.Event()
        )
