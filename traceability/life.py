"""One animal's life as its events tell it."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from observations.errors import IdentifierError
from observations.identifiers import EarTagNumber
from traceability.context import SENSOR_REPORTING, TREATING, VACCINATING, WEANING
from traceability.daily_summary import DISTANCE, TEMPERATURE, DistanceBand
from traceability.day_states import calm_mean_below, judged_from_share
from traceability.gs1.keys import Giai, Gln
from traceability.recorded import TRANSFORMATION, Body, RecordedEvent, day, days_later, number, text, whole

_ANIMAL = re.compile(rf"/{Giai.ai}/[0-9]{{4,12}}(?P<number>[0-9]{{15}})$")
"""A GS1 company prefix of 4 to 12 digits, and the number."""
_YEAR_DAYS = 366
"""No birth is reported later, no course and no withdrawal lasts longer; what says so is a slip of the pen."""
_OLDEST_DAYS = 20 * _YEAR_DAYS
"""No pig gets older; beyond it a date is wrong, and days are not drawn."""


class DayState(StrEnum):
    """How one day of a life looks in the records."""

    CALM = "calm"
    WATCHED = "watched"
    MISSING = "missing"
    UNTAGGED = "untagged"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightPoint:
    """A weight on a day; age_days: days since birth."""

    on: date
    age_days: int
    kg: float
    occasion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vaccination:
    """What against, and the batch."""

    on: date
    name_zh: str
    name_en: str
    batch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """A medicine, its reason, and until when meat of the animal must not be eaten."""

    on: date
    medicine_zh: str
    medicine_en: str
    reason: str
    last_dose: date
    withdrawal_days: int
    withdrawal_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A quarantine certificate."""

    on: date
    name: str
    number: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRecord:
    """One day's summary as recorded; temperature: °C low, mean, high."""

    on: date
    readings: int
    expected: int
    temperature: tuple[float, float, float] | None
    distance: DistanceBand | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What the records tell of one animal; whatever they do not tell is None or empty.

    ear_tag: None where the EPC holds no official number.
    place: where it was raised. until: the day of slaughter, or the last recorded day.
    days: a state for each day from birth, `age_days` of them; empty where no sensor was worn.
    distance: sum of the daily bands. expected: messages that should have come, days without any included.
    """

    epc: str
    ear_tag: EarTagNumber | None
    place: Gln | None
    breed: str
    sex: str
    born_on: date | None
    litter_size: int
    tagged_on: date | None
    until: date
    age_days: int | None
    weights: tuple[WeightPoint, ...]
    vaccinations: tuple[Vaccination, ...]
    treatments: tuple[Treatment, ...]
    certificates: tuple[Certificate, ...]
    daily: tuple[DailyRecord, ...]
    days: tuple[DayState, ...]
    distance: DistanceBand | None
    distance_days: int
    readings: int
    expected: int


def life_of(epc: str, events: Sequence[RecordedEvent], *, until: date | None) -> Life:
    """The life that these events, all about that animal, tell up to the day it was slaughtered."""
    birth = next((event for event in events if _step(event) == "commissioning" and _is_object(event)), None)
    born_on = None if birth is None else _born_on(birth)
    end = until or events[-1].day
    age = None if born_on is None else max((end - born_on).days, 0)
    daily = tuple(_daily(event) for event in events if _step(event) == SENSOR_REPORTING)
    treatments = tuple(_treatment(event) for event in events if _step(event) == TREATING)
    tagged_on = next((event.day for event in events if _step(event) == "installing"), None)
    first_worn = tagged_on or (daily[0].on if daily else None)
    return Life(
        epc=epc,
        ear_tag=ear_tag(epc),
        place=_raised_at(events),
        breed="" if birth is None else text(birth.ilmd, "tt:breed"),
        sex="" if birth is None else text(birth.ilmd, "tt:sex"),
        born_on=born_on,
        litter_size=0 if birth is None else whole(birth.ilmd, "tt:litterSize"),
        tagged_on=tagged_on,
        until=end,
        age_days=age,
        weights=tuple(_weights(events, born_on)),
        vaccinations=tuple(_vaccination(event) for event in events if _step(event) == VACCINATING),
        treatments=treatments,
        certificates=tuple(_certificate(event) for event in events if text(event.body, "tt:certificate")),
        daily=daily,
        days=_days(daily, treatments, born_on, age or 0, first_worn),
        distance=_distance_sum(daily),
        distance_days=sum(record.distance is not None for record in daily),
        readings=sum(record.readings for record in daily),
        expected=_expected(daily, first_worn, end),
    )


def ear_tag(epc: str) -> EarTagNumber | None:
    """The official number in a living animal's EPC (GIAI), where there is one; by whatever prefix it was minted."""
    found = _ANIMAL.search(epc)
    try:
        return EarTagNumber.parse(found["number"]) if found is not None else None
    except IdentifierError:
        return None


def _born_on(birth: RecordedEvent) -> date:
    """The day of birth it states, or its own day where that is no day of the year before it."""
    stated = day(birth.ilmd, "tt:bornOn")
    return stated if stated is not None and 0 <= (birth.day - stated).days <= _YEAR_DAYS else birth.day


