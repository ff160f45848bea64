import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.traceability.graph_in_memory import GraphInMemory, RecallsInMemory
from tests.traceability.holds_in_memory import HoldsInMemory
from tests.traceability.one_life import (
    BELLY,
    BORN,
    CARCASS,
    FARM,
    LOT,
    NOW,
    PACK_PATH,
    PACKED,
    PACKING_HOUSE,
    PIG,
    SERIAL,
    SLAUGHTERED,
    TAGGED,
    USE_BY,
    EventsInMemory,
    at,
    event,
    farm_events,
    house_events,
    places,
    products,
    whole_life,
)
from traceability.context import SENSOR_REPORTING, animal_giai
from traceability.gs1.digital_link import DigitalLink
from traceability.life import DayState, Life
from traceability.model import CapturedEvent
from traceability.passport import Passport, State, Unknown, build_passport, why_unknown

PACK = DigitalLink.parse_path(PACK_PATH)


def passport(events: Sequence[CapturedEvent], link: DigitalLink = PACK, now: datetime = NOW) -> Passport | None:
    kept = EventsInMemory(events)
    return build_passport(
        link,
        events=kept,
        products=products(),
        places=places(),
        recalls=RecallsInMemory(lambda: kept.events),
        holds=HoldsInMemory(GraphInMemory(lambda: kept.events)),
        now=now,
    )


def passport_of(events: Sequence[CapturedEvent], now: datetime = NOW) -> Passport:
    found = passport(events, now=now)
    assert found is not None
    return found


def only_life(events: Sequence[CapturedEvent]) -> Life:
    (life,) = passport_of(events).lives
    return life


def changed(captured: CapturedEvent, **members: Any) -> CapturedEvent:  # noqa: ANN401 members of a JSON object
    document = {**json.loads(captured.document), **{name.replace("_", ":"): value for name, value in members.items()}}
    return replace(captured, document=json.dumps(document), event_id=captured.event_id + "#changed")


@pytest.fixture(scope="module")
def full() -> Passport:
    return passport_of(whole_life())


def test_a_pack_is_followed_back_to_the_pig_that_was_born_on_the_farm(full: Passport) -> None:
    (life,) = full.lives
    assert life.ear_tag == PIG
    assert life.place == FARM
    assert (life.breed, life.sex, life.litter_size) == ("宁乡花猪", "FemaleNeuter", 10)
    assert (life.born_on, life.tagged_on, life.until, life.age_days) == (BORN, TAGGED, SLAUGHTERED, 300)


def test_weights_are_points_of_a_curve_from_birth_on(full: Passport) -> None:
    weights = full.lives[0].weights
    assert [(point.age_days, point.occasion) for point in weights[:3]] == [
        (0, "birth"),
        (60, "weaning"),
        (90, "weighing"),
    ]
    assert weights[0].kg == 0.8
    assert len(weights) == 10


def test_every_day_of_the_life_has_a_state(full: Passport) -> None:
    days = full.lives[0].days
    assert len(days) == 300
    counts = {state: days.count(state) for state in DayState}
    assert counts == {DayState.CALM: 271, DayState.WATCHED: 5, DayState.MISSING: 7, DayState.UNTAGGED: 17}
    assert days[70] is DayState.MISSING
    assert days[151] is DayState.WATCHED


def test_distance_is_the_sum_of_the_days_low_to_low_and_high_to_high(full: Passport) -> None:
    life = full.lives[0]
    assert life.distance is not None
    daily = [record.distance for record in life.daily if record.distance is not None]
    assert life.distance.low_m == pytest.approx(sum(band.low_m for band in daily))
    assert life.distance.high_m == pytest.approx(sum(band.high_m for band in daily))
    assert life.distance_days == 276


def test_silent_days_count_as_missing_although_no_event_tells_of_them(full: Passport) -> None:
    # 276 days told, 7 silent: 283 days of 144 messages.
    assert full.evidence.expected == 283 * 144
    assert full.evidence.readings == sum(140 - record_day % 5 for record_day in _told_days())


def _told_days() -> list[int]:
    silent = {70, 71, 72, 73, 210, 211, 240}
    return [day for day in range(17, 300) if day not in silent]


