"""Holds: what must not be sold or eaten until its cause is cleared up."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field

from api.access import Viewer
from api.requests import ViewerOf
from api.rest.epcis_events import visible_epcs
from api.rest.schemas import Shape
from api.rest.trace import require_visible
from traceability.epc_uris import canonical_uri
from traceability.holds import Hold
from traceability.trace_model import Traced

MOST = 500
Thing = Annotated[str, Query(description="the URI of a pack, a pig, a lot, in any form", max_length=2000)]
Limit = Annotated[int, Query(ge=1, le=MOST)]
After = Annotated[int, Query(ge=0, le=2**53, description="the last number of the page before")]

holds_router = APIRouter(prefix="/api/v1/holds", tags=["holds"])


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


@holds_router.get("", summary="Holds, the newest first")
def holds(viewer: ViewerOf, *, ended: bool = False, after: After = 0, limit: Limit = 100) -> list[HoldShape]:
    """Open ones, or those that ended; an enterprise sees those on its animals and what came of them."""
    return [shape_of(hold) for hold in visible_holds(viewer, ended=ended, after=after, limit=limit)]


@holds_router.get(
    "/of",
    summary="Holds on one thing",
    responses={404: {"description": "No event names it, or it is not yours to see"}},
)
def holds_of(viewer: ViewerOf, epc: Thing) -> list[HoldShape]:
    """Every open hold on it or on anything it possibly came of."""
    start = canonical_uri(epc.strip())
    require_visible(viewer, start, Traced(certain=frozenset(), possible=frozenset()))
    return [shape_of(held.hold, certain=held.certain) for held in viewer.services.public.holds.of([start])]


def visible_holds(viewer: Viewer, *, ended: bool, after: int, limit: int) -> Sequence[Hold]:
    """The holds that the viewer may see, the newest first."""
    book, mine = viewer.services.public.holds, visible_epcs(viewer)
    if mine is None:
        return book.list(ended=ended, after=after, limit=limit)
    theirs = mine | viewer.services.traces.forward(mine).everything if mine else frozenset[str]()
    found: list[Hold] = []
    while len(found) < limit and (page := book.list(ended=ended, after=after, limit=MOST)):
        found.extend(hold for hold in page if hold.subject in theirs)
        after = page[-1].number
    return found[:limit]


def shape_of(hold: Hold, *, certain: bool | None = None) -> HoldShape:
    """The hold as it is answered; who placed it stays inside the house."""
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
    )
