"""Devices, what was last heard of them, and messages set aside, as JSON."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.errors import NotVisibleError
from api.freshness import freshness_of
from api.heard import heard_of, problem_of
from api.readings import latest_readings
from api.requests import ViewerOf
from api.rest.schemas import DeviceReportShape, DeviceShape, QuarantineShape, ReplayShape
from api.rest.shaping import (
    conflict_shape,
    device_fields,
    device_shape,
    heard_shape,
    reading_shape,
    set_aside_shape,
)
from api.spans import milliseconds
from observations.model import Stream

SHORTEST_DIGEST = 8
MOST_CONFLICTS = 50
Device = Annotated[str | None, Query(alias="device", description="as the topic claims")]
Limit = Annotated[int, Query(ge=1, le=1000)]

devices_router = APIRouter(prefix="/api/v1", tags=["devices"])


@devices_router.get("/devices", summary="Devices on your animals and in your fields")
def devices(viewer: ViewerOf) -> list[DeviceShape]:
    """How every device keeps time. A gateway that serves several households is the operator's to see."""
    shown = list(viewer.devices.values())
    return [
        device_shape(device, fresh, viewer.open_deployments.get(device.device.id, []))
        for device, fresh in zip(shown, freshness_of(viewer.services.observations, shown, viewer.now), strict=True)
    ]


@devices_router.get("/devices/{device_id}", summary="Why is nothing arriving")
def device(viewer: ViewerOf, device_id: str) -> DeviceReportShape:
    """The device with its newest message as received, its last problem, conflicts and newest values."""
    found = viewer.device(device_id)
    store = viewer.services.observations
    stream = Stream(device=found.device.id, since_ms=milliseconds(found.since))
    conflicts = viewer.conflicts(found, limit=MOST_CONFLICTS)
    (fresh,) = freshness_of(store, [found], viewer.now)
    return DeviceReportShape.model_validate(
        {
            **device_fields(found, fresh, viewer.open_deployments.get(found.device.id, [])),
            "heard": heard_shape(heard_of(viewer, found)),
            "problem": heard_shape(problem_of(viewer, found)),
            "conflict_count": store.conflict_count(found.device.id) if viewer.operator else len(conflicts),
            "conflicts": [conflict_shape(conflict) for conflict in conflicts],
            "quarantined": len(viewer.set_aside(found, limit=1000)),
            "latest": [reading_shape(reading) for reading in latest_readings(store, [stream], viewer.now)],
        }
    )


@devices_router.get("/quarantine", summary="Messages set aside (operator)")
def quarantine(viewer: ViewerOf, device_id: Device = None, limit: Limit = 100) -> QuarantineShape:
    """Messages that could not be decoded or credited, newest first, with their bytes and reason."""
    viewer.require_operator("page", "quarantine")
    found = viewer.services.quarantine.list(device=device_id, limit=limit)
    return QuarantineShape(
        counts=viewer.services.quarantine.counts(), messages=[set_aside_shape(message) for message in found]
    )


@devices_router.post("/quarantine/{digest}/replay", summary="Send a message through ingest once more (operator)")
def replay(viewer: ViewerOf, digest: str) -> ReplayShape:
    """Stored now and gone from quarantine, or the reason why it still cannot be."""
    viewer.require_operator("message", digest)
    found = viewer.services.quarantine.find(digest) if len(digest) >= SHORTEST_DIGEST else None
    if found is None:
        raise NotVisibleError(kind="message", identifier=digest)
    reason = viewer.services.replay.replay(found.digest)
    return ReplayShape(stored=not reason, reason=reason)
