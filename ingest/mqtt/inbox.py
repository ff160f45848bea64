"""Between the network thread, which only puts, and the writer, which takes whole batches: bounded, nothing dropped."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from ingest.message import Message
from ingest.mqtt.connection import Connection


class Delivery(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A message as it came over one connection. packet_id: what to acknowledge; 0 where nothing (QoS 0)."""

    connection: Connection
    packet_id: int
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much there may be at once, in messages and in bytes of payload."""

    messages: int
    payload_bytes: int


class Inbox:
    """Deliveries in order of arrival.

    bounds: what may wait here; whoever puts more is made to wait. batch: what is taken at once.
    linger_s: how long the oldest may wait for its batch to fill.
    """

    def __init__(
        self, *, bounds: Bounds, batch: Bounds, linger_s: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._bounds, self._batch, self._linger_s = bounds, batch, linger_s
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._waiting: deque[tuple[float, Delivery]] = deque()
        self._bytes = 0
        self._crowded = 0
        self._closed = False

    def put(self, delivery: Delivery, *, abandoned: Callable[[], bool]) -> bool:
        """The delivery waits here; False where it does not, because the inbox closed or its giver gave up.

        Blocks while there is no room. After making `abandoned` true, call `wake`.
        """
        size = len(delivery.message.payload)
        with self._changed:
            while not self._has_room(size) and not self._closed and not abandoned():
                self._crowded += 1
                self._changed.notify_all()
                self._changed.wait()
                self._crowded -= 1
            if self._closed or abandoned():
                return False
            self._waiting.append((self._monotonic(), delivery))
            self._bytes += size
            if len(self._waiting) == 1 or self._is_full():
                self._changed.notify_all()
            return True

    def take(self) -> list[Delivery]:
        """A batch, oldest first: full, or its oldest has waited `linger_s`, or nothing more has room.

        Blocks until then. Empty only where the inbox is closed and nothing is left.
        """
        with self._changed:
            while not self._is_due():
                self._changed.wait(self._until_due_s())
            taken = self._pop_batch()
            self._changed.notify_all()
            return taken

    def clear(self) -> None:
        """Nothing waits here; there is room again."""
        with self._changed:
            self._waiting.clear()
            self._bytes = 0
            self._changed.notify_all()

    def wake(self) -> None:
        """Everyone who waits looks again whether there is a reason to."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing more comes in; what is left can still be taken, at once."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def level(self) -> tuple[int, int, int]:
        """How much waits: messages, bytes of payload, and when the oldest was received (ms since 1970, 0 if none)."""
        with self._changed:
            oldest_ms = self._waiting[0][1].message.received_ms if self._waiting else 0
            return len(self._waiting), self._bytes, oldest_ms

    def _has_room(self, size: int) -> bool:
        if not self._waiting:
            return True
        return len(self._waiting) < self._bounds.messages and self._bytes + size <= self._bounds.payload_bytes

    def _is_due(self) -> bool:
        if not self._waiting:
            return self._closed
        return self._closed or self._is_full() or self._crowded > 0 or self._until_due_s() == 0

    def _until_due_s(self) -> float | None:
        """Seconds until the oldest has waited long enough; None where nothing waits."""
        if not self._waiting:
            return None
        return max(0.0, self._waiting[0][0] + self._linger_s - self._monotonic())

    def _is_full(self) -> bool:
        return len(self._waiting) >= self._batch.messages or self._bytes >= self._batch.payload_bytes

    def _pop_batch(self) -> list[Delivery]:
        taken: list[Delivery] = []
        size = 0
        while self._waiting and len(taken) < self._batch.messages and size < self._batch.payload_bytes:
            _, delivery = self._waiting.popleft()
            size += len(delivery.message.payload)
            taken.append(delivery)
        self._bytes -= size
        return taken
