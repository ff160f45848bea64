import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.message import LARGEST_BYTES, Message
from ingest.mqtt.connection import Connection, NewClient
from ingest.mqtt.receiver import MqttIngest, Patience
from ingest.mqtt.url import MqttUrl
from tests.ingest.house import NOW_MS, TAG, House
from tests.ingest.mqtt.brokers import DEADLINE_S, Broker, Mosquitto, Nats, publish
from tests.ingest.mqtt.conftest import needs
from tests.ports import free_port

CLIENT_ID = "tiantou-test"
QUICK = Patience(first_s=0.05, most_s=0.2, subscribe_s=10, pause_s=1.0)


def reading(number: int) -> tuple[str, bytes]:
    return TAG, f'{{"t": {NOW_MS // 1000 - 100_000 + number}, "ear_temperature": 38.5}}'.encode()


class Started:
    """An ingest that runs, and how often it was subscribed."""

    def __init__(self, url: MqttUrl, house: House, client: NewClient, **more: float) -> None:
        self.free = 0.5
        self.subscriptions = threading.Semaphore(0)
        self.ingest = MqttIngest(
            url,
            CLIENT_ID,
            house.pipeline,
            on_subscribed=self.subscriptions.release,
            disk_free_fraction=lambda: self.free,
            linger_s=0.05,
            batch_messages=int(more.get("batch_messages", 5000)),
            inbox_messages=int(more.get("inbox_messages", 20_000)),
            patience=QUICK,
            client=client,
        )

    def wait_subscribed(self) -> None:
        assert self.subscriptions.acquire(timeout=DEADLINE_S), "never subscribed"


@contextmanager
def ingesting(url: MqttUrl, house: House, client: NewClient, **more: float) -> Iterator[Started]:
    started = Started(url, house, client, **more)
    started.ingest.start()
    try:
        started.wait_subscribed()
        yield started
    finally:
        started.ingest.stop()


def eventually(what: Callable[[], bool]) -> None:
    deadline, pause = time.monotonic() + DEADLINE_S, threading.Event()
    while not what():
        assert time.monotonic() < deadline, "it never came to that"
        pause.wait(0.02)


def test_what_is_published_is_stored_and_then_acknowledged(broker: Broker, house: House, client: NewClient) -> None:
    with ingesting(broker.url, house, client):
        publish(broker.url, [reading(n) for n in range(3000)])
        house.store.wait_for(3000)
    assert house.store.appends < 300, "in batches"
    after = House()
    with ingesting(broker.url, after, client):
        publish(broker.url, [reading(5000)])
        after.store.wait_for(1)
    assert len(after.store.values) == 1, "nothing was left to be delivered again"
    assert after.metric("messages_total", format="native") == 1


def test_what_is_published_while_ingest_is_away_waits_for_it(broker: Broker, house: House, client: NewClient) -> None:
    with ingesting(broker.url, house, client):
        pass
    publish(broker.url, [reading(n) for n in range(500)])
    with ingesting(broker.url, house, client):
        house.store.wait_for(500)
    assert house.codes() == []


def test_the_stream_goes_on_over_rubbish(mosquitto: Broker, house: House, client: NewClient) -> None:
    rubbish = [
        (TAG, b"not json"),
        (TAG, b"[" + b" " * LARGEST_BYTES + b"]"),
        (TAG, b'{"t": 1795352399, "battery": 3.6, "tempC": 38.6}'),
        (TAG, b'{"t": 1795352399, "battery": 3.6, "note": "\xff"}'),
        ("tiantou/v1/hill/tag-77/observations", b'{"t": 1795352399, "battery": 3.6}'),
        ("tiantou/v1/hill/t g/observations", b'{"t": 1795352399, "battery": 3.6}'),
        ("tiantou/v1/hill/gw-1/senml", b'[{"bn":"tag-1:","bt":1795352390,"n":"battery","v":3.6}]'),
        ("application/1/device/24e124126a123456/event/up", b"{}"),
        ("application/1/device/24e124126a123456/event/join", b"{}"),
    ]
    with ingesting(mosquitto.url, house, client):
        publish(mosquitto.url, [reading(1), *rubbish, reading(2)])
        house.store.wait_for(3)
    assert house.codes() == [
        "not_json",
        "too_large",
        "unknown_keys",
        "not_utf8",
        "unknown_device",
        "bad_topic",
        "not_granted",
        "wrong_type",
    ]


def test_while_the_store_is_away_the_broker_keeps_everything(broker: Broker, house: House, client: NewClient) -> None:
    with ingesting(broker.url, house, client) as started:
        publish(broker.url, [reading(0)])
        house.store.wait_for(1)
        house.store.away = True
        publish(broker.url, [reading(n) for n in range(1, 400)])
        eventually(lambda: not house.pipeline.monitor.state().connected)
        eventually(lambda: "store is away" in house.pipeline.monitor.state().problem)
        publish(broker.url, [reading(n) for n in range(400, 500)])
        house.store.away = False
        house.store.wait_for(500)
        started.wait_subscribed()
        eventually(lambda: house.pipeline.monitor.state().problem == "")


