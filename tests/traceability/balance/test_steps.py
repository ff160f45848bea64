"""What went in and what came out, in kg: flagged where it cannot be, not known where it is not on record."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.balance.lot_balance import lot_balance
from traceability.balance.masses import CONDEMNING
from traceability.balance.steps import Stage, StageKind, Verdict, mass_rules, stages_of
from traceability.context import CONTEXT
from traceability.epcis.capture import capture_event
from traceability.recorded import RecordedEvent, read_event
from traceability.yields import bounds_of, kilograms_of

NOW = datetime(2026, 7, 1, tzinfo=UTC)
PIG, OTHER_PIG = (f"https://id.gs1.org/8004/9526000143018200000{number:03}" for number in (147, 148))
GTIN = "https://id.gs1.org/01/09526000100010"
CARCASS = "https://id.gs1.org/01/09526000100034/21/C1"
LOT = f"{GTIN}/10/L1"


def event(kind: str, hour: float, **members: Any) -> RecordedEvent:  # noqa: ANN401 members of an EPCIS event
    at = NOW + timedelta(hours=hour)
    body = {
        "@context": CONTEXT,
        "type": kind,
        "eventTime": at.isoformat(),
        "eventTimeZoneOffset": "+08:00",
        **members,
    }
    return read_event(capture_event(json.dumps(body).encode(), record_time=NOW))


def born(pig: str = PIG) -> RecordedEvent:
    ilmd = {"tt:breed": "宁乡花猪"}
    return event("ObjectEvent", -7000, action="ADD", bizStep="commissioning", epcList=[pig], ilmd=ilmd)


def weighed(kg: float, hour: float = -20, thing: str = PIG) -> RecordedEvent:
    report = {"type": "Mass", "value": kg, "uom": "KGM"}
    sensed = [{"sensorReport": [report]}]
    return event("ObjectEvent", hour, action="OBSERVE", epcList=[thing], sensorElementList=sensed)


def slaughtered(
    carcass_kg: float | None, pig: str = PIG, carcass: str = CARCASS, condemned_kg: float = 0
) -> RecordedEvent:
    told = {} if carcass_kg is None else {"tt:carcassWeightKg": carcass_kg, "tt:condemnedKg": condemned_kg}
    lists = {"inputEPCList": [pig], "outputEPCList": [carcass]}
    return event("TransformationEvent", 0, **lists, **({"ilmd": told} if told else {}))


def packed(
    count: int, net_kg: float | None, hour: float = 5, first: int = 0, total_kg: float | None = None
) -> RecordedEvent:
    names = [f"{GTIN}/21/P{number}" for number in range(first, first + count)]
    told: dict[str, float | str] = {"cbvmda:lotNumber": "L1", **({} if net_kg is None else {"tt:netWeightKg": net_kg})}
    told |= {} if total_kg is None else {"tt:packedTotalKg": total_kg}
    return event("TransformationEvent", hour, inputEPCList=[CARCASS], outputEPCList=names, ilmd=told)


def unknown_net(_: str) -> float | None:
    return None


def stages(*events: RecordedEvent) -> dict[StageKind, Stage]:
    found = stages_of(events, unknown_net)
    assert len({stage.kind for stage in found}) == len(found)
    return {stage.kind: stage for stage in found}


def rules(stage: Stage) -> list[str]:
    return [finding.rule for finding in stage.findings]


def test_a_pig_of_75_kg_that_gives_52_and_packs_of_42_is_in_balance() -> None:
    found = stages(born(), weighed(75), slaughtered(52.5), packed(84, 0.5))
    assert {kind: stage.verdict for kind, stage in found.items()} == {
        StageKind.SLAUGHTER: Verdict.BALANCED,
        StageKind.CUTTING: Verdict.BALANCED,
    }
    assert (found[StageKind.CUTTING].in_kg, found[StageKind.CUTTING].out_kg) == (52.5, 42.0)


def test_more_packs_than_the_carcass_weighed_are_flagged_with_both_numbers() -> None:
    cut = stages(born(), weighed(75), slaughtered(52.5), packed(60, 0.5), packed(60, 0.5, hour=6, first=60))
    stage = cut[StageKind.CUTTING]
    assert (stage.verdict, rules(stage)) == (Verdict.FLAGGED, ["more_out_than_in"])
    assert "60.0 kg" in stage.findings[0].en
    assert "52.5 kg" in stage.findings[0].zh


def test_more_than_a_pig_of_the_breed_can_give_is_flagged_though_nothing_was_weighed() -> None:
    cut = stages(born(), slaughtered(None), packed(300, 0.5))[StageKind.CUTTING]
    assert (cut.in_kg, cut.out_kg, cut.pigs) == (None, 150.0, 1)
    assert rules(cut) == ["beyond_pigs"]
    assert "1 pigs give 93.6 kg at most" in cut.findings[0].en


@pytest.mark.parametrize(
    ("events", "in_kg", "out_kg"),
    [
        ((slaughtered(52.5), packed(10, None)), 52.5, None),
        ((slaughtered(None), packed(10, 0.5)), None, 5.0),
        ((packed(10, 0.5),), None, 5.0),
    ],
)
def test_a_missing_weight_is_not_known_and_never_balanced(
    events: tuple[RecordedEvent, ...], in_kg: float | None, out_kg: float | None
) -> None:
    stage = stages(born(), *events)[StageKind.CUTTING if len(events) > 1 else StageKind.PROCESSING]
    assert (stage.verdict, stage.in_kg, stage.out_kg) == (Verdict.UNKNOWN, in_kg, out_kg)
    assert stage.unweighed


def test_an_animal_that_was_weighed_long_ago_has_no_known_weight() -> None:
    stage = stages(born(), weighed(75, hour=-24 * 15), slaughtered(52.5))[StageKind.SLAUGHTER]
    assert (stage.verdict, stage.in_kg) == (Verdict.UNKNOWN, None)


def test_a_carcass_above_the_kill_out_of_the_breed_is_flagged() -> None:
    assert rules(stages(born(), weighed(75, hour=-1), slaughtered(64))[StageKind.SLAUGHTER]) == ["above_kill_out"]
    assert rules(stages(weighed(75, hour=-1), slaughtered(60))[StageKind.SLAUGHTER]) == []


def test_condemned_parts_count_as_out() -> None:
    missing = stages(born(), weighed(75, hour=-1), slaughtered(40))[StageKind.SLAUGHTER]
    assert (missing.verdict, rules(missing)) == (Verdict.NOTED, ["less_than_usual"])
    assert rules(stages(born(), weighed(75, hour=-1), slaughtered(40, condemned_kg=9))[StageKind.SLAUGHTER]) == []
    too_much = stages(born(), weighed(75, hour=-1), slaughtered(52, condemned_kg=30))[StageKind.SLAUGHTER]
    assert rules(too_much) == ["more_out_than_in"]


def test_parts_condemned_after_slaughter_are_missing_from_what_can_be_packed() -> None:
    sensed = [{"sensorReport": [{"type": "Mass", "value": 12, "uom": "KGM"}]}]
    told = {"bizStep": CONDEMNING, "epcList": [CARCASS], "sensorElementList": sensed}
    condemned = event("ObjectEvent", 1, action="OBSERVE", **told)
    cut = stages(born(), weighed(75), slaughtered(52.5), condemned, packed(84, 0.5))[StageKind.CUTTING]
    assert (cut.in_kg, cut.waste_kg, rules(cut)) == (52.5, 12.0, ["more_out_than_in"])


def test_a_pig_that_was_recorded_as_dead_gives_no_meat() -> None:
    died = event("ObjectEvent", -30, action="DELETE", bizStep="decommissioning", disposition="destroyed", epcList=[PIG])
    assert "dead_animal_used" in rules(stages(born(), died, slaughtered(52.5))[StageKind.SLAUGHTER])


def test_a_total_that_is_not_the_sum_of_its_packs_is_flagged() -> None:
    cut = stages(slaughtered(52.5), packed(10, 0.5, total_kg=9.0))[StageKind.CUTTING]
    assert "totals_differ" in rules(cut)


def test_a_pig_slaughtered_twice_is_one_stage_with_both_carcasses() -> None:
    second = slaughtered(50, carcass=CARCASS + "x")
    stage = stages(born(), weighed(75, hour=-1), slaughtered(52.5), second)[StageKind.SLAUGHTER]
    assert rules(stage) == ["more_out_than_in", "beyond_pigs"]


def test_lots_are_weighed_by_their_quantities_in_any_unit_of_mass() -> None:
    sweet = {"epcClass": f"{GTIN}/10/S1", "quantity": 0.5, "uom": "TNE"}
    starch = {"epcClass": f"{GTIN}/10/S2", "quantity": 120_000, "uom": "GRM"}
    stage = stages(event("TransformationEvent", 0, inputQuantityList=[sweet], outputQuantityList=[starch]))
    assert (stage[StageKind.PROCESSING].in_kg, stage[StageKind.PROCESSING].out_kg) == (500.0, 120.0)
    assert kilograms_of(3, "C62") is None


def test_a_lot_is_what_was_sold_used_wasted_and_left() -> None:
    sold = [f"{GTIN}/21/P{number}" for number in range(4)]
    events = [
        slaughtered(52.5),
        packed(10, 0.5),
        event("ObjectEvent", 6, action="OBSERVE", bizStep="retail_selling", disposition="retail_sold", epcList=sold),
        event("ObjectEvent", 7, action="DELETE", bizStep="destroying", epcList=[f"{GTIN}/21/P4"]),
    ]
    balance = lot_balance(LOT, events, unknown_net)
    assert (balance.made.packs, balance.sold.packs, balance.wasted.packs, balance.left.packs) == (10, 4, 1, 5)
    assert (balance.made.kg, balance.left.kg, balance.verdict) == (5.0, 2.5, Verdict.BALANCED)
    more = {"epcClass": LOT, "quantity": 4, "uom": "KGM"}
    also = event("ObjectEvent", 8, action="OBSERVE", bizStep="retail_selling", quantityList=[more])
    assert [each.rule for each in lot_balance(LOT, [*events, also], unknown_net).findings] == ["lot_oversold"]


def test_what_a_stock_taking_does_not_find_is_missing() -> None:
    found = [f"{GTIN}/21/P{number}" for number in range(6)]
    counted = event("ObjectEvent", 9, action="OBSERVE", bizStep="stock_taking", epcList=found)
    balance = lot_balance(LOT, [packed(10, 0.5), counted], unknown_net)
    assert [each.rule for each in balance.findings] == ["lot_missing"]
    assert (balance.verdict, balance.stock is not None and balance.stock.packs) == (Verdict.NOTED, 6)


def test_a_lot_without_net_weights_is_counted_and_not_weighed() -> None:
    balance = lot_balance(LOT, [packed(10, None)], unknown_net)
    assert (balance.made.packs, balance.made.kg, balance.verdict) == (10, None, Verdict.UNKNOWN)
    assert lot_balance(LOT, [packed(10, None)], lambda _: 0.25).made.kg == 2.5


@given(live=st.floats(20, 120), share=st.floats(0.62, 0.78), packs=st.integers(1, 200), net=st.floats(0.05, 2))
def test_a_balanced_stage_never_has_more_out_than_in(live: float, share: float, packs: int, net: float) -> None:
    for stage in stages_of([born(), weighed(live), slaughtered(live * share), packed(packs, net)], unknown_net):
        if stage.verdict in {Verdict.BALANCED, Verdict.NOTED}:
            assert stage.in_kg is not None
            assert stage.out_kg is not None
            assert stage.out_kg <= stage.in_kg * 1.011 + 0.01
        if stage.kind is StageKind.SLAUGHTER:
            assert stage.verdict is Verdict.BALANCED


def test_every_rule_has_words_in_both_languages_and_every_bound_a_source() -> None:
    assert all(row["zh"] and row["en"] and row["source"] for row in mass_rules().values())
    assert not bounds_of("kill_out", "宁乡花猪").confirmed
    assert bounds_of("kill_out", "杜洛克") == bounds_of("kill_out")
