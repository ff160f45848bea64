"""Laboratory results, harvests, advice, pushes, messages and weather, on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from agronomy.gate.crop_tests import CropTest
from agronomy.gate.levels import GateLevel, OfficialClass
from agronomy.given import (
    CropMoney,
    GivenAdvice,
    Message,
    MessageKind,
    PushRecord,
    SampleConflictError,
    Withdrawal,
)
from agronomy.model import Field
from agronomy.ports import PlantingRecords
from agronomy.pushes.due import Outcome, PushKey, SentPush
from agronomy.soil.samples import LaboratoryValue, LandUse, SoilSample
from agronomy.weather.days import WeatherDay
from agronomy.yields.harvests import Harvest
from observations.identifiers import FarmId, FieldId
from storage.records.errors import MissingRecordError
from storage.records.records import Records

NOON = datetime(2026, 7, 28, 12, tzinfo=UTC)
FIELD = FieldId.parse("field-1")


@pytest.fixture
def planted(farmed: Records) -> Records:
    farm = farmed.households.farms()[0].id
    farmed.fields.add(
        Field(id=FIELD, farm=farm, name="田", area_mu=Decimal(2), land_use=LandUse.PADDY, irrigated=False)
    )
    return farmed


def sample(number: str = "s1", cd: float = 0.1) -> SoilSample:
    return SoilSample(
        id=number,
        field=FIELD,
        sampled_on=date(2026, 7, 1),
        depth_cm=(0.0, 20.0),
        laboratory="Lab",
        values={
            "ph": LaboratoryValue(value=5.7, uncertainty=0.1),
            "cd": LaboratoryValue(value=cd, below_detection=True),
        },
        report_number="R-1",
    )


def given(**changed: object) -> GivenAdvice:
    advice = GivenAdvice(
        number=0,
        field=FIELD,
        made_at=NOON,
        made_on=date(2026, 7, 28),
        valid_until=date(2026, 8, 27),
        content={"gate": {"level": "low"}, "数": 1.5},
    )
    return replace(advice, **changed)  # type: ignore[arg-type]  # a test's own words


def test_the_records_keep_everything_that_planting_needs(planted: Records) -> None:
    records: PlantingRecords = planted
    with records.together() as together:
        together.soil.add_samples([sample()], at=NOON, by="op")
    assert records.soil.samples(FIELD) == [sample()]


def test_a_field_says_what_it_is_like_and_may_be_described_again(planted: Records) -> None:
    field = planted.fields.find(FIELD)
    assert field is not None
    assert (field.land_use, field.irrigated, field.texture, field.climate) == (LandUse.PADDY, False, None, "")
    changed = replace(field, texture="loam", depth_cm=60.0, latitude_deg=28.2, longitude_deg=112.4, climate="changsha")
    planted.fields.change(changed)
    assert planted.fields.find(FIELD) == changed
    with pytest.raises(MissingRecordError):
        planted.fields.change(replace(field, id=FieldId.parse("nowhere")))


def test_a_sample_is_recorded_once_and_never_changed(planted: Records) -> None:
    assert planted.soil.add_samples([sample()], at=NOON, by="op") == [sample()]
    assert planted.soil.add_samples([sample()], at=NOON + timedelta(days=1), by="other") == []
    with pytest.raises(SampleConflictError):
        planted.soil.add_samples([sample("s2"), sample(cd=9.0)], at=NOON, by="op")
    assert planted.soil.samples(FIELD) == [sample()]
    with pytest.raises(MissingRecordError):
        planted.soil.add_samples([replace(sample("x"), field=FieldId.parse("nowhere"))], at=NOON, by="op")


def test_a_crop_test_and_the_last_named_class_come_back(planted: Records) -> None:
    test = CropTest(
        id="t1", field=FIELD, crop="Oryza sativa", element="cd", value=LaboratoryValue(value=0.3, uncertainty=0.02),
        sampled_on=date(2026, 7, 1), laboratory="Lab",
    )  # fmt: skip
    planted.soil.add_crop_tests([test], at=NOON, by="op")
    assert planted.soil.crop_tests(FIELD) == [test]
    assert planted.soil.official_class(FIELD) is None
    for level, day in ((GateLevel.STRICT, 2), (GateLevel.LOW, 1)):
        official = OfficialClass(level=level, named_on=date(2025, 3, day), authority="县")
        planted.soil.name_class(FIELD, official, at=NOON, by="op")
    found = planted.soil.official_class(FIELD)
    assert found is not None
    assert found.level is GateLevel.STRICT


def test_a_harvest_is_recorded_once_with_its_figures_digit_for_digit(planted: Records) -> None:
    harvest = Harvest(
        field=FIELD, crop="Ipomoea batatas", season=2025, harvested_on=date(2025, 10, 28), area_mu=Decimal("2.40"),
        fresh_kg=Decimal("4800.5"), recorded_by="li", confirmed=True, dry_matter_percent=30.0,
    )  # fmt: skip
    assert planted.harvests.add([harvest], at=NOON) == [harvest]
    assert planted.harvests.add([harvest], at=NOON) == []
    assert planted.harvests.add([replace(harvest, confirmed=False)], at=NOON)
    assert len(planted.harvests.of_field(FIELD)) == 2
    assert planted.harvests.confirmed() == [harvest]
    assert planted.harvests.confirmed_count() == 1


def test_the_newest_price_holds_and_a_farms_own_before_that_for_all(planted: Records) -> None:
    farm = planted.households.farms()[0].id
    row = CropMoney(
        crop="Zea mays", farm="", price_yuan_kg=2.0, cost_yuan_mu=500, labour_days_mu=5, wage_yuan_day=80,
        priced_on=date(2026, 7, 1), source="market",
    )  # fmt: skip
    newer = replace(row, price_yuan_kg=2.5, priced_on=date(2026, 7, 20))
    planted.harvests.add_money([newer, row], at=NOON)
    assert planted.harvests.money(farm) == [newer]
    own = replace(row, farm=str(farm), price_yuan_kg=3.0)
    planted.harvests.add_money([own], at=NOON)
    assert planted.harvests.money(farm) == [own]
    assert planted.harvests.money(FarmId.parse("other")) == [newer]


def test_advice_stands_until_it_is_withdrawn_and_stays_readable(planted: Records) -> None:
    first, second = planted.advice.give(given()), planted.advice.give(given())
    assert (first.number, second.number) == (1, 2)
    assert planted.advice.standing(FIELD) == second
    withdrawal = Withdrawal(at=NOON, by="s2", changed=True, zh="作废", en="void")
    planted.advice.withdraw(second.number, withdrawal)
    planted.advice.withdraw(second.number, replace(withdrawal, by="later"))
    assert planted.advice.standing(FIELD) == first
    found = planted.advice.find(second.number)
    assert found is not None
    assert found.withdrawn == withdrawal
    assert [each.number for each in planted.advice.of_field(FIELD, limit=9)] == [2, 1]


def test_a_message_is_posted_once_and_delivered_once(planted: Records) -> None:
    message = Message(
        key="push/1", field=FIELD, kind=MessageKind.PUSH, made_at=NOON, valid_until=date(2026, 8, 1),
        sms_zh="【田头】", zh="开沟", en="drain",
    )  # fmt: skip
    assert planted.advice.post(message)
    assert not planted.advice.post(message)
    assert planted.advice.undelivered(limit=9) == [message]
    planted.advice.delivered(message.key, NOON)
    planted.advice.delivered(message.key, NOON + timedelta(days=1))
    assert planted.advice.undelivered(limit=9) == []
    assert planted.advice.messages(FIELD, limit=9)[0].delivered_at == NOON


def test_a_push_goes_out_once_and_the_first_acknowledgement_stands(planted: Records) -> None:
    key = PushKey(field=FIELD, season=2026, rule="drain")
    push = PushRecord(sent=SentPush(key=key, sent_at=NOON))
    assert planted.pushes.send(push)
    assert not planted.pushes.send(push)
    later = NOON + timedelta(hours=1)
    assert planted.pushes.acknowledge(key, at=later, by="wang")
    assert planted.pushes.acknowledge(key, at=later + timedelta(hours=1), by="li")
    assert not planted.pushes.acknowledge(replace(key, rule="other"), at=later, by="li")
    # Whoever looked at the sensors did not know of the acknowledgement: it stays.
    planted.pushes.note(replace(push, outcome=Outcome.SEEN, followed_up_at=later))
    kept = planted.pushes.of_field(FIELD)[0]
    assert (kept.acknowledged_by, kept.sent.acknowledged_at, kept.outcome) == ("wang", later, Outcome.SEEN)


def test_a_later_import_of_a_day_replaces_the_one_before(planted: Records) -> None:
    day = WeatherDay(day=date(2026, 7, 1), tmin_c=22.0, tmax_c=31.0)
    planted.weather.add("site-1", [day], source="a", at=NOON)
    assert planted.weather.add("site-1", [replace(day, rain_mm=5.0)], source="b", at=NOON) == 1
    found = planted.weather.days("site-1", date(2026, 6, 1), date(2026, 7, 31))
    assert found == [replace(day, rain_mm=5.0)]
    assert planted.weather.days("site-2", date(2026, 6, 1), date(2026, 7, 31)) == []


def test_what_is_written_together_holds_together(planted: Records) -> None:
    def half(records: Records) -> None:
        with records.together() as together:
            together.soil.add_samples([sample()], at=NOON, by="op")
            together.advice.give(given(field=FieldId.parse("nowhere")))

    with pytest.raises(MissingRecordError):
        half(planted)
    assert planted.soil.samples(FIELD) == []


def test_advice_and_messages_to_a_household_go_with_it_and_the_lands_results_stay(planted: Records) -> None:
    household = planted.households.farms()[0].household
    message = Message(
        key="push/1", field=FIELD, kind=MessageKind.PUSH, made_at=NOON, valid_until=date(2026, 8, 1),
        sms_zh="【田头】", zh="开沟", en="drain",
    )  # fmt: skip
    planted.advice.post(message)
    planted.advice.give(given())
    planted.soil.add_samples([sample()], at=NOON, by="op")
    changed = planted.personal.blank(household, NOON)
    assert (changed["messages"], changed["advice"]) == (1, 1)
    assert planted.advice.messages(FIELD, limit=9) == []
    assert planted.advice.of_field(FIELD, limit=9) == []
    assert [kept.id for kept in planted.soil.samples(FIELD)] == ["s1"]
    assert planted.personal.blank(household, NOON)["messages"] == 0
