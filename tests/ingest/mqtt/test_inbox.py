import threading
from collections.abc import Callable
from typing import cast

from ingest.message import Message
from ingest.mqtt.connection import Connection
from ingest.mqtt.inbox import Bounds, Inbox, Parcel, parcel

WIDE = Bounds(messages=1000, payload_bytes=1 << 20)
DEADLINE_S = 60.0


def delivery(number: int, size: int = 10) -> Parcel:
    message = Message(topic="t", payload=b"x" * size, received_ms=number, size=size)
    return parcel(cast("Connection", None), [number], [message])


def never() -> bool:
    return False


def inbox(
    bounds: Bounds = WIDE, batch: Bounds = WIDE, linger_s: float = 60.0, monotonic: Callable[[], float] = lambda: 0.0
) -> Inbox:
    return Inbox(bounds=bounds, batch=batch, linger_s=linger_s, monotonic=monotonic)


def numbers(taken: list[Parcel]) -> list[int]:
    return [packet_id for each in taken for packet_id in each.packet_ids]


def test_a_full_batch_is_taken_at_once_and_in_order() -> None:
    box = inbox(batch=Bounds(messages=3, payload_bytes=1 << 20))
    for number in range(5):
        box.put(delivery(number), abandoned=never)
    assert numbers(box.take()) == [0, 1, 2]
    assert box.level() == (2, 20, 3)


def test_a_batch_is_full_by_its_bytes_too() -> None:
    box = inbox(batch=Bounds(messages=100, payload_bytes=25))
    for number in range(5):
        box.put(delivery(number), abandoned=never)
    assert numbers(box.take()) == [0, 1, 2]


def test_a_small_batch_is_taken_when_its_oldest_has_waited_and_not_before() -> None:
    now = [0.0]
    box = inbox(linger_s=0.25, monotonic=lambda: now[0])
    box.put(delivery(1), abandoned=never)
    taken: list[int] = []
    taker = threading.Thread(target=lambda: taken.extend(numbers(box.take())))
    taker.start()
    now[0] = 0.2
    box.put(delivery(2), abandoned=never)
    assert taken == []
    now[0] = 0.26
    box.wake()
    taker.join(DEADLINE_S)
    assert taken == [1, 2]


def test_whoever_puts_too_much_waits_until_there_is_room() -> None:
    box = inbox(bounds=Bounds(messages=2, payload_bytes=1 << 20))
    giver = threading.Thread(target=lambda: [box.put(delivery(number), abandoned=never) for number in range(9)])
    giver.start()
    found: list[int] = []
    while len(found) < 8:
        found += numbers(box.take())
        assert box.level()[0] <= 2
    box.close()
    giver.join(DEADLINE_S)
    found += numbers(box.take())
    assert found == list(range(len(found)))


def test_a_message_larger_than_all_bounds_still_comes_through_alone() -> None:
    box = inbox(bounds=Bounds(messages=10, payload_bytes=5), batch=Bounds(messages=10, payload_bytes=5))
    assert box.put(delivery(1, size=100), abandoned=never)
    assert numbers(box.take()) == [1]


def test_whoever_gives_up_waiting_keeps_the_message() -> None:
    box = inbox(bounds=Bounds(messages=1, payload_bytes=100))
    box.put(delivery(1), abandoned=never)
    gave_up = threading.Event()
    answers: list[bool] = []
    giver = threading.Thread(target=lambda: answers.append(box.put(delivery(2), abandoned=gave_up.is_set)))
    giver.start()
    gave_up.set()
    box.wake()
    giver.join(DEADLINE_S)
    assert answers == [False]
    assert box.level()[0] == 1


def test_a_closed_inbox_gives_what_is_left_and_then_nothing() -> None:
    box = inbox()
    box.put(delivery(1), abandoned=never)
    box.close()
    assert not box.put(delivery(2), abandoned=never)
    assert numbers(box.take()) == [1]
    assert box.take() == []


def test_a_cleared_inbox_is_empty_and_has_room() -> None:
    box = inbox(bounds=Bounds(messages=1, payload_bytes=100))
    box.put(delivery(1), abandoned=never)
    box.clear()
    assert box.level() == (0, 0, 0)
    assert box.put(delivery(2), abandoned=never)
