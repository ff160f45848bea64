"""Since when something has been in the way: what a person asks first."""

from collections.abc import Callable
from datetime import UTC, datetime


class Absence:
    """Begins with the first problem told, and ends when all is well again."""

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._since_ms: int | None = None

    def told(self, problem: str) -> str:
        """The problem with its beginning: "what: why" becomes "what since 2026-11-23 01:20:01 UTC: why"."""
        if self._since_ms is None:
            self._since_ms = self._now_ms()
        since = f"{datetime.fromtimestamp(self._since_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
        what, colon, why = problem.partition(": ")
        return f"{what} since {since}{colon}{why}"

    def over(self) -> None:
        """All is well: the next problem begins anew."""
        self._since_ms = None
