"""Subscribers are told while the service runs, whatever one of them does."""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from structlog.testing import capture_logs

from api.subscription_delivery import Deliveries
from api.webhook_post import Answer
from bootstrap.subscription_sender import SubscriptionSender
from observations.errors import StoreUnavailableError
from tests.api.epcis_fakes import Queries
from tests.api.test_epcis import document, event
from tests.api.test_subscriptions import peer_of
from tests.api.world import World, empty_world
from traceability.epcis.capture import capture_event
from traceability.epcis.subscriptions import SubscriptionState
from traceability.strict_json import canonical


class Waited:
    """A post that tells when something was sent, and can hold it."""

    def __init__(self, hold: str = "") -> None:
        self._hold = hold
        self.sent: list[str] = []
        self.said = threading.Condition()
        self.let_go = threading.Event()

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:  # noqa: ARG002 the port's signature
        with self.said:
            self.sent.append(url)
            self.said.notify_all()
        if self._hold and self._hold in url:
            self.let_go.wait(30)
            return Answer(status=0, broken_off=True)
        return Answer(status=200)

    def wait_for(self, *urls: str) -> None:
        with self.said:
            assert self.said.wait_for(lambda: set(urls) <= set(self.sent), 30), self.sent


def started(world: World, post: Waited, queries: Queries | None = None) -> SubscriptionSender:
    deliveries = Deliveries(world.services(), post, chance=lambda: 1.0, patience=timedelta(days=7))
    sender = SubscriptionSender(
        deliveries,
        world.subscriptions,
        queries or world.event_queries,
        now=lambda: world.now,
        break_off=post.let_go.set,
        period_s=0.005,
    )
    sender.start()
    return sender


def world_with(*subscribers: str) -> World:
    world = empty_world()
    peer = peer_of(world, "operator")
    for subscriber in subscribers:
        peer.subscribe(dest=f"https://client.example.com/{subscriber}")
    return world


def captured(world: World, number: int) -> None:
    body = {**document(), **event(number, bizStep="shipping")}
    body.pop("epcisBody")
    for name in ("schemaVersion", "creationDate"):
        body.pop(name)
    world.events.capture([capture_event(canonical(body).encode(), record_time=world.now)])


def test_a_subscriber_who_keeps_us_waiting_keeps_no_other_waiting() -> None:
    world, post = world_with("slow", "quick"), Waited(hold="slow")
    sender = started(world, post)
    captured(world, 1)
    post.wait_for("https://client.example.com/slow", "https://client.example.com/quick")
    captured(world, 2)
    with post.said:
        assert post.said.wait_for(lambda: post.sent.count("https://client.example.com/quick") == 2, 30)
    assert post.sent.count("https://client.example.com/slow") == 1
    sender.stop()
    slow = [each for each in world.subscriptions.kept.values() if each.asked.dest.endswith("slow")]
    assert [(each.progress.number, each.progress.failures, each.progress.due) for each in slow] == [(1, 0, world.now)]


def test_a_store_that_is_away_and_comes_back_only_delays() -> None:
    world, post = world_with("quick"), Waited()

    class AwayAtFirst(Queries):
        asked = 0

        def newest(self) -> int:
            self.asked += 1
            if self.asked < 3:
                raise StoreUnavailableError
            return super().newest()

    sender = started(world, post, AwayAtFirst(world.events))
    captured(world, 1)
    post.wait_for("https://client.example.com/quick")
    sender.stop()
    assert post.sent == ["https://client.example.com/quick"]


def test_one_whose_secret_cannot_be_read_is_named_once_and_the_others_are_served() -> None:
    world, post = world_with("unread", "quick"), Waited()
    unread = next(each for each in world.subscriptions.kept.values() if each.asked.dest.endswith("unread"))
    world.subscriptions.kept[unread.id] = replace(unread, state=SubscriptionState.PAUSED)
    world.subscriptions.unread.add(unread.id)
    with capture_logs() as logs:
        sender = started(world, post)
        captured(world, 1)
        post.wait_for("https://client.example.com/quick")
        captured(world, 2)
        with post.said:
            assert post.said.wait_for(lambda: len(post.sent) > 1, 30)
        sender.stop()
    assert {*post.sent} == {"https://client.example.com/quick"}
    assert [each["subscription"] for each in logs if each["event"] == "subscription.paused"] == [unread.id]


def test_a_service_that_ends_at_once_sends_nothing() -> None:
    post = Waited()
    started(world_with("quick"), post).stop()
    assert post.sent == []


def test_an_error_in_one_subscription_leaves_the_others_alone() -> None:
    world = world_with("broken", "quick")

    class Failing(Waited):
        def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
            answer = super().__call__(url, body, headers)
            if "broken" in url:
                raise RuntimeError(url)
            return answer

    post = Failing()
    sender = started(world, post)
    captured(world, 1)
    post.wait_for("https://client.example.com/broken", "https://client.example.com/quick")
    sender.stop()
    reached = {each.asked.dest: each.progress.cursor for each in world.subscriptions.kept.values()}
    assert reached == {"https://client.example.com/broken": 0, "https://client.example.com/quick": 1}
