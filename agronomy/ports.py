"""What the agronomy package needs kept, and told."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Protocol

from agronomy.field_readings import ProbeColumn
from agronomy.gate.crop_tests import CropTest
from agronomy.gate.levels import OfficialClass
from agronomy.given import CropMoney, GivenAdvice, Message, PushRecord, Withdrawal
from agronomy.model import Field
from agronomy.pushes.due import PushKey
from agronomy.soil.samples import SoilSample
from agronomy.weather.days import WeatherDay
from agronomy.yields.harvests import Harvest
from observations.identifiers import FarmId, FieldId


class FieldRegistry(Protocol):
    """The fields."""

    def add(self, field: Field) -> None:
        """The field is registered; raises FieldExistsError."""

    def change(self, field: Field) -> None:
        """The field of that id is so from now on."""

    def find(self, field: FieldId) -> Field | None:
        """The field of that id."""

    def on_farms(self, farms: Collection[FarmId]) -> Sequence[Field]:
        """Every field of these farms, by farm and name."""

    def all(self) -> Sequence[Field]:
        """Every field, by farm and name."""


class SoilBook(Protocol):
    """What laboratories and authorities said; nothing in it is ever changed."""

    def add_samples(self, samples: Iterable[SoilSample], *, at: datetime, by: str) -> Sequence[SoilSample]:
        """The samples are recorded; those that were not before. Raises SampleConflictError, and records none then."""

    def samples(self, field: FieldId) -> Sequence[SoilSample]:
        """The field's samples, oldest first."""

    def add_crop_tests(self, tests: Iterable[CropTest], *, at: datetime, by: str) -> Sequence[CropTest]:
        """The tests are recorded; those that were not before. Raises SampleConflictError, and records none then."""

    def crop_tests(self, field: FieldId) -> Sequence[CropTest]:
        """The field's crop tests, oldest first."""

    def name_class(self, field: FieldId, official: OfficialClass, *, at: datetime, by: str) -> None:
        """The class is recorded."""

    def official_class(self, field: FieldId) -> OfficialClass | None:
        """The class named last."""


class HarvestBook(Protocol):
    """Harvests as they were written down, and prices."""

    def add(self, harvests: Iterable[Harvest], *, at: datetime) -> Sequence[Harvest]:
        """The harvests are recorded; those that were not before."""

    def of_field(self, field: FieldId) -> Sequence[Harvest]:
        """The field's harvests, oldest first."""

    def confirmed(self) -> Sequence[Harvest]:
        """Every confirmed harvest, oldest first."""

    def confirmed_count(self) -> int:
        """How many confirmed harvests there are; it changes whenever one is added."""

    def add_money(self, rows: Iterable[CropMoney], *, at: datetime) -> None:
        """The rows hold from now on."""

    def money(self, farm: FarmId) -> Sequence[CropMoney]:
        """The newest row of each crop for that farm; its own before those for all."""


class AdviceBook(Protocol):
    """Advice given, pushes, and the outbox."""

    def give(self, advice: GivenAdvice) -> GivenAdvice:
        """The advice is kept, under the next number."""

    def standing(self, field: FieldId) -> GivenAdvice | None:
        """The newest advice of the field that was not withdrawn."""

    def find(self, number: int) -> GivenAdvice | None:
        """The advice of that number."""

    def of_field(self, field: FieldId, *, limit: int) -> Sequence[GivenAdvice]:
        """Advice of the field, newest first."""

    def withdraw(self, number: int, withdrawal: Withdrawal) -> None:
        """That advice no longer holds; what was withdrawn before stays as it is."""

    def post(self, message: Message) -> bool:
        """The message is in the outbox, once: False where one of its key was there."""

    def messages(self, field: FieldId, *, limit: int) -> Sequence[Message]:
        """Messages about the field, newest first."""

    def undelivered(self, *, limit: int) -> Sequence[Message]:
        """Messages no way of delivery has taken, oldest first."""

    def delivered(self, key: str, at: datetime) -> None:
        """That message was taken for delivery."""


class PushBook(Protocol):
    """Pushes that went out, and what became of them."""

    def send(self, push: PushRecord) -> bool:
        """The push is recorded, once: False where one of its key was there."""

    def of_field(self, field: FieldId) -> Sequence[PushRecord]:
        """The field's pushes, oldest first."""

    def acknowledge(self, key: PushKey, *, at: datetime, by: str) -> bool:
        """Somebody has seen it; the first acknowledgement stands. False where there is no such push."""

    def note(self, push: PushRecord) -> None:
        """What became of it is kept: escalated, cleared, followed up."""


class WeatherBook(Protocol):
    """Days of weather that were imported, by place."""

    def add(self, place: str, days: Iterable[WeatherDay], *, source: str, at: datetime) -> int:
        """The days are kept, a later import of the same day in place of the one before; how many."""

    def days(self, place: str, first: date, last: date) -> Sequence[WeatherDay]:
        """The known days from first to last, in order."""


class PlantingRecords(Protocol):
    """Everything that advice is made from and leaves behind."""

    @property
    def fields(self) -> FieldRegistry:
        """The fields."""

    @property
    def soil(self) -> SoilBook:
        """What laboratories said."""

    @property
    def harvests(self) -> HarvestBook:
        """What was harvested."""

    @property
    def advice(self) -> AdviceBook:
        """What was told."""

    @property
    def pushes(self) -> PushBook:
        """What was sent."""

    @property
    def weather(self) -> WeatherBook:
        """Days of weather."""

    def together(self) -> AbstractContextManager["PlantingRecords"]:
        """Records whose calls hold together, all or none."""


class FieldReadings(Protocol):
    """What probes and stations in a field said lately."""

    def columns(self, field: FieldId, *, since: datetime) -> Sequence[ProbeColumn]:
        """Good readings since then, by property and depth; raises StoreUnavailableError."""


class FarmPlaces(Protocol):
    """What agronomy may know of a farm: where it lies, never whose it is. "" is unknown."""

    def township(self, farm: FarmId) -> str:
        """The farm's township."""

    def county(self, farm: FarmId) -> str:
        """The farm's county, six digits."""

    def timezone(self, farm: FarmId) -> str:
        """The farm's IANA time zone."""

    def weather_place(self, farm: FarmId) -> str:
        """Under which name weather is imported for it."""
