import socket
import threading
from collections.abc import Iterable, Sequence

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.load import publish_packet
from ingest.message import Message
from ingest.mqtt.bulk_client import BulkClient, can_read_in_bulk
from ingest.mqtt.client import new_bulk_client, new_client
from ingest.mqtt.connection import Connection, NewClient
from ingest.mqtt.packets import acknowledgements
from ingest.mqtt.url import MqttUrl
from tests.ingest.house import NOW_MS
from tests.ingest.mqtt.brokers import DEADLINE_S

CONNACK = b"\x20\x02\x00\x00"
PINGRESP = b"\xd0\x00"


class ScriptedBroker:
    """A broker that lets one client in, answers its SUBSCRIBE in the midst of what it sends, and listens."""

    def __init__(self, before: bytes, after: bytes, *, piece: int) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = MqttUrl(host="127.0.0.1", port=int(self._server.getsockname()[1]))
        self._before, self._after, self._piece = before, after, piece
        self.heard = bytearray()
        self.changed = threading.Condition()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._thread.join(DEADLINE_S)
        self._server.close()

    def wait_heard(self, end: bytes) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.heard.endswith(end), DEADLINE_S), bytes(self.heard)

    def _serve(self) -> None:
        sock, _ = self._server.accept()
        with sock:
            sock.recv(1000)
            sock.sendall(CONNACK)
            subscribe = sock.recv(1000)
            suback = b"\x90\x03" + subscribe[2:4] + b"\x01"
            for part in _pieces(self._before + suback + self._after, self._piece):
                sock.sendall(part)
            while received := sock.recv(1 << 16):
                head, unsubscribe, rest = received.partition(b"\xa2")
                if unsubscribe:  # the last thing a client says before it leaves, answered so that it may
                    sock.sendall(b"\xb0\x02" + rest[1:3])
                    received = head
                with self.changed:
                    self.heard += received
                    self.changed.notify_all()


def _pieces(whole: bytes, size: int) -> Iterable[bytes]:
    return (whole[begin : begin + size] for begin in range(0, len(whole), size))


class Listener:
    """A connection, what came over it, and whether it was subscribed by then."""

    def __init__(self, url: MqttUrl, client: NewClient) -> None:
        self.found: list[tuple[int, str, bytes, bool]] = []
        self.deliveries = 0
        self.changed = threading.Condition()
        self.connection = Connection(
            url,
            client_id="tiantou-test",
            epoch=1,
            filters=["t/#"],
            deliver=self._deliver,
            on_change=self._notify,
            now_ms=lambda: NOW_MS,
            client=client,
        )
        self.connection.open()

    def wait(self, messages: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.found) >= messages, DEADLINE_S), self.found

    def wait_ended(self) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.connection.ended, DEADLINE_S)

    def _deliver(self, _: Connection, packet_ids: Sequence[int], messages: Sequence[Message]) -> None:
        with self.changed:
            self.deliveries += 1
            for packet_id, message in zip(packet_ids, messages, strict=True):
                self.found.append((packet_id, message.topic, message.payload, self.connection.subscribed))
            self.changed.notify_all()

    def _notify(self) -> None:
        with self.changed:
            self.changed.notify_all()


@pytest.mark.parametrize("piece", [1, 7, 100_000])
def test_messages_arrive_in_order_however_they_are_cut_and_whatever_comes_between(
    client: NewClient, piece: int
) -> None:
    large = b"x" * 40_000 if piece > 1 else b"x" * 300
    before = publish_packet("t/1", b"one", 1) + PINGRESP + publish_packet("t/1", b"again", 1, header=0x3A)
    after = publish_packet("t/2", large, 65_535) + publish_packet("t/\x07", b"", 0, header=0x30)
    broker = ScriptedBroker(before, after, piece=piece)
    listener = Listener(broker.url, client)
    listener.wait(4)
    assert listener.found == [
        (1, "t/1", b"one", False),
        (1, "t/1", b"again", False),
        (65_535, "t/2", large, True),
        (0, "t/\\x07", b"", True),
    ]
    assert listener.connection.acknowledge([1, 65_535]) == 2
    broker.wait_heard(acknowledgements([1, 65_535]))
    listener.connection.close()
    broker.close()
    assert listener.connection.acknowledge([1]) == 0


def test_what_arrives_together_is_handed_over_together() -> None:
    sent = b"".join(publish_packet("t/1", b"%d" % number, number) for number in range(1, 101))
    broker = ScriptedBroker(b"", sent, piece=100_000)
    listener = Listener(broker.url, new_bulk_client)
    listener.wait(100)
    assert listener.deliveries < 50
    listener.connection.close()
    broker.close()


@pytest.mark.parametrize("rubbish", [b"\x32\x02\xff\xff", b"\x30\xff\xff\xff\xff\x01", b"\x00\x00"])
def test_rubbish_ends_the_connection_after_what_came_before_it(client: NewClient, rubbish: bytes) -> None:
    broker = ScriptedBroker(b"", publish_packet("t/1", b"one", 1) + rubbish, piece=100_000)
    listener = Listener(broker.url, client)
    listener.wait_ended()
    assert [payload for _, _, payload, _ in listener.found] == [b"one"]
    listener.connection.close()
    broker.close()


def test_a_paho_that_is_not_known_is_left_to_read_by_itself() -> None:
    known = BulkClient(CallbackAPIVersion.VERSION2)
    assert can_read_in_bulk(known)
    assert not can_read_in_bulk(known, version="2.3.0")
    assert not can_read_in_bulk(object())


def test_with_a_paho_that_is_not_known_ingest_goes_on_with_its_own_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.mqtt.bulk_client.KNOWN_VERSIONS", ("9.",))
    client = new_bulk_client(MqttUrl(host="127.0.0.1", port=9), client_id="c", clean_session=True)
    assert type(client) is Client


def test_each_maker_makes_its_kind_of_client() -> None:
    url = MqttUrl(host="127.0.0.1", port=9)
    kinds = [type(make(url, client_id="c", clean_session=True)) for make in (new_bulk_client, new_client)]
    assert kinds == [BulkClient, Client]
