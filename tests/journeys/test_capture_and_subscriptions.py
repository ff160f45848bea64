"""A real service that is killed while it captures and while it tells subscribers, and pages read meanwhile."""

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.api.test_epcis import document, event
from tests.journeys.house import JourneyHouse, house_in

pytestmark = pytest.mark.journey

EVENTS = 3_000
PAGED = 10_000
STEP_S = 0.05
PATIENCE_S = 240.0


def shipped(first: int, count: int) -> dict[str, Any]:
    return document(*(event(number, bizStep="shipping") for number in range(first, first + count)))


def events_in(body: dict[str, Any]) -> list[str]:
    return [each["eventID"] for each in body["epcisBody"]["queryResults"]["resultsBody"]["eventList"]]


def events_of(house: JourneyHouse) -> Iterator[str]:
    """The ids on every page of all events, as a client walks them."""
    url = f"http://127.0.0.1:{house.http_port}/epcis/events?perPage=500"
    headers = {"Authorization": f"Bearer {house.token}"}
    with httpx2.Client(headers=headers, trust_env=False, timeout=60) as client:
        while True:
            answer = client.get(url)
            assert answer.is_success, answer.text
            yield from events_in(answer.json())
            if "next" not in answer.links:
                return
            url = answer.links["next"]["url"]


def await_job(house: JourneyHouse, location: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        assert time.monotonic() < deadline, house.logs()
        try:
            job: dict[str, Any] = house.get(location).json()
        except httpx2.TransportError:
            job = {"running": True}  # just being started again
        if not job["running"]:
            return job
        time.sleep(STEP_S)


@dataclass
class Webhook:
    """A subscriber's web server; keeps what it took."""

    taken: list[tuple[str, list[str]]] = field(default_factory=list)
    said: threading.Condition = field(default_factory=threading.Condition)
    port: int = 0

    def take(self, delivery: str, body: bytes) -> None:
        with self.said:
            self.taken.append((delivery, events_in(json.loads(body))))
            self.said.notify_all()

    def wait_until_taken(self, count: int) -> None:
        with self.said:
            assert self.said.wait_for(lambda: len(self.different) >= count, PATIENCE_S), len(self.different)

    @property
    def different(self) -> set[str]:
        return {each for _, part in self.taken for each in part}


@contextmanager
def listening() -> Iterator[Webhook]:
    webhook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            webhook.take(self.headers["Tiantou-Delivery"], self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    webhook.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield webhook
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_capture_that_is_killed_leaves_nothing_of_itself_and_is_done_at_the_next_start(tmp_path: Path) -> None:
    with house_in(tmp_path / "var") as house:
        house.start()
        broken = shipped(10_000, EVENTS)
        broken["epcisBody"]["eventList"][-1]["action"] = "LOOK"
        refused = house.post("/epcis/capture", broken, **{"GS1-Capture-Error-Behaviour": "rollback"})
        answer = house.post("/epcis/capture", shipped(0, EVENTS))
        assert (refused.status_code, answer.status_code) == (202, 202)
        house.kill("service")  # in the middle of the first job, or of the second
        house.await_ready()
        seen = len(list(events_of(house)))
        assert seen in {0, EVENTS}
        assert await_job(house, urlsplit(refused.headers["location"]).path)["success"] is False
        job = await_job(house, urlsplit(answer.headers["location"]).path)
        assert job["success"], job
        assert sorted(events_of(house)) == sorted(f"urn:x:event:{number}" for number in range(EVENTS))
        house.stop()


def test_pages_over_ten_thousand_events_have_no_gap_and_no_repeat_while_captures_go_on(tmp_path: Path) -> None:
    with house_in(tmp_path / "var") as house:
        house.start()
        for first in range(0, PAGED, 5_000):
            job = house.post("/epcis/capture", shipped(first, 5_000))
            assert await_job(house, urlsplit(job.headers["location"]).path)["success"]
        over = threading.Event()
        captured = itertools.count(PAGED)

        def go_on() -> None:
            while not over.is_set():
                house.post("/epcis/capture", shipped(50 * next(captured), 50))

        writer = threading.Thread(target=go_on)
        writer.start()
        try:
            found = list(events_of(house))
        finally:
            over.set()
            writer.join()
        assert len(found) == len(set(found))
        assert found[:PAGED] == [f"urn:x:event:{number}" for number in range(PAGED)]
        house.stop()


def test_a_subscriber_is_told_everything_in_order_although_the_service_is_killed_meanwhile(tmp_path: Path) -> None:
    with listening() as webhook, house_in(tmp_path / "var") as house:
        house.settings["TIANTOU_WEBHOOKS_PRIVATE"] = "1"
        house.start()
        house.post("/epcis/queries", {"name": "mine", "query": {"EQ_bizStep": "shipping"}})
        wanted = {"dest": f"http://127.0.0.1:{webhook.port}/in", "stream": True}
        answer = house.post("/epcis/queries/mine/subscriptions", wanted)
        assert answer.status_code == 201, answer.text
        house.post("/epcis/capture", shipped(0, EVENTS))
        webhook.wait_until_taken(200)
        house.kill("service")
        house.await_ready()
        webhook.wait_until_taken(EVENTS)
        house.stop()
    # A part that was sent twice has one number and the same events; taken once, everything is there in order.
    parts = {int(delivery.rpartition("-")[2]): events for delivery, events in webhook.taken}
    assert all(parts[int(delivery.rpartition("-")[2])] == events for delivery, events in webhook.taken)
    told = [each for number in sorted(parts) for each in parts[number]]
    assert told == [f"urn:x:event:{number}" for number in range(EVENTS)]
    numbers = [int(delivery.rpartition("-")[2]) for delivery, _ in webhook.taken]
    assert numbers == sorted(numbers)
