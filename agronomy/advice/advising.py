"""Advice kept in step with what laboratories say: made, given, withdrawn, told; by the ports of this package."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from agronomy.advice.case import FieldCase
from agronomy.advice.compared import Imagined, imagine
from agronomy.advice.field_climate import climate_for, expected_days, look_ahead_days
from agronomy.advice.plain import advice_plain, decision_of
from agronomy.advice.pushing import push_field
from agronomy.advice.ranking import Money
from agronomy.advice.sms import advice_sms, withdrawn_sms
from agronomy.advice.whole import advise, tables_version
from agronomy.errors import AgronomyError, SoilValueError
from agronomy.field_readings import ProbeColumn, sensor_columns, summaries
from agronomy.gate.crop_tests import CropTest
from agronomy.gate.levels import OfficialClass
from agronomy.given import GivenAdvice, Message, MessageKind, Withdrawal
from agronomy.model import Field
from agronomy.ports import FarmPlaces, FieldReadings, PlantingRecords
from agronomy.soil.samples import SoilSample
from agronomy.weather.climatology import ClimateStation
from agronomy.weather.days import FilledDay
from agronomy.yields.expected import YieldModel
from agronomy.yields.harvest_cases import model_of
from agronomy.yields.harvests import Harvest
from observations.identifiers import FarmId, FieldId

READINGS_D = 7
"""Days of readings that advice looks at: longer than any condition of a push."""


class WrongFieldError(AgronomyError):
    """A result names another field than the one it was handed in for."""

    def __init__(self, *, field: str, named: str) -> None:
        self.field, self.named = field, named
        super().__init__(f"this result is of field {named}, not of {field}: hand it in there")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of results that were handed in.

    new: how many were not recorded before. advice: what holds now; withdrawn: what no longer does, None where nothing
    stood. changed: whether the decision differs.
    """

    new: int
    advice: GivenAdvice
    withdrawn: GivenAdvice | None = None
    changed: bool = False


