"""What a field's sensors say of a condition: holds, fails, cannot be told, and what is missing then.

Readings come as plain columns of good values; they are pooled into hourly means, so that one odd reading, or a probe
that reports more often than another, decides nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from agronomy.water.soil_water import SoilWater
from agronomy.weather.fao56 import Floats

HOUR_MS = 3_600_000
SHARE = "soil_moisture_share"
"""Derived: soil_moisture as percent of field capacity."""
Flags = NDArray[np.bool_]


class Answer(StrEnum):
    """What the sensors answer to a condition."""

    HOLDS = "holds"
    FAILS = "fails"
    UNDECIDED = "undecided"
    NO_SENSOR = "no_sensor"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorColumn:
    """Good readings of one property at one depth: times in ms since 1970 UTC, values in the property's unit."""

    property: str
    depth_cm: float
    times_ms: NDArray[np.int64]
    values: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A row of `push_conditions.csv`.

    aggregate: minimum, maximum or mean over the last `hours`, or any of them. comparison: at_least, above, below,
    at_most. coverage: the share of those hours that must have readings.
    """

    role: str
    property: str
    depth_cm: tuple[float, float]
    aggregate: str
    comparison: str
    threshold: float
    hours: int
    coverage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The answer to a condition, and the numbers behind it.

    low, high: the latest hourly mean, an interval where the soil is not known. held_h: hours for which the condition
    has held without a break up to now, as far as the readings reach.
    """

    condition: Condition
    answer: Answer
    low: float | None = None
    high: float | None = None
    held_h: int = 0


def find(
    condition: Condition,
    columns: Sequence[SensorColumn],
    soils: Sequence[SoilWater],
    *,
    now_ms: int,
    since_ms: int | None = None,
) -> Finding:
    """What the sensors say of the condition over its hours before `now_ms`, or from `since_ms` on where given."""
    measured = "soil_moisture" if condition.property == SHARE else condition.property
    inside = [each for each in columns if each.property == measured and _within(each.depth_cm, condition)]
    if not inside:
        return Finding(condition=condition, answer=Answer.NO_SENSOR)
    hours, means = _hourly(inside, now_ms)
    low, high = _bounds(condition, means, soils)
    span = condition.hours if since_ms is None else max(int((now_ms - since_ms) // HOUR_MS), 1)
    recent = hours < span
    if recent.sum() < max(condition.coverage * span, 1):
        return Finding(condition=condition, answer=Answer.TOO_FEW, low=_first(low), high=_first(high))
    return Finding(
        condition=condition,
        answer=_answer(condition, low[recent], high[recent]),
        low=_first(low),
        high=_first(high),
        held_h=_held(hours, _compared(condition, low, high)[0]),
    )


def _within(depth_cm: float, condition: Condition) -> bool:
    return condition.depth_cm[0] <= depth_cm <= condition.depth_cm[1]


def _hourly(columns: Sequence[SensorColumn], now_ms: int) -> tuple[NDArray[np.int64], Floats]:
    """Hours before now (0 is the last one), ascending, and the mean of each hour that has readings."""
    times = np.concatenate([column.times_ms for column in columns])
    values = np.concatenate([column.values for column in columns])
    known = (times <= now_ms) & np.isfinite(values)
    ago = (now_ms - times[known]) // HOUR_MS
    hours, place = np.unique(ago, return_inverse=True)
    counts = np.bincount(place, minlength=len(hours))
    sums = np.bincount(place, weights=values[known], minlength=len(hours))
    return hours.astype(np.int64), sums / np.maximum(counts, 1)


def _bounds(condition: Condition, means: Floats, soils: Sequence[SoilWater]) -> tuple[Floats, Floats]:
    """The hourly means, or between which shares of field capacity they lie."""
    if condition.property != SHARE:
        return means, means
    capacities = [soil.field_capacity for soil in soils]
    return means / max(capacities), means / min(capacities)


def _compared(condition: Condition, low: Floats, high: Floats) -> tuple[Flags, Flags]:
    """Where the comparison holds for all of the interval, and where for none of it."""
    at = condition.threshold
    match condition.comparison:
        case "above":
            return low > at, high <= at
        case "at_least":
            return low >= at, high < at
        case "below":
            return high < at, low >= at
        case _:
            return high <= at, low > at


AGGREGATES: Mapping[str, Callable[[Floats], float]] = {
    "minimum": lambda values: float(values.min()),
    "maximum": lambda values: float(values.max()),
    "mean": lambda values: float(values.mean()),
}


def _answer(condition: Condition, low: Floats, high: Floats) -> Answer:
    if condition.aggregate == "any":
        every, none = _compared(condition, low, high)
        if every.any():
            return Answer.HOLDS
        return Answer.FAILS if none.all() else Answer.UNDECIDED
    reduce = AGGREGATES[condition.aggregate]
    every, none = _compared(condition, np.array([reduce(low)]), np.array([reduce(high)]))
    if every[0]:
        return Answer.HOLDS
    return Answer.FAILS if none[0] else Answer.UNDECIDED


def _held(hours: NDArray[np.int64], every: Flags) -> int:
    """Hours from now back to the last one in which it did not hold; an hour without readings breaks nothing."""
    broken = hours[~every]
    if len(hours) == 0 or (len(broken) and broken[0] == hours[0]):
        return 0
    return int(broken[0]) if len(broken) else int(hours[-1]) + 1


def _first(values: Floats) -> float | None:
    return float(values[0]) if len(values) else None
