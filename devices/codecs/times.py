"""Times as devices write them → milliseconds since 1970 UTC."""

import math
from datetime import UTC, datetime, timedelta

from devices.errors import DecodeError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECONDS_FROM = 100_000_000_000
"""A number of at least this is milliseconds: as seconds it would be the year 5138, as milliseconds it is 1973."""
RANGE_MS = (-62_135_596_800_000, 253_402_300_799_999)
"""The years 1 to 9999: beyond, no calendar can show it and no clock means it."""


def milliseconds(moment: float | str) -> int:
    """The time `moment` stands for; raises DecodeError `bad_time`.

    moment: seconds or milliseconds since 1970 UTC, or ISO 8601 with an offset ("2026-11-22T21:00:00+08:00").
    """
    ms = _of_text(moment) if isinstance(moment, str) else _of_number(moment)
    if not RANGE_MS[0] <= ms <= RANGE_MS[1]:
        raise DecodeError(
            code="bad_time", reason=f"time out of range: {str(moment)[:40]} is outside the years 1 to 9999"
        )
    return ms


def _of_number(moment: float) -> int:
    if not math.isfinite(moment):
        raise DecodeError(code="bad_time", reason="time out of range: base time and time lead beyond all numbers")
    if abs(moment) >= MILLISECONDS_FROM:
        return round(moment)
    return round(moment * 1000)


def _of_text(moment: str) -> int:
    try:
        at = datetime.fromisoformat(moment)
    except ValueError as error:
        reason = f"time {moment[:40]!r} is not ISO 8601, such as 2026-11-22T21:00:00+08:00"
        raise DecodeError(code="bad_time", reason=reason) from error
    if at.tzinfo is None:
        raise DecodeError(code="bad_time", reason=f"time {moment[:40]!r} has no offset: end it with Z or +08:00")
    return (at - EPOCH) // timedelta(milliseconds=1)
