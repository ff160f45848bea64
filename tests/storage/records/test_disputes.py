"""What a declaration of error would set free stays on hold until a veterinarian confirms it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from storage.records.records import Records
from tests.storage.records.guarded_house import capture, reasons, with_places
from tests.traceability.one_life import CARCASS, FARM, SLAUGHTERHOUSE, TAG, at, event
from tests.traceability.pig_records import (
    DAY,
    PACK,
    PIG_URI,
    certified,
    compliant,
    declared_wrong,
    packed,
    slaughtered,
    tagged,
    treated,
)
from traceability.context import device_uri
from traceability.epcis.capture import capture_event
from traceability.gs1.keys import Sscc, check_digit
from traceability.holds import Hold, ReleaseKind
from traceability.model import CapturedEvent

LICENCE = "A012026430182"
RECENT = treated(DAY - timedelta(days=2))
LATER = timedelta(days=4)
CRATE = Sscc.parse("09526000000000001" + check_digit("09526000000000001")).uri


@pytest.fixture
def house(records: Records) -> Records:
    """Records with the farm and the slaughterhouse of the events."""
    return with_places(records)


def by_a_vet(wrong: CapturedEvent) -> CapturedEvent:
    return declared_wrong(wrong, licence=LICENCE, later=LATER)


@pytest.mark.parametrize("wrong", [slaughtered(), packed()])
def test_a_making_declared_wrong_frees_nothing_until_a_veterinarian_confirms_it(
    house: Records, wrong: CapturedEvent
) -> None:
    capture(house, *compliant(), RECENT, slaughtered(), packed())
    capture(house, declared_wrong(wrong))
    assert len(house.events.find(wrong.event_id)) == 2
    assert reasons(house, PIG_URI) == ["withdrawal"]
    assert reasons(house, PACK) == ["declared_error"]
    (held,) = house.holds.of([PACK])
    assert held.hold.cause == wrong.event_id
    assert "兽医" in held.hold.detail_zh
    # nothing that comes later is judged differently
    capture(house, tagged(DAY - timedelta(days=20)))
    assert reasons(house, PACK) == ["declared_error"]
    capture(house, by_a_vet(wrong))
    assert reasons(house, PACK) == []
    (ended,) = house.holds.list(ended=True, after=0, limit=9)[:1]
    assert ended.release is not None
    assert ended.release.kind is ReleaseKind.CORRECTION


def escaped(captured: CapturedEvent) -> CapturedEvent:
    """The same with a member's name spelled as JSON allows it, too."""
    document = captured.document.replace('"errorDeclaration"', '"errorDeclarati\\u006fn"')
    return capture_event(document.encode(), record_time=captured.record_time)


@pytest.mark.parametrize("wrong", [slaughtered(), packed()])
def test_a_declaration_spelled_in_escapes_frees_nothing_either(house: Records, wrong: CapturedEvent) -> None:
    capture(house, *compliant(), RECENT, slaughtered(), packed())
    capture(house, escaped(declared_wrong(wrong)))
    assert reasons(house, PACK) == ["declared_error"]
    capture(house, escaped(by_a_vet(wrong)))
    assert reasons(house, PACK) == []


def test_an_event_that_only_speaks_of_declarations_is_captured_beside_one(house: Records) -> None:
    capture(house, *compliant(), RECENT, slaughtered(), packed())
    noted = treated(DAY - timedelta(days=90), tt_note="errorDeclaration", tt_notes={"tt:errorDeclaration": ["\u00b5"]})
    inner = treated(DAY - timedelta(days=91), tt_note={"tt:of": {"errorDeclaration": True}})
    capture(house, declared_wrong(packed()), noted, inner)
    assert reasons(house, PACK) == ["declared_error"]


def in_parts(events: Sequence[CapturedEvent], *, at_once: bool) -> Sequence[Sequence[CapturedEvent]]:
    return [events] if at_once else [[event] for event in events]


@pytest.mark.parametrize("at_once", [True, False])
def test_in_whatever_order_records_and_declarations_come_the_packs_are_held(house: Records, *, at_once: bool) -> None:
    """Each order is told of a pig of its own."""
    told = [RECENT, slaughtered(), packed(), declared_wrong(slaughtered()), declared_wrong(packed(), later=LATER)]
    orders = list(permutations(range(len(told))))[:: 5 if at_once else 11]
    for number, order in enumerate(orders, start=1):
        mine = [as_of(each, number) for each in [*compliant(), *(told[place] for place in order)]]
        for part in in_parts(mine, at_once=at_once):
            capture(house, *part)
        assert set(reasons(house, named(PIG_URI, number))) >= {"withdrawal"}, order
        assert set(reasons(house, named(PACK, number))) == {"declared_error"}, order
        assert set(reasons(house, named(CARCASS, number))) == {"declared_error"}, order


