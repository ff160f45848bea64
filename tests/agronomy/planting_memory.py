"""The records of planting in memory: small conforming implementations of the ports of `agronomy.ports`."""

import copy
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from agronomy.field_readings import ProbeColumn
from agronomy.gate.crop_tests import CropTest
from agronomy.gate.levels import OfficialClass
from agronomy.given import CropMoney, GivenAdvice, Message, PushRecord, SampleConflictError, Withdrawal
from agronomy.model import Field
from agronomy.ports import FieldRegistry
from agronomy.pushes.due import PushKey
from agronomy.soil.samples import SoilSample
from agronomy.weather.days import WeatherDay
from agronomy.yields.harvests import Harvest
from observations.identifiers import FarmId, FieldId


class Fields:
    def __init__(self, fields: Iterable[Field] = ()) -> None:
        self.by_id = {each.id: each for each in fields}

    def add(self, field: Field) -> None:
        self.by_id[field.id] = field

    def change(self, field: Field) -> None:
        self.by_id[field.id] = field

    def find(self, field: FieldId) -> Field | None:
        return self.by_id.get(field)

    def on_farms(self, farms: Collection[FarmId]) -> Sequence[Field]:
        return [each for each in self.by_id.values() if each.farm in farms]

    def all(self) -> Sequence[Field]:
        return list(self.by_id.values())


@dataclass
class Soils:
    kept_samples: dict[str, SoilSample] = field(default_factory=dict)
    kept_tests: dict[str, CropTest] = field(default_factory=dict)
    classes: list[tuple[FieldId, OfficialClass]] = field(default_factory=list)

    def add_samples(self, samples: Iterable[SoilSample], *, at: datetime, by: str) -> Sequence[SoilSample]:
        del at, by
        new = []
        for each in samples:
            known = self.kept_samples.setdefault(each.id, each)
            if known != each:
                raise SampleConflictError(kind="soil sample", identifier=each.id)
            new += [each] if known is each else []
        return new

    def samples(self, field: FieldId) -> Sequence[SoilSample]:
        return sorted((each for each in self.kept_samples.values() if each.field == field), key=lambda s: s.sampled_on)

    def add_crop_tests(self, tests: Iterable[CropTest], *, at: datetime, by: str) -> Sequence[CropTest]:
        del at, by
        new = [each for each in tests if each.id not in self.kept_tests]
        self.kept_tests |= {each.id: each for each in new}
        return new

    def crop_tests(self, field: FieldId) -> Sequence[CropTest]:
        return [each for each in self.kept_tests.values() if each.field == field]

    def name_class(self, field: FieldId, official: OfficialClass, *, at: datetime, by: str) -> None:
        del at, by
        self.classes.append((field, official))

    def official_class(self, field: FieldId) -> OfficialClass | None:
        return next((official for named, official in reversed(self.classes) if named == field), None)


@dataclass
class Harvests:
    kept: list[Harvest] = field(default_factory=list)
    rows: list[CropMoney] = field(default_factory=list)

    def add(self, harvests: Iterable[Harvest], *, at: datetime) -> Sequence[Harvest]:
        del at
        new = [each for each in harvests if each not in self.kept]
        self.kept += new
        return new

    def of_field(self, field: FieldId) -> Sequence[Harvest]:
        return [each for each in self.kept if each.field == field]

    def confirmed(self) -> Sequence[Harvest]:
        return [each for each in self.kept if each.confirmed]

    def confirmed_count(self) -> int:
        return len(self.confirmed())

    def add_money(self, rows: Iterable[CropMoney], *, at: datetime) -> None:
        del at
        self.rows += rows

    def money(self, farm: FarmId) -> Sequence[CropMoney]:
        return [row for row in self.rows if row.farm in {"", farm}]


