"""MQTT 3.1.1 packets cut out of what was received: all PUBLISH packets of a buffer in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

LENGTH_BYTES = 4
"""MQTT 3.1.1, section 2.2.3: a remaining length has at most four bytes."""
PLAIN_PUBLISH = (0x30, 0x32)
"""PUBLISH with QoS 0 and 1 (section 3.3.1), where the bits for DUP and RETAIN are left out of sight."""
FLAGS_OUT_OF_SIGHT = 0xF6
QOS_1 = 0x02
MORE = 0x80
"""The bit of a length's byte that says that another follows."""

PUBACK = 0x4002
"""Its header byte and the length of what follows, a packet id (section 3.4)."""


@dataclass(slots=True)
class Cut:
    """What was cut out of a buffer, up to the first packet that is not a PUBLISH with QoS 0 or 1.

    packet_ids, topics, payloads: of each PUBLISH, in order; the packet id is 0 with QoS 0.
    other: the header byte and body of the packet after them, None where there is none.
    used: how many bytes of the buffer that was. wanted: bytes the buffer must have for the packet that follows.
    problem: why what follows is no MQTT; "" where it may be.
    """

    packet_ids: list[int] = field(default_factory=list)
    topics: list[bytes] = field(default_factory=list)
    payloads: list[bytes] = field(default_factory=list)
    other: tuple[int, bytes] | None = None
    used: int = 0
    wanted: int = 2
    problem: str = ""


def cut(buffer: bytes, begin: int = 0) -> Cut:
    """The whole packets in `buffer` from `begin` on.

    One long function on purpose: each call inside would cost as much as everything else done for a packet.
    """
    found = Cut()
    ids, topics, payloads = found.packet_ids.append, found.topics.append, found.payloads.append
    end, at = len(buffer), begin
    while at + 2 <= end:
        header, length, body = buffer[at], buffer[at + 1], at + 2
        if length & MORE:
            length, body = _long_length(buffer, at)
            if length < 0:
                found.problem = "a packet's length has more than four bytes"
                break
            if body > end:
                found.wanted = body - at
                break
        after = body + length
        if after > end:
            found.wanted = after - at
            break
        if header & FLAGS_OUT_OF_SIGHT not in PLAIN_PUBLISH:
            found.other = header, buffer[body:after]
            at = after
            break
        topic = body + 2
        topic_end = topic + (buffer[body] << 8 | buffer[body + 1]) if topic <= after else after + 1
        payload = topic_end + (header & QOS_1)  # where there is a packet id, its two bytes come between
        if payload > after:
            found.problem = "a PUBLISH is shorter than its own topic"
            break
        ids(buffer[topic_end] << 8 | buffer[topic_end + 1] if header & QOS_1 else 0)
        topics(buffer[topic:topic_end])
        payloads(buffer[payload:after])
        at = after
    found.used = at - begin
    return found


def _long_length(buffer: bytes, at: int) -> tuple[int, int]:
    """The remaining length of the packet at `at`, and where its body begins: beyond the buffer where it is cut off.

    The length is negative where it has too many bytes.
    """
    length = 0
    for place in range(LENGTH_BYTES):
        position = at + 1 + place
        if position >= len(buffer):
            return 0, position + 1
        digit = buffer[position]
        length |= (digit & ~MORE) << (7 * place)
        if not digit & MORE:
            return length, position + 1
    return -1, at


def acknowledgements(packet_ids: Sequence[int]) -> bytes:
    """The PUBACKs (section 3.4) of all these packets, one after the other."""
    packets = np.empty((len(packet_ids), 2), ">u2")
    packets[:, 0] = PUBACK
    packets[:, 1] = packet_ids
    return packets.tobytes()
