"""Records of lives: every kind becomes EPCIS, and nothing is recorded that the rules and guards forbid."""

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.traceability.graph_in_memory import GraphInMemory
from tests.traceability.holds_in_memory import HoldsInMemory
from tests.traceability.one_life import FARM, PACKING_HOUSE, PIG, SLAUGHTERHOUSE, EventsInMemory
from tests.traceability.pig_life import (
    CARCASS,
    LICENCE,
    SPUD,
    Record,
    before_slaughter,
    birth,
    certificate,
    loading,
    of_pig,
    packing,
    record,
    sale,
    slaughter,
    tagging,
    treatment,
    whole_lot,
    whole_pig,
)
from tests.traceability.pig_records import PIG_URI, GuardsInMemory
from traceability.context import device_uri
from traceability.holds import Hold
from traceability.lives.kinds import event_fields, event_kinds
from traceability.lives.recording import Outcome, Recorder, Verdict
from traceability.minting import DemonstrationKeys, Keyring, MintedKeys

NOW = datetime(2026, 11, 1, tzinfo=UTC)
Maker = Callable[..., Record]
TO_SLAUGHTER: list[Maker] = [sale, loading, slaughter]


class Licensed:
    """MintedKeys of a house that has set its company prefix."""

    def keyring(self, *, animals: Collection[str] = (), devices: Collection[str] = ()) -> Keyring:  # noqa: ARG002 one for all
        return Keyring(prefix="6912345")


class House:
    """A recorder over repositories in memory."""

    def __init__(self, *records: Record, now: datetime = NOW, keys: MintedKeys | None = None) -> None:
        self.events = EventsInMemory()
        self.holds = HoldsInMemory(GraphInMemory(lambda: self.events.events))
        guards = GuardsInMemory(self.events.events)
        self.recorder = Recorder(
            events=self.events, guards=guards, holds=self.holds, keys=keys or DemonstrationKeys(), now=lambda: now
        )
        for one in records:
            verdict = self.say(one)
            assert verdict.outcome is Outcome.TAKEN, verdict

    def say(self, one: Mapping[str, Any], *, dry_run: bool = False) -> Verdict:
        return self.recorder.record(one, permitted=lambda _: True, dry_run=dry_run)


def held(reason: str) -> Hold:
    return Hold(subject=PIG_URI, reason=reason, cause="R-1", since=NOW, detail_zh="", detail_en="", by="operator")


def test_every_kind_of_record_of_a_pig_and_of_a_lot_becomes_events_that_are_kept() -> None:
    house = House(*whole_pig(), *whole_lot())
    kinds = {one["kind"] for one in (*whole_pig(), *whole_lot())}
    rest = {"death", "harmless_disposal", "correction"}
    assert kinds | rest == event_kinds().keys()
    assert all(not event.flags for event in house.events.events)
    died = House(birth(), of_pig("death", "2026-02-01T08:00", cause="腹泻"))
    assert died.say(of_pig("harmless_disposal", "2026-02-01T10:00", method="化制")).outcome is Outcome.TAKEN
    assert died.say(of_pig("weighing", "2026-02-03T08:00", weight_kg=9)).outcome is Outcome.TAKEN
    late = died.say(of_pig("weaning", "2026-02-03T08:00"))
    assert [problem.field for problem in late.problems] == ["animals"]


def test_a_slaughter_is_one_transformation_and_the_tag_comes_off() -> None:
    house = House(*before_slaughter())
    killed, collected = (json.loads(event.document) for event in house.say(slaughter()).events)
    assert (killed["type"], killed["bizStep"], killed["disposition"]) == (
        "TransformationEvent",
        "commissioning",
        "active",
    )
    assert (killed["inputEPCList"], killed["outputEPCList"]) == ([PIG_URI], [CARCASS])
    assert killed["ilmd"]["tt:carcassWeightKg"] == 52.5
    assert killed["eventTime"] == "2026-08-30T05:00:00.000+08:00"
    assert (collected["type"], collected["action"], collected["bizStep"]) == ("AssociationEvent", "DELETE", "removing")


