"""A message as it came in, before anything is known of it."""

import hashlib

import msgspec

LARGEST_BYTES = 1 << 20
"""Larger payloads are not read (NATS does not even carry them): 1 MiB is 10,000 readings."""
KEPT_BYTES = 64 << 10
"""What is kept of a payload that is set aside."""


class Message(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Topic, payload, and when it was received (milliseconds since 1970 UTC).

    A struct and not a dataclass because one is made for every message.
    size: bytes as received; larger than `payload` where only the beginning was kept.
    digest: identity of a message that was cut; "" where `payload` is whole and it can be computed.
    """

    topic: str
    payload: bytes
    received_ms: int
    size: int
    digest: str = ""


def received(topic: str, payload: bytes, received_ms: int) -> Message:
    """The message, cut where it is too large to be read anyway, so that it does not fill the memory."""
    if len(payload) <= LARGEST_BYTES:
        return Message(topic=topic, payload=payload, received_ms=received_ms, size=len(payload))
    return Message(
        topic=topic,
        payload=payload[:KEPT_BYTES],
        received_ms=received_ms,
        size=len(payload),
        digest=_digest(topic, payload),
    )


def digest(message: Message) -> str:
    """sha256 (hex) of topic, a zero byte and payload: the message's identity."""
    return message.digest or _digest(message.topic, message.payload)


def _digest(topic: str, payload: bytes) -> str:
    return hashlib.sha256(topic.encode("utf-8", "surrogateescape") + b"\0" + payload).hexdigest()
