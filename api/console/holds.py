"""The page of holds: the alarms about what must not be sold or eaten, open ones first."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import Viewer
from api.console.rendering import page
from api.requests import ViewerOf
from api.rest.holds import visible_holds
from traceability.holds import Hold
from traceability.trace_model import ThingKind, kind_of

SHOWN = 50
GOODS = frozenset({ThingKind.ITEM, ThingKind.LOT, ThingKind.LOGISTIC_UNIT})

holds_pages_router = APIRouter(prefix="/console", include_in_schema=False)


@holds_pages_router.get("/holds")
def holds_page(request: Request, viewer: ViewerOf, after: Annotated[int, Query(ge=0, le=2**53)] = 0) -> Response:
    """Open holds, the newest first, and those that ended lately; an enterprise sees those of its animals."""
    found = visible_holds(viewer, ended=False, after=after, limit=SHOWN + 1)
    reached = {hold.number: _goods(viewer, hold) for hold in found[:SHOWN]}
    context = {
        "holds": found[:SHOWN],
        "further": found[SHOWN - 1].number if len(found) > SHOWN else None,
        "reached": reached,
        "ended": [] if after else visible_holds(viewer, ended=True, after=0, limit=SHOWN),
        "subject_path": {
            hold.subject: f"/console/animals/{hold.subject.rpartition('/')[2][-15:]}"
            for hold in found
            if hold.subject.rpartition("/")[2][-15:] in viewer.animals
        },
    }
    return page(request, "holds.html", context, viewer=viewer)


def _goods(viewer: Viewer, hold: Hold) -> int:
    """How many carcasses, packs, lots and boxes were made of it; its tag is none of them."""
    return sum(kind_of(name) in GOODS for name in viewer.services.traces.forward([hold.subject]).everything)
