"""The web application: pages for people, JSON for programs, put together from its routers."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import bokeh
from bokeh.settings import settings as bokeh_settings
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from agronomy.errors import AgronomyError
from api.answers import answer_error, answer_unexpected
from api.auth import Doorkeeper
from api.console.router import console_router
from api.errors import ApiError
from api.grants import Grants
from api.household.router import household_router
from api.limits import BodyLimit, SecurityHeaders
from api.openapi_problems import problem_responses
from api.operations import RequestTimes, operations_router
from api.public.certificates import certificate_router
from api.public.evidence import evidence_router
from api.public.photos import photo_router
from api.public.resolver import compressed_router
from api.public.router import public_router
from api.rest.advice import advice_router
from api.rest.archives import archives_router
from api.rest.balance import balance_router
from api.rest.certificates import certificates_router
from api.rest.devices import devices_router
from api.rest.epcis import epcis_router
from api.rest.epcis_capture import CaptureRunner
from api.rest.epcis_singles import SingleCaptures
from api.rest.event_records import event_records_router
from api.rest.holds import holds_router
from api.rest.lifecycle import lifecycle_router
from api.rest.produce_papers import produce_papers_router
from api.rest.readings_csv import readings_csv_router
from api.rest.recalls import recalls_router
from api.rest.telemetry import telemetry_router
from api.rest.trace import trace_router
from api.services import Services
from api.static_files import A_WHILE, FOR_EVER, compressed_files
from devices.errors import DeviceError
from households.errors import HouseholdError
from livestock.errors import LivestockError
from observations.errors import ObservationError
from traceability.errors import TraceabilityError

ERROR_ROOTS = (
    ApiError,
    AgronomyError,
    DeviceError,
    HouseholdError,
    LivestockError,
    ObservationError,
    TraceabilityError,
    RequestValidationError,
    HTTPException,
)
STATIC_FILES = Path(__file__).parent / "static"
DESCRIPTION = """
Telemetry of the farms you may see, and EPCIS capture. Sign in on the console, or send `Authorization: Bearer <token>`.

Times are RFC 3339 in UTC. Units are UN/CEFACT Recommendation 20 codes, one per property (`/api/v1/properties`).
Errors are problem details (RFC 9457). What you may not see is answered like what does not exist: 404.
"""


def create_app(services: Services) -> FastAPI:
    """The application over these services; it reads no settings and opens nothing by itself."""
    runner = CaptureRunner(services)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # What an earlier process took and did not finish is done now, while requests are answered already.
        unfinished = threading.Thread(target=runner.drain, name="capture")
        unfinished.start()
        yield
        await run_in_threadpool(unfinished.join)

    app = FastAPI(
        lifespan=lifespan,
        title="tiantou 田头",
        version="1",
        description=DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # FastAPI's own pages load scripts from another host
        redoc_url=None,
        responses=problem_responses(),
    )
    app.state.services = services
    app.state.doorkeeper = Doorkeeper(accounts=services.accounts)
    app.state.capture_runner = runner
    app.state.single_captures = SingleCaptures(services.public.events)
    app.state.grants = Grants()
    # Routes are tried in order, and no other page is asked for as often as a pack's.
    app.include_router(public_router(services.public))
    for router in (
        operations_router,
        telemetry_router,
        readings_csv_router,
        devices_router,
        advice_router,
        event_records_router,
        lifecycle_router,
        holds_router,
        produce_papers_router,
        trace_router,
        balance_router,
        recalls_router,
        archives_router,
        certificates_router,
        epcis_router(),
        console_router,
        household_router,
    ):
        app.include_router(router)
    app.include_router(certificate_router(services.public))
    app.include_router(evidence_router(services.public))
    app.include_router(photo_router(services.public))
    # The version in the path lets browsers keep the files for ever.
    bokeh_files = bokeh_settings.bokehjs_path() / "js"
    app.mount(f"/static/bokeh/{bokeh.__version__}", compressed_files(directory=bokeh_files, keep=FOR_EVER))
    app.mount("/static", compressed_files(directory=STATIC_FILES, keep=A_WHILE))
    app.include_router(compressed_router())
    for root in ERROR_ROOTS:
        app.add_exception_handler(root, answer_error)
    app.add_exception_handler(Exception, answer_unexpected)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders, https=services.secure_cookies)
    app.add_middleware(RequestTimes, registry=services.metrics)
    return app