def test_animals_and_tags_are_recorded_and_judged_by_the_keys_that_the_house_minted() -> None:
    house = House(*before_slaughter(), keys=Licensed())
    killed, collected = (json.loads(event.document) for event in house.say(slaughter()).events)
    assert killed["inputEPCList"] == [PIG_URI.replace("9526000", "6912345")]
    assert collected["childEPCs"][0].startswith("https://id.gs1.org/8004/6912345T")
    assert not any("9526000143" in event.document for event in house.events.events)


def test_lots_stand_in_quantity_lists_and_packs_bear_lot_weight_and_date() -> None:
    house = House(*before_slaughter(), slaughter())
    (packed,) = (json.loads(event.document) for event in house.say(packing()).events)
    assert len(packed["outputEPCList"]) == 4
    assert packed["ilmd"]["cbvmda:lotNumber"] == "20260831A"
    (dug,) = (json.loads(event.document) for event in House().say(whole_lot()[3]).events)
    assert dug["quantityList"] == [{"epcClass": SPUD, "quantity": 5000.0, "uom": "KGM"}]


def test_the_same_record_twice_is_there_already_and_changes_nothing() -> None:
    house = House(*before_slaughter(), slaughter())
    before = len(house.events.events)
    for one in (*before_slaughter(), slaughter()):
        assert house.say(one).outcome is Outcome.THERE_ALREADY
    assert len(house.events.events) == before


@pytest.mark.parametrize("act", TO_SLAUGHTER)
@pytest.mark.parametrize("days", range(24, 33))
def test_every_day_around_the_end_of_the_withdrawal_is_refused_until_it_is_over(act: Maker, days: int) -> None:
    dosed = date(2026, 8, 1)
    on = dosed + timedelta(days=days)
    paper = certificate((on - timedelta(days=1)).isoformat(), on.isoformat())
    verdict = House(birth(), tagging(), treatment(), paper).say(act(on.isoformat()))
    if days < 28:
        assert verdict.outcome is Outcome.REFUSED
        assert [(block.reason, block.until) for block in verdict.blocks] == [("withdrawal", date(2026, 8, 29))]
    else:
        assert verdict.outcome is Outcome.TAKEN


@pytest.mark.parametrize("act", TO_SLAUGHTER)
@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([birth(), treatment(), certificate()], "no_tag"),
        ([birth(), tagging(), treatment()], "no_certificate"),
        ([birth(), tagging(), certificate(result="fail")], "certificate_failed"),
        ([birth(), tagging(), certificate("2026-08-20", "2026-08-21")], "certificate_date"),
        ([birth(), tagging(), certificate(destination="9526000900023")], "certificate_destination"),
        ([birth(), tagging(), certificate(head_count=0)], "certificate_head_count"),
        ([birth(), tagging(), treatment(medicine="神药"), certificate()], "unknown_medicine"),
        ([birth(), tagging(), treatment(medicine="克伦特罗"), certificate()], "banned_drug"),
    ],
)
def test_no_way_to_slaughter_is_open_without_tag_certificate_and_known_medicine(
    act: Maker,
    records: list[Record],
    reason: str,
) -> None:
    verdict = House(*records).say(act())
    assert verdict.outcome is Outcome.REFUSED
    assert reason in {block.reason for block in verdict.blocks}
    assert not verdict.events


@pytest.mark.parametrize("act", TO_SLAUGHTER)
def test_an_animal_on_hold_goes_nowhere_and_there_is_no_override(act: Maker) -> None:
    house = House(*before_slaughter())
    house.holds.place([held("recall")])
    assert [block.reason for block in house.say({**act()}).blocks] == ["recall"]
    for extra in ("override", "force", "confirmed"):
        refused = house.say({**act(), extra: "yes"})
        assert [problem.field for problem in refused.problems] == [extra]