def test_slaughter_and_packing_come_with_place_lot_weight_and_use_by(full: Passport) -> None:
    assert full.slaughter is not None
    assert full.packing is not None
    assert (full.slaughter.on, full.slaughter.carcass_kg) == (SLAUGHTERED, 52.5)
    assert (full.packing.on, full.packing.lot, full.packing.use_by) == (PACKED, LOT, USE_BY)
    assert full.packing.net_weight_kg == Decimal("0.5")
    assert (full.packing.packs, full.packing.packed_kg) == (94, 48.0)
    assert full.simulated


def test_what_was_recorded_late_is_counted_with_its_longest_delay(full: Passport) -> None:
    assert (full.evidence.events, full.evidence.at_once, full.evidence.later) == (294, 292, 2)
    assert full.evidence.longest_lag == timedelta(days=3)


def test_a_treatment_keeps_its_withdrawal_end(full: Passport) -> None:
    (treatment,) = full.lives[0].treatments
    assert (treatment.withdrawal_days, treatment.withdrawal_until) == (28, date(2026, 5, 3))
    (certificate,) = full.lives[0].certificates
    assert certificate.result == "合格"


def test_the_same_pack_without_its_lot_is_found_too() -> None:
    link = DigitalLink.of_item(BELLY, SERIAL)
    assert passport(whole_life(), link) is not None


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (f"/01/{BELLY}/10/OTHER/21/{SERIAL}", Unknown.LOT),
        (f"/01/{BELLY}/10/{LOT}/21/999999", Unknown.ITEM),
        (f"/01/{BELLY}", Unknown.NO_SERIAL),
        ("/01/09520123456788/21/1", Unknown.PRODUCT),
        ("/414/9526000100010", Unknown.PRODUCT),
    ],
)
def test_what_is_not_known_gets_no_passport_but_a_reason(path: str, reason: Unknown) -> None:
    link, events = DigitalLink.parse_path(path), EventsInMemory(whole_life())
    assert passport(events.events, link) is None
    assert why_unknown(link, events=events, products=products()) is reason


def test_use_by_ends_with_its_local_day() -> None:
    last_minute = datetime(USE_BY.year, USE_BY.month, USE_BY.day, 15, 59, tzinfo=UTC)  # 23:59 in China
    assert passport_of(house_events(), now=last_minute).state is State.VALID
    assert passport_of(house_events(), now=last_minute + timedelta(minutes=1)).state is State.EXPIRED


def test_a_recall_comes_before_everything_else() -> None:
    late = NOW + timedelta(days=90)
    assert passport_of(house_events(recalled=True), now=late).state is State.RECALLED


def test_slaughter_within_a_withdrawal_period_is_not_passed_over() -> None:
    treated = next(event for event in farm_events() if event.biz_step.endswith("treating"))
    too_late = changed(treated, tt_withdrawalUntil="2026-09-15")
    assert passport_of([*farm_events(), *house_events(), too_late]).state is State.WITHDRAWAL


def test_an_event_declared_in_error_counts_no_more() -> None:
    vaccinated = next(event for event in farm_events() if event.biz_step.endswith("vaccinating"))
    declared = replace(
        vaccinated,
        document=json.dumps(
            {**json.loads(vaccinated.document), "errorDeclaration": {"declarationTime": "2026-02-01T00:00:00Z"}}
        ),
    )
    assert len(only_life([*farm_events(), *house_events()]).vaccinations) == 1
    assert only_life([*farm_events(), *house_events(), declared]).vaccinations == ()


def test_a_pig_without_sensor_has_no_days_no_distance_and_no_share() -> None:
    events = [event for event in farm_events() if event.event_type != "AssociationEvent"]
    life = only_life([*events, *house_events()])
    assert (life.days, life.distance, life.expected) == ((), None, 0)


def test_a_pack_whose_slaughter_is_not_recorded_claims_no_animal() -> None:
    found = passport_of([event for event in house_events() if event.event_time >= at(PACKED, 0)])
    assert (found.lives, found.slaughter) == ((), None)


