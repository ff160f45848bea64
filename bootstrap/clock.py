"""The one place that asks the system what time it is."""

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """This instant."""
    return datetime.now(UTC)


def now_ms() -> int:
    """This instant in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
