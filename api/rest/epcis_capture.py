"""EPCIS capture: documents handed in, and the jobs that take their events."""

import threading
import uuid
from typing import Any, cast
from urllib.parse import quote

import structlog
from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from api.access import Viewer
from api.errors import BadQueryError, NotVisibleError
from api.requests import ViewerOf
from api.rest.epcis_documents import json_answer, time_text
from api.rest.epcis_events import JSON_BODY, require_capture
from api.rest.epcis_headers import HEADERS, LIMITS, JsonBody, discovery
from api.rest.epcis_openapi import parameters
from api.rest.epcis_pages import asked_page
from api.services import Services
from observations.errors import StoreUnavailableError
from traceability.capture_jobs import failed, read_capture, run_capture
from traceability.model import CaptureJob, ErrorBehaviour

BEHAVIOUR = "GS1-Capture-Error-Behaviour"
log = structlog.get_logger()

capture_router = APIRouter()


class CaptureRunner:
    """Does the jobs that are waiting, one at a time in the order they came."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._turn = threading.Lock()

    def drain(self) -> None:
        """No job that was there when this was called is waiting any more, unless the store is away."""
        with self._turn:
            jobs = self._services.capture_jobs
            try:
                for waiting in jobs.unfinished():
                    job = jobs.find(waiting)
                    if job is not None:
                        self._run(job)
            except StoreUnavailableError as error:
                log.warning("capture_waiting", reason=str(error))

    def _run(self, job: CaptureJob) -> None:
        services = self._services
        try:
            with services.hold_alarms.telling():
                run_capture(job, jobs=services.capture_jobs, events=services.public.events, now=services.now)
        except StoreUnavailableError:
            raise
        except Exception:  # an entry-point loop: a job that cannot be done must not keep the others waiting
            log.exception("capture_failed", job=job.id)
            services.capture_jobs.finish(failed(job, at=services.now()), [])


@capture_router.options("/capture", status_code=204, response_class=Response)
def capture_options() -> Response:
    """The methods, versions and limits; both error behaviours are offered."""
    return discovery("GET", "POST", more={**LIMITS, BEHAVIOUR: "all"})


@capture_router.post(
    "/capture",
    summary="Capture a document of EPCIS events",
    status_code=202,
    response_class=Response,
    openapi_extra=JSON_BODY,
)
async def capture(request: Request, viewer: ViewerOf, body: JsonBody) -> Response:
    """The document is durable when this answers 202; `Location` leads to the job that takes its events."""
    return await run_in_threadpool(_open, request, viewer, body)


@capture_router.get(
    "/capture",
    summary="Capture jobs, oldest first",
    response_class=Response,
    openapi_extra=parameters(pages=True),
)
def jobs(request: Request, viewer: ViewerOf) -> Response:
    """The viewer's own jobs; all of them for an operator."""
    asked = asked_page(request, viewer.now)
    owner = None if viewer.operator else viewer.user.login
    found = viewer.services.capture_jobs.list(owner, after=asked.number(), limit=asked.size + 1)
    shown = found[: asked.size]
    more = len(found) > asked.size
    headers = asked.next({"number": shown[-1][0]} if more else None)
    return json_answer([_shape(job) for _, job in shown], headers=headers)


@capture_router.options("/capture/{capture_id}", status_code=204, response_class=Response)
def job_options(capture_id: str) -> Response:  # noqa: ARG001 the same for every job
    """The methods and versions."""
    return discovery("GET")


@capture_router.get("/capture/{capture_id}", summary="One capture job", response_class=Response)
def job(viewer: ViewerOf, capture_id: str) -> Response:
    """How far the job is, and which events are in error."""
    found = viewer.services.capture_jobs.find(capture_id)
    if found is None or not (viewer.operator or found.owner == viewer.user.login):
        raise NotVisibleError(kind="capture job", identifier=capture_id)
    return json_answer(_shape(found), headers={})


def runner_of(request: Request) -> CaptureRunner:
    """The runner the application was made with."""
    return cast("CaptureRunner", request.app.state.capture_runner)


def _open(request: Request, viewer: Viewer, body: bytes) -> Response:
    require_capture(viewer, "/epcis/capture")
    behaviour = _behaviour(request)
    read_capture(body, now=viewer.now)
    job = CaptureJob(id=uuid.uuid4().hex, owner=viewer.user.login, created=viewer.now, behaviour=behaviour)
    viewer.services.capture_jobs.open(job, body)
    headers = {"Location": f"/epcis/capture/{quote(job.id)}", BEHAVIOUR: behaviour, **HEADERS}
    return Response(status_code=202, headers=headers, background=BackgroundTask(runner_of(request).drain))


def _behaviour(request: Request) -> ErrorBehaviour:
    text = request.headers.get(BEHAVIOUR, ErrorBehaviour.ROLLBACK)
    try:
        return ErrorBehaviour(text)
    except ValueError:
        raise BadQueryError(parameter=BEHAVIOUR, value=text, rule="rollback or proceed is expected") from None


def _shape(job: CaptureJob) -> dict[str, Any]:
    finished = {} if job.finished is None else {"finishedAt": time_text(job.finished)}
    return {
        "captureID": job.id,
        "createdAt": time_text(job.created),
        **finished,
        "running": job.finished is None,
        "success": not job.errors,
        "captureErrorBehaviour": job.behaviour,
        "errors": [{"type": each.type, "title": each.title, "detail": each.detail} for each in job.errors],
    }
