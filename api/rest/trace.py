"""Traces: what a thing came of, what came of it, and whether it is recalled."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from api.access import Viewer
from api.errors import NotVisibleError
from api.requests import ViewerOf
from api.rest.epcis_events import visible_epcs
from api.rest.trace_shapes import LinkShape, NoticeShape, StatusShape, ThingShape, TraceShape
from traceability.gs1.epc_uris import canonical_uri
from traceability.recalls import status_of
from traceability.trace_model import FIRST_US, LAST_US, Link, LinkKind, Traced, kind_of
from traceability.trace_views import view_of

MOST_THINGS = 2000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Thing = Annotated[str, Query(description="the URI of a pack, a pig, a lot, a box, in any form", max_length=2000)]
Limit = Annotated[int, Query(ge=1, le=MOST_THINGS)]
NOT_FOUND: Mapping[int | str, dict[str, str]] = {404: {"description": "No event names it, or it is not yours to see"}}

trace_router = APIRouter(prefix="/api/v1/trace", tags=["trace"])


@trace_router.get("/back", summary="What a thing came of", responses={**NOT_FOUND})
def back(viewer: ViewerOf, epc: Thing, limit: Limit = 500) -> TraceShape:
    """Every animal, carcass, lot and tag behind it, certain or possible."""
    start = canonical_uri(epc.strip())
    return _answer(viewer, start, viewer.services.traces.back([start]), limit)


@trace_router.get("/forward", summary="What came of a thing", responses={**NOT_FOUND})
def forward(viewer: ViewerOf, epc: Thing, limit: Limit = 500) -> TraceShape:
    """Everything that was made of it or holds it, certain or possible."""
    start = canonical_uri(epc.strip())
    return _answer(viewer, start, viewer.services.traces.forward([start]), limit)


@trace_router.get("/status", summary="Whether a thing is recalled", responses={**NOT_FOUND})
def status(viewer: ViewerOf, epc: Thing) -> StatusShape:
    """Every recall in force that reaches it."""
    start = canonical_uri(epc.strip())
    require_visible(viewer, start, Traced(certain=frozenset(), possible=frozenset()))
    notices = viewer.services.recalls.notices([start])
    shown = [
        NoticeShape(
            recall=notice.recall, state=notice.state, reason=notice.reason, since=notice.since, certain=notice.certain
        )
        for notice in notices
    ]
    return StatusShape(uri=start, status=status_of(notices), notices=shown)


def require_visible(viewer: Viewer, start: str, traced: Traced) -> tuple[Traced, int]:
    """The trace as far as the viewer may see it, and how much they may not; raises NotVisibleError."""
    traces = viewer.services.traces
    known = traced.everything or viewer.services.public.events.about([start]) or traces.back([start]).everything
    view = view_of(start, traced, graph=traces, mine=visible_epcs(viewer)) if known else None
    if view is None:
        raise NotVisibleError(kind="thing", identifier=start)
    return view.traced, view.hidden


def counts_of(certain: Iterable[str], possible: Iterable[str]) -> dict[str, dict[str, int]]:
    """How many things, by kind."""
    return {
        "certain": dict(Counter(str(kind_of(name)) for name in certain)),
        "possible": dict(Counter(str(kind_of(name)) for name in possible)),
    }


def things_of(certain: Iterable[str], possible: Iterable[str]) -> list[ThingShape]:
    """The things by URI, certain ones first."""
    sorted_things = [(name, True) for name in sorted(certain)] + [(name, False) for name in sorted(possible)]
    return [ThingShape(uri=name, kind=kind_of(name), certain=sure) for name, sure in sorted_things]


def _answer(viewer: Viewer, start: str, found: Traced, limit: int) -> TraceShape:
    traced, hidden = require_visible(viewer, start, found)
    few = len(traced.everything) <= limit
    names = {start} | traced.everything | traced.steps
    return TraceShape(
        start=start,
        counts=counts_of(traced.certain, traced.possible),
        things=things_of(traced.certain, traced.possible)[:limit],
        links=[_link(link) for link in viewer.services.traces.links(names)] if few else [],
        hidden=hidden,
    )


def _link(link: Link) -> LinkShape:
    return LinkShape(
        source=link.source,
        target=link.target,
        kind=LinkKind(link.kind).name.lower(),
        certain=link.certain,
        since=_moment(link.since_us),
        until=_moment(link.until_us),
    )


def _moment(since_us: int) -> datetime | None:
    return None if since_us in {FIRST_US, LAST_US} else EPOCH + timedelta(microseconds=since_us)
