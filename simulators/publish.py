"""An MQTT publisher that knows which moment of the simulation every broker acknowledgement settles."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from threading import Condition, Event

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from simulators.errors import UnpublishableError
from simulators.messages import Message, unpublishable

IN_FLIGHT = 1_000
WAITING_MESSAGES, WAITING_BYTES = 2_000, 16 * 1024 * 1024
"""Bounds of what was handed to the client and is not acknowledged; beyond them `publish` waits."""
LOOK_AGAIN_S = 0.25
CLOSING_S = 5.0
KEEPALIVE_S = 30


class Publisher:
    """Publishes with QoS 1 over one connection that comes back by itself; nothing given to it is lost while it lives.

    Messages are given under marks (moments that never fall). `settled` is the mark up to which the broker has
    acknowledged everything.
    """

    def __init__(self, *, host: str, port: int, user: str, password: str, on_problem: Callable[[str], None]) -> None:
        self._host, self._port, self._on_problem = host, port, on_problem
        self._changed = Condition()
        self._waiting: dict[int, tuple[int, int]] = {}
        self._waiting_bytes = 0
        self._early: set[int] = set()
        self._open: OrderedDict[int, int] = OrderedDict()
        self._closed_to = 0
        self._ended = Event()
        self._was_connected = False
        self.settled = 0
        self.acknowledged = 0
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
        self._client.username_pw_set(user, password)
        self._client.max_inflight_messages_set(IN_FLIGHT)
        self._client.max_queued_messages_set(0)
        self._client.reconnect_delay_set(1, 15)
        self._client.on_connect = self._connected
        self._client.on_connect_fail = self._connection_failed
        self._client.on_disconnect = self._disconnected
        self._client.on_publish = self._acknowledged

    def start(self) -> None:
        """The connection is being made, and made again whenever it breaks."""
        self._client.connect_async(self._host, self._port, KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """The connection is closed; what is not acknowledged is not settled."""
        self._ended.clear()
        if self._client.is_connected() and self._client.disconnect() == mqtt.MQTT_ERR_SUCCESS:
            # loop_stop() alone would leave the socket open.
            self._ended.wait(CLOSING_S)
        with suppress(AttributeError):  # paho 2.2: its thread may forget itself between the look and the join
            self._client.loop_stop()

    def publish(self, message: Message, mark: int, stop: Event) -> bool:
        """The message is on its way; False where `stop` was set while there was no room or no first connection.

        Raises UnpublishableError for a message that no broker takes.
        """
        reason = unpublishable(message)
        if reason:
            raise UnpublishableError(message.topic, reason)
        if not self._room(stop):
            return False
        with self._changed:
            self._open[mark] = self._open.get(mark, 0) + 1
        sent = self._client.publish(message.topic, message.payload, qos=1)
        with self._changed:
            self._waiting[sent.mid] = (mark, len(message.payload))
            self._waiting_bytes += len(message.payload)
            if sent.mid in self._early:
                # The acknowledgement overtook the return of publish().
                self._early.discard(sent.mid)
                self._take(sent.mid)
        return True

    def close_mark(self, mark: int) -> None:
        """No further message will be given under this mark or an earlier one."""
        with self._changed:
            self._closed_to = mark
            self._open.setdefault(mark, 0)
            self._settle()

    def wait_until_settled(self, mark: int, stop: Event) -> bool:
        """Whether the broker has acknowledged everything up to `mark`; False only where `stop` was set before."""
        with self._changed:
            while self.settled < mark:
                if stop.is_set():
                    return False
                self._changed.wait(LOOK_AGAIN_S)
        return True

    def _room(self, stop: Event) -> bool:
        with self._changed:
            while self._is_full() or not self._was_connected:
                if stop.is_set():
                    return False
                self._changed.wait(LOOK_AGAIN_S)
        return not stop.is_set()

    def _is_full(self) -> bool:
        return len(self._waiting) >= WAITING_MESSAGES or self._waiting_bytes >= WAITING_BYTES

    def _acknowledged(
        self, _client: mqtt.Client, _data: object, mid: int, _code: ReasonCode, _properties: object
    ) -> None:
        with self._changed:
            if mid in self._waiting:
                self._take(mid)
            else:
                self._early.add(mid)

    def _take(self, mid: int) -> None:
        mark, size = self._waiting.pop(mid)
        self._waiting_bytes -= size
        self._open[mark] -= 1
        self.acknowledged += 1
        self._settle()
        self._changed.notify_all()

    def _settle(self) -> None:
        while self._open:
            mark, count = next(iter(self._open.items()))
            if count or mark > self._closed_to:
                break
            self._open.popitem(last=False)
            self.settled = mark
            self._changed.notify_all()

    def _connected(
        self, _client: mqtt.Client, _data: object, _flags: object, code: ReasonCode, _properties: object
    ) -> None:
        refused = f"the broker at {self._host}:{self._port} refuses the simulator: {code}"
        self._on_problem(refused if code.is_failure else "")
        if not code.is_failure:
            # Messages given to paho before its first connection may overtake one another.
            with self._changed:
                self._was_connected = True
                self._changed.notify_all()

    def _connection_failed(self, _client: mqtt.Client, _data: object) -> None:
        self._on_problem(f"no broker answers at {self._host}:{self._port}")

    def _disconnected(
        self, _client: mqtt.Client, _data: object, _flags: object, code: ReasonCode, _properties: object
    ) -> None:
        self._ended.set()
        if code.is_failure:
            self._on_problem(f"the connection to {self._host}:{self._port} broke: {code}")
