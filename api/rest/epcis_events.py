"""EPCIS events: captured one by one, asked for by id and by query."""

from collections.abc import Iterable
from dataclasses import replace
from typing import cast
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import Viewer
from api.errors import AlreadyThereError, NotVisibleError
from api.requests import ViewerOf
from api.rest.epcis_documents import SIMPLE_EVENT_QUERY, document_answer
from api.rest.epcis_headers import HEADERS, LIMITS, JsonBody, discovery, prefixes_of_request
from api.rest.epcis_openapi import parameters
from api.rest.epcis_pages import asked_page, mark_of, parameters_of
from api.rest.epcis_singles import SingleCaptures
from traceability.context import NAMESPACE
from traceability.epcis.capture import capture_event
from traceability.epcis.event_queries import Condition, EventQuery
from traceability.epcis.event_terms import STANDARD_PREFIXES
from traceability.epcis.query_parameters import read_query
from traceability.model import CapturedEvent

JSON_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}}
FOUND_BY = "Parameters are those of SimpleEventQuery; several values are divided by a bar (|)."

events_router = APIRouter()


@events_router.options("/events", summary="What can be done with events", status_code=204, response_class=Response)
def events_options() -> Response:
    """The methods, versions and limits."""
    return discovery("GET", "POST", more=LIMITS)


@events_router.post(
    "/events",
    summary="Capture one EPCIS event",
    status_code=201,
    response_class=Response,
    openapi_extra=JSON_BODY,
)
async def capture(request: Request, viewer: ViewerOf, body: JsonBody) -> Response:
    """The event is durable when this answers 201; `Location` leads to it. The body is one bare EPCIS 2.0 event."""
    return await run_in_threadpool(_capture, request, viewer, body)


@events_router.get(
    "/events",
    summary="Events that answer a query",
    response_class=Response,
    description=FOUND_BY,
    openapi_extra=parameters(pages=True, query=True),
)
def events(request: Request, viewer: ViewerOf) -> Response:
    """A query document; `Link` leads to its next page."""
    return queried(request, viewer, read_parameters(request))


@events_router.options("/events/{event_id:path}", status_code=204, response_class=Response)
def event_options(event_id: str) -> Response:  # noqa: ARG001 the same for every event
    """The methods and versions."""
    return discovery("GET")


@events_router.get("/events/{event_id:path}", summary="One EPCIS event", response_class=Response)
def event(viewer: ViewerOf, event_id: str) -> Response:
    """A query document with the event and the error declarations that repeat its id."""
    found = viewer.services.public.events.find(event_id)
    if not found or not may_see(viewer, found):
        raise NotVisibleError(kind="event", identifier=event_id)
    return document_answer(found, now=viewer.now, headers={})


def read_parameters(request: Request, *more: Condition) -> EventQuery:
    """The query in the request's parameters, with further conditions; raises QueryError."""
    prefixes = {**STANDARD_PREFIXES, "tt": NAMESPACE, **prefixes_of_request(request)}
    query = read_query(parameters_of(request.query_params), prefixes)
    return replace(query, conditions=(*more, *query.conditions))


def queried(request: Request, viewer: Viewer, query: EventQuery, *, name: str = SIMPLE_EVENT_QUERY) -> Response:
    """One page of what answers the query, as far as the viewer may see it."""
    asked = asked_page(request, viewer.now)
    page = viewer.services.event_queries.page(
        query, visible=visible_epcs(viewer), after=asked.position(), limit=asked.size
    )
    headers = asked.next(mark_of(page.further))
    return document_answer(page.events, now=viewer.now, name=name, headers=headers)


def visible_epcs(viewer: Viewer) -> set[str] | None:
    """The EPCs of which one must be in an event that the viewer may see; None where every event may be seen."""
    if viewer.operator:
        return None
    keys = viewer.services.keys.keyring(animals=viewer.animals)
    return {keys.animal(animal).uri for animal in viewer.animals}


def may_see(viewer: Viewer, events: Iterable[CapturedEvent]) -> bool:
    """Whether the events are about animals the viewer may see."""
    mine = visible_epcs(viewer)
    return mine is None or all(not mine.isdisjoint(event.epcs) for event in events)


def require_capture(viewer: Viewer, path: str) -> None:
    """Raises NotVisibleError where the viewer may not capture: operators may, and programs with a token."""
    if not viewer.program:
        viewer.require_operator("page", path)


def _capture(request: Request, viewer: Viewer, document: bytes) -> Response:
    require_capture(viewer, "/epcis/events")
    singles = cast("SingleCaptures", request.app.state.single_captures)
    event = capture_event(document, record_time=viewer.now)
    location = f"/epcis/events/{quote(event.event_id, safe=':')}"
    with viewer.services.hold_alarms.telling():
        if not singles.capture(event):
            raise AlreadyThereError(what=event.event_id, location=location)
    return Response(status_code=201, headers={"Location": location, **HEADERS})
