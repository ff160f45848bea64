"""Alarms about masses that cannot be true: found as records come, each told once and open until the records mend it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MassAlarm:
    """A grave finding about one thing: what a stage begins with, or a lot.

    number: its own, 0 before it is kept. ended: when the records no longer said so, None while they do.
    """

    thing: str
    rule: str
    zh: str
    en: str
    since: datetime
    number: int = 0
    ended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """What was balanced anew: the things that alarms may be about, and the alarms that there ought to be.

    too_large: lots of so many packs that they are balanced only when somebody asks.
    """

    things: frozenset[str]
    alarms: tuple[MassAlarm, ...]
    too_large: tuple[str, ...] = ()
