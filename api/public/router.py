"""The public pages: start, one pack, its records, its QR code."""

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.public.animals_view import animals_view
from api.public.codes import characters, link_of, typed_code
from api.public.further import ANIMALS, RECORDS, further_of
from api.public.language import Language
from api.public.pack_view import pack_view
from api.public.pages_elsewhere import answer_of, asked_of
from api.public.qr_codes import qr_svg
from api.public.records_view import records_view
from api.public.rendering import SECURITY_HEADERS, language_of, page
from api.public.resolver import resolved, resolver_router
from api.public.services import PublicServices
from api.public.words import UNKNOWN
from traceability.errors import DigitalLinkError, KeyFormatError
from traceability.gs1.digital_link import DigitalLink
from traceability.passport import Passport, build_passport, why_unknown

READ = ["GET", "HEAD"]
ROBOTS = "User-agent: *\nDisallow: /console\nDisallow: /api/\nDisallow: /epcis\nDisallow: /find\n"
MOST_PAGE_DIGITS = 6
STORY = "story"
"""In the query where somebody wants the story of a pack that must not be eaten."""
CONTENT = {RECORDS: ("records.html", records_view), ANIMALS: ("animals.html", animals_view)}
"""The further pages of a pack, by what stands behind its path."""
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

    @router.api_route("/robots.txt", methods=READ)
    def robots() -> Response:
        return Response(ROBOTS, media_type="text/plain", headers=SECURITY_HEADERS)

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
        made = None if services.elsewhere is None else await services.elsewhere.page(asked_of(request))
        return await in_turn(resolved_pack, request) if made is None else answer_of(made)

    @router.api_route("/qr/01/{rest:path}", methods=READ)
    async def qr(request: Request, rest: str) -> Response:  # noqa: ARG001 the path is read undecoded
        return await in_turn(_qr, request)

    router.include_router(resolver_router(services))
    return router


def _raw_path(request: Request) -> str:
    """The path as it was sent: %2F inside a lot is no slash."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return raw.decode("latin-1")


def _passport(services: PublicServices, link: DigitalLink, *, with_records: bool = False) -> Passport | None:
    return build_passport(
        link,
        events=services.events,
        products=services.products,
        places=services.places,
        now=services.now(),
        recalls=services.recalls,
        holds=services.holds,
        scans=services.scans,
        digests=None if with_records else services.digests,
    )


def resolved_pack(services: PublicServices, request: Request) -> Response:
    """The answer to a pack's code, or to any path below it."""
    with services.one_view():
        return resolved(services, request, lambda: _pack_page(services, request))


def _pack_page(services: PublicServices, request: Request) -> Response:
    language, path = language_of(request), _raw_path(request)
    further = further_of(path)
    try:
        link = DigitalLink.parse_path(path.removesuffix(further), request.url.query)
    except DigitalLinkError as error:
        return _malformed(request, error, language)
    passport = _passport(services, link, with_records=further == RECORDS)
    if passport is None:
        return _unknown(services, request, link, language)
    links = _links(services, link, language, further)
    if further:
        template, view = CONTENT[further]
        return page(request, template, {**view(passport, _page_number(request)), **links}, language=language)
    _count(services, request, link)
    view_of_pack = pack_view(passport, language, services)
    whole = view_of_pack["state"].story == "below" or STORY in request.query_params
    return page(request, "pack.html", {**view_of_pack, **links, "told_whole": whole}, language=language)


def _links(services: PublicServices, link: DigitalLink, language: Language, further: str) -> Mapping[str, Any]:
    path, suffix = link.path, "?lang=en" if language.english else ""
    return {
        "canonical": services.base_url.rstrip("/") + path + further,
        "pack_href": path + suffix,
        "story_href": f"{path}?{STORY}=1" + ("&lang=en" if language.english else ""),
        "records_href": path + RECORDS + suffix,
        "animals_href": path + ANIMALS + suffix,
        "qr_href": f"/qr{path}.svg",
    }


def _count(services: PublicServices, request: Request, link: DigitalLink) -> None:
    """The scan is counted: the network it came from, once a day, and nothing of who it was."""
    if services.counter is not None and request.client is not None and request.method == "GET":
        today = services.now().astimezone(UTC).date()
        services.counter.note(link.epc_uri, request.client.host, today=today)


def _page_number(request: Request) -> int:
    """The page asked for; the first where that is no number."""
    text = request.query_params.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_PAGE_DIGITS else 1


def _qr(services: PublicServices, request: Request) -> Response:
    path = _raw_path(request).removeprefix("/qr").removesuffix(".svg")
    try:
        link = DigitalLink.parse_path(path)
    except DigitalLinkError as error:
        return _malformed(request, error, language_of(request))
    with services.one_view():
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