def test_meat_of_two_pigs_tells_of_both() -> None:
    other = animal_giai(type(PIG)("143018200000124")).uri
    second = f"{CARCASS}2"
    mince = event(
        "TransformationEvent", at(PACKED, 9), PACKING_HOUSE, bizStep="commissioning",
        inputEPCList=[CARCASS, second], outputEPCList=[f"{BELLY.uri}/21/MINCE"], ilmd={"cbvmda:lotNumber": LOT},
    )  # fmt: skip
    slaughtered = event(
        "TransformationEvent", at(SLAUGHTERED, 6), PACKING_HOUSE, bizStep="commissioning",
        inputEPCList=[other], outputEPCList=[second],
    )  # fmt: skip
    born = event("ObjectEvent", at(BORN), FARM, action="ADD", bizStep="commissioning", epcList=[other])
    found = passport([*whole_life(), mince, slaughtered, born], DigitalLink.of_item(BELLY, "MINCE"))
    assert found is not None
    assert {life.ear_tag for life in found.lives} == {PIG, "143018200000124"}
    assert found.packing is not None
    assert found.packing.net_weight_kg == Decimal("0.5")


def test_a_circle_of_transformations_ends() -> None:
    a, b = (f"{BELLY.uri}/21/{name}" for name in "ab")
    circle = [
        event(
            "TransformationEvent", at(PACKED), FARM, inputEPCList=[x], outputEPCList=[y], ilmd={"cbvmda:lotNumber": LOT}
        )
        for x, y in ((a, b), (b, a))
    ]
    found = passport(circle, DigitalLink.of_item(BELLY, "a"))
    assert found is not None
    assert found.lives == ()


@pytest.mark.parametrize("member", ["ilmd", "sensorElementList", "tt:withdrawalDays", "tt:lastDose", "tt:readings"])
@pytest.mark.parametrize("value", [None, "x", [1], {"id": 3}, -5, True, 10**400, 1e308])
def test_extensions_of_any_shape_do_not_break_the_passport(member: str, value: object) -> None:
    events = [
        replace(captured, document=json.dumps({**json.loads(captured.document), member: value}))
        for captured in whole_life()[:40]
    ]
    assert passport([*events, *house_events()]) is not None


@pytest.mark.parametrize("born_on", ["1026-01-01", "2999-01-01", "no day"])
def test_a_birthday_that_cannot_be_is_the_day_of_the_birth_event(born_on: str) -> None:
    birth = farm_events()[0]
    document = json.loads(birth.document)
    document["ilmd"]["tt:bornOn"] = born_on
    wrong = replace(birth, document=json.dumps(document))
    assert only_life([wrong, *farm_events()[1:], *house_events()]).born_on == BORN


def test_dates_and_figures_beyond_reason_neither_fail_nor_grow_the_page() -> None:
    treated = next(event for event in farm_events() if event.biz_step.endswith("treating"))
    endless = changed(treated, tt_lastDose="9999-12-31", tt_withdrawalUntil=None, tt_withdrawalDays=300)
    overlong = changed(endless, tt_withdrawalDays=10**15)
    ancient = replace(farm_events()[0], event_time=datetime(1900, 1, 1, tzinfo=UTC))
    life = only_life([ancient, endless, overlong, *farm_events()[1:], *house_events()])
    assert life.days == ()
    assert [treatment.withdrawal_until for treatment in life.treatments[1:]] == [date(2027, 1, 28), None]


def test_a_withdrawal_behind_the_calendars_end_ends_on_its_last_day() -> None:
    treated = next(event for event in farm_events() if event.biz_step.endswith("treating"))
    late = replace(
        changed(treated, tt_lastDose="9999-12-01", tt_withdrawalUntil=None, tt_withdrawalDays=300),
        event_time=datetime(9998, 12, 20, tzinfo=UTC),
    )
    life = only_life([*farm_events(), late, *house_events()])
    assert life.treatments[-1].withdrawal_until == date.max


@pytest.mark.parametrize("value", [10**400, 1e308])
def test_a_sensed_value_beyond_reason_is_none(value: float) -> None:
    daily = [event for event in whole_life() if event.biz_step == SENSOR_REPORTING][:2]
    wrong = [json.loads(event.document) for event in daily]
    for document in wrong:
        for report in document["sensorElementList"][0]["sensorReport"]:
            report.update({name: value for name in ("minValue", "meanValue", "maxValue", "value") if name in report})
    told = [replace(event, document=json.dumps(body)) for event, body in zip(daily, wrong, strict=True)]
    life = only_life([*farm_events(), *told, *house_events()])
    assert life.distance is None
    assert life.daily[0].temperature is None
