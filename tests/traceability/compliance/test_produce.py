"""Fresh produce that left its farm and stands in no certificate."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.traceability.one_life import FARM, PACKING_HOUSE, at, event
from traceability.compliance.produce import UncoveredLot, harvested_lots, leaving_steps, uncovered_lots
from traceability.context import OWN_STEPS
from traceability.model import CapturedEvent
from traceability.recorded import opened

LOT = "https://id.gs1.org/01/09526000200017/10/F7-2026"
OTHER = "https://id.gs1.org/01/09526000200017/10/F8-2026"
DUG = date(2026, 10, 20)


def harvest(lot: str = LOT, day: date = DUG) -> CapturedEvent:
    return event(
        "ObjectEvent", at(day), FARM,
        action="ADD", bizStep="commissioning", quantityList=[{"epcClass": lot, "quantity": 5000, "uom": "KGM"}],
    )  # fmt: skip


def left(step: str, when: datetime, lot: str = LOT, **members: Any) -> CapturedEvent:  # noqa: ANN401 members of a JSON object
    goods = {"quantityList": [{"epcClass": lot, "quantity": 1.2, "uom": "TNE"}]}
    return event("ObjectEvent", when, FARM, action="OBSERVE", bizStep=step, **{**goods, **members})


def found(*events: CapturedEvent, covering: dict[str, list[str]] | None = None) -> list[UncoveredLot]:
    told = opened(events)
    return uncovered_lots(
        harvested_lots(told),
        told,
        covering or {},
        farm="farm-1",
        gln=str(FARM),
        zone=ZoneInfo("Asia/Shanghai"),
        mandatory=lambda day: day >= date(2026, 6, 1),
    )


def test_what_stays_on_its_farm_needs_no_certificate() -> None:
    assert found(harvest()) == []
    washed = event(
        "TransformationEvent", at(DUG, 9), FARM, bizStep="commissioning",
        inputQuantityList=[{"epcClass": LOT}], outputQuantityList=[{"epcClass": OTHER}],
    )  # fmt: skip
    assert found(harvest(), washed) == []
    assert found(harvest(), left("storing", at(DUG, 9))) == []


@pytest.mark.parametrize("step", ["shipping", "retail_selling", "dispensing", f"{OWN_STEPS}selling"])
def test_a_lot_that_was_sold_is_found_once_with_what_left_first(step: str) -> None:
    first, second = left(step, at(DUG, 12)), left(step, at(date(2026, 10, 25), 12))
    (lot,) = found(harvest(), second, first)
    assert (lot.lot, lot.left_on, lot.kg, lot.by, lot.mandatory) == (LOT, DUG, 1200.0, first.event_id, True)
    assert found(harvest(), first, covering={LOT: ["20261020-A"]}) == []
    assert [each.lot for each in found(harvest(), harvest(OTHER), first, covering={OTHER: ["x"]})] == [LOT]


def test_what_was_used_elsewhere_had_left_the_farm() -> None:
    washed = event(
        "TransformationEvent", at(DUG, 9), PACKING_HOUSE, bizStep="commissioning",
        inputQuantityList=[{"epcClass": LOT, "quantity": 4000, "uom": "KGM"}], outputQuantityList=[{"epcClass": OTHER}],
    )  # fmt: skip
    (lot,) = found(harvest(), washed)
    assert (lot.lot, lot.kg) == (LOT, 4000.0)


def test_before_certificates_were_asked_for_none_is_missing() -> None:
    assert found(harvest(day=date(2026, 1, 30)), left("shipping", at(date(2026, 1, 31), 12))) == []
    (lot,) = found(harvest(day=date(2026, 1, 30)), left("shipping", at(date(2026, 2, 1), 12)))
    assert not lot.mandatory


def test_every_leaving_step_is_one_word() -> None:
    assert all("/" not in step for step in leaving_steps())
