"""Advice kept in step with results: what a household is told when a laboratory, a sensor or a day changes something."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from agronomy.advice.advising import Adviser, WrongFieldError
from agronomy.advice.plain import advised_in
from agronomy.errors import SoilValueError
from agronomy.fertiliser.lime import LimeError
from agronomy.field_readings import ProbeColumn
from agronomy.gate.crop_tests import CropTest
from agronomy.gate.levels import GateLevel, OfficialClass
from agronomy.given import CropMoney, MessageKind, SampleConflictError, replaced
from agronomy.model import Field
from agronomy.soil.samples import LaboratoryValue, LandUse, SoilSample
from observations.identifiers import FarmId, FieldId
from tests.agronomy.planting_memory import Farms, Planting, Readings

NOW = datetime(2026, 7, 28, 2, tzinfo=UTC)
CLEAN = {"ph": 5.7, "cd": 0.15, "hg": 0.08, "arsenic": 9.0, "pb": 28.0, "cr": 60.0}
SWEET_POTATO, RICE = "Ipomoea batatas", "Oryza sativa"


class Desk:
    """One field, its records, and an adviser whose clock the test sets."""

    def __init__(self, **changed: object) -> None:
        self.now = NOW
        self.field = Field(
            id=FieldId.parse("field-1"),
            farm=FarmId.parse("farm-1"),
            name="屋前田",
            area_mu=Decimal(2),
            crop="红薯",
            variety="商薯19",
            planted_on=date(2026, 5, 20),
            land_use=LandUse.PADDY,
            drainage="well",
            texture="loam",
            irrigated=False,
        )
        self.field = replace(self.field, **changed)  # type: ignore[arg-type]  # a test's own words
        self.records, self.readings = Planting(), Readings()
        self.records.fields.add(self.field)
        self.adviser = Adviser(self.records, self.readings, Farms(), now=lambda: self.now)

    def sample(self, number: str = "s1", day: date = date(2026, 7, 1), **values: float) -> SoilSample:
        contents = {name: LaboratoryValue(value=value) for name, value in {**CLEAN, **values}.items()}
        return SoilSample(
            id=number, field=self.field.id, sampled_on=day, depth_cm=(0, 20), laboratory="Lab", values=contents
        )

    def moisture(self, percent: float, hours: int = 72) -> None:
        end = int(self.now.timestamp() * 1000)
        at = np.arange(end - (hours - 1) * 3_600_000, end + 1, 3_600_000, dtype=np.int64)
        self.readings.kept[self.field.id] = [
            ProbeColumn(
                device="probe-1",
                observed_property="soil_moisture",
                depth_cm=20.0,
                at_ms=at,
                # A probe that never moves is stuck, and no stuck probe decides anything.
                values=percent + np.sin(np.arange(len(at))) / 10,
            )
        ]


def test_without_a_laboratory_no_food_crop_is_advised_and_the_way_to_the_test_is_told() -> None:
    desk = Desk()
    content = desk.adviser.current(desk.field).content
    assert content["gate"]["level"] == "unknown"
    assert content["growing"] is None
    assert advised_in(content) == []
    assert content["gate"]["how_to_test"]["laboratories"]
    assert content["season"]["withheld"] is not None
    assert content["season"]["due"] == []


def test_a_clean_sample_brings_sweet_potato_with_varieties_interval_and_reason() -> None:
    desk = Desk()
    taken = desk.adviser.take_samples(desk.field, [desk.sample()], by="op")
    best = taken.advice.content["growing"]["crops"][0]
    assert best["crop"] == SWEET_POTATO
    assert "商薯19" in [one["zh"] for one in best["varieties"]]
    assert best["yield"]["low_jin_mu"] < best["yield"]["expected_jin_mu"] < best["yield"]["high_jin_mu"]
    assert best["yield"]["expected_jin_mu"] < 8000
    assert best["yield"]["label_zh"] == "尚未校准"
    reason = taken.advice.content["gate"]["reasons"][0]
    assert (reason["table"], reason["band"], reason["value"]) == ("GB 15618-2018 Table 1", "5.5<pH<=6.5", 0.15)


def test_a_new_sample_withdraws_the_advice_given_before_and_the_household_is_told() -> None:
    desk = Desk()
    first = desk.adviser.take_samples(desk.field, [desk.sample()], by="op").advice
    taken = desk.adviser.take_samples(desk.field, [desk.sample("s2", date(2026, 7, 20), cd=3.0)], by="op")
    assert taken.changed
    withdrawn = desk.records.advice.find(first.number)
    assert withdrawn is not None
    assert withdrawn.withdrawn is not None
    assert (withdrawn.withdrawn.by, withdrawn.withdrawn.zh) == ("s2", "有了新化验，7 月 28 日的建议作废")
    told = [message for message in desk.records.advice.posted.values() if message.kind is MessageKind.WITHDRAWN]
    assert "有了新化验，7 月 28 日的建议作废" in told[-1].sms_zh
    assert advised_in(taken.advice.content) == []


def test_a_new_sample_that_changes_no_decision_says_that_the_advice_stands() -> None:
    desk = Desk()
    desk.adviser.take_samples(desk.field, [desk.sample()], by="op")
    taken = desk.adviser.take_samples(desk.field, [desk.sample("s2", date(2026, 7, 20), cd=0.16)], by="op")
    assert not taken.changed
    assert "建议不变" in next(iter(desk.records.advice.messages(desk.field.id, limit=1))).sms_zh


def test_the_same_sample_again_changes_nothing() -> None:
    desk = Desk()
    first = desk.adviser.take_samples(desk.field, [desk.sample()], by="op").advice
    again = desk.adviser.take_samples(desk.field, [desk.sample()], by="op")
    assert (again.new, again.advice) == (0, first)


def test_a_result_that_cannot_be_is_refused() -> None:
    desk = Desk()
    desk.adviser.take_samples(desk.field, [desk.sample()], by="op")
    with pytest.raises(SampleConflictError):
        desk.adviser.take_samples(desk.field, [desk.sample(cd=9.0)], by="op")
    with pytest.raises(WrongFieldError):
        desk.adviser.take_samples(desk.field, [replace(desk.sample("x"), field=FieldId.parse("other"))], by="op")
    with pytest.raises(SoilValueError, match="day to come"):
        desk.adviser.take_samples(desk.field, [desk.sample("y", date(2026, 8, 1))], by="op")


def rice_test(desk: Desk, cd: float) -> CropTest:
    return CropTest(
        id=f"t-{cd}", field=desk.field.id, crop=RICE, element="cd", value=LaboratoryValue(value=cd),
        sampled_on=date(2026, 7, 10), laboratory="Lab",
    )  # fmt: skip


def test_on_land_above_screening_a_kept_limit_that_nobody_checked_lets_no_rice_in() -> None:
    desk = Desk()
    before = desk.adviser.take_samples(desk.field, [desk.sample(cd=0.5)], by="op").advice.content
    assert before["gate"]["permissions"][RICE]["state"] == "test_first"
    assert {RICE, SWEET_POTATO}.isdisjoint(advised_in(before))
    after = desk.adviser.take_crop_tests(desk.field, [rice_test(desk, 0.05)], by="op").advice.content
    told = after["gate"]["permissions"][RICE]
    assert (told["state"], told["reasons"][0]["confirmed"]) == ("test_first", False)
    assert {RICE, SWEET_POTATO}.isdisjoint(advised_in(after))


def test_rice_above_the_food_limit_is_refused_with_the_cited_line() -> None:
    desk = Desk()
    desk.adviser.take_samples(desk.field, [desk.sample(cd=0.5)], by="op")
    content = desk.adviser.take_crop_tests(desk.field, [rice_test(desk, 0.35)], by="op").advice.content
    refused = content["gate"]["permissions"][RICE]
    assert refused["state"] == "refused"
    reason = refused["reasons"][0]
    assert (reason["table"], reason["value"]) == ("GB 2762-2022", 0.35)
    assert RICE not in advised_in(content)


def test_an_official_class_only_tightens() -> None:
    desk = Desk()
    strict = OfficialClass(level=GateLevel.STRICT, named_on=date(2025, 3, 1), authority="县农业农村局")
    low = OfficialClass(level=GateLevel.LOW, named_on=date(2025, 3, 2), authority="县农业农村局")
    desk.adviser.take_samples(desk.field, [desk.sample(cd=0.5)], by="op")
    assert desk.adviser.take_class(desk.field, low, by="op").advice.content["gate"]["level"] == "safe_use"
    assert desk.adviser.take_class(desk.field, strict, by="op").advice.content["gate"]["level"] == "strict"


def test_what_if_changes_fit_and_never_the_gate() -> None:
    desk = Desk(drainage="poor")
    desk.adviser.take_samples(desk.field, [desk.sample(cd=0.5)], by="op")
    imagined = desk.adviser.imagine(desk.field, lime_ph=6.5, irrigate=True, drain=True)
    assert [one.measure for one in imagined.measures] == ["lime", "drain", "irrigate"]
    assert imagined.before is not None
    assert imagined.after is not None
    assert not imagined.gate.permissions[RICE].allowed
    assert RICE not in [one.scientific_name for one in imagined.after.best]
    with pytest.raises(LimeError):
        desk.adviser.imagine(desk.field, lime_ph=9.0)


def test_no_lime_is_advised_where_it_would_take_arsenic_above_its_limit() -> None:
    desk = Desk(land_use=LandUse.PADDY)
    content = desk.adviser.take_samples(desk.field, [desk.sample(ph=5.2, arsenic=170.0)], by="op").advice.content
    assert content["gate"]["level"] == "safe_use"  # above 150 mg/kg paddy is under strict control from pH 5.5 on
    assert content["growing"]["crops"]
    limed = [one["en"] for crop in content["growing"]["crops"] for one in crop["improvements"] if one["lime_kg_mu"]]
    assert set(limed) <= {"lime to pH 5.5"}
    with pytest.raises(LimeError, match="arsenic"):
        desk.adviser.imagine(desk.field, lime_ph=6.0)


def test_a_climate_far_from_what_is_known_is_refused() -> None:
    desk = Desk(latitude_deg=23.4, longitude_deg=25.7)
    content = desk.adviser.take_samples(desk.field, [desk.sample()], by="op").advice.content
    assert content["growing"]["crops"] == []
    assert "附近没有可用的气候资料" in content["growing"]["outside"][0]


def test_two_dry_land_days_under_water_send_one_push_and_its_silence_is_told_once() -> None:
    desk = Desk()
    desk.adviser.take_samples(desk.field, [desk.sample()], by="op")
    desk.moisture(29.0)
    first = desk.adviser.push(desk.field)
    assert [message.sms_zh for message in first if "开沟排水" in message.sms_zh]
    assert desk.adviser.push(desk.field) == []
    desk.now += timedelta(hours=13)
    desk.moisture(29.0)
    later = [message.kind for message in desk.adviser.push(desk.field)]
    assert later == [MessageKind.ESCALATION]
    assert desk.adviser.push(desk.field) == []


def test_what_nobody_answered_is_valid_on_the_farms_own_day() -> None:
    desk = Desk()
    desk.adviser.take_samples(desk.field, [desk.sample()], by="op")
    desk.now = datetime(2026, 7, 28, 4, tzinfo=UTC)
    desk.moisture(29.0)
    desk.adviser.push(desk.field)
    desk.now = datetime(2026, 7, 28, 22, 30, tzinfo=UTC)  # the 29th, half past six, on the farm
    desk.moisture(29.0)
    (told,) = [one for one in desk.adviser.push(desk.field) if one.kind is MessageKind.ESCALATION]
    assert told.valid_until == date(2026, 7, 29)


def test_of_a_crop_that_the_gate_holds_back_since_nobody_is_reminded() -> None:
    desk = Desk()
    desk.adviser.take_samples(desk.field, [desk.sample()], by="op")
    desk.moisture(29.0)
    assert desk.adviser.push(desk.field)
    desk.adviser.take_samples(desk.field, [desk.sample("s2", date(2026, 7, 20), cd=3.0)], by="op")
    desk.now += timedelta(hours=13)
    desk.moisture(29.0)
    assert desk.adviser.push(desk.field) == []
    messages = desk.records.advice.messages(desk.field.id, limit=30)
    void = replaced(messages, desk.records.advice.standing(desk.field.id))
    kept = [one for one in messages if one.key not in void]
    assert {one.kind for one in kept} == {MessageKind.ADVICE, MessageKind.WITHDRAWN}
    assert not any("适合种" in one.sms_zh for one in kept)


def test_advice_of_other_tables_is_made_again_on_the_same_day() -> None:
    desk = Desk()
    first = desk.adviser.take_samples(desk.field, [desk.sample()], by="op").advice
    assert desk.adviser.current(desk.field) == first
    desk.records.advice.given[-1] = replace(first, content={**first.content, "tables": "of last week"})
    assert desk.adviser.current(desk.field).content["tables"] == first.content["tables"]


def test_a_crop_that_the_gate_does_not_permit_gets_no_push() -> None:
    desk = Desk()
    desk.moisture(29.0)
    assert desk.adviser.push(desk.field) == []
    desk.adviser.take_samples(desk.field, [desk.sample(cd=3.0)], by="op")
    assert desk.adviser.push(desk.field) == []


def test_a_decision_that_lasts_is_kept_once_a_page_that_is_asked_renews_it_daily() -> None:
    desk = Desk()
    first = desk.adviser.take_samples(desk.field, [desk.sample()], by="op").advice
    desk.now += timedelta(days=1)
    assert desk.adviser.keep(desk.field) == first
    assert desk.adviser.current(desk.field).number == first.number + 1
    desk.now += timedelta(days=40)
    assert desk.adviser.keep(desk.field).number == first.number + 2


def test_prices_of_every_crop_rank_by_margin() -> None:
    desk = Desk()
    crops = [*desk.adviser.case(desk.field).model.crops]
    desk.records.harvests.add_money(
        [
            CropMoney(
                crop=crop, farm="", price_yuan_kg=1.0, cost_yuan_mu=500, labour_days_mu=5, wage_yuan_day=80,
                priced_on=date(2026, 7, 1), source="a test's own price",
            )
            for crop in crops
        ],
        at=NOW,
    )  # fmt: skip
    content = desk.adviser.take_samples(desk.field, [desk.sample()], by="op").advice.content
    assert content["growing"]["ranked_by"] == "expected margin and risk"


def test_an_unknown_land_use_is_judged_by_the_strictest_columns_and_named_as_missing() -> None:
    desk = Desk(land_use=None)
    content = desk.adviser.take_samples(desk.field, [desk.sample(cd=0.35)], by="op").advice.content
    assert content["gate"]["level"] == "safe_use"
    assert "land_use" in [one["name"] for one in content["missing"]]
