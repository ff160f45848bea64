"""Evidence of a pack for anyone who holds its code: the signed ZIP, its EPCIS events, its days; and the public key.

Making one costs up to a second: two are made at a time, and one address that asks again and again has to wait.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import rfc8785
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.responses import StreamingResponse

from api.errors import ThrottledError
from api.public.rendering import SECURITY_HEADERS
from api.public.services import PublicServices
from api.throttle import Throttle
from traceability.errors import DigitalLinkError
from traceability.evidence_pack.days import summaries_csv
from traceability.evidence_pack.pack import Bounds, Evidence, evidence_pack
from traceability.evidence_pack.public_events import public_document
from traceability.gs1.digital_link import DigitalLink
from traceability.passport import Passport, build_passport

READ = ["GET", "HEAD"]
PREFIX = "/evidence"
WELL_KNOWN = "/.well-known/tiantou-evidence.json"
AT_ONCE = 2
BUSY_WAIT_S = 5
CHUNK = 64 * 1024
BOUNDS = Bounds()
PACK, EVENTS, DAYS = ".zip", ".epcis.json", ".days.csv"
MEDIA = {PACK: "application/zip", EVENTS: "application/ld+json", DAYS: "text/csv; charset=utf-8"}
ANYONE = {**SECURITY_HEADERS, "Access-Control-Allow-Origin": "*"}


def evidence_router(services: PublicServices) -> APIRouter:
    """The files of a pack's evidence; no cookie, no household, no farm's number."""
    router = APIRouter(include_in_schema=False)
    evidence, door = services.evidence, _Door()
    if evidence is None:
        return router

    @router.api_route(WELL_KNOWN, methods=READ)
    def keys() -> Response:
        return JSONResponse({"keys": [evidence.key.jwk]}, media_type="application/jwk-set+json", headers=ANYONE)

    @router.api_route(f"{PREFIX}/01/{{rest:path}}", methods=READ)
    def files(request: Request, rest: str) -> Response:  # noqa: ARG001 the path is read undecoded
        raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
        path = raw.decode("latin-1").removeprefix(PREFIX)
        form = next((form for form in MEDIA if path.endswith(form)), None)
        try:
            link = None if form is None else DigitalLink.parse_path(path.removesuffix(form))
        except DigitalLinkError as error:
            return _plain(400, error.rule)
        if form is None or link is None or link.serial is None:
            return _plain(404, f"add {' or '.join(MEDIA)} to the path of a pack")
        address = request.client.host if request.client else ""
        with door.open(address, services):
            passport = _passport(services, link)
            if passport is None:
                return _plain(404, "no record of such a pack: not found is neither fake nor genuine")
            content = _content(services, evidence, passport, form)
        name = f"evidence-{link.gtin}-{link.serial}{form}".encode("ascii", "replace").decode().replace('"', "_")
        headers = {
            **ANYONE,
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Length": str(len(content)),
        }
        return StreamingResponse(_chunks(content), media_type=MEDIA[form], headers=headers)

    return router


class _Door:
    """Lets in two at a time, and slows down an address that keeps asking."""

    def __init__(self) -> None:
        self._throttle = Throttle()
        self._making = threading.BoundedSemaphore(AT_ONCE)

    @contextmanager
    def open(self, address: str, services: PublicServices) -> Iterator[None]:
        """The right to make one; raises ThrottledError."""
        now = services.now()
        wait_s = self._throttle.wait_s(address, now)
        if wait_s:
            raise ThrottledError(wait_s)
        self._throttle.failed(address, now)
        if not self._making.acquire(timeout=BUSY_WAIT_S):
            raise ThrottledError(BUSY_WAIT_S)
        try:
            yield
        finally:
            self._making.release()


def _passport(services: PublicServices, link: DigitalLink) -> Passport | None:
    return build_passport(
        link,
        events=services.events,
        products=services.products,
        places=services.places,
        recalls=services.recalls,
        holds=services.holds,
        now=services.now(),
    )


def _content(services: PublicServices, evidence: Evidence, passport: Passport, form: str) -> bytes:
    if form == EVENTS:
        return rfc8785.dumps(public_document(passport, passport.records, evidence.key.commit))
    if form == DAYS:
        return summaries_csv(passport.lives)
    return evidence_pack(passport, evidence, made_at=services.now(), bounds=BOUNDS)


def _chunks(content: bytes) -> Iterator[bytes]:
    return (content[start : start + CHUNK] for start in range(0, len(content), CHUNK))


def _plain(status: int, text: str) -> Response:
    return Response(f"{text}\n", status_code=status, media_type="text/plain; charset=utf-8", headers=ANYONE)
