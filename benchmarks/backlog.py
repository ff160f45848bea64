"""A broker that holds a backlog for one consumer: what every contender of a drain is given."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.drain_brokers import Broker, running
from benchmarks.load import Address, Load, payloads, publish_all
from devices.codecs.topics import FILTERS
from ingest.mqtt.client import end_loop

CLIENT_ID = "tiantou-bench"
"""The session that the backlog is kept for."""


@contextmanager
def backlogged(name: str, load: Load, folder: Path) -> Iterator[Broker]:
    """That broker runs in the block; it has acknowledged the whole load to the publishers and keeps it."""
    with running(name, folder) as broker:
        _subscribe(broker.ingest)
        seconds = publish_all(broker.publisher, load)
        print(f"  {name} filled at {load.messages / seconds:,.0f} messages/s", file=sys.stderr)
        yield broker


def message_bytes(load: Load) -> int:
    """The mean size of a payload."""
    few = Load(messages=200, readings=load.readings)
    return sum(len(payload) for _, payload in payloads(few, 0, 1)) // 200


def _subscribe(address: Address) -> None:
    """The broker keeps what is published from now on for the consumer."""
    subscribed = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, client_id=CLIENT_ID, clean_session=False)
    if address.user:
        client.username_pw_set(address.user, address.password)

    def on_connect(*_: object) -> None:
        client.subscribe([(topic, 1) for topic in FILTERS])

    client.on_connect = on_connect
    client.on_subscribe = lambda *_: subscribed.set()
    client.reconnect_delay_set(1, 1)  # a cluster that has no leader yet refuses at first
    client.connect(address.host, address.port)
    client.loop_start()
    if not subscribed.wait(20):
        sys.exit("the broker does not confirm the subscription")
    client.disconnect()
    end_loop(client)
