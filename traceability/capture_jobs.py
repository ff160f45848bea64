"""A capture job from its document to the end: every event taken or refused, and the job finished with them."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from traceability.epcis.capture import capture_event
from traceability.epcis.documents import MOST_EVENTS, EpcisDocument, read_document
from traceability.errors import CaptureLimitError, EventError
from traceability.history import with_history
from traceability.model import CapturedEvent, CaptureError, CaptureJob, ErrorBehaviour
from traceability.ports import CaptureJobs, EventRepository

VALIDATION = "epcisException:ValidationException"
IMPLEMENTATION = "epcisException:ImplementationException"
MOST_ERRORS = 100
"""A job reports so many errors one by one; of more it gives the number."""


def read_capture(body: bytes, *, now: datetime) -> EpcisDocument:
    """The document, in which at least one event can be captured where it holds any.

    Raises EventError where it is no document or none of its events is one, CaptureLimitError for too many of them.
    """
    document = read_document(body)
    if len(document.events) > MOST_EVENTS:
        raise CaptureLimitError(events=len(document.events), most=MOST_EVENTS)
    first: EventError | None = None
    for place, event in enumerate(document.events):
        try:
            capture_event(event, record_time=now)
        except EventError as error:
            first = first or _placed(error, place)
        else:
            return document
    if first is not None:
        raise first
    return document


def run_capture(
    job: CaptureJob, *, jobs: CaptureJobs, events: EventRepository, now: Callable[[], datetime]
) -> CaptureJob:
    """The job, finished: all its events captured, or those without error where it says proceed, or none."""
    body = jobs.body(job.id)
    if body is None:
        return job
    taken, errors = _taken(body, now())
    if errors and job.behaviour is ErrorBehaviour.ROLLBACK:
        taken = []
    finished = replace(job, finished=now(), errors=_reported(errors))
    jobs.finish(finished, with_history(taken, events))
    return finished


def failed(job: CaptureJob, *, at: datetime) -> CaptureJob:
    """The job, finished without any of its events, because the house itself could not do it."""
    error = CaptureError(
        type=IMPLEMENTATION, title="A server-side error occurred", detail="nothing of the document was captured"
    )
    return replace(job, finished=at, errors=(error,))


def _taken(body: bytes, record_time: datetime) -> tuple[list[CapturedEvent], list[EventError]]:
    taken: list[CapturedEvent] = []
    errors: list[EventError] = []
    try:
        document = read_document(body)
    except EventError as error:
        return [], [error]
    for place, event in enumerate(document.events):
        try:
            taken.append(capture_event(event, record_time=record_time, created=document.created))
        except EventError as error:
            errors.append(_placed(error, place))
    return taken, errors


def _placed(error: EventError, place: int) -> EventError:
    return EventError(error.field.replace("$", f"$.eventList[{place}]", 1), error.rule)


def _reported(errors: Sequence[EventError]) -> tuple[CaptureError, ...]:
    shown = [
        CaptureError(type=VALIDATION, title="Not an EPCIS event", detail=str(each)) for each in errors[:MOST_ERRORS]
    ]
    if len(errors) > MOST_ERRORS:
        rest = f"{len(errors) - MOST_ERRORS} more events are in error"
        shown.append(CaptureError(type=VALIDATION, title="More errors", detail=rest))
    return tuple(shown)
