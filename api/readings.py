"""Values as people and programs are shown them: with unit, quality and age."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from observations.model import Observation, Stream
from observations.ports import ObservationStore
from observations.properties import ObservedProperty, observed_properties, observed_property
from observations.quality import SUSPECT, Quality

OFFLINE_FACTOR = 4
"""A value is stale after 3 missed intervals and offline after 12 (design): four times as long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One value to show; age_s: seconds since `fresh_at`, never negative."""

    observed_property: ObservedProperty
    observation: Observation
    age_s: float

    @property
    def value(self) -> float:
        """The value in the property's unit."""
        return self.observation.value

    @property
    def text(self) -> str:
        """The value with as many decimals as its property is worth."""
        return f"{self.observation.value:.{self.observed_property.decimals}f}"

    @property
    def stale(self) -> bool:
        """Whether the value is too old to stand for now."""
        return self.age_s > self.observed_property.stale_after_min * 60

    @property
    def mark(self) -> str:
        """Which quality mark is drawn: good, estimated, suspect, stale or offline."""
        return mark_of(self.observation.quality, self.age_s, self.observed_property)


def mark_of(quality: Quality, age_s: float, prop: ObservedProperty) -> str:
    """The quality mark of a value of that age."""
    stale_s = prop.stale_after_min * 60
    if age_s > stale_s * OFFLINE_FACTOR:
        return "offline"
    if age_s > stale_s:
        return "stale"
    if quality & SUSPECT:
        return "suspect"
    return "estimated" if quality & Quality.ESTIMATED else "good"


def quality_word(quality: Quality) -> str:
    """The word "good", or the flags' names joined by "+": "out_of_range+clock_wrong"."""
    names = [flag.name.lower() for flag in Quality if flag & quality and flag.name]
    return "+".join(names) or "good"


def fresh_at(observation: Observation) -> datetime:
    """From when its age counts: the time to show, or its arrival where the device's clock is ahead.

    A tag that sends local time as UTC and then falls silent would otherwise look new for another eight hours.
    """
    return min(observation.corrected_time, observation.received_time)


def age_in_s(moment: datetime, now: datetime) -> float:
    """Seconds from `moment` to `now`; 0 where `moment` is ahead."""
    return max(0.0, (now - moment).total_seconds())


def covers(stream: Stream, observation: Observation) -> bool:
    """Whether the observation belongs to the stream."""
    return (
        stream.device == observation.device
        and (stream.channel is None or stream.channel == observation.channel)
        and (stream.since_ms is None or stream.since_ms <= observation.phenomenon_ms)
        and (stream.until_ms is None or observation.phenomenon_ms < stream.until_ms)
    )


def latest_readings(store: ObservationStore, streams: Sequence[Stream], now: datetime) -> list[Reading]:
    """The newest good value of every property and channel of these streams, in the order of the property table."""
    newest: dict[tuple[str, str], Observation] = {}
    for latest in store.latest({stream.device for stream in streams}):
        found = latest.good
        if found is None or not any(covers(stream, found) for stream in streams):
            continue
        key = (found.observed_property, found.channel)
        if key not in newest or newest[key].phenomenon_ms < found.phenomenon_ms:
            newest[key] = found
    order = list(observed_properties())
    ordered = sorted(newest.values(), key=lambda each: (order.index(each.observed_property), each.channel))
    return [reading_of(observation, now) for observation in ordered]


def reading_of(observation: Observation, now: datetime) -> Reading:
    """The observation as it is shown at `now`."""
    return Reading(
        observed_property=observed_property(observation.observed_property),
        observation=observation,
        age_s=age_in_s(fresh_at(observation), now),
    )


def newest_of(readings: Iterable[Reading], name: str) -> Reading | None:
    """The youngest of the readings of that property, whatever its channel."""
    found = [reading for reading in readings if reading.observed_property.name == name]
    return min(found, key=lambda reading: reading.age_s, default=None)
