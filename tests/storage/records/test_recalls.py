"""Recalls: the scope that is shown, confirmed and in force, and what a pack on the counter says of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage.records.records import Records
from tests.storage.records.supply_graphs import Supply
from traceability.context import CONTEXT
from traceability.epcis.capture import capture_event
from traceability.errors import RecallRequestError, RecallStateError, ScopeChangedError
from traceability.recalls import (
    Cause,
    Recall,
    RecallState,
    RecallStatus,
    RecallStep,
    confirmed,
    drafted,
    moved,
    status_of,
)

NOW = datetime(2026, 9, 1, tzinfo=UTC)
PIGS = [f"https://id.gs1.org/8004/9526000143018200000{number:03}" for number in range(3)]
PACKS = [f"https://id.gs1.org/01/09526000100010/21/P{number}" for number in range(4)]
CARCASS = "https://id.gs1.org/01/09526000100010/21/C0"
FARM = "https://id.gs1.org/414/9526000100010"


def step(state: RecallState, why: str = "检出β-激动剂") -> RecallStep:
    return RecallStep(state=state, actor="operator", at=NOW, why=why)


def capture(records: Records, kind: str, minute: int, **members: object) -> None:
    at = NOW - timedelta(days=30) + timedelta(minutes=minute)
    event = {
        "@context": CONTEXT,
        "type": kind,
        "eventTime": at.isoformat(),
        "eventTimeZoneOffset": "+08:00",
        **{name.replace("tt_", "tt:"): value for name, value in members.items()},
    }
    assert records.events.capture([capture_event(json.dumps(event).encode(), record_time=NOW)]) == 1


def slaughtered_and_packed(records: Records) -> None:
    for number, pig in enumerate(PIGS):
        feed = {"tt_feedLot": "F-7"} if number < 2 else {}
        capture(records, "ObjectEvent", number, action="OBSERVE", epcList=[pig], bizLocation={"id": FARM}, **feed)
    capture(records, "TransformationEvent", 10, inputEPCList=[PIGS[0]], outputEPCList=[CARCASS])
    capture(
        records,
        "TransformationEvent",
        11,
        inputEPCList=[CARCASS],
        outputEPCList=PACKS[:2],
        ilmd={"cbvmda:lotNumber": "L1"},
    )
    capture(records, "TransformationEvent", 12, inputEPCList=[PIGS[2]], outputEPCList=[PACKS[2]])


def draft(records: Records, cause: Cause, recall_id: str = "R-1") -> Recall:
    recall = drafted(recall_id=recall_id, cause=cause, reason="饲料不合格", step=step(RecallState.DRAFT))
    records.recalls.add(recall)
    return recall


def in_force(records: Records, cause: Cause, recall_id: str = "R-1") -> Recall:
    recall, scope = draft(records, cause, recall_id), records.recalls.scope(cause)
    recall = confirmed(recall, scope, shown_digest=scope.digest, step=step(RecallState.CONFIRMED))
    assert records.recalls.confirm(recall, scope)
    return recall


def status(records: Records, thing: str) -> RecallStatus:
    return status_of(records.recalls.notices([thing]))


def test_a_recall_of_a_feed_lot_reaches_the_animals_fed_and_all_that_came_of_them(records: Records) -> None:
    slaughtered_and_packed(records)
    scope = records.recalls.scope(Cause(criterion="feed_lot", value="F-7"))
    lot = "https://id.gs1.org/01/09526000100010/10/L1"
    assert scope.starts == {*PIGS[:2]}
    assert scope.certain == {*PIGS[:2], CARCASS, *PACKS[:2], lot}
    assert scope.possible == set()


def test_a_place_can_be_named_by_its_gln_alone_and_bounded_in_time(records: Records) -> None:
    slaughtered_and_packed(records)
    since = NOW - timedelta(days=30) + timedelta(minutes=1)
    cause = Cause(criterion="place", value="9526000100010", since=since, until=since + timedelta(minutes=1))
    assert records.recalls.scope(cause).starts == {PIGS[1]}
    assert records.recalls.scope(replace(cause, since=None, until=None)).starts == {*PIGS}


def test_a_lot_is_recalled_by_its_uri_with_every_pack_that_bears_it(records: Records) -> None:
    slaughtered_and_packed(records)
    lot = "https://id.gs1.org/01/09526000100010/10/L1"
    assert records.recalls.scope(Cause(criterion="thing", value=lot)).certain == {lot, *PACKS[:2]}


def test_a_pack_says_that_it_is_recalled_from_the_confirmation_on_until_it_is_lifted(records: Records) -> None:
    slaughtered_and_packed(records)
    cause = Cause(criterion="thing", value=PIGS[0])
    draft(records, cause, "R-0")
    assert status(records, PACKS[0]) is RecallStatus.NONE
    recall = in_force(records, cause)
    assert [status(records, pack) for pack in PACKS[:3]] == [RecallStatus.RECALLED] * 2 + [RecallStatus.NONE]
    recall = moved(recall, step(RecallState.HOLDS))
    assert records.recalls.move(recall)
    assert status(records, PACKS[0]) is RecallStatus.RECALLED
    assert records.recalls.move(moved(recall, step(RecallState.LIFTED, "样品弄错")))
    assert status(records, PACKS[0]) is RecallStatus.NONE


def test_a_pack_made_after_the_confirmation_is_recalled_as_well(records: Records) -> None:
    slaughtered_and_packed(records)
    in_force(records, Cause(criterion="thing", value=PIGS[0]))
    capture(
        records, "TransformationEvent", 50, inputEPCList=[CARCASS], outputEPCList=[PACKS[3]], tt_linkMethod="by_hand"
    )
    assert status(records, PACKS[3]) is RecallStatus.POSSIBLE
    assert PACKS[3] not in records.recalls.confirmed_scope("R-1")


def test_what_is_confirmed_is_what_was_shown(records: Records) -> None:
    slaughtered_and_packed(records)
    cause = Cause(criterion="thing", value=PIGS[0])
    recall, shown = draft(records, cause), records.recalls.scope(cause)
    capture(records, "TransformationEvent", 50, inputEPCList=[CARCASS], outputEPCList=[PACKS[3]])
    with pytest.raises(ScopeChangedError, match="read the scope again"):
        confirmed(recall, records.recalls.scope(cause), shown_digest=shown.digest, step=step(RecallState.CONFIRMED))


def test_the_confirmed_scope_is_kept_as_it_was(records: Records) -> None:
    slaughtered_and_packed(records)
    in_force(records, Cause(criterion="thing", value=PIGS[0]))
    lot = "https://id.gs1.org/01/09526000100010/10/L1"
    assert records.recalls.confirmed_scope("R-1") == dict.fromkeys([PIGS[0], CARCASS, *PACKS[:2], lot], True)


def test_two_who_take_a_step_at_once_do_not_both_take_it(records: Records) -> None:
    slaughtered_and_packed(records)
    recall = in_force(records, Cause(criterion="thing", value=PIGS[0]))
    assert records.recalls.move(moved(recall, step(RecallState.HOLDS)))
    assert not records.recalls.move(moved(recall, step(RecallState.LIFTED)))
    found = records.recalls.find("R-1")
    assert found is not None
    assert [each.state for each in found.steps] == ["draft", "confirmed", "holds"]
    assert records.recalls.list() == [found]


def test_steps_follow_the_table_and_say_why(records: Records) -> None:
    recall = draft(records, Cause(criterion="thing", value=PIGS[0]))
    with pytest.raises(RecallStateError, match="only confirmed or withdrawn can follow"):
        moved(recall, step(RecallState.CLOSED))
    with pytest.raises(RecallRequestError, match="why"):
        moved(recall, step(RecallState.WITHDRAWN, " "))
    with pytest.raises(RecallRequestError, match="nothing to recall"):
        confirmed(recall, records.recalls.scope(recall.cause), shown_digest="", step=step(RecallState.CONFIRMED))


def test_every_thing_in_the_scope_of_a_generated_graph_says_so_and_no_other_does(records: Records) -> None:
    supply = Supply(11, scope="011", moves=60)
    records.events.capture(supply.captured())
    recall = in_force(records, Cause(criterion="thing", value=supply.animals[0]))
    scope = records.recalls.scope(recall.cause)
    assert len(scope.certain | scope.possible) > 3
    for thing in [*supply.things, *supply.tags, *supply.boxes, *supply.lots]:
        expected = RecallStatus.RECALLED if thing in scope.certain else RecallStatus.POSSIBLE
        assert status(records, thing) is (expected if thing in scope.certain | scope.possible else RecallStatus.NONE)
