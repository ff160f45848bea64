"""EPCIS 2.0 capture and look-up of single events."""

from collections.abc import Iterable
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.access import Viewer
from api.errors import AlreadyThereError, NotVisibleError
from api.requests import ViewerOf, sends_form
from traceability.context import animal_giai
from traceability.events import capture_event
from traceability.model import CapturedEvent

EPCIS_VERSION = {"GS1-EPCIS-Version": "2.0.0"}
JSON_BODY = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}}

events_router = APIRouter(prefix="/epcis", tags=["EPCIS 2.0"])


@events_router.post(
    "/events",
    summary="Capture one EPCIS event",
    status_code=201,
    response_class=Response,
    responses={409: {"description": "Captured before; nothing changed"}},
    openapi_extra=JSON_BODY,
)
async def capture(request: Request, viewer: ViewerOf) -> Response:
    """The event is durable when this answers 201; `Location` leads to it. The body is one bare EPCIS 2.0 event."""
    if sends_form(request):
        raise HTTPException(415, "an event is JSON: send it with Content-Type application/json")
    return await run_in_threadpool(_capture, viewer, await request.body())


@events_router.get("/events/{event_id:path}", summary="One EPCIS event as it was captured", response_class=Response)
def event(viewer: ViewerOf, event_id: str) -> Response:
    """The document, byte for byte; the newest where error declarations repeat its id."""
    found = viewer.services.public.events.find(event_id)
    if not found or not may_see(viewer, found):
        raise NotVisibleError(kind="event", identifier=event_id)
    return Response(found[-1].document.encode(), media_type="application/json", headers=EPCIS_VERSION)


def may_see(viewer: Viewer, events: Iterable[CapturedEvent]) -> bool:
    """Whether the events are about animals the viewer may see."""
    if viewer.operator:
        return True
    mine = {animal_giai(animal).uri for animal in viewer.animals}
    return all(mine.intersection(event.epcs) for event in events)


def _capture(viewer: Viewer, document: bytes) -> Response:
    if not viewer.program:
        viewer.require_operator("page", "/epcis/events")
    event = capture_event(document, record_time=viewer.now)
    location = f"/epcis/events/{quote(event.event_id, safe=':')}"
    if not viewer.services.public.events.capture([event]):
        raise AlreadyThereError(what=event.event_id, location=location)
    return Response(status_code=201, headers={"Location": location, **EPCIS_VERSION})
