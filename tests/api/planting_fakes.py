"""Records of planting in memory, for tests of the web application."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime

from agronomy.crop_tests import CropTest
from agronomy.field_readings import ProbeColumn
from agronomy.gate_levels import OfficialClass
from agronomy.given import CropMoney, GivenAdvice, Message, PushRecord, SampleConflictError, Withdrawal
from agronomy.harvests import Harvest
from agronomy.pushes import PushKey
from agronomy.soil import SoilSample
from agronomy.weather import WeatherDay
from observations.identifiers import FarmId, FieldId
from tests.api import fakes


class Soil:
    """A SoilBook."""

    def __init__(self) -> None:
        self.kept: dict[str, SoilSample] = {}
        self.tests: dict[str, CropTest] = {}
        self.classes: dict[FieldId, OfficialClass] = {}

    def add_samples(self, samples: Iterable[SoilSample], *, at: datetime, by: str) -> Sequence[SoilSample]:
        del at, by
        wanted = list(samples)
        for sample in wanted:
            if self.kept.get(sample.id, sample) != sample:
                raise SampleConflictError("sample", sample.id)
        new = [sample for sample in wanted if sample.id not in self.kept]
        self.kept.update({sample.id: sample for sample in new})
        return new

    def samples(self, field: FieldId) -> Sequence[SoilSample]:
        return sorted((one for one in self.kept.values() if one.field == field), key=lambda one: one.sampled_on)

    def add_crop_tests(self, tests: Iterable[CropTest], *, at: datetime, by: str) -> Sequence[CropTest]:
        del at, by
        new = [test for test in tests if test.id not in self.tests]
        self.tests.update({test.id: test for test in new})
        return new

    def crop_tests(self, field: FieldId) -> Sequence[CropTest]:
        return sorted((one for one in self.tests.values() if one.field == field), key=lambda one: one.sampled_on)

    def name_class(self, field: FieldId, official: OfficialClass, *, at: datetime, by: str) -> None:
        del at, by
        self.classes[field] = official

    def official_class(self, field: FieldId) -> OfficialClass | None:
        return self.classes.get(field)


class Harvests:
    """A HarvestBook."""

    def __init__(self) -> None:
        self.kept: list[Harvest] = []

    def add(self, harvests: Iterable[Harvest], *, at: datetime) -> Sequence[Harvest]:
        del at
        new = [harvest for harvest in harvests if harvest not in self.kept]
        self.kept += new
        return new

    def of_field(self, field: FieldId) -> Sequence[Harvest]:
        return [harvest for harvest in self.kept if harvest.field == field]

    def confirmed(self) -> Sequence[Harvest]:
        return [harvest for harvest in self.kept if harvest.confirmed]

    def confirmed_count(self) -> int:
        return len(self.confirmed())

    def add_money(self, rows: Iterable[CropMoney], *, at: datetime) -> None:
        del rows, at

    def money(self, farm: FarmId) -> Sequence[CropMoney]:
        del farm
        return []


class AdviceGiven:
    """An AdviceBook."""

    def __init__(self) -> None:
        self.kept: list[GivenAdvice] = []
        self.posted: dict[str, Message] = {}

    def give(self, advice: GivenAdvice) -> GivenAdvice:
        given = replace(advice, number=len(self.kept) + 1)
        self.kept.append(given)
        return given

    def standing(self, field: FieldId) -> GivenAdvice | None:
        held = [one for one in self.kept if one.field == field and one.withdrawn is None]
        return held[-1] if held else None

    def find(self, number: int) -> GivenAdvice | None:
        return self.kept[number - 1] if 0 < number <= len(self.kept) else None

    def of_field(self, field: FieldId, *, limit: int) -> Sequence[GivenAdvice]:
        return [one for one in reversed(self.kept) if one.field == field][:limit]

    def withdraw(self, number: int, withdrawal: Withdrawal) -> None:
        if self.kept[number - 1].withdrawn is None:
            self.kept[number - 1] = replace(self.kept[number - 1], withdrawn=withdrawal)

    def post(self, message: Message) -> bool:
        return self.posted.setdefault(message.key, message) is message

    def messages(self, field: FieldId, *, limit: int) -> Sequence[Message]:
        return [one for one in reversed(self.posted.values()) if one.field == field][:limit]

    def undelivered(self, *, limit: int) -> Sequence[Message]:
        return [one for one in self.posted.values() if one.delivered_at is None][:limit]

    def delivered(self, key: str, at: datetime) -> None:
        self.posted[key] = replace(self.posted[key], delivered_at=at)


class Pushes:
    """A PushBook."""

    def __init__(self) -> None:
        self.kept: dict[str, PushRecord] = {}

    def send(self, push: PushRecord) -> bool:
        return self.kept.setdefault(str(push.sent.key), push) is push

    def of_field(self, field: FieldId) -> Sequence[PushRecord]:
        return [push for push in self.kept.values() if push.sent.key.field == field]

    def acknowledge(self, key: PushKey, *, at: datetime, by: str) -> bool:
        push = self.kept.get(str(key))
        if push is None:
            return False
        if push.sent.acknowledged_at is None:
            self.kept[str(key)] = replace(push, sent=replace(push.sent, acknowledged_at=at), acknowledged_by=by)
        return True

    def note(self, push: PushRecord) -> None:
        self.kept[str(push.sent.key)] = push


class Weather:
    """A WeatherBook that knows no day."""

    def add(self, place: str, days: Iterable[WeatherDay], *, source: str, at: datetime) -> int:
        del place, source, at
        return len(list(days))

    def days(self, place: str, first: date, last: date) -> Sequence[WeatherDay]:
        del place, first, last
        return []


class Planting:
    """PlantingRecords; one thing at a time, so that everything holds together."""

    def __init__(self, fields: fakes.Fields) -> None:
        self.fields = fields
        self.soil, self.harvests, self.advice = Soil(), Harvests(), AdviceGiven()
        self.pushes, self.weather = Pushes(), Weather()

    @contextmanager
    def together(self) -> Iterator["Planting"]:
        yield self


class Readings:
    """FieldReadings as a test puts them."""

    def __init__(self) -> None:
        self.kept: dict[FieldId, Collection[ProbeColumn]] = {}

    def columns(self, field: FieldId, *, since: datetime) -> Sequence[ProbeColumn]:
        del since
        return list(self.kept.get(field, ()))


class Farms:
    """FarmPlaces: all farms lie in Ningxiang."""

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
        return "宁乡"
