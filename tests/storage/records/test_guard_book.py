"""What others report as done is kept, and on hold in the same transaction where it must not reach food."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from storage.records.errors import RecordRefusedError
from storage.records.records import Records
from tests.storage.records.guarded_house import capture, reasons, with_places
from tests.traceability.one_life import CARCASS, FARM, SLAUGHTERHOUSE, TAG, at, event
from tests.traceability.pig_records import (
    DAY,
    PACK,
    PIG_URI,
    born,
    certified,
    compliant,
    declared_wrong,
    packed,
    renamed,
    slaughtered,
    tagged,
    treated,
)
from traceability.context import device_uri
from traceability.gs1.keys import Sscc, check_digit
from traceability.holds import ReleaseKind


@pytest.fixture
def house(records: Records) -> Records:
    """Records with the farm and the slaughterhouse of the events."""
    return with_places(records)


def test_what_was_slaughtered_in_order_is_not_held(house: Records) -> None:
    capture(house, *compliant(), slaughtered(), packed())
    assert house.holds.of([PIG_URI, CARCASS, PACK]) == []


def test_a_slaughter_within_the_withdrawal_is_kept_and_all_that_was_and_will_be_made_is_held(house: Records) -> None:
    wrong = treated(DAY - timedelta(days=2))
    capture(house, *compliant(), wrong, slaughtered())
    capture(house, packed())
    assert len(house.events.find(slaughtered().event_id)) == 1
    for thing in (PIG_URI, CARCASS, PACK):
        (held,) = house.holds.of([thing])
        assert (held.hold.reason, held.hold.cause, held.certain) == ("withdrawal", slaughtered().event_id, True)
        assert "2026-09-25" in held.hold.detail_zh


def test_the_order_in_which_records_come_makes_no_difference(house: Records) -> None:
    capture(house, slaughtered(), packed())
    assert reasons(house, PACK) == ["no_certificate", "no_tag"]
    capture(house, tagged())
    assert reasons(house, PACK) == ["no_certificate"]
    capture(house, certified())
    assert reasons(house, PACK) == []
    capture(house, treated(DAY - timedelta(days=2)))
    assert reasons(house, PACK) == ["withdrawal"]
    ended = house.holds.list(ended=True, after=0, limit=9)
    assert {hold.reason for hold in ended} == {"no_tag", "no_certificate"}
    assert all(hold.release is not None and hold.release.kind is ReleaseKind.CORRECTION for hold in ended)


def test_a_veterinarians_correction_releases_and_anybody_elses_does_not(house: Records) -> None:
    wrong = treated(DAY - timedelta(days=2))
    capture(house, *compliant(), wrong, slaughtered(), packed())
    capture(house, declared_wrong(wrong))
    assert reasons(house, PACK) == ["withdrawal"]
    capture(house, declared_wrong(wrong, licence="A012026430182", later=timedelta(days=4)))
    assert reasons(house, PACK) == []


def test_no_other_way_of_writing_the_pig_or_our_members_hides_a_treatment(house: Records) -> None:
    capture(house, *compliant(), renamed(treated(DAY - timedelta(days=2))), slaughtered(), packed())
    assert reasons(house, PACK) == ["withdrawal"]


def test_a_treatment_at_the_calendars_end_holds_like_any_other(house: Records) -> None:
    late = treated(date(9998, 12, 20), tt_lastDose="9998-12-20")
    capture(house, *compliant(), late, slaughtered(), packed())
    assert reasons(house, PACK) == ["withdrawal"]


def test_a_treatment_of_the_tag_is_one_of_the_pig_that_wore_it_then(house: Records) -> None:
    worn = treated(DAY - timedelta(days=2), epcList=[device_uri(TAG)])
    before = treated(date(2025, 11, 10), epcList=[device_uri(TAG)], tt_medicine="神药一号")
    capture(house, *compliant(), worn, before, slaughtered(), packed())
    assert reasons(house, PACK) == ["withdrawal"]


def test_a_pig_slaughtered_in_its_crate_is_judged_as_well(house: Records) -> None:
    stem = "09526000000000001"
    crate = Sscc.parse(stem + check_digit(stem)).uri
    loaded = event("AggregationEvent", at(DAY, 3), FARM, action="ADD", parentID=crate, childEPCs=[PIG_URI])
    capture(house, *compliant(), treated(DAY - timedelta(days=2)), loaded)
    capture(house, slaughtered(inputEPCList=[crate]), packed())
    assert reasons(house, PACK) == ["withdrawal"]
    assert house.guards.animals_in([crate], at=at(DAY, 4)) == {PIG_URI}
    assert house.guards.animals_in([crate], at=at(DAY, 2)) == frozenset()


def test_a_treatment_that_names_the_tag_and_comes_late_is_judged_as_well(house: Records) -> None:
    capture(house, *compliant(), slaughtered(), packed())
    capture(house, treated(DAY - timedelta(days=2), epcList=[device_uri(TAG)]))
    assert reasons(house, PACK) == ["withdrawal"]


def test_a_certificate_covers_no_more_pigs_than_it_says_however_they_are_recorded(house: Records) -> None:
    others = certified(epcList=[f"https://id.gs1.org/8004/9526000143018200000{number}" for number in (501, 502)])
    capture(house, born(), tagged(), treated(), certified(tt_headCount=2), slaughtered())
    assert reasons(house, CARCASS) == []
    capture(house, others, replace(slaughtered(at(DAY, 5, 1)), event_id="urn:x:again"))
    assert "certificate_head_count" in reasons(house, CARCASS)


def test_a_failed_test_of_a_lot_or_an_item_holds_it_until_a_vet_declares_that_an_error(house: Records) -> None:
    failed = event(
        "ObjectEvent", at(DAY, 7), SLAUGHTERHOUSE,
        action="OBSERVE", bizStep="inspecting", disposition="non_conformant", epcList=[CARCASS], tt_test="莱克多巴胺",
    )  # fmt: skip
    capture(house, *compliant(), slaughtered(), packed(), failed)
    assert reasons(house, PACK) == ["failed_test"]
    assert reasons(house, PIG_URI) == []
    capture(house, declared_wrong(failed))
    assert reasons(house, PACK) == ["failed_test"]
    capture(house, declared_wrong(failed, licence="A012026430182", later=timedelta(days=4)))
    assert reasons(house, PACK) == []


def test_a_capture_that_fails_leaves_neither_event_nor_hold(house: Records) -> None:
    with pytest.raises(RecordRefusedError):
        house.events.capture([slaughtered(), replace(packed(), event_id="\x00")])
    assert house.holds.list(ended=False, after=0, limit=9) == []
    assert house.events.find(slaughtered().event_id) == []
