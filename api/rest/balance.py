"""Mass balances over HTTP."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from api.balance_desk import balances_of_time, own_things, seen_of, visible_alarms, visible_balance
from api.requests import ViewerOf
from api.rest.schemas import Shape
from api.rest.trace_shapes import AmountShape, BalanceShape, FindingShape, LotShape, StageShape
from api.series import refuse_far
from traceability.balance.balances import Balance
from traceability.balance.lot_balance import Amount, LotBalance
from traceability.balance.steps import Finding, Stage, Verdict

USUAL_SPAN = timedelta(days=30)
MOST_OUTPUTS = 200
Moment = Annotated[AwareDatetime | None, Query()]
Epc = Annotated[
    str, Query(description="a pig, carcass, pack or lot by URI; without it, all of a time", max_length=2000)
]
Worst = Annotated[Verdict | None, Query(description="only stages of this verdict")]
Limit = Annotated[int, Query(ge=1, le=500)]
After = Annotated[int, Query(ge=0, le=2**53, description="the last number of the page before")]

balance_router = APIRouter(prefix="/api/v1/trace", tags=["trace"])


@balance_router.get(
    "/balance",
    summary="Mass balance: more packs than a pig can give",
    responses={404: {"description": "No event names it, or it is not yours"}, 413: {"description": "Too many things"}},
)
def balance(
    viewer: ViewerOf, epc: Epc = "", since: Moment = None, until: Moment = None, verdict: Worst = None
) -> BalanceShape:
    """Of one thing, or of all that was made in a time (the last 30 days where nothing is said), in kg.

    A weight that is not on record leaves a stage `not_known`; it is never called balanced.
    """
    refuse_far(since=since, until=until)
    if epc.strip():
        found = visible_balance(viewer, epc)
    else:
        end = until or viewer.now + timedelta(minutes=1)
        found = balances_of_time(viewer, since or end - USUAL_SPAN, end)
    mine = own_things(viewer)
    shown = [stage for stage in found.stages if verdict in {None, stage.verdict}]
    return BalanceShape(
        counts=counts_by_verdict(found),
        stages=[
            _stage(stage, seen_of(stage.inputs, mine), seen_of(stage.outputs, mine)[:MOST_OUTPUTS]) for stage in shown
        ],
        lot=None if found.lot is None else _lot(found.lot),
        truncated=found.truncated,
    )


class AlarmShape(Shape):
    """What cannot be by mass, found as records came."""

    number: int
    thing: str = Field(description="the lot, or the first thing that the stage began with")
    rule: str
    zh: str
    en: str
    since: datetime
    ended: datetime | None = Field(description="when the records no longer said so")


@balance_router.get("/balance/alarms", summary="What cannot be by mass, the newest first")
def alarms(viewer: ViewerOf, *, ended: bool = False, after: After = 0, limit: Limit = 100) -> list[AlarmShape]:
    """Open alarms, or those that ended because the records were mended; an enterprise sees those about its own."""
    return [
        AlarmShape(
            number=each.number,
            thing=each.thing,
            rule=each.rule,
            zh=each.zh,
            en=each.en,
            since=each.since,
            ended=each.ended,
        )
        for each in visible_alarms(viewer, ended=ended, after=after, limit=limit)
    ]


def counts_by_verdict(found: Balance) -> dict[str, int]:
    """How many stages have which verdict."""
    return {str(verdict): len(found.of_verdict(verdict)) for verdict in Verdict}


def _stage(stage: Stage, inputs: list[str], outputs: list[str]) -> StageShape:
    return StageShape(
        kind=stage.kind,
        verdict=stage.verdict,
        at=stage.at,
        events=list(stage.events),
        inputs=inputs,
        outputs=outputs,
        input_count=len(stage.inputs),
        output_count=len(stage.outputs),
        in_kg=stage.in_kg,
        out_kg=stage.out_kg,
        waste_kg=stage.waste_kg,
        unweighed=len(stage.unweighed),
        pigs=stage.pigs,
        findings=[_finding(finding) for finding in stage.findings],
    )


def _lot(lot: LotBalance) -> LotShape:
    return LotShape(
        lot=lot.lot,
        verdict=lot.verdict,
        made=_amount(lot.made),
        sold=_amount(lot.sold),
        used=_amount(lot.used),
        wasted=_amount(lot.wasted),
        stock=None if lot.stock is None else _amount(lot.stock),
        left=_amount(lot.left),
        findings=[_finding(finding) for finding in lot.findings],
    )


def _amount(amount: Amount) -> AmountShape:
    return AmountShape(packs=amount.packs, kg=amount.kg)


def _finding(finding: Finding) -> FindingShape:
    return FindingShape(rule=finding.rule, grave=finding.grave, zh=finding.zh, en=finding.en)
