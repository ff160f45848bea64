"""A persistent session at the broker without a reader: made ahead of its reader, and ended after it."""

import secrets
import threading
from collections.abc import Sequence

from paho.mqtt.client import Client, ConnectFlags
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.errors import BrokerRefusedError
from ingest.mqtt.client import KEEPALIVE_S, end_loop, new_client
from ingest.mqtt.connection import Connection
from ingest.mqtt.url import MqttUrl

PATIENCE_S = 30.0


def keep_for(url: MqttUrl, client_id: str, filters: Sequence[str], *, timeout_s: float = PATIENCE_S) -> None:
    """The broker keeps what matches the filters for that client id, from now on; nothing was read.

    Raises OSError, and IngestError where the broker refuses.
    """
    changed = threading.Event()
    connection = Connection(
        url,
        client_id=client_id,
        epoch=0,
        filters=filters,
        deliver=lambda *_: None,  # never acknowledged: it comes again, to the reader
        on_change=changed.set,
        now_ms=lambda: 0,
    )
    connection.open()
    try:
        changed.wait(timeout_s)
        if not connection.subscribed:
            message = f"the broker at {url} does not confirm the subscriptions within {timeout_s:.0f} s"
            raise connection.failure or BrokerRefusedError(message)
    finally:
        connection.close()


def forget(url: MqttUrl, client_id: str, *, timeout_s: float = PATIENCE_S) -> None:
    """The broker keeps nothing for that client id any more. Raises OSError and BrokerRefusedError."""
    with _Visit(url, client_id, timeout_s):
        """A session that begins clean ends what was there before."""


def publish_markers(url: MqttUrl, topics: Sequence[str], token: bytes, *, timeout_s: float = PATIENCE_S) -> None:
    """The broker has taken a message with that payload on each topic. Raises OSError and BrokerRefusedError."""
    with _Visit(url, f"tiantou-visit-{secrets.token_hex(8)}", timeout_s) as client:
        for info in [client.publish(topic, token, qos=1) for topic in topics]:
            info.wait_for_publish(timeout_s)
            if not info.is_published():
                message = f"the broker at {url} does not confirm what is published on {topics[0]}"
                raise BrokerRefusedError(message)


class _Visit:
    """A clean, short connection."""

    def __init__(self, url: MqttUrl, client_id: str, timeout_s: float) -> None:
        self._url, self._timeout_s = url, timeout_s
        self._answered = threading.Event()
        self._refusal = ""
        self._client = new_client(url, client_id=client_id, clean_session=True)
        self._client.on_connect = self._on_connect

    def __enter__(self) -> Client:
        self._client.connect(self._url.host, self._url.port, keepalive=KEEPALIVE_S)
        self._client.loop_start()
        if not self._answered.wait(self._timeout_s) or self._refusal:
            self.__exit__()
            message = f"the broker at {self._url} refuses the connection: {self._refusal or 'no answer'}"
            raise BrokerRefusedError(message)
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        end_loop(self._client)

    def _on_connect(
        self, _: Client, __: object, ___: ConnectFlags, reason: ReasonCode, ____: Properties | None
    ) -> None:
        self._refusal = str(reason) if reason.is_failure else ""
        self._answered.set()