def named(text: str, number: int) -> str:
    """The same of another pig."""
    pig = PIG_URI.rpartition("/")[2][-15:]
    other = f"{int(pig) + 1000 + number:015d}"
    changed = {
        pig: other,
        "/21/000001": f"/21/{number:06d}",
        "4301822026-0087": f"4301822026-{1000 + number}",
        device_uri(TAG): device_uri(f"tag-{1000 + number}"),
    }
    for old, new in changed.items():
        text = text.replace(old, new)
    return text


def as_of(captured: CapturedEvent, number: int) -> CapturedEvent:
    document = json.loads(named(captured.document, number))
    document["eventID"] = f"{captured.event_id}#{number}"
    return capture_event(json.dumps(document, ensure_ascii=False).encode(), record_time=captured.record_time)


def test_a_hold_that_comes_later_passes_on_through_what_is_in_dispute(house: Records) -> None:
    capture(house, *compliant(), slaughtered(), packed(), declared_wrong(slaughtered()), declared_wrong(packed()))
    assert reasons(house, PACK) == []
    house.holds.place([BY_HAND])
    assert reasons(house, PACK) == ["declared_error"]


BY_HAND = Hold(
    subject=PIG_URI, reason="by_hand", cause="case-1", since=at(DAY), detail_zh="", detail_en="", by="inspector"
)
USED, MADE = {"inputEPCList": [PIG_URI]}, {"outputEPCList": [PACK]}
LOT = "https://id.gs1.org/01/09526000100010/10/L1"
OF_THE_LOT = "https://id.gs1.org/01/09526000100010/21/000777"


def part(hour: int, step: str, **members: Any) -> CapturedEvent:  # noqa: ANN401 members of a JSON object
    return event("TransformationEvent", at(DAY, hour), SLAUGHTERHOUSE, transformationID=step, **members)


@pytest.mark.parametrize("step", ["urn:uuid:22222222-2222-4222-8222-222222222222", f"urn:x:{'2' * 600}"])
@pytest.mark.parametrize("wrong", [0, 1])
def test_a_later_hold_passes_on_through_a_making_in_dispute_that_is_told_in_parts(
    house: Records, step: str, wrong: int
) -> None:
    parts = part(5, step, **USED), part(6, step, **MADE)
    capture(house, *compliant(), *parts, declared_wrong(parts[wrong]))
    assert reasons(house, PACK) == []
    house.holds.place([BY_HAND])
    assert reasons(house, PACK) == ["declared_error"]
    capture(house, by_a_vet(parts[wrong]))
    assert reasons(house, PACK) == []


@pytest.mark.parametrize("wrong", [0, 1])
@pytest.mark.parametrize("held_first", [True, False])
def test_a_part_that_comes_after_another_was_declared_wrong_is_held_too(
    house: Records, wrong: int, *, held_first: bool
) -> None:
    parts = part(5, "urn:x:step", **USED), part(6, "urn:x:step", **MADE)
    capture(house, *compliant(), parts[wrong], declared_wrong(parts[wrong]))
    if held_first:
        house.holds.place([BY_HAND])
    capture(house, parts[1 - wrong])
    if not held_first:
        house.holds.place([BY_HAND])
    assert reasons(house, PACK) == ["declared_error"]


def test_all_parts_of_a_making_with_a_long_name_are_linked(house: Records) -> None:
    step = f"urn:x:{'2' * 600}"
    capture(house, *compliant(), part(5, step, **USED))
    capture(house, part(6, step, **MADE))
    house.holds.place([BY_HAND])
    assert reasons(house, PACK) == ["by_hand"]


@pytest.mark.parametrize("held_first", [True, False])
def test_a_later_hold_passes_on_by_the_lot_that_a_making_in_dispute_tells(house: Records, *, held_first: bool) -> None:
    made = slaughtered(at(DAY, 5), outputEPCList=[PACK], ilmd={"cbvmda:lotNumber": "L1"})
    used = slaughtered(at(DAY, 9), inputEPCList=[], inputQuantityList=[{"epcClass": LOT}], outputEPCList=[OF_THE_LOT])
    capture(house, *compliant(), made, used)
    if held_first:
        house.holds.place([BY_HAND])
        assert reasons(house, OF_THE_LOT) == ["by_hand"]
    capture(house, declared_wrong(made))
    if not held_first:
        house.holds.place([BY_HAND])
    assert reasons(house, PACK) == ["declared_error"]
    assert reasons(house, OF_THE_LOT) == ["declared_error"]
    capture(house, by_a_vet(made))
    assert reasons(house, OF_THE_LOT) == []