class Adviser:
    """Advice for fields. Each call that changes something is one transaction; any thread may call.

    now: this moment, aware UTC.
    """

    def __init__(
        self, records: PlantingRecords, readings: FieldReadings, farms: FarmPlaces, *, now: Callable[[], datetime]
    ) -> None:
        self._records, self._readings, self._farms, self._now = records, readings, farms, now
        self._model: tuple[int, YieldModel] | None = None

    def case(self, field: Field) -> FieldCase:
        """All that is known of the field now; raises StoreUnavailableError."""
        return self._case(self._records, field, self._columns(field))

    def current(self, field: Field) -> GivenAdvice:
        """The advice that holds today: the standing one while its tables and its day hold, otherwise new advice."""
        today = self._today(field.farm)
        standing = self._records.advice.standing(field.id)
        made_today = standing is not None and standing.holds_on(today) and standing.made_on == today
        if standing is not None and made_today and standing.content["tables"] == tables_version():
            return standing
        return self.renew(field)

    def renew(self, field: Field) -> GivenAdvice:
        """Advice made afresh, which replaces the standing one; told only where the decision differs."""
        columns = self._columns(field)
        with self._records.together() as records:
            return self._give(records, field, columns, by="").advice

    def keep(self, field: Field) -> GivenAdvice:
        """Advice holds: the standing one while its day, its tables and its decision do, otherwise new advice.

        Whoever looks at every field each day asks this, so that a decision that lasts is kept once.
        """
        columns, today = self._columns(field), self._today(field.farm)
        with self._records.together() as records:
            standing = records.advice.standing(field.id)
            if standing is not None and standing.holds_on(today):
                now = advice_plain(advise(self._case(records, field, columns)))
                same = decision_of(now) == decision_of(standing.content)
                if same and now["tables"] == standing.content["tables"]:
                    return standing
            return self._give(records, field, columns, by="").advice

    def push(self, field: Field) -> Sequence[Message]:
        """What is due on the field now went out, once, in one transaction; the messages that were posted."""
        columns = self._columns(field)
        with self._records.together() as records:
            return push_field(records, self._case(records, field, columns), now=self._now())

    def take_samples(self, field: Field, samples: Sequence[SoilSample], *, by: str) -> Taken:
        """The samples are recorded and advice is made again, in one transaction; the household is told.

        Raises WrongFieldError, SampleConflictError and SoilValueError; then nothing is recorded.
        """
        _check_fields(field, [sample.field for sample in samples])
        _check_days([(sample.id, sample.sampled_on) for sample in samples], self._today(field.farm))
        columns = self._columns(field)
        with self._records.together() as records:
            new = records.soil.add_samples(samples, at=self._now(), by=by)
            return self._after(records, field, columns, [sample.id for sample in new])

    def take_crop_tests(self, field: Field, tests: Sequence[CropTest], *, by: str) -> Taken:
        """As `take_samples`, for tests of what was harvested on the field."""
        _check_fields(field, [test.field for test in tests])
        _check_days([(test.id, test.sampled_on) for test in tests], self._today(field.farm))
        columns = self._columns(field)
        with self._records.together() as records:
            new = records.soil.add_crop_tests(tests, at=self._now(), by=by)
            return self._after(records, field, columns, [test.id for test in new])

    def take_class(self, field: Field, official: OfficialClass, *, by: str) -> Taken:
        """As `take_samples`, for the class that an authority gave the field; it may only tighten."""
        columns = self._columns(field)
        with self._records.together() as records:
            records.soil.name_class(field.id, official, at=self._now(), by=by)
            return self._after(records, field, columns, [f"{official.authority} {official.named_on.isoformat()}"])

    def take_harvests(self, field: Field, harvests: Sequence[Harvest]) -> Sequence[Harvest]:
        """The harvests are recorded; those that were new. Confirmed ones teach yields from then on."""
        _check_fields(field, [harvest.field for harvest in harvests])
        return self._records.harvests.add(harvests, at=self._now())

    def imagine(
        self, field: Field, *, lime_ph: float | None = None, irrigate: bool = False, drain: bool = False
    ) -> Imagined:
        """What if; nothing is recorded, and the gate sees laboratory samples only. Raises LimeError."""
        return imagine(self.case(field), lime_ph=lime_ph, irrigate=irrigate, drain=drain)

    def _columns(self, field: Field) -> Sequence[ProbeColumn]:
        return self._readings.columns(field.id, since=self._now() - timedelta(days=READINGS_D))

    def _today(self, farm: FarmId) -> date:
        return self._now().astimezone(ZoneInfo(self._farms.timezone(farm))).date()

    def _after(
        self, records: PlantingRecords, field: Field, columns: Sequence[ProbeColumn], new: Sequence[str]
    ) -> Taken:
        if not new:
            standing = records.advice.standing(field.id)
            if standing is not None:
                return Taken(new=0, advice=standing)
        taken = self._give(records, field, columns, by=", ".join(new))
        return Taken(new=len(new), advice=taken.advice, withdrawn=taken.withdrawn, changed=taken.changed)

    def _give(self, records: PlantingRecords, field: Field, columns: Sequence[ProbeColumn], *, by: str) -> Taken:
        """New advice, kept; the standing one is withdrawn, and the household told where there is something to tell."""
        now, today = self._now(), self._today(field.farm)
        content = advice_plain(advise(self._case(records, field, columns)))
        standing = records.advice.standing(field.id)
        changed = standing is not None and decision_of(standing.content) != decision_of(content)
        if standing is not None:
            records.advice.withdraw(standing.number, _withdrawal(standing, now, by=by, changed=changed))
        given = records.advice.give(
            GivenAdvice(
                number=0,
                field=field.id,
                made_at=now,
                made_on=today,
                valid_until=date.fromisoformat(content["valid_until"]),
                content=content,
            )
        )
        for message in _messages(field, given, standing, by=by, changed=changed):
            records.advice.post(message)
        return Taken(new=0, advice=given, withdrawn=standing, changed=changed)

    def _case(self, records: PlantingRecords, field: Field, columns: Sequence[ProbeColumn]) -> FieldCase:
        now, today = self._now(), self._today(field.farm)
        samples = tuple(sample for sample in records.soil.samples(field.id) if sample.sampled_on <= today)
        climate, far_km = climate_for(field, self._farms.county(field.farm))
        return FieldCase(
            field=field,
            today=today,
            now=now,
            model=self._yields(records),
            samples=samples,
            crop_tests=records.soil.crop_tests(field.id),
            official=records.soil.official_class(field.id),
            probes=summaries(columns, _laboratory(samples)),
            columns=sensor_columns(columns),
            climate=climate,
            climate_km=far_km,
            weather=self._weather(records, field, climate, today),
            sent=[push.sent for push in records.pushes.of_field(field.id)],
            township=self._farms.township(field.farm),
            money=_money(records, field.farm),
        )

    def _weather(
        self, records: PlantingRecords, field: Field, climate: ClimateStation | None, today: date
    ) -> Sequence[FilledDay]:
        place, last = self._farms.weather_place(field.farm), today + timedelta(days=look_ahead_days())
        return expected_days(climate, today, records.weather.days(place, today, last))

    def _yields(self, records: PlantingRecords) -> YieldModel:
        """The model that all confirmed harvests taught; fitted again only when there are more of them."""
        count = records.harvests.confirmed_count()
        known = self._model
        if known is None or known[0] != count:
            known = (count, model_of(records.harvests.confirmed(), lambda field: self._place(records, field)))
            self._model = known
        return known[1]

    def _place(self, records: PlantingRecords, field: FieldId) -> tuple[Field, ClimateStation | None] | None:
        found = records.fields.find(field)
        return None if found is None else (found, climate_for(found, self._farms.county(found.farm))[0])


