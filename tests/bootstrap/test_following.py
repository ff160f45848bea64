"""A follower led through a store: poison, replay, absence, a second leader, and what is seen of it."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from prometheus_client import CollectorRegistry

from bootstrap import following as module
from bootstrap.failed_rows import read_failed_rows
from bootstrap.following import Effects, Follower, FollowerReplay, Following, follow
from observations.batch import ObservationBatch
from observations.errors import StoreUnavailableError
from observations.model import Cursor
from storage.observations.memory import InMemoryObservationStore
from storage.records.errors import CursorMovedError
from storage.records.records import Records

START = datetime(2026, 11, 22, tzinfo=UTC)


class Counting:
    """Remembers in the records what it was given, by a cursor of its own; some readings it cannot take."""

    def __init__(self) -> None:
        self.poison: set[int] = set()
        self.away = False

    def handle(self, batch: ObservationBatch) -> Effects:
        if self.away:
            msg = "the records are away"
            raise StoreUnavailableError(msg)
        times = batch.phenomenon_ms.tolist()

        def write(records: Records) -> None:
            counted = records.cursors.load("counted")
            for ms in times:
                counted[str(ms)] = counted.get(str(ms), 0) + 1
                records.cursors.save("counted", counted)
                if ms in self.poison:
                    msg = f"reading {ms}"
                    raise ValueError(msg)

        return write


class World:
    def __init__(self, records: Records) -> None:
        self.records, self.store, self.counting = records, InMemoryObservationStore(), Counting()
        self.now, self.metrics = START, CollectorRegistry()
        self.following = self.lead(self.metrics)

    def lead(self, metrics: CollectorRegistry) -> Following:
        (led,) = follow(
            [Follower(name="counting", handle=self.counting.handle, period_s=0.01)],
            store=self.store,
            records=self.records,
            metrics=metrics,
            now=lambda: self.now,
        )
        return led

    def append(self, *times: int, device: str = "tag-1") -> None:
        ms = np.array(times, np.int64)
        self.store.append(
            ObservationBatch(
                device=[device] * len(ms),
                channel=[""] * len(ms),
                phenomenon_ms=ms,
                received_ms=ms,
                corrected_ms=ms,
                values={"battery": np.full(len(ms), 3.1)},
            )
        )

    def counted(self) -> dict[int, int]:
        return {int(ms): count for ms, count in self.records.cursors.load("counted").items()}

    def shown(self, name: str) -> float | None:
        return self.metrics.get_sample_value(f"tiantou_follower_{name}", {"follower": "counting"})


@pytest.fixture
def world(records: Records) -> Iterator[World]:
    made = World(records)
    yield made
    made.following.stop()


def test_what_is_stored_is_handled_once_and_in_order(world: World) -> None:
    world.append(1, 2)
    world.append(3)
    world.following.catch_up()
    world.following.catch_up()
    assert world.counted() == {1: 1, 2: 1, 3: 1}
    assert world.records.cursors.load("counting") == world.store.head()
    world.append(4)
    world.lead(CollectorRegistry()).catch_up()
    assert world.counted() == {1: 1, 2: 1, 3: 1, 4: 1}


def test_a_row_that_it_fails_on_is_set_aside_and_the_others_are_handled(world: World) -> None:
    world.counting.poison = {5}
    world.append(*range(10))
    world.append(10, device="tag-2")
    world.following.catch_up()
    assert world.counted() == {ms: 1 for ms in range(11) if ms != 5}
    (aside,) = world.records.quarantine.list()
    assert (aside.topic, aside.code, aside.device) == ("followers/counting", "follower_failed", "tag-1")
    assert "ValueError: reading 5" in aside.reason
    assert read_failed_rows(aside.payload).phenomenon_ms.tolist() == [5]
    assert (world.following.state().set_aside, world.shown("set_aside_total"), world.shown("rows_total")) == (1, 1, 11)


def test_what_was_set_aside_is_handled_once_when_it_is_replayed(world: World) -> None:
    world.counting.poison = {5}
    world.append(5)
    world.following.catch_up()
    (aside,) = world.records.quarantine.list()
    replay = FollowerReplay([world.following], world.records.quarantine, Otherwise())
    assert "still fails: ValueError: reading 5" in replay.replay(aside.digest)
    world.counting.poison = set()
    assert replay.replay(aside.digest) == ""
    assert replay.replay(aside.digest) == ""
    assert world.counted() == {5: 1}
    assert world.records.quarantine.list() == []
    assert replay.replay("0" * 64) == "not a follower's"


def test_a_follower_that_fails_on_everything_does_not_stop_for_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ISOLATION_CALLS", 8)
    world.counting.poison = set(range(100))
    world.append(*range(100))
    world.following.catch_up()
    world.append(100)
    world.following.catch_up()
    assert world.counted() == {100: 1}
    aside = [row for message in world.records.quarantine.list() for row in read_failed_rows(message.payload).device]
    assert len(aside) == 100
    assert world.following.state().set_aside == 7


def test_while_a_store_is_away_nothing_is_set_aside(world: World) -> None:
    world.append(1)
    world.counting.away = True
    with pytest.raises(StoreUnavailableError):
        world.following.catch_up()
    assert world.records.quarantine.list() == []
    world.counting.away = False
    world.following.catch_up()
    assert world.counted() == {1: 1}


def test_of_two_leaders_one_finds_the_cursor_moved(world: World) -> None:
    world.append(1)
    other = world.lead(CollectorRegistry())
    other.catch_up()
    world.following.catch_up()
    world.append(2)
    other.catch_up()
    with pytest.raises(CursorMovedError):
        world.following.catch_up()
    world.following.catch_up()
    assert world.counted() == {1: 1, 2: 1}


def test_the_lag_grows_until_all_is_handled(world: World) -> None:
    world.now += timedelta(seconds=30)
    assert world.shown("lag_seconds") == 30
    world.following.catch_up()
    assert world.shown("lag_seconds") == 0


def test_the_thread_tells_why_it_waits(world: World) -> None:
    waiting = WaitingStore()
    (led,) = follow(
        [Follower(name="waiting", handle=world.counting.handle, period_s=0.01)],
        store=waiting,
        records=world.records,
        metrics=CollectorRegistry(),
        now=lambda: world.now,
    )
    led.start()
    waiting.asked_twice.wait(10)
    led.stop()
    assert led.state().problem == "waiting: no answer"


class Otherwise:
    def replay(self, digest: str) -> str:
        assert digest
        return "not a follower's"


class WaitingStore(InMemoryObservationStore):
    def __init__(self) -> None:
        super().__init__()
        self.asked, self.asked_twice = 0, threading.Event()

    def since(self, cursor: Cursor, *, limit: int) -> tuple[ObservationBatch, Cursor]:
        self.asked += 1
        if self.asked > 1:
            self.asked_twice.set()
        assert limit, cursor
        msg = "no answer"
        raise StoreUnavailableError(msg)
