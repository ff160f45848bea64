"""Subscriptions as a peer meets them, and what is sent."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest
from starlette.testclient import TestClient

from api.subscription_delivery import MOST_BYTES, Deliveries
from api.webhook_post import Answer
from tests.api.test_epcis import STANDARD, capture, document, event
from tests.api.world import World
from tests.traceability.conformance import needs_conformance
from traceability.epcis.subscriptions import Subscription, SubscriptionState

DEST = "https://client.example.com/callback"
ALL = "/epcis/queries/mine/subscriptions"
THEIRS = "https://id.gs1.org/8004/9526000143018200000149"


@dataclass
class Subscriber:
    """Takes posts, and answers what is set."""

    status: int = 200
    largest: int = 1_000
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        assert url == DEST
        told = json.loads(body)
        if len(events_in(told)) > self.largest:
            return Answer(status=413, why="it answered 413")
        self.raw.append(body)
        self.bodies.append(told)
        self.headers.append(headers)
        return Answer(status=self.status, why="" if self.status < 300 else f"it answered {self.status}")

    @property
    def deliveries(self) -> list[str]:
        return [each["Tiantou-Delivery"].rpartition("-")[2] for each in self.headers]

    @property
    def ids(self) -> list[list[str]]:
        return [[each["eventID"] for each in events_in(body)] for body in self.bodies]


def events_in(body: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = body["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    return found


@dataclass
class Peer:
    """A world, a client in it, and the subscriber."""

    world: World
    client: TestClient
    subscriber: Subscriber
    deliveries: Deliveries

    def subscribe(self, **changes: object) -> str:
        answer = self.client.post(ALL, json={"dest": DEST, "stream": True, **changes})
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == f"{ALL}/{answer.json()['subscriptionID']}"
        return str(answer.headers["location"])

    def serve(self) -> None:
        """Everything that is due now is served."""
        kept = self.world.subscriptions
        for due in kept.due(self.world.now, newest=self.world.event_queries.newest()):
            following: Subscription | None = due
            while following is not None:
                following = self.deliveries.serve(following)

    def later(self, **span: float) -> None:
        self.world.now += timedelta(**span)
        self.serve()

    def state(self, location: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get(location).json()
        return found


def peer_of(world: World, login: str) -> Peer:
    client = world.program(login)
    assert client.post("/epcis/queries", json={"name": "mine", "query": {"EQ_bizStep": "shipping"}}).status_code == 201
    subscriber = Subscriber()
    deliveries = Deliveries(world.services(), subscriber, chance=lambda: 1.0, patience=timedelta(days=7))
    return Peer(world=world, client=client, subscriber=subscriber, deliveries=deliveries)


@pytest.fixture
def peer(empty: World) -> Peer:
    return peer_of(empty, "operator")


def shipped(*numbers: int, **changes: object) -> dict[str, Any]:
    return document(*(event(number, bizStep="shipping", **changes) for number in numbers))


def test_a_stream_tells_what_was_captured_since_in_order_and_once(peer: Peer) -> None:
    capture(peer.client, shipped(1))
    location = peer.subscribe()
    peer.serve()
    capture(peer.client, shipped(2, 3))
    capture(peer.client, document(event(4)))
    capture(peer.client, shipped(5))
    peer.serve()
    peer.later(seconds=1)
    assert peer.subscriber.ids == [["urn:x:event:2", "urn:x:event:3", "urn:x:event:5"]]
    assert peer.subscriber.deliveries == ["1"]
    state = peer.state(location)
    assert (state["tt:state"], state["tt:failures"], state["stream"]) == ("active", 0, True)
    assert state["lastNotifiedAt"] == "2026-07-28T01:20:00.000Z"


@needs_conformance
def test_what_is_sent_is_a_query_document_of_the_standard(peer: Peer) -> None:
    location = peer.subscribe()
    capture(peer.client, shipped(1))
    peer.serve()
    schema = json.loads((STANDARD / "EPCIS-JSON-Schema-2.0.1.json").read_text())
    validator = jsonschema_rs.Draft7Validator(schema, validate_formats=True)
    (body,) = peer.subscriber.bodies
    assert [str(each) for each in validator.iter_errors(body)] == []
    results = body["epcisBody"]["queryResults"]
    assert (results["queryName"], results["subscriptionID"]) == ("mine", location.rpartition("/")[2])
    assert peer.subscriber.headers[0]["GS1-EPCIS-Version"] == "2.0.0"


def test_with_a_token_the_subscriber_can_tell_who_wrote(peer: Peer) -> None:
    peer.subscribe(signatureToken="s3cret")
    capture(peer.client, shipped(1))
    peer.serve()
    (headers,), (body,) = peer.subscriber.headers, peer.subscriber.raw
    parts = dict(part.split("=", 1) for part in headers["GS1-Signature"].split(","))
    assert parts["id"] == headers["Tiantou-Delivery"]
    signed = f"{parts['t']}.{parts['id']}.".encode() + body
    assert parts["v1"] == hmac.new(b"s3cret", signed, hashlib.sha256).hexdigest()
    assert "s3cret" not in peer.client.get(ALL).text


def test_what_fails_comes_again_as_it_was_and_nothing_overtakes_it(peer: Peer) -> None:
    location = peer.subscribe()
    peer.subscriber.status = 503
    capture(peer.client, shipped(1, 2))
    peer.serve()
    state = peer.state(location)
    assert (state["tt:failures"], state["tt:problem"]) == (1, "it answered 503")
    assert state["tt:nextAttemptAt"] == "2026-07-28T01:20:05.000Z"
    capture(peer.client, shipped(3))
    peer.serve()
    peer.subscriber.status = 200
    peer.later(seconds=5)
    assert peer.subscriber.deliveries == ["1", "1", "2"]
    assert peer.subscriber.ids == [["urn:x:event:1", "urn:x:event:2"]] * 2 + [["urn:x:event:3"]]


def test_after_a_crash_what_was_being_sent_comes_under_the_same_number(peer: Peer) -> None:
    class CrashError(Exception):
        pass

    def crash(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:  # noqa: ARG001 the port's signature
        raise CrashError

    peer.subscribe()
    capture(peer.client, shipped(1))
    sender = Deliveries(peer.world.services(), crash, chance=lambda: 1.0, patience=timedelta(days=7))
    (due,) = peer.world.subscriptions.due(peer.world.now, newest=1)
    with pytest.raises(CrashError):
        sender.serve(due)
    capture(peer.client, shipped(2))
    peer.serve()
    assert peer.subscriber.ids == []  # another may still be at it
    peer.later(seconds=60)
    assert peer.subscriber.ids == [["urn:x:event:1"], ["urn:x:event:2"]]
    assert peer.subscriber.deliveries == ["1", "2"]


def test_who_is_silent_for_a_week_is_given_up_and_can_be_replayed(peer: Peer) -> None:
    location = peer.subscribe()
    peer.subscriber.status = 500
    capture(peer.client, shipped(1))
    for _ in range(200):
        peer.later(hours=1)
    assert peer.state(location)["tt:state"] == SubscriptionState.GIVEN_UP
    tried = len(peer.subscriber.bodies)
    assert tried < 200
    peer.subscriber.status = 200
    peer.later(hours=1)
    assert len(peer.subscriber.bodies) == tried
    answer = peer.client.post(f"{location}/replay", params={"from": "2026-07-28T00:00:00+00:00"})
    assert (answer.status_code, answer.json()["tt:state"]) == (200, "active")
    peer.serve()
    assert peer.subscriber.ids[tried:] == [["urn:x:event:1"]]
    assert peer.state(location)["tt:state"] == SubscriptionState.ACTIVE


def test_a_replay_begins_where_it_is_told(peer: Peer) -> None:
    location = peer.subscribe()
    for number in (1, 2, 3):
        capture(peer.client, shipped(number))
        peer.later(minutes=1)
    assert peer.client.post(f"{location}/replay?from=2026-07-28T01:21:00Z").status_code == 200
    peer.serve()
    assert peer.subscriber.ids[3:] == [["urn:x:event:2", "urn:x:event:3"]]
    assert peer.subscriber.deliveries == ["1", "2", "3", "4"]
    assert peer.client.post(f"{location}/replay?from=yesterday").status_code == 400
    assert peer.client.post(f"{location}/replay").status_code == 400


def test_who_is_gone_is_sent_nothing_more(peer: Peer) -> None:
    location = peer.subscribe()
    peer.subscriber.status = 410
    capture(peer.client, shipped(1))
    peer.serve()
    assert peer.state(location)["tt:state"] == SubscriptionState.GIVEN_UP


def test_who_finds_a_part_too_large_gets_smaller_ones(peer: Peer) -> None:
    peer.subscribe()
    peer.subscriber.largest = 30
    capture(peer.client, shipped(*range(1, 101)))
    for _ in range(9):
        peer.later(seconds=1)
    assert max(len(part) for part in peer.subscriber.ids) <= 30
    told = [each for part in peer.subscriber.ids for each in part]
    assert told == [f"urn:x:event:{number}" for number in range(1, 101)]
    assert len(set(peer.subscriber.deliveries)) == len(peer.subscriber.deliveries)


def test_large_events_come_in_parts_of_a_megabyte(peer: Peer) -> None:
    peer.subscribe()
    padded = {"ex:padding": "x" * (MOST_BYTES // 3)}
    capture(peer.client, shipped(1, 2, 3, 4, 5, **padded))
    peer.serve()
    assert [len(part) for part in peer.subscriber.ids] == [2, 2, 1]


def test_a_schedule_tells_at_its_time_and_says_so_where_there_was_nothing(peer: Peer) -> None:
    location = peer.subscribe(schedule={"hour": "2"}, stream=None, reportIfEmpty=True)
    state = peer.state(location)
    assert (state["schedule"], state["tt:nextAttemptAt"]) == ({"hour": "2"}, "2026-07-28T02:00:00.000Z")
    assert "stream" not in state
    capture(peer.client, shipped(1))
    peer.later(minutes=39)
    assert peer.subscriber.ids == []
    peer.later(minutes=1)
    assert peer.subscriber.ids == [["urn:x:event:1"]]
    peer.later(hours=23)
    assert len(peer.subscriber.ids) == 1
    peer.later(hours=1)
    assert peer.subscriber.ids == [["urn:x:event:1"], []]
    peer.later(hours=24)
    assert peer.subscriber.ids[2:] == [[]]
    assert peer.subscriber.deliveries == ["1", "2", "3"]


def test_a_schedule_that_need_not_report_nothing_keeps_silent(peer: Peer) -> None:
    location = peer.subscribe(schedule={"minute": "0/10"}, stream=None)
    capture(peer.client, document(event(1)))
    peer.later(minutes=10)
    assert peer.subscriber.ids == []
    assert peer.state(location)["tt:nextAttemptAt"] == "2026-07-28T01:40:00.000Z"


def test_a_long_run_of_a_schedule_comes_in_parts(peer: Peer) -> None:
    peer.subscribe(schedule={"minute": "0/10"}, stream=None)
    capture(peer.client, shipped(*range(1, 251)))
    peer.later(minutes=10)
    assert [len(part) for part in peer.subscriber.ids] == [100, 100, 50]


def test_the_first_record_time_reaches_back(peer: Peer) -> None:
    capture(peer.client, shipped(1))
    peer.world.now += timedelta(minutes=1)
    capture(peer.client, shipped(2))
    peer.subscribe(initialRecordTime="2026-07-28T01:21:00Z")
    peer.subscribe(initialRecordTime="2026-07-01T00:00:00Z")
    peer.serve()
    assert sorted(peer.subscriber.ids) == [["urn:x:event:1", "urn:x:event:2"], ["urn:x:event:2"]]


def test_an_enterprise_is_told_of_its_animals_only_and_of_nothing_once_the_claim_ended(world: World) -> None:
    peer = peer_of(world, "wangbei")
    peer.subscribe()
    operator = world.program("operator")
    capture(operator, document(event(1, bizStep="shipping"), event(2, bizStep="shipping", epcList=[THEIRS])))
    peer.serve()
    assert peer.subscriber.ids == [["urn:x:event:1"]]
    peer.subscriber.status = 500
    capture(operator, shipped(3))
    peer.serve()
    assert peer.subscriber.ids == [["urn:x:event:1"], ["urn:x:event:3"]]
    peer.subscriber.status = 200
    peer.later(days=300)  # the claim ended in March
    capture(world.program("operator"), shipped(4))
    peer.later(minutes=1)
    assert peer.subscriber.ids[2:] == []


def test_nothing_is_sent_for_who_has_no_account_any_more(peer: Peer) -> None:
    location = peer.subscribe()
    capture(peer.client, shipped(1))
    del peer.world.accounts.users["operator"]
    peer.serve()
    assert peer.subscriber.ids == []
    kept = peer.world.subscriptions.find(location.rpartition("/")[2])
    assert kept is not None
    assert kept.state is SubscriptionState.WITHDRAWN


@pytest.mark.parametrize(
    "body",
    [{"stream": True}, {"dest": DEST}, {"dest": "http://127.0.0.1/", "stream": True},
     {"dest": "https://inside.example.com/", "stream": True}, {"dest": "https://nowhere.example.com/", "stream": True},
     {"dest": "ftp://client.example.com/", "stream": True}, {"dest": DEST, "schedule": {}},
     {"dest": DEST, "schedule": {"hour": "25"}}, {"dest": DEST, "stream": True, "initialRecordTime": 1}],
)  # fmt: skip
def test_what_cannot_be_served_is_refused(peer: Peer, body: dict[str, Any]) -> None:
    answer = peer.client.post(ALL, json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"] == "epcisException:SubscriptionControlsException"


def test_subscriptions_are_their_owners_and_go_with_their_query(world: World) -> None:
    peer, other = peer_of(world, "wangbei"), peer_of(world, "other")
    locations = sorted(peer.subscribe() for _ in range(3))
    first = peer.client.get(ALL, params={"perPage": 2})
    shown = [each["subscriptionID"] for each in first.json()]
    shown += [each["subscriptionID"] for each in peer.client.get(first.links["next"]["url"]).json()]
    assert [f"{ALL}/{each}" for each in shown] == locations
    for path in (locations[0], locations[0].replace("mine", "none"), f"{ALL}/none"):
        assert other.client.get(path).status_code == 404
        assert other.client.delete(path).status_code == 404
        assert other.client.post(f"{path}/replay?from=2026-07-28T01:21:00Z").status_code == 404
    assert other.client.get(ALL).json() == []
    assert peer.client.delete(locations[0]).status_code == 204
    assert peer.client.get(locations[0]).status_code == 404
    assert peer.client.delete("/epcis/queries/mine").status_code == 204
    assert peer.world.subscriptions.kept == {}
    assert peer.client.get(ALL).status_code == 404
    assert peer.client.post(ALL, json={"dest": DEST, "stream": True}).status_code == 404


def test_a_query_with_a_limit_cannot_be_subscribed_to(peer: Peer) -> None:
    peer.client.post("/epcis/queries", json={"name": "few", "query": {"maxEventCount": 3}})
    answer = peer.client.post("/epcis/queries/few/subscriptions", json={"dest": DEST, "stream": True})
    assert answer.status_code == 400


def test_a_user_has_so_many_subscriptions_and_no_more(peer: Peer) -> None:
    for _ in range(50):
        peer.subscribe()
    assert peer.client.post(ALL, json={"dest": DEST, "stream": True}).status_code == 400
