"""EPCIS queries: which events, in which order, as conditions over an event's facts."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from traceability.epcis.event_facts import Facts
from traceability.model import CapturedEvent

COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "EQ": operator.eq,
    "GT": operator.gt,
    "GE": operator.ge,
    "LT": operator.lt,
    "LE": operator.le,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextCondition:
    """One of these names has one of these texts, or one that begins so."""

    names: tuple[str, ...]
    texts: frozenset[str]
    beginnings: tuple[str, ...] = ()

    def holds(self, facts: Facts) -> bool:
        """Whether it holds of an event with these facts."""
        return any(
            name in self.names and (text in self.texts or text.startswith(self.beginnings))
            for name, text in facts.texts
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberCondition:
    """That name has a number which compares so (a key of COMPARE) to one of these."""

    name: str
    compare: str
    numbers: tuple[float, ...]

    def holds(self, facts: Facts) -> bool:
        """Whether it holds of an event with these facts."""
        compare = COMPARE[self.compare]
        return any(
            name == self.name and any(compare(number, wanted) for wanted in self.numbers)
            for name, number in facts.numbers
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistsCondition:
    """That name has any text, or has none."""

    name: str
    exists: bool

    def holds(self, facts: Facts) -> bool:
        """Whether it holds of an event with these facts."""
        return any(name == self.name for name, _ in facts.texts) is self.exists


Condition = TextCondition | NumberCondition | ExistsCondition


class OrderBy(StrEnum):
    """By what the events of an answer are ordered."""

    RECORD = "record"  # as they were captured
    EVENT_TIME = "eventTime"
    RECORD_TIME = "recordTime"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSpan:
    """From `since` on and before `until`."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether the moment lies in it."""
        return (self.since is None or self.since <= moment) and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventQuery:
    """Which events, in which order.

    limit: only so many of the first. most: more than so many are too many to be given at all.
    """

    event_time: TimeSpan = TimeSpan()
    record_time: TimeSpan = TimeSpan()
    conditions: tuple[Condition, ...] = ()
    order_by: OrderBy = OrderBy.RECORD
    descending: bool = False
    limit: int | None = None
    most: int | None = None

    def holds(self, event: CapturedEvent, facts: Facts) -> bool:
        """Whether the event, which has these facts, is one of them."""
        return (
            self.event_time.holds(event.event_time)
            and self.record_time.holds(event.record_time)
            and all(condition.holds(facts) for condition in self.conditions)
        )
