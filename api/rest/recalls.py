"""Recalls: drafted, looked at, confirmed and carried through by operators; read by those whose animals they concern."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query

from api.access import Viewer
from api.errors import NotVisibleError
from api.requests import ViewerOf
from api.rest.epcis_events import visible_epcs
from api.rest.trace import MOST_THINGS, counts_of, things_of
from api.rest.trace_shapes import (
    CauseShape,
    DraftShape,
    RecallShape,
    ReportShape,
    ScopeShape,
    StepShape,
    TakenStepShape,
)
from traceability.errors import RecallStateError
from traceability.recalls import Cause, Recall, RecallState, RecallStep, Scope, confirmed, drafted, moved, state_rows
from traceability.trace_views import scope_view

Limit = Annotated[int, Query(ge=1, le=MOST_THINGS)]
After = Annotated[str, Query(description="`next` of the page before", max_length=2010)]
recalls_router = APIRouter(prefix="/api/v1/recalls", tags=["recalls"])


@recalls_router.get("", summary="Recalls, the newest first")
def recalls(viewer: ViewerOf) -> list[RecallShape]:
    """All of them for an operator; for an enterprise those in force that reach something of its animals."""
    book = viewer.services.recalls
    return [_shape(viewer, recall) for recall in book.list() if _seen_scope(viewer, recall) is not None]


@recalls_router.post("", summary="Draft a recall (operator)", status_code=201)
def draft(viewer: ViewerOf, asked: DraftShape) -> RecallShape:
    """Nothing is recalled yet: read its scope, then confirm it."""
    viewer.require_operator("page", "recalls")
    cause = Cause(criterion=asked.criterion, value=asked.value, since=asked.since, until=asked.until)
    step = RecallStep(state=RecallState.DRAFT, actor=viewer.user.login, at=viewer.now, why=asked.why)
    recall = drafted(recall_id=f"R-{uuid.uuid4().hex[:12]}", cause=cause, reason=asked.reason, step=step)
    viewer.services.recalls.add(recall)
    return _shape(viewer, recall)


@recalls_router.get("/{recall_id}", summary="One recall")
def one(viewer: ViewerOf, recall_id: str) -> RecallShape:
    """The recall with who took which step, when and why."""
    recall, _ = _visible(viewer, recall_id)
    return _shape(viewer, recall)


@recalls_router.get("/{recall_id}/scope", summary="What a recall reaches now")
def scope(viewer: ViewerOf, recall_id: str, after: After = "", limit: Limit = 500) -> ScopeShape:
    """Certain and possible things; an enterprise sees what came of its own animals."""
    recall, seen = _visible(viewer, recall_id)
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
    """Confirming needs the digest of the scope that was shown; 409 where the scope or the recall changed meanwhile."""
    viewer.require_operator("recall", recall_id)
    book = viewer.services.recalls
    recall, _ = _visible(viewer, recall_id)
    step = RecallStep(state=asked.state, actor=viewer.user.login, at=viewer.now, why=asked.why)
    if asked.state is RecallState.CONFIRMED:
        moved(recall, step)
        reach = book.scope(recall.cause)
        after = confirmed(recall, reach, shown_digest=asked.scope_digest, step=step)
        taken = book.confirm(after, reach)
    else:
        after = moved(recall, step)
        taken = book.move(after)
    if not taken:
        now = book.find(recall_id) or recall
        raise RecallStateError(
            recall_id, state=now.state, wanted=asked.state, allowed=sorted(state_rows()[now.state].next)
        )
    return _shape(viewer, after)


@recalls_router.get("/{recall_id}/report", summary="A recall from its draft to its end (operator)")
def report(viewer: ViewerOf, recall_id: str) -> ReportShape:
    """What was confirmed, what is in scope now, and the difference."""
    viewer.require_operator("recall", recall_id)
    recall, now = _visible(viewer, recall_id)
    then = viewer.services.recalls.confirmed_scope(recall_id)
    sure = {name for name, certain in then.items() if certain}
    present = now.certain | now.possible
    return ReportShape(
        recall=_shape(viewer, recall),
        confirmed=counts_of(sure, then.keys() - sure),
        now=counts_of(now.certain, now.possible),
        added=sorted(present - then.keys()) if recall.scope_digest else [],
        gone=sorted(then.keys() - present),
    )


def _visible(viewer: Viewer, recall_id: str) -> tuple[Recall, Scope]:
    recall = viewer.services.recalls.find(recall_id)
    seen = None if recall is None else _seen_scope(viewer, recall)
    if recall is None or seen is None:
        raise NotVisibleError(kind="recall", identifier=recall_id)
    return recall, seen


def _seen_scope(viewer: Viewer, recall: Recall) -> Scope | None:
    """The scope as far as the viewer may see it; a draft is the operators' alone."""
    if not viewer.operator and not recall.in_force:
        return None
    reach = viewer.services.recalls.scope(recall.cause)
    return scope_view(reach, graph=viewer.services.traces, mine=visible_epcs(viewer))


def _shape(viewer: Viewer, recall: Recall) -> RecallShape:
    words, cause = state_rows()[recall.state], recall.cause
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