@dataclass
class Advices:
    given: list[GivenAdvice] = field(default_factory=list)
    posted: dict[str, Message] = field(default_factory=dict)

    def give(self, advice: GivenAdvice) -> GivenAdvice:
        self.given.append(replace(advice, number=len(self.given) + 1))
        return self.given[-1]

    def standing(self, field: FieldId) -> GivenAdvice | None:
        return next((each for each in self.of_field(field, limit=99) if each.withdrawn is None), None)

    def find(self, number: int) -> GivenAdvice | None:
        return next((each for each in self.given if each.number == number), None)

    def of_field(self, field: FieldId, *, limit: int) -> Sequence[GivenAdvice]:
        return [each for each in reversed(self.given) if each.field == field][:limit]

    def withdraw(self, number: int, withdrawal: Withdrawal) -> None:
        self.given[number - 1] = replace(self.given[number - 1], withdrawn=withdrawal)

    def post(self, message: Message) -> bool:
        new = message.key not in self.posted
        self.posted.setdefault(message.key, message)
        return new

    def messages(self, field: FieldId, *, limit: int) -> Sequence[Message]:
        return [each for each in reversed(self.posted.values()) if each.field == field][:limit]

    def undelivered(self, *, limit: int) -> Sequence[Message]:
        return [each for each in self.posted.values() if each.delivered_at is None][:limit]

    def delivered(self, key: str, at: datetime) -> None:
        self.posted[key] = replace(self.posted[key], delivered_at=at)


@dataclass
class Pushes:
    sent: dict[PushKey, PushRecord] = field(default_factory=dict)

    def send(self, push: PushRecord) -> bool:
        new = push.sent.key not in self.sent
        self.sent.setdefault(push.sent.key, push)
        return new

    def of_field(self, field: FieldId) -> Sequence[PushRecord]:
        return [each for key, each in self.sent.items() if key.field == field]

    def acknowledge(self, key: PushKey, *, at: datetime, by: str) -> bool:
        known = self.sent.get(key)
        if known is not None and known.sent.acknowledged_at is None:
            self.sent[key] = replace(known, sent=replace(known.sent, acknowledged_at=at), acknowledged_by=by)
        return known is not None

    def note(self, push: PushRecord) -> None:
        self.sent[push.sent.key] = push


@dataclass
class Weathers:
    known: dict[tuple[str, date], WeatherDay] = field(default_factory=dict)

    def add(self, place: str, days: Iterable[WeatherDay], *, source: str, at: datetime) -> int:
        del source, at
        new = {(place, each.day): each for each in days}
        self.known |= new
        return len(new)

    def days(self, place: str, first: date, last: date) -> Sequence[WeatherDay]:
        return [day for (there, at), day in sorted(self.known.items()) if there == place and first <= at <= last]


BOOKS = ("soil", "harvests", "advice", "pushes", "weather")


@dataclass
class Planting:
    """All of it; an error within `together` undoes what was written there."""

    fields: FieldRegistry = field(default_factory=Fields)
    soil: Soils = field(default_factory=Soils)
    harvests: Harvests = field(default_factory=Harvests)
    advice: Advices = field(default_factory=Advices)
    pushes: Pushes = field(default_factory=Pushes)
    weather: Weathers = field(default_factory=Weathers)

    @contextmanager
    def together(self) -> Iterator["Planting"]:
        before = {name: copy.deepcopy(vars(getattr(self, name))) for name in BOOKS}
        try:
            yield self
        except Exception:
            for name, state in before.items():
                vars(getattr(self, name)).update(state)
            raise


@dataclass
class Readings:
    """What probes said, by field."""

    kept: dict[FieldId, list[ProbeColumn]] = field(default_factory=dict)

    def columns(self, field: FieldId, *, since: datetime) -> Sequence[ProbeColumn]:
        del since
        return self.kept.get(field, [])


class Farms:
    """Every farm lies in Ningxiang."""

    def township(self, farm: FarmId) -> str:
        del farm
        return "流沙河镇"

    def county(self, farm: FarmId) -> str:
        del farm
        return "430182"

    def timezone(self, farm: FarmId) -> str:
        del farm
        return "Asia/Shanghai"

    def weather_place(self, farm: FarmId) -> str:
        del farm
        return "site-1"
