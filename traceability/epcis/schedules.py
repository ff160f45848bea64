"""When a scheduled subscription asks: EPCIS's QuerySchedule, read strictly, in UTC.

Source: EPCIS 2.0, QuerySchedule. A field is a list of numbers, ranges `[a-b]` and, as in GS1's own example `0/30`,
steps from a number on. A field that is not given means its first value where a coarser one is given (`hour: 1` is
01:00:00), and any value where it is coarser than all that are given (`minute: 5` is every hour).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from traceability.errors import SubscriptionError

RANGES: Mapping[str, tuple[int, int]] = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "dayOfMonth": (1, 31),
    "month": (1, 12),
    "dayOfWeek": (1, 7),
}
"""Every field with its least and greatest value; 1 is Monday."""
CLOCK = ("second", "minute", "hour")
"""From the finest on; days of month and week, and months, are coarser."""
LOOKED_AHEAD_DAYS = 366 * 40
"""29 February is a Monday every 28 years, or after 40 where a century leaves its leap year out."""
LONGEST_FIELD = 200

_ELEMENT = re.compile(r"(?P<one>\d{1,2})|\[?(?P<low>\d{1,2})-(?P<high>\d{1,2})\]?|(?P<start>\d{1,2})/(?P<step>\d{1,2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The values that a moment in UTC must have, field by field; every field of RANGES is there."""

    values: Mapping[str, frozenset[int]]

    @classmethod
    def parse(cls, fields: Mapping[str, object]) -> "Schedule":
        """The schedule that these fields ask for; raises SubscriptionError, also for a moment that never comes."""
        unknown = sorted(set(fields) - set(RANGES))
        if unknown:
            raise SubscriptionError(field="schedule", rule=f"{unknown[0][:40]!r} is none of {', '.join(RANGES)}")
        if not fields:
            raise SubscriptionError(field="schedule", rule=f"one of {', '.join(RANGES)} at least is expected")
        given = {name: _values(name, text) for name, text in fields.items()}
        schedule = cls(values={name: given.get(name, _implied(name, given)) for name in RANGES})
        if schedule.next_after(datetime(2000, 1, 1, tzinfo=UTC)) is None:
            raise SubscriptionError(field="schedule", rule="no day of the calendar is like that")
        return schedule

    def next_after(self, moment: datetime) -> datetime | None:
        """The first moment behind that one, in whole seconds; None where none comes."""
        begin = moment.astimezone(UTC).replace(microsecond=0) + timedelta(seconds=1)
        for days in range(LOOKED_AHEAD_DAYS):
            day = begin.date() + timedelta(days=days)
            if self._has(day):
                least = begin if days == 0 else datetime(day.year, day.month, day.day, tzinfo=UTC)
                for at in self._times(day, from_hour=least.hour):
                    if at >= least:
                        return at
        return None

    def _has(self, day: date) -> bool:
        found = {"dayOfMonth": day.day, "month": day.month, "dayOfWeek": day.isoweekday()}
        return all(value in self.values[name] for name, value in found.items())

    def _times(self, day: date, *, from_hour: int) -> Iterator[datetime]:
        for hour in sorted(each for each in self.values["hour"] if each >= from_hour):
            for minute in sorted(self.values["minute"]):
                for second in sorted(self.values["second"]):
                    yield datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=UTC)


def _implied(name: str, given: Mapping[str, frozenset[int]]) -> frozenset[int]:
    low, high = RANGES[name]
    finer_than_given = any(_rank(name) < _rank(other) for other in given)
    return frozenset({low}) if finer_than_given else frozenset(range(low, high + 1))


def _rank(name: str) -> int:
    return CLOCK.index(name) if name in CLOCK else len(CLOCK)


def _values(name: str, text: object) -> frozenset[int]:
    if not isinstance(text, str) or len(text) > LONGEST_FIELD:
        raise SubscriptionError(
            field=f"schedule.{name}", rule='a text is expected, such as "5", "1,15", "[1-5]" or "0/30"'
        )
    found: set[int] = set()
    for element in text.replace(" ", "").split(","):
        found.update(_element(name, element))
    return frozenset(found)


def _element(name: str, text: str) -> Sequence[int]:
    low, high = RANGES[name]
    match = _ELEMENT.fullmatch(text)
    if match is None:
        raise SubscriptionError(field=f"schedule.{name}", rule=f"{text[:40]!r} is no number, range [a-b] or step a/b")
    if match["one"] is not None:
        found: Sequence[int] = (int(match["one"]),)
    elif match["low"] is not None:
        found = range(int(match["low"]), int(match["high"]) + 1)
    else:
        step = int(match["step"])
        found = range(int(match["start"]), high + 1, step) if step else ()
    if not found or found[0] < low or found[-1] > high:
        raise SubscriptionError(field=f"schedule.{name}", rule=f"{text[:40]!r} is not within {low} to {high}")
    return found