def _check_fields(field: Field, named: Sequence[FieldId]) -> None:
    for other in named:
        if other != field.id:
            raise WrongFieldError(field=field.id, named=other)


def _check_days(sampled: Sequence[tuple[str, date]], today: date) -> None:
    for name, day in sampled:
        if day > today:
            raise SoilValueError(what="sampled_on", value=day.isoformat(), why=f"{name} is of a day to come")


def _laboratory(samples: Sequence[SoilSample]) -> Mapping[str, float]:
    """The newest value of each analyte, to tell a probe's drift by."""
    ordered = sorted(samples, key=lambda sample: sample.sampled_on)
    return {name: value.value for sample in ordered for name, value in sample.values.items()}


def _money(records: PlantingRecords, farm: FarmId) -> Mapping[str, Money]:
    return {
        row.crop: Money(
            price_yuan_kg=row.price_yuan_kg,
            cost_yuan_mu=row.cost_yuan_mu,
            labour_days_mu=row.labour_days_mu,
            wage_yuan_day=row.wage_yuan_day,
            priced_on=row.priced_on,
            source=row.source,
        )
        for row in records.harvests.money(farm)
    }


def _withdrawal(standing: GivenAdvice, now: datetime, *, by: str, changed: bool) -> Withdrawal:
    """Why the standing advice gives way: a new result, or only a new day."""
    day = standing.made_on
    if not by:
        zh, en = "过了一天，重新算过", "a day has passed and it was made again"
    elif changed:
        zh = f"有了新化验，{day.month} 月 {day.day} 日的建议作废"
        en = f"A new test came: the advice of {day.isoformat()} is withdrawn"
    else:
        zh = f"有了新化验，{day.month} 月 {day.day} 日的建议不变，数值更新了"
        en = f"A new test came: the advice of {day.isoformat()} stands, its values are renewed"
    return Withdrawal(at=now, by=by, changed=changed, zh=zh, en=en)


def _messages(
    field: Field, given: GivenAdvice, standing: GivenAdvice | None, *, by: str, changed: bool
) -> Iterator[Message]:
    """What the household is told: that advice is void or stands, and the new advice where it is another."""
    name = field.name
    if standing is not None and by:
        told = _withdrawal(standing, given.made_at, by=by, changed=changed)
        sms = withdrawn_sms(name, standing.made_on, changed=changed)
        yield _message(given, MessageKind.WITHDRAWN, sms, told.zh, told.en)
    if standing is None or changed:
        sms = advice_sms(given.content)
        yield _message(given, MessageKind.ADVICE, sms, sms, given.content["gate"]["en"])


def _message(given: GivenAdvice, kind: MessageKind, sms: str, zh: str, en: str) -> Message:
    return Message(
        key=f"{kind.value}/{given.field}/{given.number}",
        field=given.field,
        kind=kind,
        made_at=given.made_at,
        valid_until=given.valid_until,
        sms_zh=sms,
        zh=zh,
        en=en,
    )
