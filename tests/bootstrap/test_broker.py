"""The real nats-server: who may speak, what it keeps, and what a reload does."""

import queue
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from bootstrap.broker import NatsBroker
from bootstrap.credentials import ingest_client_id
from bootstrap.errors import ProcessStartError
from bootstrap.mqtt_login import Account, Answer, sign_in
from devices.identifiers import DevEui
from devices.model import Device, DeviceKind
from observations.identifiers import DeviceId, SiteId

PATIENCE_S = 60
SITE = SiteId.parse("s1")
TAG = Device(id=DeviceId.parse("tag-1"), site=SITE, kind=DeviceKind.EAR_TAG)
OTHER_TAG = Device(id=DeviceId.parse("tag-2"), site=SITE, kind=DeviceKind.EAR_TAG)
GATEWAY = Device(id=DeviceId.parse("gw-1"), site=SITE, kind=DeviceKind.GATEWAY)
PROBE = Device(id=DeviceId.parse("probe-1"), site=SITE, kind=DeviceKind.SOIL_PROBE, gateway=GATEWAY.id)
LORA_TAG = Device(
    id=DeviceId.parse("lora-1"), site=SITE, kind=DeviceKind.EAR_TAG, dev_eui=DevEui.parse("0102030405060708")
)
DEVICES = [TAG, OTHER_TAG, GATEWAY, PROBE, LORA_TAG]
StartBroker = Callable[[], subprocess.Popen[bytes]]


class Listener:
    """An outside client with a session, as ingest has one."""

    def __init__(self, account: Account, client_id: str) -> None:
        self.arrived: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self.lost: queue.Queue[str] = queue.Queue()
        self._granted: queue.Queue[list[Any]] = queue.Queue()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False)
        self._client.username_pw_set(account.user, account.password)
        self._client.on_message = lambda _c, _d, message: self.arrived.put((message.topic, bytes(message.payload)))
        self._client.on_subscribe = lambda _c, _d, _mid, codes, _p: self._granted.put(codes)
        self._client.on_disconnect = lambda _c, _d, _flags, reason, _p: self.lost.put(str(reason))
        self._client.connect(account.host, account.port)
        self._client.loop_start()

    def subscribe(self, *filters: str) -> list[int]:
        self._client.subscribe([(name, 1) for name in filters])
        return [code.value for code in self._granted.get(timeout=PATIENCE_S)]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def listen(broker: NatsBroker) -> Iterator[Callable[[], Listener]]:
    opened: list[Listener] = []

    def open_one() -> Listener:
        opened.append(Listener(broker.account("ingest"), ingest_client_id(broker.folder)))
        return opened[-1]

    yield open_one
    for listener in opened:
        listener.close()