def test_a_batch_that_fails_for_any_reason_is_delivered_again(nats: Broker, house: House, client: NewClient) -> None:
    house.quarantine.away = True
    with ingesting(nats.url, house, client):
        publish(nats.url, [reading(1), (TAG, b"rubbish")])
        eventually(lambda: "storing failed" in house.pipeline.monitor.state().problem)
        house.quarantine.away = False
        house.store.wait_for(1)
    assert house.codes() == ["not_json"]


def test_a_killed_broker_is_found_again_and_nothing_is_lost(nats: Broker, house: House, client: NewClient) -> None:
    with ingesting(nats.url, house, client) as started:
        publish(nats.url, [reading(n) for n in range(200)])
        nats.kill()
        eventually(lambda: not house.pipeline.monitor.state().connected)
        assert house.pipeline.monitor.state().problem
        nats.start()
        started.wait_subscribed()
        publish(nats.url, [reading(n) for n in range(200, 300)])
        house.store.wait_for(300)


def test_an_acknowledgement_of_an_ended_connection_is_dropped(nats: Broker, client: NewClient) -> None:
    """Packet ids restart with the broker: acknowledging old ones would lose new messages."""
    first = Heard(nats.url, client)
    publish(nats.url, [reading(n) for n in range(10)])
    first.wait_for(10)
    nats.kill()
    first.wait_ended()
    nats.start()
    second = Heard(nats.url, client)
    second.wait_for(10)
    assert first.connection.acknowledge(first.packet_ids) == 0
    assert second.connection.acknowledge(second.packet_ids[:4]) == 4
    second.connection.close()
    third = Heard(nats.url, client)
    third.wait_for(6)
    assert {m.payload for m in third.messages} == {m.payload for m in second.messages[4:10]}
    third.connection.acknowledge(third.packet_ids)
    third.connection.close()


def test_stale_acknowledgements_are_counted(mosquitto: Broker, house: House, client: NewClient) -> None:
    release, entered = threading.Event(), threading.Event()

    def slowly(_: object) -> bool:
        entered.set()
        release.wait(DEADLINE_S)
        return False

    house.store.refuses = slowly
    with ingesting(mosquitto.url, house, client) as started:
        publish(mosquitto.url, [reading(n) for n in range(20)])
        assert entered.wait(DEADLINE_S)
        mosquitto.kill()
        eventually(lambda: not house.pipeline.monitor.state().connected)
        mosquitto.start()
        started.wait_subscribed()
        release.set()
        house.store.wait_for(20)
        eventually(lambda: house.metric("stale_acknowledgements_total") > 0)


class Heard:
    """A connection, and what came over it; nothing is acknowledged by itself."""

    def __init__(self, url: MqttUrl, client: NewClient) -> None:
        self.messages: list[Message] = []
        self.packet_ids: list[int] = []
        self.changed = threading.Condition()
        self.connection = Connection(
            url,
            client_id=CLIENT_ID,
            epoch=1,
            filters=["tiantou/v1/+/+/observations"],
            deliver=self._deliver,
            on_change=self._notify,
            now_ms=lambda: NOW_MS,
            client=client,
        )
        self.connection.open()
        with self.changed:
            assert self.changed.wait_for(lambda: self.connection.subscribed, DEADLINE_S)

    def _deliver(self, _: Connection, packet_ids: Sequence[int], messages: Sequence[Message]) -> None:
        with self.changed:
            self.messages += messages
            self.packet_ids += packet_ids
            self.changed.notify_all()

    def _notify(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def wait_for(self, messages: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.messages) >= messages, DEADLINE_S)

    def wait_ended(self) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.connection.ended, DEADLINE_S)


def test_a_flood_fills_the_inbox_and_nothing_is_dropped(broker: Broker, house: House, client: NewClient) -> None:
    with ingesting(broker.url, house, client):
        pass
    publish(broker.url, [reading(n) for n in range(4000)])
    with ingesting(broker.url, house, client, batch_messages=50, inbox_messages=100):
        house.store.wait_for(4000)
    assert len(house.store.values) == 4000


def test_while_paused_nothing_is_stored_and_afterwards_everything(
    broker: Broker, house: House, client: NewClient
) -> None:
    with ingesting(broker.url, house, client) as started:
        started.ingest.pause()
        appends = house.store.appends
        publish(broker.url, [reading(n) for n in range(50)])
        eventually(lambda: house.pipeline.monitor.state().oldest_unacknowledged_s >= 0)
        eventually(lambda: not house.pipeline.monitor.state().connected)
        assert (house.store.appends, house.pipeline.monitor.state().problem) == (appends, "paused")
        started.ingest.resume()
        house.store.wait_for(50)
        eventually(lambda: house.pipeline.monitor.state().problem == "")


