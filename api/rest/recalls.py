"""Recalls: drafted, looked at, confirmed and carried through by operators; read by those whose animals they concern."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.access import Viewer
from api.recall_desk import (
    acknowledge_message,
    draft_recall,
    goods_rows,
    inventory,
    say_recovered,
    seen_cause,
    take_recall_step,
    to_do,
    visible_messages,
    visible_recall,
    visible_recalls,
)
from api.requests import ViewerOf
from api.rest.recall_shapes import (
    CauseShape,
    ClosingShape,
    DraftShape,
    GoodShape,
    GoodsShape,
    MessageShape,
    RecallShape,
    RecoveredShape,
    RecoveriesShape,
    ReportShape,
    ScopeShape,
    ShareShape,
    StepShape,
    TakenStepShape,
)
from api.rest.trace import MOST_THINGS, counts_of, things_of
from api.series import csv_text
from traceability.recall_goods import Inventory, Outcome, Share, outcome_rows
from traceability.recalls import Cause, Recall, Scope, state_rows

Limit = Annotated[int, Query(ge=1, le=MOST_THINGS)]
After = Annotated[str, Query(description="`next` of the page before", max_length=2010)]
recalls_router = APIRouter(prefix="/api/v1/recalls", tags=["recalls"])


@recalls_router.get("", summary="Recalls, the newest first")
def recalls(viewer: ViewerOf) -> list[RecallShape]:
    """All of them for an operator; for an enterprise those in force that reach its animals or what lies with it."""
    return [_shape(viewer, recall, seen) for recall, seen in visible_recalls(viewer)]


@recalls_router.post("", summary="Draft a recall (operator)", status_code=201)
def draft(viewer: ViewerOf, asked: DraftShape) -> RecallShape:
    """Nothing is recalled yet: read its scope, then confirm it."""
    cause = Cause(criterion=asked.criterion, value=asked.value, since=asked.since, until=asked.until)
    return _shape(viewer, *visible_recall(viewer, draft_recall(viewer, cause, reason=asked.reason, why=asked.why).id))


@recalls_router.get("/{recall_id}", summary="One recall")
def one(viewer: ViewerOf, recall_id: str) -> RecallShape:
    """The recall with who took which step, when and why."""
    recall, seen = visible_recall(viewer, recall_id)
    told = to_do(viewer, recall, inventory(viewer, recall, seen))
    shape = _shape(viewer, recall, seen)
    return shape if told is None else shape.model_copy(update={"to_do_zh": told.zh, "to_do_en": told.en})


@recalls_router.get("/{recall_id}/scope", summary="What a recall reaches now")
def scope(viewer: ViewerOf, recall_id: str, after: After = "", limit: Limit = 500) -> ScopeShape:
    """Certain and possible things; an enterprise sees what came of its own animals."""
    recall, seen = visible_recall(viewer, recall_id)
    things = things_of(seen.certain, seen.possible)
    keys = [f"{'0' if thing.certain else '1'} {thing.uri}" for thing in things]
    page = [place for place, key in enumerate(keys) if key > after][:limit]
    more = bool(page) and page[-1] + 1 < len(things)
    return ScopeShape(
        recall=recall.id,
        digest=seen.digest,
        starts=len(seen.starts),
        counts=counts_of(seen.certain, seen.possible),
        things=[things[place] for place in page],
        next=keys[page[-1]] if more else None,
    )


@recalls_router.post("/{recall_id}/steps", summary="Take a recall one step on (operator)")
def take_step(viewer: ViewerOf, recall_id: str, asked: StepShape) -> RecallShape:
    """Confirming needs the digest of the scope that was shown; 409 where the scope or the recall changed meanwhile.

    Confirming holds what the recall begins with and all that was or will be made of it; `notices` writes the messages.
    """
    after = take_recall_step(viewer, recall_id, asked.state, why=asked.why, scope_digest=asked.scope_digest)
    return _shape(viewer, *visible_recall(viewer, after.id))


@recalls_router.get("/{recall_id}/goods", summary="The goods of a recall: weight, holder, fate")
def goods(viewer: ViewerOf, recall_id: str, after: After = "", limit: Limit = 500) -> GoodsShape:
    """What of the scope still is somewhere, by URI; what became something else is only counted."""
    recall, seen = visible_recall(viewer, recall_id)
    found = inventory(viewer, recall, seen)
    rest = [good for good in found.goods if good.thing > after]
    shown = [
        GoodShape(
            uri=good.thing, certain=good.certain, kg=good.kg, holder=good.holder, since=good.since, outcome=good.outcome
        )
        for good in rest[:limit]
    ]
    further = shown[-1].uri if len(rest) > limit else None
    return GoodsShape(recall=recall.id, closing=_closing(found), goods=shown, next=further)


@recalls_router.get("/{recall_id}/goods.csv", summary="The goods of a recall as CSV", response_class=Response)
def goods_csv(viewer: ViewerOf, recall_id: str) -> Response:
    """One row a thing, weights in KGM; "" where no weight or no holder is on record."""
    recall, seen = visible_recall(viewer, recall_id)
    rows = goods_rows(inventory(viewer, recall, seen).goods)
    headers = {"Content-Disposition": f'attachment; filename="{recall.id}.csv"'}
    return Response(csv_text(rows), media_type="text/csv", headers=headers)


@recalls_router.post("/{recall_id}/recoveries", summary="Say what became of recalled goods")
def recover(viewer: ViewerOf, recall_id: str, asked: RecoveriesShape) -> RecoveredShape:
    """Operators say it of everything, an enterprise of what came of its animals; the newest word holds."""
    said = say_recovered(viewer, recall_id, asked.things, outcome=asked.outcome, note=asked.note)
    return RecoveredShape(recall=recall_id, said=said)


@recalls_router.get("/{recall_id}/messages", summary="Who was told of a recall")
def messages(viewer: ViewerOf, recall_id: str) -> list[MessageShape]:
    """All messages for an operator, one's own for an enterprise."""
    recall, _ = visible_recall(viewer, recall_id)
    return [
        MessageShape(
            number=each.number,
            kind=each.recipient.kind,
            recipient=each.recipient.id,
            label=each.recipient.label,
            made_at=each.made_at,
            certain=each.certain,
            possible=each.possible,
            known_kg=each.known_kg,
            unweighed=each.unweighed,
            zh=each.zh,
            en=each.en,
            delivered_at=each.delivered_at,
            acknowledged_at=each.acknowledged_at,
            acknowledged_by=each.acknowledged_by,
        )
        for each in visible_messages(viewer, recall)
    ]


