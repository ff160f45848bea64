"""Whether the service is alive, ready, and how it is doing."""

import time

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.requests import ServicesOf

KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

operations_router = APIRouter(tags=["operations"])


@operations_router.get("/healthz", summary="The process is alive", response_class=PlainTextResponse)
async def healthz() -> PlainTextResponse:
    """Answers as long as the process serves requests; says nothing about its parts."""
    return PlainTextResponse("ok\n")


@operations_router.get(
    "/readyz",
    summary="The service can do its work",
    responses={503: {"description": "Not ready; `problems` says why, by part."}},
)
def readyz(services: ServicesOf) -> JSONResponse:
    """200 while nothing is in the way, otherwise 503 with the problems in words."""
    problems = dict(services.readiness())
    return JSONResponse({"ready": not problems, "problems": problems}, status_code=503 if problems else 200)


@operations_router.get("/metrics", summary="Figures for Prometheus", response_class=PlainTextResponse)
def metrics(services: ServicesOf) -> Response:
    """The text format of Prometheus: sums over the whole platform, nothing of a single farm."""
    return Response(generate_latest(services.metrics), media_type=CONTENT_TYPE_LATEST)


class RequestTimes:
    """Measures every request into the histogram `tiantou_http_request_seconds`, by route, never by raw path."""

    def __init__(self, app: ASGIApp, *, registry: CollectorRegistry) -> None:
        self.app = app
        self.seconds = Histogram(
            "tiantou_http_request_seconds",
            "Time from a request's arrival to the end of its answer.",
            ["method", "route", "status"],
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer and measure."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        status = 500
        begun = time.perf_counter()

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        finally:
            method = scope["method"] if scope["method"] in KNOWN_METHODS else "other"
            route = str(getattr(scope.get("route"), "path", "none"))
            self.seconds.labels(method, route, str(status)).observe(time.perf_counter() - begun)