def test_stopping_while_paused_leaves_everything_to_the_broker(broker: Broker, house: House, client: NewClient) -> None:
    with ingesting(broker.url, house, client) as started:
        started.ingest.pause()
        publish(broker.url, [reading(n) for n in range(50)])
        eventually(lambda: house.pipeline.monitor.state().queued_messages > 0 or not started.free)
    assert house.store.values == {}
    with ingesting(broker.url, house, client):
        house.store.wait_for(50)


def test_a_nearly_full_disk_stops_ingest_until_there_is_room(broker: Broker, house: House, client: NewClient) -> None:
    with ingesting(broker.url, house, client) as started:
        started.free = 0.049
        publish(broker.url, [reading(n) for n in range(50)])
        eventually(lambda: "4.9% free, 5% needed" in house.pipeline.monitor.state().problem)
        eventually(lambda: not house.pipeline.monitor.state().connected)
        assert house.store.values == {}
        started.free = 0.06
        house.store.wait_for(50)


def test_a_refused_subscription_is_said_clearly(tmp_path: Path, house: House, client: NewClient) -> None:
    needs("nats-server")
    users = (
        'authorization { users = [ { user: "u", password: "u", permissions: '
        '{ publish: ">", subscribe: { allow: ["tiantou", "tiantou.>", "$MQTT.sub.>"] } } } ] }'
    )
    broker = Nats(tmp_path, more=users)
    broker.start()
    url = MqttUrl(host="127.0.0.1", port=broker.url.port, username="u", password="u")
    started = Started(url, house, client)
    started.ingest.start()
    try:
        eventually(lambda: "application/+/device/+/event/+" in house.pipeline.monitor.state().problem)
        assert "does not let this user subscribe" in house.pipeline.monitor.state().problem
        assert not started.subscriptions.acquire(blocking=False)
    finally:
        started.ingest.stop()
        broker.stop()


def test_a_broker_that_is_not_there_is_said_clearly(house: House, client: NewClient) -> None:
    started = Started(MqttUrl(host="127.0.0.1", port=9), house, client)
    started.ingest.start()
    eventually(lambda: "does not answer" in house.pipeline.monitor.state().problem)
    started.ingest.stop()
    assert house.pipeline.monitor.state().problem == "stopped"


# paho leaves the socket of a failed handshake to the garbage collector, which warns.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_encrypted_connection_is_made_only_to_a_broker_whose_certificate_is_known(
    tmp_path: Path, house: House, client: NewClient
) -> None:
    broker, url = encrypted(tmp_path)
    stranger = Started(MqttUrl.parse(str(url)), house, client)
    stranger.ingest.start()
    try:
        eventually(lambda: "CERTIFICATE_VERIFY_FAILED" in house.pipeline.monitor.state().problem)
        stranger.ingest.stop()
        with ingesting(url, house, client):
            assert house.pipeline.monitor.state().connected
    finally:
        broker.stop()


def test_a_backlog_comes_over_an_encrypted_connection_whole_and_is_acknowledged(
    tmp_path: Path, house: House, client: NewClient
) -> None:
    broker, url = encrypted(tmp_path)
    try:
        with ingesting(url, house, client):
            pass
        large = (TAG, b'{"t": 1795352399, "battery": 3.6}' + b" " * 100_000)
        publish(broker.url, [*[reading(n) for n in range(1500)], large, *[reading(n) for n in range(1500, 3000)]])
        with ingesting(url, house, client):
            house.store.wait_for(3001)
        after = House()
        with ingesting(url, after, client):
            publish(broker.url, [reading(5000)])
            after.store.wait_for(1)
        assert after.metric("messages_total", format="native") == 1
    finally:
        broker.stop()


def encrypted(folder: Path) -> tuple[Broker, MqttUrl]:
    """A broker that runs, for everybody; and how to speak to it behind its own certificate."""
    needs("mosquitto")
    needs("openssl")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(
        [*command.split(), "-keyout", "key.pem", "-out", "cert.pem"], cwd=folder, check=True, capture_output=True
    )
    (folder / "key.pem").chmod(0o644)
    port = free_port()
    second = [f"listener {port} 127.0.0.1", f"certfile {folder}/cert.pem", f"keyfile {folder}/key.pem"]
    broker = Mosquitto(folder, [*Mosquitto.TUNED, *second, "user root"])
    broker.start()
    return broker, MqttUrl.parse(f"mqtts://127.0.0.1:{port}", ca_file=folder / "cert.pem")
