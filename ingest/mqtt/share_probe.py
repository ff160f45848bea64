"""Does this broker share a subscription among clients, or does it only say so?

NATS, amqtt and RabbitMQ 3.10 grant `$share/…` and deliver nothing to anybody (measured); mosquitto delivers.
"""

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from paho.mqtt.client import Client, ConnectFlags, MQTTMessage
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.mqtt.canary import TOPIC
from ingest.mqtt.client import KEEPALIVE_S, end_loop, new_client
from ingest.mqtt.session import publish_markers
from ingest.mqtt.url import MqttUrl


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What two subscribers of one `$share` group got of `published` messages, each counted as often as it came."""

    published: int
    granted: bool
    delivered: Sequence[int]

    @property
    def works(self) -> bool:
        """Every message came once, and both got some."""
        return self.granted and sum(self.delivered) == self.published and min(self.delivered) > 0

    def __str__(self) -> str:
        """The finding, for a person."""
        if not self.granted:
            return "$share is refused"
        got = " and ".join(f"{count:,}" for count in self.delivered)
        return (
            f"$share {'works' if self.works else 'is granted and does not work'}: two got {got} of {self.published:,}"
        )


def probe_share(url: MqttUrl, *, messages: int = 100, timeout_s: float = 30.0, quiet_s: float = 2.0) -> Shared:
    """What becomes of that many messages. Raises OSError, and BrokerRefusedError where nothing can be published.

    timeout_s: for the broker's answers; quiet_s: after the last arrival, before what is missing counts as not coming.
    """
    topic = f"{TOPIC}/{secrets.token_hex(8)}"
    heard = threading.Condition()
    subscribers = [_Subscriber(url, f"$share/{secrets.token_hex(4)}/{topic}", heard)]
    subscribers.append(_Subscriber(url, subscribers[0].filter, heard))
    try:
        for each in subscribers:
            each.connect()
        with heard:
            heard.wait_for(lambda: all(each.granted is not None for each in subscribers), timeout_s)
        publish_markers(url, [topic] * messages, b"?", timeout_s=timeout_s)
        with heard:
            before = -1
            while before < sum(each.delivered for each in subscribers) < messages:
                before = sum(each.delivered for each in subscribers)
                heard.wait_for(lambda: sum(each.delivered for each in subscribers) >= messages, quiet_s)
    finally:
        for each in subscribers:
            each.close()
    return Shared(
        published=messages,
        granted=all(each.granted for each in subscribers),
        delivered=[each.delivered for each in subscribers],
    )


class _Subscriber:
    def __init__(self, url: MqttUrl, topic_filter: str, heard: threading.Condition) -> None:
        self.filter = topic_filter
        self.granted: bool | None = None
        self.delivered = 0
        self._url, self._heard = url, heard
        self._client = new_client(url, client_id=f"tiantou-share-{secrets.token_hex(8)}", clean_session=True)
        self._client.manual_ack_set(on=False)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    def connect(self) -> None:
        self._client.connect(self._url.host, self._url.port, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    def close(self) -> None:
        self._client.disconnect()
        end_loop(self._client)

    def _on_connect(
        self, client: Client, _: object, __: ConnectFlags, reason: ReasonCode, ___: Properties | None
    ) -> None:
        if not reason.is_failure:
            client.subscribe(self.filter, qos=1)

    def _on_subscribe(
        self, _: Client, __: object, ___: int, reasons: Sequence[ReasonCode], ____: Properties | None
    ) -> None:
        with self._heard:
            self.granted = not any(reason.is_failure for reason in reasons)
            self._heard.notify_all()

    def _on_message(self, _: Client, __: object, ___: MQTTMessage) -> None:
        with self._heard:
            self.delivered += 1
            self._heard.notify_all()
