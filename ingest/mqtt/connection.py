"""One connection to the broker, from its CONNECT to its end. It never comes back: the next one is another object.

That is what keeps a stale acknowledgement from doing harm. Packet ids restart with each connection (NATS after a
restart, RabbitMQ always), so acknowledging over a new connection what came over an old one acknowledges messages that
nobody has seen: all of them are lost. Here an acknowledgement goes out over the connection that its message came in
on, or not at all.
"""

import threading
from collections.abc import Callable, Mapping, Sequence

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from ingest.errors import BrokerRefusedError, IngestError, SubscriptionRefusedError
from ingest.message import Message, received
from ingest.mqtt.bulk_client import BulkClient
from ingest.mqtt.client import KEEPALIVE_S, end_loop, new_bulk_client, topic_text
from ingest.mqtt.packets import Cut
from ingest.mqtt.url import MqttUrl

CLOSING_S = 5.0
"""How long a broker may take to let us go before the socket is closed in its face."""

SETTLING_S = 2.0
"""How long to wait for the broker to have read what was acknowledged last."""
NO_TOPIC = "tiantou/v1/none"
"""A filter that nobody subscribes: leaving it changes nothing and is answered."""

TOPICS_KEPT = 200_000
"""Topics whose text is kept; a sender of ever new topics must not fill the memory."""

Deliver = Callable[["Connection", Sequence[int], Sequence[Message]], None]
"""Is given messages with their packet ids (0: needs no acknowledgement); may block, which stops reading."""
NewClient = Callable[..., Client]
"""Makes a client: `new_bulk_client`, or `new_client` to do without the fast reader."""

log = structlog.get_logger()


class Connection:
    """A connection under a persistent session.

    epoch: the number of this connection since the start, for logs.
    on_change: is called from the network thread when it is subscribed and when it has ended; must not block.
    """

    def __init__(
        self,
        url: MqttUrl,
        *,
        client_id: str,
        epoch: int,
        filters: Sequence[str],
        deliver: Deliver,
        on_change: Callable[[], None],
        now_ms: Callable[[], int],
        client: NewClient = new_bulk_client,
    ) -> None:
        self.epoch = epoch
        self.abandoned = False
        self.failure: IngestError | None = None
        self._url, self._filters = url, tuple(filters)
        self._deliver, self._on_change, self._now_ms = deliver, on_change, now_ms
        self._lock = threading.Lock()
        self._open = True
        self._subscribed = threading.Event()
        self._settled = threading.Event()
        self._ended = threading.Event()
        self._topics: dict[bytes, str] = {}
        self._client = self._prepared(client(url, client_id=client_id, clean_session=False))

    @property
    def subscribed(self) -> bool:
        """Whether the broker has confirmed every filter."""
        return self._subscribed.is_set()

    @property
    def ended(self) -> bool:
        """Whether it is over; `failure` says why where the broker said so."""
        return self._ended.is_set()

    def open(self) -> None:
        """The connection is being made; `on_change` tells when it is subscribed. Raises OSError."""
        self._client.connect(self._url.host, self._url.port, keepalive=KEEPALIVE_S)
        self._client.loop_start()

    def acknowledge(self, packet_ids: Sequence[int]) -> int:
        """How many were acknowledged: all, or none where the connection has ended since they came."""
        with self._lock:
            if not self._open:
                return 0
            if isinstance(self._client, BulkClient):
                self._client.acknowledge(packet_ids)
            else:
                for packet_id in packet_ids:
                    self._client.ack(packet_id, 1)
        return len(packet_ids)

    def close(self) -> None:
        """What was acknowledged before has been sent, and the connection has ended."""
        self.abandoned = True
        if self.subscribed and not self.ended:
            # An answer to this means that the broker has read every acknowledgement before it: a socket that is
            # closed while something unread lies in it takes along what the other side has not read either.
            self._client.unsubscribe(NO_TOPIC)
            self._settled.wait(SETTLING_S)
        self._client.disconnect()
        if not self._ended.wait(CLOSING_S):
            log.warning("broker_slow_to_close", broker=str(self._url), epoch=self.epoch)
            self._end()
            _shut(self._client)
        end_loop(self._client)

    def _prepared(self, client: Client) -> Client:
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_unsubscribe = self._on_unsubscribe
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        if isinstance(client, BulkClient):
            client.on_published = self._on_published
        return client

    def _on_connect(
        self, client: Client, _: object, __: ConnectFlags, reason: ReasonCode, ___: Properties | None
    ) -> None:
        if reason.is_failure:
            message = f"the broker at {self._url} refuses the connection: {reason}"
            self.failure = BrokerRefusedError(message)
            return
        client.subscribe([(topic_filter, 1) for topic_filter in self._filters])

    def _on_subscribe(
        self, client: Client, _: object, __: int, reasons: Sequence[ReasonCode], ___: Properties | None
    ) -> None:
        answers = zip(self._filters, reasons, strict=False)
        refused = [topic_filter for topic_filter, reason in answers if reason.is_failure]
        if refused:
            self.failure = SubscriptionRefusedError(refused)
            client.disconnect()
            return
        self._subscribed.set()
        self._on_change()

    def _on_unsubscribe(
        self, _: Client, __: object, ___: int, ____: Sequence[ReasonCode], _____: Properties | None
    ) -> None:
        self._settled.set()

    def _on_disconnect(
        self, _: Client, __: object, ___: DisconnectFlags, reason: ReasonCode, ____: Properties | None
    ) -> None:
        log.info("broker_connection_ended", broker=str(self._url), epoch=self.epoch, reason=str(reason))
        self._end()

    def _end(self) -> None:
        with self._lock:
            self._open = False
        self._ended.set()
        self._settled.set()
        self._on_change()

    def _on_message(self, _: Client, __: object, message: MQTTMessage) -> None:
        """One message, where paho's own reader reads."""
        packet_id = message.mid if message.qos else 0
        self._give([packet_id], [message._topic], [bytes(message.payload)])  # noqa: SLF001 - no other way to the bytes

    def _on_published(self, found: Cut) -> None:
        self._give(found.packet_ids, found.topics, found.payloads)

    def _give(self, packet_ids: Sequence[int], topics: Sequence[bytes], payloads: Sequence[bytes]) -> None:
        if self.abandoned:
            return
        try:
            now_ms, known = self._now_ms(), self._known_topics(topics)
            messages = [
                received(known[topic], payload, now_ms) for topic, payload in zip(topics, payloads, strict=True)
            ]
            self._deliver(self, packet_ids, messages)
        except Exception:
            log.exception("delivery_failed", epoch=self.epoch)
            self.abandoned = True
            self._client.disconnect()

    def _known_topics(self, topics: Sequence[bytes]) -> Mapping[bytes, str]:
        """The text of each topic: always the same object, which makes every look-up after it a short one."""
        if len(self._topics) >= TOPICS_KEPT:
            self._topics.clear()
        for topic in set(topics).difference(self._topics):
            self._topics[topic] = topic_text(topic)
        return self._topics


def _shut(client: Client) -> None:
    sock = client.socket()
    if sock is not None:
        sock.close()
