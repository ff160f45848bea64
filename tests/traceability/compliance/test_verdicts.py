from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.traceability.archive.test_archive import ANIMAL, KEEPER
from tests.traceability.graph_in_memory import GraphInMemory, RecallsInMemory
from tests.traceability.holds_in_memory import HoldsInMemory
from tests.traceability.one_life import BORN, SLAUGHTERED, EventsInMemory, farm_events, whole_life
from tests.traceability.pig_records import GuardsInMemory
from traceability.archive.model import Archive, Period
from traceability.archive.reading import archive_of
from traceability.compliance.missing import sold_animals, uncovered_sales
from traceability.compliance.model import Block
from traceability.compliance.verdicts import blocks_of
from traceability.context import animal_giai
from traceability.holds import Hold, hold_reasons
from traceability.recalls import Cause, RecallState, RecallStep, confirmed, drafted

PIG = animal_giai(ANIMAL.number).uri
NOW = datetime(2026, 6, 1, tzinfo=UTC)
AFTER = date(2026, 6, 1)
CHINA = ZoneInfo("Asia/Shanghai")


class Told:
    """Events with the holds and recalls over them."""

    def __init__(self) -> None:
        self.events = EventsInMemory(farm_events())
        self.holds = HoldsInMemory(GraphInMemory(lambda: self.events.events))
        self.recalls = RecallsInMemory(lambda: self.events.events)

    def blocks(self, today: date) -> list[Block]:
        guards, now = GuardsInMemory(self.events.events), datetime.combine(today, time(9), CHINA)
        found = blocks_of([PIG], guards=guards, holds=self.holds, recalls=self.recalls, now=now, zone=CHINA)
        return [*found]


@pytest.mark.parametrize(
    ("today", "blocked"),
    [(date(2026, 4, 6), True), (date(2026, 5, 2), True), (date(2026, 5, 3), False), (AFTER, False)],
)
def test_a_drugs_withdrawal_period_blocks_until_its_day(today: date, *, blocked: bool) -> None:
    found = Told().blocks(today)
    assert bool(found) is blocked
    if blocked:
        assert found[0].until == "2026-05-03"
        assert "土霉素" in found[0].line


def test_a_hold_blocks() -> None:
    told = Told()
    reason = next(iter(hold_reasons()))
    hold = Hold(subject=PIG, reason=reason, cause="x", since=NOW, detail_zh="查", detail_en="checked", by="operator")
    assert told.blocks(AFTER) == []
    told.holds.place([hold])
    (block,) = told.blocks(AFTER)
    assert hold_reasons()[reason].words.zh in block.zh


def test_a_recall_blocks() -> None:
    told = Told()
    cause = Cause(criterion="thing", value=PIG)
    step = RecallStep(state=RecallState.DRAFT, actor="operator", at=NOW, why="查")
    draft = drafted(recall_id="R-1", cause=cause, reason="查出药残", step=step)
    told.recalls.add(draft)
    scope = told.recalls.scope(cause)
    confirm = RecallStep(state=RecallState.CONFIRMED, actor="operator", at=NOW, why="查")
    told.recalls.confirm(confirmed(draft, scope, shown_digest=scope.digest, step=confirm), scope)
    assert "查出药残" in told.blocks(AFTER)[0].zh


def life(last: date = SLAUGHTERED) -> Archive:
    period = Period(first=BORN, last=last)
    return archive_of(whole_life(), keeper=KEEPER, period=period, animals=[ANIMAL], personal=False)


def test_a_pig_sold_by_an_enterprise_without_a_certificate_is_shown_as_missing() -> None:
    (sale,) = uncovered_sales(life(), {}, mandatory=lambda _: True)
    assert (sale.animal, sale.sold_on, sale.farm, sale.mandatory) == (ANIMAL.number, SLAUGHTERED, "farm-1", True)
    assert sold_animals(life()) == {PIG}


def test_a_certificate_that_names_it_covers_the_sale() -> None:
    assert uncovered_sales(life(), {PIG: ["C-1"]}, mandatory=lambda _: True) == []


def test_a_household_that_sells_by_itself_need_not_give_one() -> None:
    (sale,) = uncovered_sales(life(), {}, mandatory=lambda _: False)
    assert not sale.mandatory


def test_sales_before_the_order_was_in_force_need_none() -> None:
    early = Period(first=BORN, last=SLAUGHTERED)
    sold = date(2026, 1, 31)
    animal = ANIMAL.__class__(
        number=ANIMAL.number, giai=ANIMAL.giai, breed="", sex="Unknown", born_on=BORN, status="OffFarm", left_on=sold
    )
    archive = archive_of([], keeper=KEEPER, period=early, animals=[animal], personal=False)
    assert uncovered_sales(archive, {}, mandatory=lambda _: True) == []
    tomorrow = sold + timedelta(days=1)
    later = animal.__class__(
        number=ANIMAL.number,
        giai=ANIMAL.giai,
        breed="",
        sex="Unknown",
        born_on=BORN,
        status="OffFarm",
        left_on=tomorrow,
    )
    archive = archive_of([], keeper=KEEPER, period=early, animals=[later], personal=False)
    assert len(uncovered_sales(archive, {}, mandatory=lambda _: True)) == 1
