"""Sessions without a reader, at the real brokers."""

import threading
from collections.abc import Sequence

import pytest

from ingest.message import Message
from ingest.mqtt.connection import Connection
from ingest.mqtt.session import forget, keep_for, publish_markers
from ingest.mqtt.url import MqttUrl
from ingest.sites import marker_topics, site_filters
from tests.ingest.mqtt.brokers import Broker, publish

FILTERS = site_filters(["north"])
TOPIC = "tiantou/v1/north/tag-1/observations"


def read(url: MqttUrl, wanted: int, *, patience_s: float = 20.0) -> list[bytes]:
    """What the session `c` holds: `wanted` messages, or what comes within the patience."""
    enough, payloads = threading.Event(), list[bytes]()

    def take(_: Connection, __: Sequence[int], messages: Sequence[Message]) -> None:
        payloads.extend(message.payload for message in messages)
        if len(payloads) >= wanted:
            enough.set()

    connection = Connection(
        url, client_id="c", epoch=1, filters=FILTERS, deliver=take, on_change=lambda: None, now_ms=lambda: 0
    )
    connection.open()
    enough.wait(patience_s)
    connection.close()
    return payloads


def test_what_is_published_before_there_is_a_reader_waits_for_it(broker: Broker) -> None:
    keep_for(broker.url, "c", FILTERS)
    publish(broker.url, [(TOPIC, b"1"), ("tiantou/v1/south/tag-1/observations", b"other"), (TOPIC, b"2")])
    assert read(broker.url, 2) == [b"1", b"2"]


def test_a_forgotten_session_holds_nothing(broker: Broker) -> None:
    keep_for(broker.url, "c", FILTERS)
    publish(broker.url, [(TOPIC, b"1")])
    forget(broker.url, "c")
    keep_for(broker.url, "c", FILTERS)
    publish_markers(broker.url, marker_topics("north"), b"token")
    assert set(read(broker.url, 2)) == {b"token"}


def test_a_broker_that_is_not_there_is_told() -> None:
    nowhere = MqttUrl(host="127.0.0.1", port=9)
    with pytest.raises(OSError, match="refused"):
        forget(nowhere, "c")
    with pytest.raises(OSError, match="refused"):
        keep_for(nowhere, "c", FILTERS)