@recalls_router.post("/{recall_id}/messages/{number}/acknowledge", summary="Say that a message was read")
def acknowledge(viewer: ViewerOf, recall_id: str, number: Annotated[int, Path(ge=0, le=2**53)]) -> list[MessageShape]:
    """The messages afterwards; the first acknowledgement stands."""
    acknowledge_message(viewer, recall_id, number)
    return messages(viewer, recall_id)


@recalls_router.get("/{recall_id}/report", summary="A recall from its draft to its end (operator)")
def report(viewer: ViewerOf, recall_id: str) -> ReportShape:
    """What was confirmed, what is in scope now, the difference, and what became of the goods."""
    viewer.require_operator("recall", recall_id)
    recall, now = visible_recall(viewer, recall_id)
    then = viewer.services.recalls.confirmed_scope(recall_id)
    sure = {name for name, certain in then.items() if certain}
    present = now.certain | now.possible
    told = viewer.services.recall_outbox.of_recall(recall_id)
    return ReportShape(
        recall=_shape(viewer, recall, now),
        confirmed=counts_of(sure, then.keys() - sure),
        now=counts_of(now.certain, now.possible),
        added=sorted(present - then.keys()) if recall.scope_digest else [],
        gone=sorted(then.keys() - present),
        closing=_closing(inventory(viewer, recall, now)),
        told=len(told),
        acknowledged=sum(message.acknowledged_at is not None for message in told),
    )


def _closing(found: Inventory) -> ClosingShape:
    return ClosingShape(
        certain=_share(found.share(certain=True)),
        possible=_share(found.share(certain=False)),
        used_up=found.used_up,
        outcomes={str(outcome): _share(found.share(outcome=Outcome(outcome))) for outcome in outcome_rows()},
    )


def _share(share: Share) -> ShareShape:
    return ShareShape(count=share.count, known_kg=round(share.known_kg, 3), unweighed=share.unweighed)


def _shape(viewer: Viewer, recall: Recall, seen: Scope) -> RecallShape:
    words, cause = state_rows()[recall.state], seen_cause(viewer, recall, seen)
    steps = [TakenStepShape(state=each.state, actor=each.actor, at=each.at, why=each.why) for each in recall.steps]
    return RecallShape(
        id=recall.id,
        state=recall.state,
        state_zh=words.zh,
        state_en=words.en,
        in_force=recall.in_force,
        cause=CauseShape(criterion=cause.criterion, value=cause.value, since=cause.since, until=cause.until),
        reason=recall.reason,
        scope_digest=recall.scope_digest if viewer.operator else "",
        steps=steps if viewer.operator else [],
    )
