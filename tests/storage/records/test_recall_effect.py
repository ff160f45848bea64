"""What a confirmed recall does: holds, goods with weight and holder, messages, and what comes later."""

import json
from datetime import UTC, datetime, timedelta

from storage.records.records import Records
from tests.storage.records.supply_graphs import sscc
from traceability.context import CONTEXT
from traceability.epcis.capture import capture_event
from traceability.holds import Held
from traceability.recall_goods import Inventory, Outcome, Share, recovered
from traceability.recall_inventory import inventory_of
from traceability.recall_messages import Recipient, RecipientKind, message_of
from traceability.recalls import Cause, Recall, RecallState, RecallStep, confirmed, drafted, moved, status_of

NOW = datetime(2026, 9, 1, tzinfo=UTC)
PIGS = [f"https://id.gs1.org/8004/9526000143018200000{number:03}" for number in range(3)]
PACKS = [f"https://id.gs1.org/01/09526000100010/21/P{number}" for number in range(6)]
CARCASS = "https://id.gs1.org/01/09526000100027/21/C0"
HOUSE, SHOP = "https://id.gs1.org/414/9526000100010", "https://id.gs1.org/414/9526000100027"
BOX = sscc("09526000000000007")
CAUSE = Cause(criterion="feed_lot", value="F-7")


def capture(records: Records, kind: str, minute: int, **members: object) -> None:
    at = NOW - timedelta(days=10) + timedelta(minutes=minute)
    event = {"@context": CONTEXT, "type": kind, "eventTime": at.isoformat(), "eventTimeZoneOffset": "+08:00", **members}
    records.events.capture([capture_event(json.dumps(event).encode(), record_time=at)])


def fed(records: Records, pig: str, minute: int) -> None:
    capture(records, "ObjectEvent", minute, action="OBSERVE", epcList=[pig], **{"tt:feedLot": "F-7"})


def supplied(records: Records) -> None:
    """A pig fed from the lot, its carcass, two packs of it in a box that was shipped, one that was sold."""
    fed(records, PIGS[0], 0)
    ilmd = {"tt:carcassWeightKg": 52.5}
    capture(records, "TransformationEvent", 10, inputEPCList=[PIGS[0]], outputEPCList=[CARCASS], ilmd=ilmd)
    cut = {"cbvmda:lotNumber": "L1", "tt:netWeightKg": 0.5}
    place = {"bizLocation": {"id": HOUSE}}
    capture(records, "TransformationEvent", 20, inputEPCList=[CARCASS], outputEPCList=PACKS[:3], ilmd=cut, **place)
    capture(records, "AggregationEvent", 30, action="ADD", parentID=BOX, childEPCs=PACKS[:2], **place)
    to_shop = {"destinationList": [{"type": "possessing_party", "destination": SHOP}]}
    capture(records, "ObjectEvent", 40, action="OBSERVE", bizStep="shipping", epcList=[BOX], **place, **to_shop)
    sold = {"bizStep": "retail_selling", "disposition": "retail_sold", "bizLocation": {"id": SHOP}}
    capture(records, "ObjectEvent", 50, action="OBSERVE", epcList=[PACKS[2]], **sold)


def step(state: RecallState) -> RecallStep:
    return RecallStep(state=state, actor="operator", at=NOW, why="检出")


def in_force(records: Records, cause: Cause = CAUSE) -> Recall:
    recall = drafted(recall_id="R-1", cause=cause, reason="饲料不合格", step=step(RecallState.DRAFT))
    records.recalls.add(recall)
    scope = records.recalls.scope(cause)
    recall = confirmed(recall, scope, shown_digest=scope.digest, step=step(RecallState.CONFIRMED))
    assert records.recalls.confirm(recall, scope)
    return recall


def goods(records: Records, recall: Recall) -> Inventory:
    return inventory_of(
        records.recalls.scope(recall.cause),
        goods=records.recall_goods,
        events=records.events,
        net_weight=lambda _: None,
        recoveries=records.recall_outbox.recoveries(recall.id),
    )


def held_by_recalls(records: Records, thing: str) -> list[Held]:
    """Not by the guards: these pigs went to slaughter without tag and certificate."""
    return [held for held in records.holds.of([thing]) if held.hold.reason == "recall"]


def test_what_is_confirmed_is_on_hold_with_all_that_came_of_it_until_it_is_lifted(records: Records) -> None:
    supplied(records)
    assert not held_by_recalls(records, PACKS[0])
    recall = in_force(records)
    (held,) = held_by_recalls(records, PACKS[0])
    assert (held.hold.reason, held.hold.cause, held.hold.subject, held.certain) == ("recall", "R-1", PIGS[0], True)
    assert records.recalls.move(moved(recall, step(RecallState.LIFTED)))
    assert not held_by_recalls(records, PACKS[0])
    assert len(records.holds.caused_by(["R-1"])) == 1


