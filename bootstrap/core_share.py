"""How much of a core work in the background takes, so that a backlog of years delays no page."""

SHARE = 0.25
"""Of a core at most."""


def rest_after(worked_s: float) -> float:
    """Seconds to rest after so many seconds of a core, for its share to hold."""
    return worked_s * (1 / SHARE - 1)
