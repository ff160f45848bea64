"""Before the first reading: does this broker hold as much unacknowledged as one batch needs, without dropping any?

Brokers drop silently: a mosquitto as it comes out of the box confirms 3,000 messages to their sender and hands over
1,020 of them to a consumer that acknowledges late. So ingest asks, with messages of its own, before it trusts.
"""

import secrets
import threading
from collections.abc import Sequence

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.errors import BrokerRefusedError
from ingest.mqtt.client import KEEPALIVE_S, end_loop, new_client
from ingest.mqtt.url import MqttUrl

TOPIC = "tiantou-canary"
MESSAGES = 10_400
"""A little more than one batch: while it is being stored, none of it is acknowledged."""

ADVICE = """mosquitto (mosquitto.conf) needs:
    max_inflight_messages 0
    max_queued_messages 0
    persistence true
NATS (nats-server.conf) needs:
    mqtt {{ max_ack_pending: {window} }}"""


def run_canary(url: MqttUrl, *, messages: int = MESSAGES, timeout_s: float = 60.0, quiet_s: float = 3.0) -> None:
    """The broker handed over all of `messages` while none was acknowledged.

    Raises BrokerRefusedError that says what its configuration lacks, or why it could not be asked.
    timeout_s: for everything; quiet_s: after the last arrival, before what is missing counts as not coming.
    """
    canary = _Canary(url)
    try:
        canary.connect(timeout_s)
        canary.sing(messages, timeout_s, quiet_s)
    finally:
        canary.close()


class _Canary:
    def __init__(self, url: MqttUrl) -> None:
        self._url = url
        self._topic = f"{TOPIC}/{secrets.token_hex(8)}"
        self._changed = threading.Condition()
        self._refusal = ""
        self._subscribed = False
        self._confirmed = 0
        self._arrived: set[bytes] = set()
        self._client = new_client(url, client_id=f"tiantou-canary-{secrets.token_hex(8)}", clean_session=True)
        self._client.max_inflight_messages_set(0)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message
        self._client.on_disconnect = self._on_disconnect

    def connect(self, timeout_s: float) -> None:
        try:
            self._client.connect(self._url.host, self._url.port, keepalive=KEEPALIVE_S)
        except OSError as error:
            message = f"the broker at {self._url} does not answer: {error}"
            raise BrokerRefusedError(message) from error
        self._client.loop_start()
        with self._changed:
            self._changed.wait_for(lambda: self._subscribed or self._refusal, timeout_s)
            if not self._subscribed:
                message = self._refusal or f"the broker at {self._url} does not answer within {timeout_s:.0f} s"
                raise BrokerRefusedError(message)

    def sing(self, messages: int, timeout_s: float, quiet_s: float) -> None:
        for number in range(messages):
            self._client.publish(self._topic, str(number).encode(), qos=1)
        with self._changed:
            if not self._changed.wait_for(lambda: self._confirmed == messages or self._refusal, timeout_s):
                self._refuse(f"confirmed {self._confirmed:,} of {messages:,} test messages within {timeout_s:.0f} s")
            before = -1
            while len(self._arrived) < messages and len(self._arrived) > before and not self._refusal:
                before = len(self._arrived)
                self._changed.wait_for(lambda: len(self._arrived) >= messages or self._refusal, quiet_s)
            if self._refusal:
                raise BrokerRefusedError(self._refusal)
            if len(self._arrived) < messages:
                self._refuse(
                    f"confirmed {messages:,} test messages to their sender and handed over {len(self._arrived):,}"
                    " while none was acknowledged: readings would be held back or dropped without a word",
                    window=max(messages, 20_000),
                )

    def close(self) -> None:
        self._client.disconnect()
        end_loop(self._client)

    def _refuse(self, what: str, *, window: int = 20_000) -> None:
        nobody = not self._arrived
        rights = f"\nIts user must also be allowed to publish and subscribe {TOPIC}/#." if nobody else ""
        message = f"the broker at {self._url} {what}.\n{ADVICE.format(window=window)}{rights}"
        raise BrokerRefusedError(message)

    def _on_connect(
        self, client: Client, _: object, __: ConnectFlags, reason: ReasonCode, ___: Properties | None
    ) -> None:
        if reason.is_failure:
            self._fail(f"the broker at {self._url} refuses the connection: {reason}")
            return
        client.subscribe(self._topic, qos=1)

    def _on_subscribe(
        self, _: Client, __: object, ___: int, reasons: Sequence[ReasonCode], ____: Properties | None
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            self._fail(f"the broker at {self._url} does not let this user subscribe {TOPIC}/#: check its permissions")
            return
        with self._changed:
            self._subscribed = True
            self._changed.notify_all()

    def _on_publish(self, _: Client, __: object, ___: int, ____: ReasonCode, _____: Properties) -> None:
        with self._changed:
            self._confirmed += 1
            self._changed.notify_all()

    def _on_message(self, _: Client, __: object, message: MQTTMessage) -> None:
        with self._changed:
            self._arrived.add(bytes(message.payload))
            self._changed.notify_all()

    def _on_disconnect(
        self, _: Client, __: object, ___: DisconnectFlags, reason: ReasonCode, ____: Properties | None
    ) -> None:
        self._fail(f"the broker at {self._url} ended the connection of the test: {reason}")

    def _fail(self, refusal: str) -> None:
        with self._changed:
            self._refusal = self._refusal or refusal
            self._changed.notify_all()