def test_what_was_made_of_something_on_hold_is_not_packed_shipped_or_sold() -> None:
    house = House(*before_slaughter(), slaughter(), packing())
    house.holds.place([held("by_hand")])
    pack = "https://id.gs1.org/01/09526000100010/21/000001"
    for one in (
        packing(serials="000009"),
        record("shipping", "2026-08-31T09:00", things=pack, destination=str(SLAUGHTERHOUSE)),
        record("retail", "2026-08-31T09:00", things=pack),
    ):
        assert [block.reason for block in house.say(one).blocks] == ["by_hand"]


@pytest.mark.parametrize("name", [str(PIG), PIG_URI, device_uri("tag-0123")])
@pytest.mark.parametrize("kind", ["boning", "cutting", "mince"])
def test_a_living_pig_is_not_made_into_anything_past_the_guards_by_another_kind_of_record(kind: str, name: str) -> None:
    house = House(birth(), tagging(), treatment("2026-08-20", "2026-08-20"))
    told = {"things": name, "product": "09526000100027", "lot": "X", "total_weight_kg": 30}
    more = {"use_by": "2026-09-09"} if kind == "mince" else {}
    verdict = house.say(record(kind, "2026-08-30T20:00", PACKING_HOUSE, **told, **more))
    found = {block.reason for block in verdict.blocks}
    assert found >= {"withdrawal", "no_certificate", "unlicensed_slaughterhouse"}


def test_nor_is_it_shipped_or_moved_to_a_slaughterhouse_by_another_kind_of_record() -> None:
    house = House(birth(), tagging(), treatment("2026-08-20", "2026-08-20"))
    for one in (
        record("shipping", "2026-08-30T03:00", things=str(PIG), destination=str(SLAUGHTERHOUSE)),
        of_pig("movement", "2026-08-30T04:00", SLAUGHTERHOUSE, origin=str(FARM)),
    ):
        assert {block.reason for block in house.say(one).blocks} == {"withdrawal", "no_certificate"}


def test_a_failed_test_stops_what_it_was_of() -> None:
    house = House(*before_slaughter(), slaughter())
    told = {"test": "莱克多巴胺", "laboratory": "市检测中心", "report_number": "L-9"}
    failed = record("laboratory_result", "2026-08-30T08:00", things=CARCASS, result="fail", **told)
    assert house.say(failed).outcome is Outcome.TAKEN
    assert [block.reason for block in house.say(packing()).blocks] == ["failed_test"]


def test_a_lot_is_not_harvested_within_the_interval_of_a_pesticide() -> None:
    planted, _, sprayed, dug = whole_lot()[:4]
    house = House(planted, {**sprayed, "time": "2026-10-14T08:00", "last_spray": "2026-10-14"})
    (block,) = house.say(dug).blocks
    assert (block.reason, block.until) == ("pesticide_interval", date(2026, 10, 21))
    assert house.say({**dug, "time": "2026-10-21T08:00"}).outcome is Outcome.TAKEN