class Flood:
    """An outside publisher that counts what the broker has acknowledged."""

    def __init__(self, account: Account) -> None:
        self._acknowledged = threading.Semaphore(0)
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2)
        self._client.username_pw_set(account.user, account.password)
        self._client.on_publish = lambda *_: self._acknowledged.release()
        self._client.connect(account.host, account.port)
        self._client.loop_start()

    def publish_until_refused(self, topic: str, payload: bytes, *, at_most: int) -> int:
        for number in range(at_most):
            self._client.publish(topic, payload, qos=1)
            if not self._acknowledged.acquire(timeout=1.0):
                return number
        return at_most

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def publish(account: Account, topic: str, payload: bytes) -> None:
    """Publishes with QoS 1 and returns once the broker has acknowledged."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(account.user, account.password)
    client.connect(account.host, account.port)
    client.loop_start()
    sent = client.publish(topic, payload, qos=1)
    sent.wait_for_publish(timeout=PATIENCE_S)
    client.disconnect()
    client.loop_stop()
    assert sent.is_published()


def account_of(broker: NatsBroker, device: Device) -> Account:
    return Account(host=broker.host, port=broker.port, user=device.id, password=broker.secret.device_password(device))


def test_a_device_reaches_ingest_only_on_its_own_topics(
    broker: NatsBroker, start_broker: StartBroker, listen: Callable[[], Listener]
) -> None:
    start_broker()
    listener = listen()
    granted = listener.subscribe(
        "tiantou/v1/+/+/observations", "tiantou/v1/+/+/senml", "application/+/device/+/event/+"
    )
    broker.enable_devices(DEVICES, ["s1"])
    tag, gateway = account_of(broker, TAG), account_of(broker, GATEWAY)

    publish(tag, "tiantou/v1/s1/tag-2/observations", b"as another")
    publish(tag, "tiantou/v1/s1/tag-1/senml", b"as a gateway")
    publish(tag, "tiantou-canary/x", b"as ingest")
    publish(tag, "application/a/device/0102030405060708/event/up", b"as a network server")
    publish(gateway, "tiantou/v1/s1/probe-1/observations", b"outside its pack")
    publish(tag, "tiantou/v1/s1/tag-1/observations", b"its own")
    publish(gateway, "tiantou/v1/s1/gw-1/senml", b"a pack")
    publish(broker.account("chirpstack"), "application/a/device/0102030405060708/event/up", b"an uplink")
    publish(broker.simulator_account("s1"), "tiantou/v1/s1/tag-2/observations", b"simulated")

    assert granted == [1, 1, 1]
    came = [listener.arrived.get(timeout=PATIENCE_S)[1] for _ in range(4)]
    assert came == [b"its own", b"a pack", b"an uplink", b"simulated"]


def test_devices_behind_a_gateway_or_a_network_server_have_no_user(
    broker: NatsBroker, start_broker: StartBroker
) -> None:
    start_broker()
    broker.enable_devices(DEVICES)
    assert sign_in(account_of(broker, TAG)) is Answer.LET_IN
    assert sign_in(account_of(broker, PROBE)) is Answer.REFUSED
    assert sign_in(account_of(broker, LORA_TAG)) is Answer.REFUSED


def test_a_device_may_read_nothing(broker: NatsBroker, start_broker: StartBroker) -> None:
    start_broker()
    broker.enable_devices([TAG])
    listener = Listener(account_of(broker, TAG), "reader")
    refused = 0x80
    assert listener.subscribe("tiantou/v1/s1/tag-1/observations") == [refused]
    listener.close()


def test_a_wrong_password_and_no_password_are_refused(broker: NatsBroker, start_broker: StartBroker) -> None:
    start_broker()
    broker.enable_devices([TAG])
    assert sign_in(Account(host=broker.host, port=broker.port, user="tag-1", password="x")) is Answer.REFUSED
    assert sign_in(Account(host=broker.host, port=broker.port, user="", password="")) is Answer.REFUSED


def test_before_ingest_has_subscribed_no_device_is_let_in(broker: NatsBroker, start_broker: StartBroker) -> None:
    start_broker()
    assert sign_in(broker.account("ingest")) is Answer.LET_IN
    assert sign_in(account_of(broker, TAG)) is Answer.REFUSED


def test_enabling_a_device_keeps_the_connection_of_ingest(
    broker: NatsBroker, start_broker: StartBroker, listen: Callable[[], Listener]
) -> None:
    start_broker()
    listener = listen()
    listener.subscribe("tiantou/v1/+/+/observations")
    broker.enable_devices([TAG])
    publish(account_of(broker, TAG), "tiantou/v1/s1/tag-1/observations", b"1")
    broker.enable_devices([TAG, OTHER_TAG])
    publish(account_of(broker, OTHER_TAG), "tiantou/v1/s1/tag-2/observations", b"2")
    assert [listener.arrived.get(timeout=PATIENCE_S)[1] for _ in range(2)] == [b"1", b"2"]
    assert listener.lost.empty()


def test_a_new_credential_version_shuts_the_old_password_out(broker: NatsBroker, start_broker: StartBroker) -> None:
    start_broker()
    broker.enable_devices([TAG])
    renewed = Device(id=TAG.id, site=SITE, kind=TAG.kind, credential_version=2)
    broker.enable_devices([renewed])
    assert sign_in(account_of(broker, TAG)) is Answer.REFUSED
    assert sign_in(account_of(broker, renewed)) is Answer.LET_IN


def test_kill_9_loses_nothing_and_devices_may_go_on(
    broker: NatsBroker, start_broker: StartBroker, listen: Callable[[], Listener]
) -> None:
    server = start_broker()
    listener = listen()
    listener.subscribe("tiantou/v1/+/+/observations")
    listener.close()
    broker.enable_devices([TAG])
    for number in range(20):
        publish(account_of(broker, TAG), "tiantou/v1/s1/tag-1/observations", str(number).encode())
    server.kill()
    server.wait(PATIENCE_S)

    start_broker()
    publish(account_of(broker, TAG), "tiantou/v1/s1/tag-1/observations", b"20")
    again = listen()
    came = [int(again.arrived.get(timeout=PATIENCE_S)[1]) for _ in range(21)]
    assert sorted(came) == list(range(21))


def test_devices_are_shut_out_again_where_the_store_is_gone(broker: NatsBroker, start_broker: StartBroker) -> None:
    server = start_broker()
    broker.enable_devices([TAG])
    server.terminate()
    server.wait(PATIENCE_S)
    (broker.folder.broker / "jetstream").rename(broker.folder.root / "lost")

    start_broker()
    assert sign_in(account_of(broker, TAG)) is Answer.REFUSED


def test_devices_added_while_the_server_is_down_are_let_in_when_it_starts(
    broker: NatsBroker, start_broker: StartBroker
) -> None:
    server = start_broker()
    broker.enable_devices([TAG])
    server.terminate()
    server.wait(PATIENCE_S)
    broker.enable_devices([TAG, OTHER_TAG])

    start_broker()
    assert sign_in(account_of(broker, OTHER_TAG)) is Answer.LET_IN


def test_a_full_store_refuses_devices_and_still_lets_ingest_drain_it(
    broker: NatsBroker, start_broker: StartBroker, listen: Callable[[], Listener]
) -> None:
    start_broker()
    listener = listen()
    listener.subscribe("tiantou/v1/+/+/observations")
    broker.enable_devices([TAG])
    listener.close()
    flood = Flood(account_of(broker, TAG))
    acknowledged = flood.publish_until_refused("tiantou/v1/s1/tag-1/observations", bytes(1_000_000), at_most=300)
    assert 0 < acknowledged < 300

    again = listen()
    for _ in range(acknowledged):
        assert len(again.arrived.get(timeout=PATIENCE_S)[1]) == 1_000_000
    flood.close()
    publish(account_of(broker, TAG), "tiantou/v1/s1/tag-1/observations", b"room again")


def test_a_server_that_does_not_come_up_is_told(broker: NatsBroker) -> None:
    broker.prepare()
    with pytest.raises(ProcessStartError, match=f"does not answer on port {broker.port}"):
        broker.await_ready(patience_s=0.2)


def test_the_secrets_are_for_their_owner_alone(broker: NatsBroker) -> None:
    broker.prepare()
    ingest_client_id(broker.folder)
    files = [*broker.folder.secrets.iterdir(), *broker.folder.broker.glob("users*"), broker.folder.broker / "nats.conf"]
    assert len(files) == 5
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
