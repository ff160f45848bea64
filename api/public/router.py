"""The public pages: start, one pack, its records, its QR code."""

from collections.abc import Callable

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.public.codes import characters, link_of, typed_code
from api.public.language import Language
from api.public.pack_view import pack_view
from api.public.qr_codes import qr_svg
from api.public.records_view import records_view
from api.public.rendering import SECURITY_HEADERS, language_of, page
from api.public.services import PublicServices
from api.public.words import UNKNOWN
from traceability.digital_link import DigitalLink
from traceability.errors import DigitalLinkError, KeyFormatError
from traceability.passport import Passport, build_passport, why_unknown

READ = ["GET", "HEAD"]
RECORDS = "/records"
MADE_AT_ONCE = 2
"""Pages of packs: each reads some 300 rows and works on them for 10 ms. Thirty at once hand Python's one lock to and
fro for every row, and each page then costs four times as much (measured)."""


def public_router(services: PublicServices) -> APIRouter:
    """The routes that anyone may use; none sets a cookie, none leads to a household."""
    router = APIRouter(include_in_schema=False)
    turns = CapacityLimiter(MADE_AT_ONCE)

    async def in_turn(make: Callable[[PublicServices, Request], Response], request: Request) -> Response:
        return await to_thread.run_sync(make, services, request, limiter=turns)

    @router.api_route("/", methods=READ)
    def home(request: Request) -> Response:
        return page(request, "home.html", {}, language=language_of(request))

    @router.api_route("/find", methods=READ)
    def find(request: Request, code: str = "", gtin: str = "", lot: str = "", serial: str = "") -> Response:
        language = language_of(request)
        try:
            link = typed_code(code) if code else link_of(gtin, lot, serial)
        except (KeyFormatError, DigitalLinkError) as error:
            return _malformed(request, error, language)
        return RedirectResponse(link.path + ("?lang=en" if language.english else ""), 303, headers=SECURITY_HEADERS)

    @router.api_route("/01/{rest:path}", methods=READ)
    async def pack(request: Request, rest: str) -> Response:  # noqa: ARG001 the path is read undecoded
        return await in_turn(_pack_page, request)

    @router.api_route("/qr/01/{rest:path}", methods=READ)
    async def qr(request: Request, rest: str) -> Response:  # noqa: ARG001 the path is read undecoded
        return await in_turn(_qr, request)

    return router


def _raw_path(request: Request) -> str:
    """The path as it was sent: %2F inside a lot is no slash."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return raw.decode("latin-1")


def _passport(services: PublicServices, link: DigitalLink) -> Passport | None:
    return build_passport(
        link,
        events=services.events,
        products=services.products,
        places=services.places,
        now=services.now(),
        recalls=services.recalls,
    )


def _pack_page(services: PublicServices, request: Request) -> Response:
    language, path = language_of(request), _raw_path(request)
    wants_records = path.endswith(RECORDS)
    try:
        link = DigitalLink.parse_path(path.removesuffix(RECORDS), request.url.query)
    except DigitalLinkError as error:
        return _malformed(request, error, language)
    passport = _passport(services, link)
    if passport is None:
        return _unknown(services, request, link, language)
    suffix = "?lang=en" if language.english else ""
    links = {
        "pack_href": link.path + suffix,
        "records_href": link.path + RECORDS + suffix,
        "qr_href": f"/qr{link.path}.svg",
    }
    if wants_records:
        return page(request, "records.html", {**records_view(passport), **links}, language=language)
    return page(request, "pack.html", {**pack_view(passport, language), **links}, language=language)


def _qr(services: PublicServices, request: Request) -> Response:
    path = _raw_path(request).removeprefix("/qr").removesuffix(".svg")
    try:
        link = DigitalLink.parse_path(path)
    except DigitalLinkError as error:
        return _malformed(request, error, language_of(request))
    if _passport(services, link) is None:
        return _unknown(services, request, link, language_of(request))
    picture = qr_svg(services.base_url.rstrip("/") + link.path)
    return Response(picture, media_type="image/svg+xml", headers=SECURITY_HEADERS)


def _malformed(request: Request, error: KeyFormatError | DigitalLinkError, language: Language) -> Response:
    part = error.text if isinstance(error, KeyFormatError) else error.part
    variables = {"part": part[:80], "rule": (error.rule_zh or error.rule, error.rule)}
    return page(request, "malformed.html", variables, language=language, status=400)


def _unknown(services: PublicServices, request: Request, link: DigitalLink, language: Language) -> Response:
    reason = why_unknown(link, events=services.events, products=services.products)
    product = services.products.find(link.gtin) if link.gtin is not None else None
    variables = {
        "link": link,
        "product": product,
        "reason": UNKNOWN[reason],
        "serial": characters(link.serial or ""),
    }
    return page(request, "unknown.html", variables, language=language, status=404)
