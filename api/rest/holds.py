"""Holds: what must not be sold or eaten until its cause is cleared up."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.access import Viewer
from api.requests import ViewerOf
from api.rest.epcis_events import visible_epcs
from api.rest.schemas import Shape
from api.rest.trace import require_visible
from traceability.gs1.epc_uris import canonical_uri
from traceability.holds import Hold, HoldOrigin, hold_reasons
from traceability.retests import Retest, retest_of
from traceability.trace_model import Traced

MOST = 500
FAILED_TEST = "failed_test"
ENDS_BY: Mapping[HoldOrigin, str] = {
    HoldOrigin.EVENTS: "records",
    HoldOrigin.DECLARATION: "correction_of_cause",
    HoldOrigin.RECALL: "recall",
    HoldOrigin.PERSON: "person",
}
Thing = Annotated[str, Query(description="the URI of a pack, a pig, a lot, in any form", max_length=2000)]
Limit = Annotated[int, Query(ge=1, le=MOST)]
After = Annotated[int, Query(ge=0, le=2**53, description="the last number of the page before")]

holds_router = APIRouter(prefix="/api/v1/holds", tags=["holds"])


class RetestShape(Shape):
    """A test that was passed after the one that was failed; it ends nothing by itself."""

    event: str
    day: date
    what: str
    laboratory: str
    report_number: str


class HoldShape(Shape):
    """One hold."""

    number: int
    subject: str = Field(description="what is held itself; whatever was made of it is held too")
    reason: str
    reason_en: str
    reason_zh: str
    en: str
    zh: str
    cause: str = Field(description="the eventID of what was done, or the id of a recall")
    since: datetime
    released: datetime | None
    release: str | None = Field(description="correction or cause_closed")
    certain: bool | None = Field(default=None, description="of one thing: by certain links alone")
    ends_by: str = Field(
        description="`correction_of_cause`: by a correction of the event `cause` with a veterinarian's licence number; "
        "`records`: when the records say otherwise; `recall`: with its recall; `person`: by who placed it"
    )
    retest: RetestShape | None = Field(default=None, description="of a failed test: a later one that was passed")


@holds_router.get("", summary="Holds, the newest first")
def holds(viewer: ViewerOf, *, ended: bool = False, after: After = 0, limit: Limit = 100) -> list[HoldShape]:
    """Open ones, or those that ended; an enterprise sees those on its animals and what came of them."""
    found = visible_holds(viewer, ended=ended, after=after, limit=limit)
    passed = {} if ended else retests_of(viewer, found)
    return [shape_of(hold, retest=passed.get(hold.number)) for hold in found]


@holds_router.get(
    "/of",
    summary="Holds on one thing",
    responses={404: {"description": "No event names it, or it is not yours to see"}},
)
def holds_of(viewer: ViewerOf, epc: Thing) -> list[HoldShape]:
    """Every open hold on it or on anything it possibly came of."""
    start = canonical_uri(epc.strip())
    require_visible(viewer, start, Traced(certain=frozenset(), possible=frozenset()))
    found = viewer.services.public.holds.of([start])
    passed = retests_of(viewer, [held.hold for held in found])
    return [shape_of(held.hold, certain=held.certain, retest=passed.get(held.hold.number)) for held in found]


def visible_holds(
    viewer: Viewer, *, ended: bool, after: int, limit: int, without: Collection[str] = ()
) -> Sequence[Hold]:
    """The holds that the viewer may see, the newest first; without: causes whose holds are left out."""
    book, mine = viewer.services.public.holds, visible_epcs(viewer)
    if mine is None:
        return book.list(ended=ended, after=after, limit=limit, without=without)
    if not mine:
        return []
    found: list[Hold] = []
    theirs: frozenset[str] | None = None
    while len(found) < limit and (page := book.list(ended=ended, after=after, limit=MOST, without=without)):
        after = page[-1].number
        subjects = {hold.subject for hold in page}
        if mine.isdisjoint(subjects) and mine.isdisjoint(viewer.services.traces.back(subjects).everything):
            continue  # most holds are others': what came of all the viewer's animals is long to find
        if theirs is None:
            theirs = frozenset(mine) | viewer.services.traces.forward(mine).everything
        found.extend(hold for hold in page if hold.subject in theirs)
    return found[:limit]


def retests_of(viewer: Viewer, holds: Sequence[Hold]) -> Mapping[int, Retest]:
    """By the number of its hold, the newest test that was passed after the one that was failed."""
    failed = [hold for hold in holds if hold.reason == FAILED_TEST]
    evidence = viewer.services.guards.evidence({hold.subject for hold in failed}) if failed else {}
    found = {hold.number: retest_of(hold.cause, evidence[hold.subject]) for hold in failed}
    return {number: retest for number, retest in found.items() if retest is not None}


def shape_of(hold: Hold, *, certain: bool | None = None, retest: Retest | None = None) -> HoldShape:
    """The hold as it is answered; who placed it stays inside the house."""
    reason = hold_reasons()[hold.reason]
    return HoldShape(
        number=hold.number,
        subject=hold.subject,
        reason=hold.reason,
        reason_en=hold.words.en,
        reason_zh=hold.words.zh,
        en=hold.detail_en,
        zh=hold.detail_zh,
        cause=hold.cause,
        since=hold.since,
        released=None if hold.release is None else hold.release.at,
        release=None if hold.release is None else hold.release.kind.value,
        certain=certain,
        ends_by="correction_of_cause" if reason.corrects_cause else ENDS_BY[reason.origin],
        retest=None
        if retest is None
        else RetestShape(
            event=retest.event,
            day=retest.day,
            what=retest.what,
            laboratory=retest.laboratory,
            report_number=retest.report,
        ),
    )
