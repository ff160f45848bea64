"""What keeps a pig from slaughter and a lot from harvest, and until when."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traceability.one_life import FARM, PACKING_HOUSE, SLAUGHTERHOUSE, TAG, at, event
from tests.traceability.pig_records import (
    DAY,
    HOUSES,
    LAST_DOSE,
    PIG_URI,
    GuardsInMemory,
    born,
    certified,
    compliant,
    declared_wrong,
    renamed,
    slaughtered,
    tagged,
    treated,
)
from traceability.context import OWN_STEPS, TREATING, VACCINATING, device_uri
from traceability.facilities import Facility, FacilityKind
from traceability.guards import acts_of, findings
from traceability.holds import hold_reasons
from traceability.model import CapturedEvent

SHANGHAI = ZoneInfo("Asia/Shanghai")
LOT = "https://id.gs1.org/01/09526000200017/10/F7-2026"


def found(*events: CapturedEvent, houses: Mapping[str, Facility] | None = None) -> dict[str, date | None]:
    book = GuardsInMemory(events) if houses is None else GuardsInMemory(events, houses)
    return {block.reason: block.until for block in findings(book.evidence([PIG_URI])[PIG_URI], book)}


def test_a_pig_with_all_its_records_may_be_slaughtered() -> None:
    assert found(*compliant(), slaughtered()) == {}


def test_nothing_is_found_before_anything_was_done() -> None:
    assert found(born(), treated()) == {}


@given(days=st.integers(0, 60), minute=st.integers(0, 24 * 60 - 1))
def test_every_minute_around_the_end_of_the_withdrawal_is_judged_by_the_local_day(days: int, minute: int) -> None:
    when = datetime(2026, 8, 1, tzinfo=SHANGHAI) + timedelta(days=days, minutes=minute)
    told = found(tagged(), treated(), slaughtered(when.astimezone(SHANGHAI)))
    until = LAST_DOSE + timedelta(days=28)
    assert told.get("withdrawal") == (until if when.date() < until else None)
    assert ("withdrawal" in told) is (when.date() < until)


def test_the_last_dose_of_a_course_begins_the_count_and_a_longer_label_lengthens_it() -> None:
    course = treated(tt_lastDose="2026-08-04")
    assert found(*compliant(), course, slaughtered()) == {"withdrawal": date(2026, 9, 1)}
    label = treated(tt_withdrawalDays=40)
    assert found(*compliant(), label, slaughtered()) == {"withdrawal": date(2026, 9, 10)}
    stated = treated(tt_withdrawalDays=1, tt_withdrawalUntil="2026-08-02")
    assert found(tagged(), stated, certified(), slaughtered(at(date(2026, 8, 28), 5))).keys() >= {"withdrawal"}


@pytest.mark.parametrize(
    ("medicine", "reason"),
    [
        ({"tt_medicine": "神药一号"}, "unknown_medicine"),
        ({"tt_medicine": "神药一号", "tt_withdrawalDays": 0}, "unknown_medicine"),
        ({"tt_medicine": ""}, "unknown_medicine"),
        ({"tt_medicine": "恩诺沙星注射液"}, "unknown_medicine"),
        ({"tt_medicine": "土霉素注射液", "tt_withdrawalDays": "a week"}, "unknown_medicine"),
        ({"tt_medicine": "盐酸克伦特罗"}, "banned_drug"),
        ({"tt_medicine": "土霉素注射液", "tt_medicineEn": "with ractopamine"}, "banned_drug"),
    ],
)
def test_an_unknown_or_banned_medicine_blocks_however_long_ago(medicine: dict[str, Any], reason: str) -> None:
    long_ago = treated(date(2025, 12, 1), **medicine)
    assert found(*compliant(), long_ago, slaughtered()) == {reason: None}


def test_a_vaccine_for_which_none_is_licensed_blocks_and_others_do_not() -> None:
    for vaccine, expected in (("非洲猪瘟疫苗", {"banned_drug": None}), ("猪瘟、口蹄疫", {})):
        given_ = event(
            "ObjectEvent", at(date(2026, 1, 4)), FARM,
            action="OBSERVE", bizStep=VACCINATING, epcList=[PIG_URI], tt_vaccine=vaccine,
        )  # fmt: skip
        assert found(*compliant(), given_, slaughtered()) == expected


def test_what_is_written_with_other_names_for_the_same_counts_the_same() -> None:
    late = renamed(treated(DAY - timedelta(days=3)))
    assert PIG_URI not in late.epcs
    assert found(*compliant(), late, slaughtered()).keys() == {"withdrawal"}


def test_a_lost_tag_blocks_until_it_is_replaced_and_one_collected_at_slaughter_does_not() -> None:
    lost = tagged(date(2026, 6, 1), action="DELETE")
    assert found(*compliant(), lost, slaughtered()) == {"no_tag": None}
    again = tagged(date(2026, 6, 2), childEPCs=[device_uri("tag-0999")], bizStep="replacing")
    assert found(*compliant(), lost, again, slaughtered()) == {}
    house = {"id": SLAUGHTERHOUSE.uri}
    collected = tagged(DAY, action="DELETE", readPoint=house, bizLocation=house)
    assert found(*compliant(), collected, slaughtered(at(DAY, 9))) == {}
    assert found(born(), treated(), certified(), slaughtered()) == {"no_tag": None}
    assert TAG in device_uri(TAG)


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ([], "no_certificate"),
        ([certified(tt_result="不合格")], "certificate_failed"),
        ([certified(tt_result="", disposition="in_progress")], "certificate_failed"),
        ([certified(DAY - timedelta(days=1))], "certificate_date"),
        ([certified(DAY + timedelta(days=1))], "no_certificate"),
        ([certified(tt_validUntil=(DAY - timedelta(days=1)).isoformat())], "certificate_date"),
        ([certified(tt_certificate="证明")], "certificate_date"),
        ([certified(tt_destination=PACKING_HOUSE.uri)], "certificate_destination"),
        ([certified(tt_destination="")], "certificate_destination"),
        ([certified(tt_headCount=0)], "certificate_head_count"),
        (
            [certified(), certified(epcList=["https://id.gs1.org/8004/9526000143018200000999"])],
            "certificate_head_count",
        ),
    ],
)
def test_a_certificate_must_be_there_passed_in_date_for_this_house_and_for_so_many(
    certificate: list[CapturedEvent], reason: str
) -> None:
    assert found(born(), tagged(), treated(), *certificate, slaughtered()) == {reason: None}


def test_one_good_certificate_is_enough_whatever_the_others_say_and_its_destination_may_be_bare() -> None:
    bare = certified(tt_destination=str(SLAUGHTERHOUSE), tt_headCount="1", tt_validUntil=DAY.isoformat())
    expired = certified(DAY - timedelta(days=9), tt_certificateNumber="older")
    assert found(born(), tagged(), expired, bare, slaughtered()) == {}


def test_only_a_slaughterhouse_with_a_licence_may_slaughter() -> None:
    unlicensed = {**HOUSES, SLAUGHTERHOUSE: replace(HOUSES[SLAUGHTERHOUSE], licence=" ")}
    other = {**HOUSES, SLAUGHTERHOUSE: replace(HOUSES[SLAUGHTERHOUSE], kind=FacilityKind.PACKING_HOUSE)}
    for houses in (unlicensed, other, {}):
        assert found(*compliant(), slaughtered(), houses=houses) == {"unlicensed_slaughterhouse": None}
    at_home = found(*compliant(), slaughtered(place=FARM))
    assert at_home.keys() == {"certificate_destination", "unlicensed_slaughterhouse"}


@pytest.mark.parametrize(
    "members",
    [
        {"bizStep": "loading", "tt_destination": SLAUGHTERHOUSE.uri},
        {"bizStep": "shipping", "destinationList": [{"type": "location", "destination": SLAUGHTERHOUSE.uri}]},
        {"bizStep": f"{OWN_STEPS}selling", "tt_purpose": "slaughter", "tt_destination": SLAUGHTERHOUSE.uri},
        {"bizStep": "arriving", "bizLocation": {"id": SLAUGHTERHOUSE.uri}},
    ],
)
def test_sending_a_pig_to_slaughter_is_judged_as_its_slaughter_is(members: dict[str, Any]) -> None:
    sent = event("ObjectEvent", at(DAY, 4), FARM, action="OBSERVE", epcList=[PIG_URI], **members)
    assert found(*compliant(), sent) == {}
    assert found(*compliant(), treated(DAY - timedelta(days=3)), sent) == {"withdrawal": DAY + timedelta(days=25)}


def test_moving_a_pig_to_another_farm_needs_no_withdrawal_to_be_over() -> None:
    moved = event("ObjectEvent", at(DAY, 4), FARM, action="OBSERVE", epcList=[PIG_URI], bizStep="shipping")
    assert found(born(), treated(DAY), moved) == {}


def test_a_pig_sent_too_early_and_slaughtered_in_time_is_judged_by_its_slaughter() -> None:
    sent = event(
        "ObjectEvent", at(DAY - timedelta(days=2), 4), FARM,
        action="OBSERVE", bizStep="loading", epcList=[PIG_URI], tt_destination=SLAUGHTERHOUSE.uri,
    )  # fmt: skip
    assert "withdrawal" in found(*compliant(), sent)
    assert found(*compliant(), sent, slaughtered()) == {}
    book = GuardsInMemory([*compliant(), sent, slaughtered()])
    assert [act.event for act in acts_of(book.evidence([PIG_URI])[PIG_URI], book)] == [slaughtered().event_id]


def test_a_medicine_is_taken_back_by_a_veterinarian_with_a_licence_number_only() -> None:
    wrong = treated(DAY - timedelta(days=2))
    told = (*compliant(), wrong, slaughtered())
    assert found(*told, declared_wrong(wrong)).keys() == {"withdrawal"}
    assert found(*told, declared_wrong(wrong, licence="  x ")).keys() == {"withdrawal"}
    assert found(*told, declared_wrong(wrong, licence="A012026430182")) == {}


def test_what_speaks_for_the_pig_is_gone_with_anybodys_declaration_and_what_speaks_against_it_stays() -> None:
    told = (*compliant(), slaughtered())
    assert found(*told, declared_wrong(tagged())).keys() == {"no_tag"}
    assert found(*told, declared_wrong(certified())).keys() == {"no_certificate"}
    late = (born(), tagged(), treated(DAY - timedelta(days=2)), certified(), slaughtered())
    assert found(*late, declared_wrong(slaughtered())).keys() == {"withdrawal"}
    assert found(*late, declared_wrong(slaughtered(), licence="A012026430182")) == {}
    off = tagged(DAY - timedelta(days=9), action="DELETE")
    assert found(*told, off, declared_wrong(off)).keys() == {"no_tag"}
    assert found(*told, off, declared_wrong(off, licence="A012026430182")) == {}


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"bizStep": "inspecting", "tt_inspection": "ante_mortem"}, "failed_inspection"),
        ({"bizStep": "sampling"}, "failed_test"),
        ({"bizStep": "inspecting", "tt_test": "β-激动剂"}, "failed_test"),
    ],
)
def test_what_fails_an_inspection_or_a_test_is_found_at_once_and_gone_when_a_vet_says_it_was_an_error(
    members: dict[str, Any], reason: str
) -> None:
    failed = event(
        "ObjectEvent", at(DAY, 2), SLAUGHTERHOUSE,
        action="OBSERVE", disposition="non_conformant", epcList=[PIG_URI], **members,
    )  # fmt: skip
    assert found(born(), failed) == {reason: None}
    assert found(born(), failed, declared_wrong(failed)) == {reason: None}
    assert found(born(), failed, declared_wrong(failed, licence="A012026430182")) == {}


def sprayed(pesticide: str, on: date, **members: Any) -> CapturedEvent:  # noqa: ANN401 members of a JSON object
    return event(
        "ObjectEvent", at(on), FARM, action="OBSERVE", bizStep=f"{OWN_STEPS}spraying",
        quantityList=[{"epcClass": LOT}], tt_pesticide=pesticide, **members,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pesticide", "days_ago", "members", "expected"),
    [
        ("嘧菌酯悬浮剂", 6, {"tt_intervalDays": 7}, {"pesticide_interval": DAY + timedelta(days=1)}),
        ("嘧菌酯悬浮剂", 7, {"tt_intervalDays": 7}, {}),
        ("嘧菌酯悬浮剂", 90, {}, {"unknown_pesticide": None}),
        ("甲拌磷颗粒剂", 90, {"tt_intervalDays": 7}, {"banned_pesticide": None}),
    ],
)
def test_a_lot_is_not_harvested_within_the_interval_of_what_was_sprayed_on_it(
    pesticide: str, days_ago: int, members: dict[str, Any], expected: dict[str, date | None]
) -> None:
    dug = event(
        "ObjectEvent", at(DAY), FARM, action="ADD", bizStep="commissioning", disposition="active",
        quantityList=[{"epcClass": LOT, "quantity": 800, "uom": "KGM"}],
    )  # fmt: skip
    book = GuardsInMemory([sprayed(pesticide, DAY - timedelta(days=days_ago), **members), dug])
    told = findings(book.evidence([LOT])[LOT], book)
    assert {block.reason: block.until for block in told} == expected


def test_every_reason_that_can_be_found_has_words_in_both_languages() -> None:
    for reason in hold_reasons().values():
        assert reason.words.zh
        assert reason.words.en
    book = GuardsInMemory([treated(DAY), slaughtered()])
    told = findings(book.evidence([PIG_URI])[PIG_URI], book)
    assert {block.reason for block in told} <= hold_reasons().keys()
    assert all(block.zh and block.en and block.cause == slaughtered().event_id for block in told)
    assert TREATING.startswith(OWN_STEPS)
