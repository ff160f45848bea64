"""Readings that a follower failed on, as a message in quarantine: what a person reads, and what can be tried again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from devices.model import SetAsideMessage
from ingest.message import KEPT_BYTES, digest, received
from observations.batch import ObservationBatch
from observations.model import Stream
from observations.texts import TextColumn

CODE = "follower_failed"
TOPIC = "followers/"


def failed_rows(follower: str, rows: ObservationBatch, *, reason: str, at: datetime) -> SetAsideMessage:
    """The message; its payload is JSON, an object a row with device, channel, times, values and flags."""
    payload = json.dumps([_reading(rows, row) for row in range(len(rows))], ensure_ascii=False).encode()
    message = received(f"{TOPIC}{follower}", payload, round(at.timestamp() * 1000))
    devices = TextColumn.of(rows.device).distinct
    return SetAsideMessage(
        digest=digest(message),
        topic=message.topic,
        payload=payload[:KEPT_BYTES],
        size=len(payload),
        code=CODE,
        reason=reason,
        device=devices[0] if len(devices) == 1 else "",
        first_received=at,
        last_received=at,
    )


def read_failed_rows(payload: bytes) -> ObservationBatch:
    """The rows of such a payload; raises ValueError or KeyError where it is no such payload."""
    readings: list[dict[str, Any]] = json.loads(payload)
    names = list(dict.fromkeys(name for reading in readings for name in reading["values"]))
    flagged = list(dict.fromkeys(name for reading in readings for name in reading["quality"]))
    return ObservationBatch(
        device=[reading["device"] for reading in readings],
        channel=[reading["channel"] for reading in readings],
        phenomenon_ms=_times("phenomenon_ms", readings),
        received_ms=_times("received_ms", readings),
        corrected_ms=_times("corrected_ms", readings),
        values={name: np.array([each["values"].get(name, np.nan) for each in readings], np.float64) for name in names},
        quality={name: np.array([each["quality"].get(name, 0) for each in readings], np.uint8) for name in flagged},
    )


def without(message: SetAsideMessage, spans: Sequence[Stream]) -> SetAsideMessage | None:
    """The message without readings of these spans: the same where it holds none, None where nothing else is in it.

    Of one whose end was cut off no reading can be told from another: it goes if it may hold one of them.
    """
    try:
        rows = read_failed_rows(message.payload)
    except (ValueError, KeyError):
        return None if any(json.dumps(str(span.device)).encode() in message.payload for span in spans) else message
    concerned = np.array([any(_is_in(rows, row, span) for span in spans) for row in range(len(rows))], np.bool_)
    if not concerned.any():
        return message
    left = rows.take(np.flatnonzero(~concerned))
    if not len(left):
        return None
    follower = message.topic.removeprefix(TOPIC)
    made = failed_rows(follower, left, reason=message.reason, at=message.first_received)
    return replace(made, last_received=message.last_received, replayed_at=message.replayed_at)


def _is_in(rows: ObservationBatch, row: int, span: Stream) -> bool:
    """The reading is of that span, by the time that its device told or by the corrected one."""
    if rows.device[row] != span.device or (span.channel is not None and rows.channel[row] != span.channel):
        return False
    return any(
        (span.since_ms is None or span.since_ms <= ms) and (span.until_ms is None or ms < span.until_ms)
        for ms in (int(rows.phenomenon_ms[row]), int(rows.corrected_ms[row]))
    )


def _times(name: str, readings: Sequence[Mapping[str, Any]]) -> NDArray[np.int64]:
    return np.array([reading[name] for reading in readings], np.int64)


def _reading(rows: ObservationBatch, row: int) -> dict[str, object]:
    values = {name: float(column[row]) for name, column in rows.values.items() if not np.isnan(column[row])}
    flags = {name: int(column[row]) for name, column in rows.quality.items() if column[row]}
    return {
        "device": str(rows.device[row]),
        "channel": str(rows.channel[row]),
        "phenomenon_ms": int(rows.phenomenon_ms[row]),
        "received_ms": int(rows.received_ms[row]),
        "corrected_ms": int(rows.corrected_ms[row]),
        "values": values,
        "quality": flags,
    }
