"""Events with what EPCIS has no place for: what is implausible about them, and their bytes."""

from fastapi import APIRouter
from pydantic import Field

from api.errors import NotVisibleError
from api.requests import ViewerOf
from api.rest.epcis_events import may_see
from api.rest.schemas import Shape
from traceability.epcis.plausibility import rule_words
from traceability.history import standing_flags
from traceability.model import CapturedEvent, Flag

event_records_router = APIRouter(prefix="/api/v1", tags=["events"])


class FlagShape(Shape):
    """That something the event says cannot be right."""

    rule: str = Field(examples=["mean_below_minimum"])
    path: str = Field(description="the member, from the event", examples=["$.sensorElementList[0].sensorReport[0]"])
    detail: str = Field(examples=["minValue 26 > meanValue 13.2"])
    zh: str
    en: str


class EventRecordShape(Shape):
    """One record of an event: the event itself, or a declaration that it is in error."""

    event_id: str
    event_type: str
    record_time: str = Field(description="RFC 3339, UTC")
    flags: list[FlagShape] = Field(description="what is implausible; the event was kept all the same")
    document: str = Field(description="the JSON as it was captured, byte for byte")


@event_records_router.get(
    "/events/{event_id:path}",
    summary="An event's records, with what is implausible in them",
    responses={404: {"description": "Not there, or not granted"}},
)
def event_records(viewer: ViewerOf, event_id: str) -> list[EventRecordShape]:
    """The event and the error declarations that repeat its id, by record time."""
    repository = viewer.services.public.events
    found = repository.find(event_id)
    if not found or not may_see(viewer, found):
        raise NotVisibleError(kind="event", identifier=event_id)
    return [_record(event, standing_flags(event, repository)) for event in found]


def _record(event: CapturedEvent, flags: tuple[Flag, ...]) -> EventRecordShape:
    return EventRecordShape(
        event_id=event.event_id,
        event_type=event.event_type,
        record_time=event.record_time.isoformat(),
        flags=[_flag(flag) for flag in flags],
        document=event.document,
    )


def _flag(flag: Flag) -> FlagShape:
    words = rule_words()[flag.rule]
    return FlagShape(rule=flag.rule, path=flag.path, detail=flag.detail, zh=words.zh, en=words.en)
