"""What an archive holds: whose it is, over which days, and every record under the item that the law names."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from observations.identifiers import EarTagNumber
from traceability.archive.tables import Item
from traceability.gs1.keys import Giai
from traceability.recorded import RecordedEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """Whose archive it is.

    gln: the farm's location number (13 digits). label: what the household is called before others.
    person: the householder's name, None for those who may not see it. farm_code: 畜禽养殖代码, "" where not recorded.
    timezone: IANA name, by which days are counted. simulated: the farm is a simulation.
    """

    farm: str
    name: str
    label: str
    gln: str
    county: str
    township: str
    person: str | None
    farm_code: str
    timezone: str
    simulated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `first` to `last`, both days included."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        """Whether the day lies in it."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedAnimal:
    """An animal as registered, by its number and by its key in events.

    sex, status: ICAR's words. left_on: the day it died or left, None while it is there.
    """

    number: EarTagNumber
    giai: Giai
    breed: str
    sex: str
    born_on: date
    status: str
    left_on: date | None

    def there_in(self, period: Period) -> bool:
        """Whether it was on the farm on any day of the period."""
        return self.born_on <= period.last and (self.left_on is None or self.left_on >= period.first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """One thing a record says; personal: the name of a person. unit: "" for texts."""

    member: str
    zh: str
    en: str
    value: str
    unit: str
    personal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One record. day: the farm's local day of what happened.

    zh, en: what happened. animals: the farm's animals it names. declared_wrong: the reason given when it was declared
    in error, "" while it stands; such a record stays readable. recorded_after: how long after it happened.
    """

    item: str
    day: date
    zh: str
    en: str
    animals: tuple[EarTagNumber, ...]
    details: tuple[Detail, ...]
    event: RecordedEvent
    declared_wrong: str

    @property
    def event_id(self) -> str:
        """By what the record is found."""
        return self.event.captured.event_id

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded."""
        return self.event.captured.record_time

    @property
    def recorded_after(self) -> timedelta:
        """How long after it happened it was recorded."""
        return self.event.recorded_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """The archive of a farm, or of one animal of it.

    animals: those that were there in the period. entries: by item, each by time; an item without any is there, empty.
    sensor_days: days of ear-tag readings that were summed up beside the records.
    """

    keeper: Keeper
    period: Period
    animal: EarTagNumber | None
    animals: tuple[ArchivedAnimal, ...]
    entries: Mapping[str, tuple[Entry, ...]]
    sensor_days: int

    @property
    def events(self) -> tuple[Entry, ...]:
        """Every record that stands, by time."""
        standing = [entry for entries in self.entries.values() for entry in entries if not entry.declared_wrong]
        return tuple(sorted(standing, key=lambda entry: (entry.event.captured.event_time, entry.event_id)))

    def missing(self, item: Item) -> bool:
        """Whether the law asks for it and nothing of it is recorded."""
        return not self.entries.get(item.item) and not (item.item == "animals" and self.animals)
