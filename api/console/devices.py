"""The page of one device, which answers "why is nothing arriving", and the operator's quarantine."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import Viewer, VisibleDevice
from api.console.home import device_freshness
from api.console.hops import hops_of
from api.console.rendering import page
from api.errors import NotVisibleError
from api.heard import heard_of, problem_of
from api.readings import latest_readings, quality_word
from api.requests import ViewerOf
from api.spans import milliseconds
from observations.model import Observation, Stream
from observations.properties import observed_property
from observations.quality import SUSPECT

devices_pages_router = APIRouter(prefix="/console", include_in_schema=False)

SHOWN = 20


@devices_pages_router.get("/devices/{device_id}")
def device_page(request: Request, viewer: ViewerOf, device_id: str) -> Response:
    """Hop by hop: battery, radio, gateway, service; the last message as received; what was refused and why."""
    device = viewer.device(device_id)
    fresh = device_freshness(viewer)
    stream = Stream(device=device.device.id, since_ms=milliseconds(device.since))
    readings = latest_readings(viewer.services.observations, [stream], viewer.now)
    context = {
        "device": device.device,
        "fresh": next(each for each in fresh if each.device.id == device.device.id),
        "hops": hops_of(viewer, device, readings, fresh),
        "readings": readings,
        "heard": heard_of(viewer, device),
        "problem": problem_of(viewer, device),
        "conflicts": viewer.conflicts(device, limit=SHOWN),
        "set_aside": viewer.set_aside(device, limit=SHOWN),
        "suspect": _suspect(viewer, device),
        "deployments": viewer.open_deployments.get(device.device.id, []),
        "observed_property": observed_property,
        "quality_word": quality_word,
    }
    return page(request, "device.html", context, viewer=viewer)


@devices_pages_router.get("/quarantine")
def quarantine_page(request: Request, viewer: ViewerOf, told: str = "") -> Response:
    """Messages set aside, newest first (operator)."""
    viewer.require_operator("page", "quarantine")
    quarantine = viewer.services.quarantine
    context = {"messages": quarantine.list(limit=100), "counts": quarantine.counts(), "told": told[:300]}
    return page(request, "quarantine.html", context, viewer=viewer)


@devices_pages_router.post("/quarantine/{digest}/replay")
def replay(request: Request, viewer: ViewerOf, digest: str) -> Response:
    """The message goes through ingest once more; the page says what came of it (operator)."""
    viewer.require_operator("message", digest)
    found = viewer.services.quarantine.find(digest)
    if found is None:
        raise NotVisibleError(kind="message", identifier=digest)
    reason = viewer.services.replay.replay(found.digest)
    told = reason or "存下了 Stored"
    target = request.url_for("quarantine_page").include_query_params(told=told)
    return RedirectResponse(f"{target.path}?{target.query}", status_code=303)


def _suspect(viewer: Viewer, device: VisibleDevice) -> list[Observation]:
    """The values that arrived last where they are not good: out of range, stuck, or by a wrong clock."""
    arrived = [latest.arrived for latest in viewer.services.observations.latest([device.device.id])]
    return [each for each in arrived if each.quality & SUSPECT and each.received_time >= device.since]
