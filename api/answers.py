"""How errors are answered: problem details (RFC 9457) for programs, a page for people."""

import uuid
from collections.abc import Mapping
from urllib.parse import quote

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from api.console.rendering import page
from api.errors import AlreadyThereError, NotSignedInError, Refusal, ThrottledError, refusal_for
from api.rest.epcis_headers import LIMITS

log = structlog.get_logger()

NOT_SIGNED_IN = 401
TOO_LARGE = 413


async def answer_error(request: Request, error: Exception) -> Response:
    """The refusal that the table holds for the error, as the client reads it."""
    refusal = refusal_for(error)
    headers = _headers(error, refusal)
    if speaks_epcis(request) and refusal.status == TOO_LARGE:
        headers |= LIMITS
    if isinstance(error, NotSignedInError) and reads_pages(request):
        return RedirectResponse(_sign_in_url(request), status_code=303)
    if reads_pages(request):
        response = await run_in_threadpool(_error_page, request, refusal, detail_of(error))
        response.headers.update(headers)
        return response
    return problem(refusal, detail_of(error), headers, epcis=speaks_epcis(request))


async def answer_unexpected(request: Request, error: Exception) -> Response:
    """An answer with a number to quote; the log holds the error under the same number."""
    number = uuid.uuid4().hex[:12]
    log.error("request_failed", number=number, method=request.method, path=request.url.path, exc_info=error)
    refusal = refusal_for(error)
    detail = f"number {number}; please quote it"
    if reads_pages(request):
        return await run_in_threadpool(_error_page, request, refusal, detail)
    return problem(refusal, detail, {}, epcis=speaks_epcis(request))


def problem(refusal: Refusal, detail: str, headers: Mapping[str, str], *, epcis: bool = False) -> JSONResponse:
    """Problem details, RFC 9457; epcis: under the name that EPCIS has for it."""
    content = {
        "type": f"epcisException:{refusal.epcis}" if epcis else f"urn:tiantou:problem:{refusal.code}",
        "title": refusal.en,
        "status": refusal.status,
        "detail": detail,
        "code": refusal.code,
        "title_zh": refusal.zh,
    }
    return JSONResponse(
        content, status_code=refusal.status, headers=dict(headers), media_type="application/problem+json"
    )


def speaks_epcis(request: Request) -> bool:
    """Whether the request came to the EPCIS interface."""
    return request.url.path == "/epcis" or request.url.path.startswith("/epcis/")


def reads_pages(request: Request) -> bool:
    """Whether the client asked for a page."""
    return "text/html" in request.headers.get("accept", "")


def detail_of(error: Exception) -> str:
    """What was wrong, where, and what to do; nothing of the inside of the house."""
    if isinstance(error, RequestValidationError):
        parts = [".".join(str(step) for step in each["loc"]) + ": " + str(each["msg"]) for each in error.errors()]
        return "; ".join(parts)[:1000]
    if isinstance(error, HTTPException):
        return str(error.detail)
    return str(error)


def _headers(error: Exception, refusal: Refusal) -> dict[str, str]:
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if refusal.status == NOT_SIGNED_IN:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, ThrottledError):
        headers["Retry-After"] = str(error.wait_s)
    if isinstance(error, AlreadyThereError):
        headers["Location"] = error.location
    return headers


def _sign_in_url(request: Request) -> str:
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/console/login?next={quote(wanted, safe='')}" if request.method == "GET" else "/console/login"


def _error_page(request: Request, refusal: Refusal, detail: str) -> Response:
    return page(request, "error.html", {"refusal": refusal, "detail": detail}, status=refusal.status)