def test_a_medicine_is_corrected_by_a_veterinarian_and_then_no_longer_blocks() -> None:
    wrong = treatment("2026-08-20", "2026-08-20")
    house = House(*before_slaughter(), wrong)
    (event,) = house.events.about([PIG_URI])[-2:-1]
    assert "2026-08-20" in event.document
    asked = record("correction", "2026-08-29T18:00", event=event.event_id, reason="打错了猪")
    refused = house.say(asked)
    assert [problem.field for problem in refused.problems] == ["vet_licence"]
    assert [block.reason for block in house.say(slaughter()).blocks] == ["withdrawal"]
    assert house.say({**asked, "vet_licence": LICENCE}).outcome is Outcome.TAKEN
    assert house.say(slaughter()).outcome is Outcome.TAKEN
    missing = house.say({**asked, "event": "urn:x:none"})
    assert [problem.field for problem in missing.problems] == ["event"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "abduction"}, "kind"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2026-11-02T08:00"}, "time"),
        ({"time": "1971-01-01T08:00", "animals": "143018200000124"}, "time"),
        ({"place": "9526000100015"}, "place"),
        ({"place": "9526000777777"}, "place"),
        ({"animals": "143018200000123;143018200000123"}, "animals"),
        ({"animals": "243018200000123"}, "animals"),
        ({"animals": "12"}, "animals"),
        ({"animals": ""}, "animals"),
        ({"weight_kg": "0"}, "weight_kg"),
        ({"weight_kg": "nan"}, "weight_kg"),
        ({"weight_kg": ["1"]}, "weight_kg"),
        ({"medicine": "x"}, "medicine"),
        ({"colour": "black"}, "colour"),
    ],
)
def test_a_record_that_cannot_be_is_refused_with_its_field(change: Record, field: str) -> None:
    verdict = House(birth()).say({**of_pig("weighing", "2026-08-02T08:00", weight_kg=72.4), **change})
    assert verdict.outcome is Outcome.REFUSED
    assert [problem.field for problem in verdict.problems] == [field]
    assert all(problem.rule.zh and problem.rule.en for problem in verdict.problems)


def test_what_plausibility_flags_is_refused_here_and_names_the_rule() -> None:
    again = House(birth()).say({**birth(), "time": "2025-11-04T08:00"})
    assert [problem.field for problem in again.problems] == ["animals"]
    assert "came to be twice" in again.problems[0].rule.en
    twice = House(*before_slaughter(), slaughter()).say(slaughter(carcass_weight_kg=50))
    assert any("slaughtered twice" in problem.rule.en for problem in twice.problems)


def test_a_late_tag_is_recorded_with_a_remark() -> None:
    verdict = House(birth()).say(tagging("2026-01-20T08:00"))
    assert verdict.outcome is Outcome.TAKEN
    assert [warning.field for warning in verdict.warnings] == ["time"]
    assert House(birth()).say(tagging()).warnings == ()


@pytest.mark.parametrize("dry_run", [True, False])
def test_rows_are_judged_with_those_before_them_and_a_dry_run_says_the_same(dry_run: bool) -> None:  # noqa: FBT001 a case
    house = House()
    rows = [*before_slaughter(), treatment("2026-08-20", "2026-08-20"), slaughter(), birth(), packing()]
    verdicts = list(house.recorder.record_all(rows, permitted=lambda _: True, dry_run=dry_run))
    said = [verdict.outcome for verdict in verdicts]
    assert said == [Outcome.TAKEN] * 5 + [Outcome.REFUSED, Outcome.THERE_ALREADY, Outcome.TAKEN]
    assert len(house.events.events) == (0 if dry_run else 6)


def test_who_may_not_record_it_learns_nothing_of_it() -> None:
    house = House(*before_slaughter(), treatment("2026-08-20", "2026-08-20"))
    verdict = house.recorder.record(slaughter(), permitted=lambda asked: asked.place == FARM)
    assert (verdict.outcome, verdict.blocks) == (Outcome.NOT_YOURS, ())


@given(
    st.dictionaries(
        st.sampled_from(["kind", *event_fields()]),
        st.none() | st.text(max_size=30) | st.floats() | st.integers() | st.lists(st.text(max_size=9), max_size=3),
    ),
    st.sampled_from([*event_kinds()]),
)
def test_any_values_give_a_verdict(written: dict[str, Any], kind: str) -> None:
    house = House()
    for one in ({**written, "kind": kind}, {**written, **of_pig(kind, "2026-08-02T08:00")}, written):
        assert house.say(one, dry_run=True).outcome in {Outcome.REFUSED, Outcome.TAKEN}
    assert PIG in PIG_URI