def test_a_draft_that_is_withdrawn_held_nothing(records: Records) -> None:
    supplied(records)
    recall = drafted(recall_id="R-1", cause=CAUSE, reason="饲料不合格", step=step(RecallState.DRAFT))
    records.recalls.add(recall)
    assert records.recalls.move(moved(recall, step(RecallState.WITHDRAWN)))
    assert not records.holds.caused_by(["R-1"])


def test_an_event_that_comes_late_widens_the_recall_and_is_held_at_once(records: Records) -> None:
    supplied(records)
    capture(records, "TransformationEvent", 11, inputEPCList=[PIGS[1]], outputEPCList=[PACKS[4]])
    in_force(records)
    assert not records.recalls.notices([PACKS[4]])
    fed(records, PIGS[1], 1)
    assert status_of(records.recalls.notices([PACKS[4]])) == "recalled"
    assert [held.hold.subject for held in held_by_recalls(records, PACKS[4])] == [PIGS[1]]
    fed(records, PIGS[1], 2)
    assert len(held_by_recalls(records, PACKS[4])) == 1


def test_events_outside_the_time_of_the_cause_widen_nothing(records: Records) -> None:
    supplied(records)
    in_force(records, Cause(criterion="feed_lot", value="F-7", until=NOW - timedelta(days=9)))
    fed(records, PIGS[1], 2 * 24 * 60)
    assert not records.recalls.notices([PIGS[1]])


def test_goods_are_what_is_still_somewhere_with_weight_and_last_holder(records: Records) -> None:
    supplied(records)
    found = goods(records, in_force(records))
    assert {good.thing: (good.kg, good.holder, good.outcome) for good in found.goods} == {
        PACKS[0]: (0.5, "9526000100027", Outcome.MISSING),
        PACKS[1]: (0.5, "9526000100027", Outcome.MISSING),
        PACKS[2]: (0.5, "9526000100027", Outcome.SOLD),
    }
    assert found.used_up == 2
    assert found.share() == Share(count=3, known_kg=1.5, unweighed=0)
    assert found.holders() == ["9526000100027"]


def test_what_was_destroyed_or_said_to_be_found_is_not_missing(records: Records) -> None:
    supplied(records)
    recall = in_force(records)
    capture(records, "ObjectEvent", 60, action="DELETE", bizStep="destroying", epcList=[PACKS[0]])
    scope = records.recalls.scope(CAUSE)
    said = recovered([PACKS[1]], "found", scope=scope, at=NOW, actor="shop", note="冷库")
    records.recall_outbox.recover(recall.id, said)
    found = goods(records, recall)
    assert {outcome: found.share(outcome=outcome).count for outcome in Outcome} == {
        Outcome.DESTROYED: 1, Outcome.RETURNED: 0, Outcome.FOUND: 1, Outcome.SOLD: 1, Outcome.MISSING: 0,
    }  # fmt: skip


def test_messages_are_written_with_the_step_and_acknowledged_once(records: Records) -> None:
    supplied(records)
    recall = in_force(records)
    recall = moved(recall, step(RecallState.HOLDS))
    assert records.recalls.move(recall)
    recipient = Recipient(kind=RecipientKind.FACILITY, id="9526000100027", label="一号店")
    message = message_of(recall, recipient, goods(records, recall).goods, at=NOW)
    assert "确定涉及 3 件" in message.zh
    assert "1.5 kg in all" in message.en
    sent = moved(recall, step(RecallState.NOTICES))
    assert records.recalls.move(sent, messages=[message])
    assert not records.recalls.move(sent, messages=[message])
    (kept,) = records.recall_outbox.of_recall("R-1")
    assert [each.number for each in records.recall_outbox.waiting(limit=9)] == [kept.number]
    assert records.recall_outbox.acknowledge(kept.number, at=NOW, by="shop")
    assert records.recall_outbox.acknowledge(kept.number, at=NOW + timedelta(days=1), by="other")
    assert not records.recall_outbox.acknowledge(999, at=NOW, by="other")
    records.recall_outbox.delivered([kept.number], at=NOW)
    (kept,) = records.recall_outbox.of_recall("R-1")
    assert (kept.acknowledged_by, kept.acknowledged_at, kept.delivered_at) == ("shop", NOW, NOW)
    assert records.recall_outbox.waiting(limit=9) == []


def test_transformations_of_a_time_come_newest_first(records: Records) -> None:
    supplied(records)
    made = records.mass_records.made_between(NOW - timedelta(days=11), NOW, limit=1)
    assert [event.event_time for event in made] == [NOW - timedelta(days=10) + timedelta(minutes=20)]
    assert records.mass_records.made_between(NOW, NOW + timedelta(days=1), limit=9) == []