def _raised_at(events: Iterable[RecordedEvent]) -> Gln | None:
    """Where most of its life was recorded; where it was slaughtered nobody raised it."""
    at_farm = (event for event in events if event.captured.event_type != TRANSFORMATION and _step(event) != "removing")
    places = Counter(event.place for event in at_farm if event.place is not None)
    return max(places, key=places.__getitem__, default=None)


def _step(event: RecordedEvent) -> str:
    return event.captured.biz_step


def _is_object(event: RecordedEvent) -> bool:
    return event.captured.event_type == "ObjectEvent"


def _weights(events: Iterable[RecordedEvent], born_on: date | None) -> Iterable[WeightPoint]:
    occasions = {"commissioning": "birth", WEANING: "weaning"}
    for event in events:
        kg = event.mass_kg()
        if kg is not None and kg > 0 and born_on is not None and event.day >= born_on:
            occasion = occasions.get(_step(event), "weighing")
            yield WeightPoint(on=event.day, age_days=(event.day - born_on).days, kg=kg, occasion=occasion)


def _vaccination(event: RecordedEvent) -> Vaccination:
    zh, en = text(event.body, "tt:vaccine"), text(event.body, "tt:vaccineEn")
    return Vaccination(on=event.day, name_zh=zh or en, name_en=en or zh, batch=text(event.body, "tt:batch"))


def _treatment(event: RecordedEvent) -> Treatment:
    zh, en = text(event.body, "tt:medicine"), text(event.body, "tt:medicineEn")
    days, dosed = whole(event.body, "tt:withdrawalDays"), day(event.body, "tt:lastDose")
    last_dose = dosed if dosed is not None and 0 <= (dosed - event.day).days <= _YEAR_DAYS else event.day
    stated = day(event.body, "tt:withdrawalUntil")
    return Treatment(
        on=event.day,
        medicine_zh=zh or en,
        medicine_en=en or zh,
        reason=text(event.body, "tt:reason"),
        last_dose=last_dose,
        withdrawal_days=days,
        withdrawal_until=stated or (days_later(last_dose, days) if 0 < days <= _YEAR_DAYS else None),
    )


def _certificate(event: RecordedEvent) -> Certificate:
    return Certificate(
        on=event.day,
        name=text(event.body, "tt:certificate"),
        number=text(event.body, "tt:certificateNumber"),
        result=text(event.body, "tt:result"),
    )


def _daily(event: RecordedEvent) -> DailyRecord:
    reports = {text(report, "tt:observedProperty"): report for report in event.reports()}
    temperature, walked = reports.get(TEMPERATURE, {}), reports.get(DISTANCE, {})
    walked_m = _low_mean_high(walked)
    return DailyRecord(
        on=day(event.body, "tt:day") or event.day,
        readings=whole(event.body, "tt:readings"),
        expected=whole(event.body, "tt:expected"),
        temperature=_low_mean_high(temperature),
        distance=None
        if walked_m is None
        else DistanceBand(low_m=walked_m[0], middle_m=walked_m[1], high_m=walked_m[2]),
    )


def _low_mean_high(report: Body) -> tuple[float, float, float] | None:
    low, mean, high = (number(report, name) for name in ("minValue", "meanValue", "maxValue"))
    return None if low is None or mean is None or high is None else (low, mean, high)


def _days(
    daily: Sequence[DailyRecord],
    treatments: Sequence[Treatment],
    born_on: date | None,
    age_days: int,
    first_worn: date | None,
) -> tuple[DayState, ...]:
    if born_on is None or first_worn is None or age_days > _OLDEST_DAYS:
        return ()
    by_day = {record.on: record for record in daily}
    treated = {
        treatment.on + timedelta(days=offset)
        for treatment in treatments
        for offset in range((treatment.last_dose - treatment.on).days + 1)
    }
    states = []
    for age in range(age_days):
        on = born_on + timedelta(days=age)
        state = DayState.UNTAGGED if on < first_worn else _judged(by_day.get(on), age)
        states.append(DayState.WATCHED if on in treated else state)
    return tuple(states)


def _judged(record: DailyRecord | None, age_days: int) -> DayState:
    if record is None or record.temperature is None or record.readings < judged_from_share() * record.expected:
        return DayState.MISSING
    return DayState.CALM if record.temperature[1] < calm_mean_below(age_days) else DayState.WATCHED


def _distance_sum(daily: Iterable[DailyRecord]) -> DistanceBand | None:
    bands = [record.distance for record in daily if record.distance is not None]
    if not bands:
        return None
    # Stride is wrong the same way every day, so low adds to low and high to high.
    return DistanceBand(
        low_m=sum(band.low_m for band in bands),
        middle_m=sum(band.middle_m for band in bands),
        high_m=sum(band.high_m for band in bands),
    )


def _expected(daily: Sequence[DailyRecord], first_worn: date | None, end: date) -> int:
    told = sum(record.expected for record in daily)
    if first_worn is None or not daily:
        return told
    # A day on which nothing came has no summary, but its messages are missing all the same.
    whole_days = {first_worn + timedelta(days=offset) for offset in range(1, (end - first_worn).days)}
    silent = whole_days - {record.on for record in daily}
    return told + len(silent) * max(record.expected for record in daily)
