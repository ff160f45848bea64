"""One plan for all tests, a real broker, and an HTTP service that counts what it is sent."""

import json
import shutil
import socket
import subprocess
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from simulators.model import SitePlan
from simulators.plan import build_plan
from simulators.telemetry import Telemetry
from tests.ports import free_port

SEED, TODAY = 7, date(2026, 11, 22)
DEADLINE_S = 60.0


@pytest.fixture(scope="session")
def plan() -> SitePlan:
    return build_plan(SEED, TODAY)


@pytest.fixture
def telemetry(plan: SitePlan) -> Telemetry:
    return Telemetry(plan)


@dataclass(slots=True)
class Subscriber:
    """Someone outside who keeps every message that arrives."""

    client: mqtt.Client
    arrived: list[tuple[str, bytes]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int) -> bool:
        end = time.monotonic() + DEADLINE_S
        with self.changed:
            return self.changed.wait_for(lambda: len(self.arrived) >= count, timeout=end - time.monotonic())

    def settle(self) -> None:
        """Everything the broker took before this call has arrived: it keeps the order of one topic filter."""
        mark = (f"settled/{len(self.arrived)}", uuid.uuid4().bytes)
        self.client.publish(*mark, qos=1)
        with self.changed:
            assert self.changed.wait_for(lambda: mark in self.arrived, timeout=DEADLINE_S)
            self.arrived.remove(mark)


@dataclass(slots=True)
class Broker:
    """A mosquitto that can be ended and started again on its port."""

    port: int
    configuration: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["mosquitto", "-c", str(self.configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + DEADLINE_S
        ready = threading.Event()
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            ready.wait(0.02)
        pytest.fail("mosquitto does not answer")

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    if shutil.which("mosquitto") is None:
        pytest.skip("mosquitto is not installed")
    port = free_port()
    configuration = tmp_path / "mosquitto.conf"
    configuration.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 0\n"
    )
    broker = Broker(port=port, configuration=configuration)
    broker.start()
    yield broker
    broker.end()


@pytest.fixture
def subscriber(broker: Broker) -> Iterator[Subscriber]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    subscriber = Subscriber(client)
    subscribed, ended = threading.Event(), threading.Event()

    def keep(_client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        with subscriber.changed:
            subscriber.arrived.append((message.topic, bytes(message.payload)))
            subscriber.changed.notify_all()

    client.on_message = keep

    def ask(client: mqtt.Client, *_rest: object) -> None:
        client.subscribe("#", qos=1)

    def granted(*_rest: object) -> None:
        subscribed.set()

    def gone(*_rest: object) -> None:
        ended.set()

    client.on_connect = ask
    client.on_subscribe = granted
    client.on_disconnect = gone
    client.connect("127.0.0.1", broker.port)
    client.loop_start()
    assert subscribed.wait(DEADLINE_S)
    yield subscriber
    client.disconnect()
    ended.wait(DEADLINE_S)
    client.loop_stop()


@dataclass(slots=True)
class Service:
    """An event capture interface in memory; `answers` are given before it behaves."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    events: dict[str, bytes] = field(default_factory=dict)
    posts: int = 0
    tokens: set[str] = field(default_factory=set)

    def answer(self, token: str, document: bytes) -> int:
        self.posts += 1
        self.tokens.add(token)
        if self.answers:
            return self.answers.pop(0)
        event_id = json.loads(document)["eventID"]
        known = self.events.get(event_id)
        self.events[event_id] = document
        return 409 if known == document else 201


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            document = self.rfile.read(int(self.headers["Content-Length"]))
            status = service.answer(self.headers["Authorization"], document)
            self.send_response(status if self.path == "/epcis/events" else 410)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield service
    server.shutdown()
    thread.join()
    server.server_close()
