"""paho-mqtt with a reader of its own: whole buffers instead of single bytes, all acknowledgements in one write.

paho stays the client: connecting, TLS, signing in, keep-alive, subscribing, sending, ending. It reads a packet with
three calls of `recv` and dispatches each through a dozen functions, 25 µs a message; here `loop_read` takes what has
been received at once, hands the PUBLISH packets over together (1 µs a message), and every other packet to paho's own
handler, in the order in which they came. That needs parts of paho that it does not promise to keep: `can_read_in_bulk`
says whether they are the ones known here, and where they are not, ingest goes on with paho's own reader.
"""

from collections.abc import Callable, Sequence
from typing import Any

import paho.mqtt
import structlog
from paho.mqtt.client import Client, time_func
from paho.mqtt.enums import MessageType, MQTTErrorCode
from paho.mqtt.exception import MalformedPacket

from ingest.mqtt.packets import Cut, acknowledgements, cut

KNOWN_VERSIONS = ("2.2.",)
KNOWN_PARTS = ("_in_packet", "_loop_rc_handle", "_msgtime_mutex", "_packet_handle", "_packet_queue", "_sock_recv")
RECEIVED_AT_ONCE = 1 << 18
"""Bytes: some 1,300 messages. More would only wait longer for their turn."""

Published = Callable[[Cut], None]
"""Is given the PUBLISH packets of one buffer, at least one; may block, which stops reading."""

log = structlog.get_logger()


def can_read_in_bulk(client: object, *, version: str = paho.mqtt.__version__) -> bool:
    """Whether this version of paho, and this client of it, are made of the parts that `BulkClient` uses."""
    return version.startswith(KNOWN_VERSIONS) and all(hasattr(client, name) for name in KNOWN_PARTS)


class BulkClient(Client):
    """A paho client whose PUBLISH packets come together.

    on_published: is given them, from the network thread; `on_message` is only called for QoS 2, which nobody here
        subscribes. Acknowledged is by hand, with `acknowledge`.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - whatever paho's client takes
        super().__init__(*arguments, **named)
        self.on_published: Published = _nobody
        self._received = bytearray()
        self._wanted = 0

    def acknowledge(self, packet_ids: Sequence[int]) -> None:
        """The broker will be told that these packets were received, in one write."""
        self._packet_queue(MessageType.PUBACK, acknowledgements(packet_ids), 0, 1)

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:  # noqa: ARG002 - paho's signature
        """What has arrived is handed over; called by paho's loop when there is something to read."""
        try:
            received = self._sock_recv(RECEIVED_AT_ONCE)
        except BlockingIOError:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        if not received:
            return self._loop_rc_handle(MQTTErrorCode.MQTT_ERR_CONN_LOST)
        with self._msgtime_mutex:
            self._last_bytes_received = time_func()
        self._received += received
        if len(self._received) < self._wanted:
            return MQTTErrorCode.MQTT_ERR_SUCCESS
        error = self._hand_over()
        return self._loop_rc_handle(error) if error else MQTTErrorCode.MQTT_ERR_SUCCESS

    def reconnect(self) -> MQTTErrorCode:
        """The connection is being made, and nothing is left of an earlier one."""
        self._received.clear()
        self._wanted = 0
        return super().reconnect()

    def _hand_over(self) -> MQTTErrorCode:
        """Every whole packet received is with whoever it is for; the rest waits for what follows."""
        buffer, used = bytes(self._received), 0
        error = MQTTErrorCode.MQTT_ERR_SUCCESS
        while not error:
            found = cut(buffer, used)
            used += found.used
            if found.packet_ids:
                self.on_published(found)
            if found.problem:
                log.warning("broker_sent_no_mqtt", problem=found.problem)
                return MQTTErrorCode.MQTT_ERR_PROTOCOL
            if found.other is None:
                self._wanted = found.wanted
                break
            error = self._handle_by_paho(*found.other)
        del self._received[:used]
        return error

    def _handle_by_paho(self, header: int, body: bytes) -> MQTTErrorCode:
        self._in_packet = {
            "command": header,
            "have_remaining": 1,
            "remaining_count": [],
            "remaining_mult": 1,
            "remaining_length": len(body),
            "packet": bytearray(body),
            "to_process": 0,
            "pos": 0,
        }
        try:
            return self._packet_handle()
        except MalformedPacket:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL


def _nobody(_: Cut) -> None:
    """Nothing was asked for, nothing is delivered."""