def test_events_with_an_id_too_long_for_a_cause_hold_and_are_declared_wrong_as_others(house: Records) -> None:
    """Older versions captured them."""
    cut, treatment = (replace(each, event_id=f"urn:x:{each.event_id:a>2100}") for each in (slaughtered(), RECENT))
    capture(house, *compliant(), cut, packed(), treatment)
    assert reasons(house, PACK) == ["withdrawal"]
    capture(house, replace(declared_wrong(cut), event_id=cut.event_id))
    assert reasons(house, PACK) == ["declared_error"]
    (held,) = house.holds.of([PACK])
    assert held.hold.cause.startswith("sha256:")
    capture(house, replace(by_a_vet(cut), event_id=cut.event_id))
    assert reasons(house, PACK) == []


def test_a_declaration_that_names_other_things_than_its_event_frees_nothing_either(house: Records) -> None:
    capture(house, *compliant(), RECENT, slaughtered(), packed())
    document = json.loads(declared_wrong(slaughtered()).document)
    document |= {"inputEPCList": [CRATE], "outputEPCList": [CRATE]}
    capture(house, capture_event(json.dumps(document).encode(), record_time=slaughtered().record_time + LATER))
    assert reasons(house, PACK) == ["declared_error"]
    assert reasons(house, PIG_URI) == ["withdrawal"]


@pytest.mark.parametrize(("wrong", "reason"), [(tagged(), "no_tag"), (certified(), "no_certificate")])
def test_a_tag_or_certificate_taken_back_by_anybody_holds_what_was_slaughtered_on_it(
    house: Records, wrong: CapturedEvent, reason: str
) -> None:
    capture(house, *compliant(), slaughtered(), packed())
    assert reasons(house, PACK) == []
    document = json.loads(declared_wrong(wrong).document)
    # the declaration itself need not name the pig
    document |= {"parentID": CRATE} if reason == "no_tag" else {"epcList": [CRATE]}
    capture(house, capture_event(json.dumps(document).encode(), record_time=wrong.record_time + LATER))
    assert reasons(house, PACK) == [reason]


def test_a_pig_stays_held_when_the_tag_is_taken_back_by_which_a_treatment_names_it(house: Records) -> None:
    second = tagged(childEPCs=[device_uri("tag-0999")])
    capture(house, *compliant(), second, treated(DAY - timedelta(days=2), epcList=[device_uri(TAG)]))
    capture(house, declared_wrong(tagged()))
    assert reasons(house, PIG_URI) == ["declared_error"]
    capture(house, slaughtered(), packed())
    assert reasons(house, PACK) == ["declared_error"]
    capture(house, by_a_vet(tagged()))
    assert reasons(house, PACK) == []


def test_goods_out_of_a_box_stay_held_when_it_is_said_that_the_carcass_never_was_in_it(house: Records) -> None:
    boxed = event("AggregationEvent", at(DAY, 6), FARM, action="ADD", parentID=CRATE, childEPCs=[CARCASS])
    cut = slaughtered(at(DAY, 8), inputEPCList=[CRATE], outputEPCList=[PACK])
    capture(house, *compliant(), RECENT, slaughtered(), boxed, cut)
    assert reasons(house, PACK) == ["withdrawal"]
    capture(house, declared_wrong(boxed))
    assert reasons(house, PACK) == ["declared_error"]
    assert reasons(house, CARCASS) == ["withdrawal"]
    capture(house, by_a_vet(boxed))
    assert reasons(house, PACK) == []


def test_a_reason_and_a_declaration_in_one_capture_hold_as_one_after_the_other(house: Records) -> None:
    boxed = event("AggregationEvent", at(DAY, 6), FARM, action="ADD", parentID=CRATE, childEPCs=[CARCASS])
    cut = slaughtered(at(DAY, 8), inputEPCList=[CRATE], outputEPCList=[PACK])
    capture(house, *compliant(), slaughtered(), boxed, cut)
    assert reasons(house, PACK) == []
    capture(house, declared_wrong(boxed), RECENT)
    assert reasons(house, CARCASS) == ["withdrawal"]
    assert reasons(house, PACK) == ["declared_error"]
    capture(house, by_a_vet(boxed))
    assert reasons(house, PACK) == []


def test_a_certificate_taken_back_for_one_pig_leaves_no_room_on_it_for_another(house: Records) -> None:
    other = f"{PIG_URI[:-3]}501"
    both = certified(epcList=[other], tt_headCount=1)
    capture(house, *compliant(), both, slaughtered())
    assert reasons(house, CARCASS) == ["certificate_head_count"]
    capture(house, declared_wrong(both))
    capture(house, tagged(DAY - timedelta(days=20)))
    assert reasons(house, CARCASS) == ["certificate_head_count"]
    capture(house, by_a_vet(both), tagged(DAY - timedelta(days=21)))
    assert reasons(house, CARCASS) == []
