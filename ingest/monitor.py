"""What ingest can tell of itself: state, and what each device said last."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from devices.model import HeardMessage, IngestState
from ingest.message import Message

SHOWN_BYTES = 4096
DEVICES_KEPT = 20_000
"""Senders that are remembered; those heard longest ago give way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The way in as it is now.

    problem: why nothing is taken; "" where it is. oldest_ms: when what waits longest was received, 0 where none waits.
    """

    connected: bool
    problem: str
    queued_messages: int
    queued_bytes: int
    oldest_ms: int


NO_LINK = Link(connected=False, problem="not started", queued_messages=0, queued_bytes=0, oldest_ms=0)


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts since the start."""

    messages: int = 0
    values: int = 0
    redelivered: int = 0
    conflicts: int = 0
    quarantined: int = 0
    lag_ms: int = 0
    link: Callable[[], Link] = field(default=lambda: NO_LINK)


class _Heard(msgspec.Struct, frozen=True):
    """Kept small: the message for people is made when somebody asks."""

    message: Message
    problem: str


class Monitor:
    """The one IngestMonitor: written by the ingest thread, read by any."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._heard: OrderedDict[str, _Heard] = OrderedDict()
        self._problems: OrderedDict[str, _Heard] = OrderedDict()
        self.tally = Tally()

    def note(self, heard: Iterable[tuple[str, Message, str]]) -> None:
        """These messages (sender, message, problem or "") are the newest of their senders."""
        with self._lock:
            for sender, message, problem in heard:
                if not sender:
                    continue
                kept = _Heard(_cut(message), problem)
                self._heard[sender] = kept
                self._heard.move_to_end(sender)
                if problem:
                    self._problems[sender] = kept
                    self._problems.move_to_end(sender)
            for remembered in (self._heard, self._problems):
                while len(remembered) > DEVICES_KEPT:
                    remembered.popitem(last=False)

    def heard(self, device: str) -> HeardMessage | None:
        """The newest message of that device, stored or not."""
        with self._lock:
            return _shown(device, self._heard.get(device))

    def last_problem(self, device: str) -> HeardMessage | None:
        """The newest message of that device that had a problem."""
        with self._lock:
            return _shown(device, self._problems.get(device))

    def state(self) -> IngestState:
        """How ingest stands now."""
        tally, link = self.tally, self.tally.link()
        return IngestState(
            connected=link.connected,
            problem=link.problem,
            queued_messages=link.queued_messages,
            queued_bytes=link.queued_bytes,
            oldest_unacknowledged_s=max(0, self._now_ms() - link.oldest_ms) / 1000 if link.oldest_ms else 0.0,
            lag_s=tally.lag_ms / 1000,
            messages=tally.messages,
            values=tally.values,
            redelivered=tally.redelivered,
            conflicts=tally.conflicts,
            quarantined=tally.quarantined,
        )


def _cut(message: Message) -> Message:
    """What is remembered of a message: a sender of large ones must not fill the memory."""
    if len(message.payload) <= SHOWN_BYTES:
        return message
    return msgspec.structs.replace(message, payload=message.payload[:SHOWN_BYTES])


def _shown(device: str, heard: _Heard | None) -> HeardMessage | None:
    if heard is None:
        return None
    return HeardMessage(
        device=device,
        topic=heard.message.topic,
        payload=heard.message.payload[:SHOWN_BYTES],
        received=datetime.fromtimestamp(heard.message.received_ms / 1000, UTC),
        problem=heard.problem,
    )
