"""How long to wait before trying again."""


class Backoff:
    """Waits that double from `first_s` to `most_s`, and begin anew after `reset`."""

    def __init__(self, *, first_s: float, most_s: float) -> None:
        self._first_s, self._most_s = first_s, most_s
        self._next_s = first_s

    def next_s(self) -> float:
        """The wait that is due now, in seconds; the one after it is longer."""
        due = self._next_s
        self._next_s = min(self._next_s * 2, self._most_s)
        return due

    def reset(self) -> None:
        """All is well: the next wait is a short one."""
        self._next_s = self._first_s
