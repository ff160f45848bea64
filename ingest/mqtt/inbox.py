"""Between the network thread, which only puts, and the writer, which takes whole batches: bounded, nothing dropped."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, takewhile

import msgspec

from ingest.message import Message
from ingest.mqtt.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much there may be at once, in messages and in bytes of payload."""

    messages: int
    payload_bytes: int


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """Messages as they came over one connection, at least one.

    packet_ids: what to acknowledge; 0 where nothing (QoS 0).
    """

    connection: Connection
    packet_ids: Sequence[int]
    messages: Sequence[Message]
    payload_bytes: int

    def first(self, batch: Bounds) -> "Parcel":
        """As many as fit, at least one; the very same where all do."""
        if len(self.messages) <= batch.messages and self.payload_bytes <= batch.payload_bytes:
            return self
        within = accumulate(len(message.payload) for message in self.messages)
        fitting = sum(1 for _ in takewhile(lambda size: size <= batch.payload_bytes, within))
        return self._part(0, max(min(fitting, batch.messages), 1))

    def after(self, other: "Parcel") -> "Parcel | None":
        """What is left when `other` was the first of it."""
        taken = len(other.messages)
        return self._part(taken, len(self.messages)) if taken < len(self.messages) else None

    def _part(self, begin: int, end: int) -> "Parcel":
        return parcel(self.connection, self.packet_ids[begin:end], self.messages[begin:end])


def parcel(connection: Connection, packet_ids: Sequence[int], messages: Sequence[Message]) -> Parcel:
    """These messages together."""
    size = sum([len(message.payload) for message in messages])
    return Parcel(connection=connection, packet_ids=packet_ids, messages=messages, payload_bytes=size)


class Inbox:
    """Parcels in order of arrival.

    bounds: what may wait here; whoever puts more is made to wait. batch: what is taken at once.
    linger_s: how long the oldest may wait for its batch to fill.
    """

    def __init__(
        self, *, bounds: Bounds, batch: Bounds, linger_s: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._bounds, self._batch, self._linger_s = bounds, batch, linger_s
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._waiting: deque[tuple[float, Parcel]] = deque()
        self._messages = self._bytes = 0
        self._crowded = 0
        self._closed = False

    def put(self, given: Parcel, *, abandoned: Callable[[], bool]) -> bool:
        """The parcel waits here; False where it does not, because the inbox closed or its giver gave up.

        Blocks while there is no room. After making `abandoned` true, call `wake`.
        """
        with self._changed:
            while not self._has_room(given) and not self._closed and not abandoned():
                self._crowded += 1
                self._changed.notify_all()
                self._changed.wait()
                self._crowded -= 1
            if self._closed or abandoned():
                return False
            self._waiting.append((self._monotonic(), given))
            self._count(given, 1)
            if len(self._waiting) == 1 or self._is_full():
                self._changed.notify_all()
            return True

    def take(self) -> list[Parcel]:
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
            self._messages = self._bytes = 0
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
            oldest_ms = self._waiting[0][1].messages[0].received_ms if self._waiting else 0
            return self._messages, self._bytes, oldest_ms

    def _count(self, counted: Parcel, sign: int) -> None:
        self._messages += sign * len(counted.messages)
        self._bytes += sign * counted.payload_bytes

    def _has_room(self, given: Parcel) -> bool:
        if not self._waiting:
            return True
        fits = self._messages + len(given.messages) <= self._bounds.messages
        return fits and self._bytes + given.payload_bytes <= self._bounds.payload_bytes

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
        return self._messages >= self._batch.messages or self._bytes >= self._batch.payload_bytes

    def _pop_batch(self) -> list[Parcel]:
        taken: list[Parcel] = []
        room = self._batch
        while self._waiting and room.messages > 0 and room.payload_bytes > 0:
            came_s, waiting = self._waiting.popleft()
            first = waiting.first(room)
            left = waiting.after(first)
            if left is not None:
                self._waiting.appendleft((came_s, left))
            self._count(first, -1)
            taken.append(first)
            room = Bounds(
                messages=room.messages - len(first.messages), payload_bytes=room.payload_bytes - first.payload_bytes
            )
        return taken
