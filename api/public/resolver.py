"""The GS1 Digital Link resolver: our own page of a code, what else is asked for, or where it was said to lead."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from api.public.further import RECORDS, further_of
from api.public.rendering import language_of
from api.public.resolver_answers import (
    description,
    linkset_answer,
    opened_to_all,
    preflight,
    redirect,
    resolved_ais,
)
from api.public.services import PublicServices
from api.public.thing_pages import (
    compressed_page,
    malformed_page,
    no_link_page,
    status_answer,
    thing_answer,
)
from api.public.thing_status import standing_of
from traceability.errors import DigitalLinkError
from traceability.gs1.digital_link import GTIN_AI, DigitalLink
from traceability.resolver.links import Level, ResolverLink, Wanted, chosen_link, default_link, forwarded, levels_of
from traceability.resolver.linksets import linkset_header
from traceability.resolver.own_links import own_links
from traceability.resolver.requests import looks_compressed, read_wanted
from traceability.resolver.things import KnownThings, ThingKind

READ = ["GET", "HEAD"]
RECALL_STATUS = "/recall-status"
NOT_FOUND = 404
RECALL_TYPE = "recallStatus"
Page = Callable[[], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request to the resolver, read. query: as it was sent. root: scheme and host under which the house is known."""

    link: DigitalLink
    wanted: Wanted
    query: str
    root: str


def resolver_router(services: PublicServices) -> APIRouter:
    """Every route of the resolver but the page of goods, which asks `resolved` itself."""
    router = APIRouter(include_in_schema=False)
    root = services.base_url.rstrip("/")

    def describe() -> Response:
        return description(root)

    def resolve(request: Request) -> Response:
        return resolved(services, request, lambda: _own_page(services, request))

    def recall_status(request: Request) -> Response:
        return _recall_status(services, request)

    router.add_api_route("/.well-known/gs1resolver", describe, methods=READ)
    router.add_api_route("/.well-known/gs1resolver", preflight, methods=["OPTIONS"])
    for ai in resolved_ais():
        if ai != GTIN_AI:
            router.add_api_route(f"/{ai}/{{rest:path}}", resolve, methods=READ)
        router.add_api_route(f"{RECALL_STATUS}/{ai}/{{rest:path}}", recall_status, methods=READ)
        for path in (f"/{ai}/{{rest:path}}", f"{RECALL_STATUS}/{ai}/{{rest:path}}"):
            router.add_api_route(path, preflight, methods=["OPTIONS"])
    return router


def compressed_router() -> APIRouter:
    """The answer to a compressed Digital Link; to stand behind every other route, as words can look like one."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/{code}", methods=READ)
    def compressed(request: Request, code: str) -> Response:
        if not looks_compressed(code):
            raise HTTPException(NOT_FOUND)
        return opened_to_all(compressed_page(request))

    return router


def resolved(services: PublicServices, request: Request, page: Page) -> Response:
    """The answer to a code. page: makes the house's own page for it, or its 404 or 400."""
    if further_of(path_of(request)) == RECORDS:
        return opened_to_all(page())
    _forget_last_slash(request)
    try:
        asked = _read(services, request)
    except DigitalLinkError:
        return opened_to_all(page())
    if asked.wanted.listed:
        answer = _listed(services, asked, page)
    elif asked.wanted.link_type:
        answer = _of_type(services, request, asked, page)
    else:
        answer = _by_default(services, asked, page)
    answer.headers.append("Link", linkset_header(asked.root, asked.link.path))
    return opened_to_all(answer)


def path_of(request: Request) -> str:
    """The path as it was sent: %2F inside a lot is no slash."""
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return raw.decode("latin-1")


def _forget_last_slash(request: Request) -> None:
    """One slash at the end means nothing (GS1-Conformant Resolver Standard); no page is to stumble over it."""
    path = path_of(request)
    if path.endswith("/"):
        request.scope["raw_path"] = path[:-1].encode("latin-1")
        request.scope["path"] = request.scope["path"].removesuffix("/")


def _read(services: PublicServices, request: Request) -> Asked:
    query = request.scope.get("query_string", b"").decode("latin-1")
    headers = request.headers
    wanted = read_wanted(query, accept=headers.get("accept", ""), accept_language=headers.get("accept-language", ""))
    link = DigitalLink.parse_path(path_of(request), query)
    return Asked(link=link, wanted=wanted, query=query, root=services.base_url.rstrip("/"))


def levels_with_links(services: PublicServices, link: DigitalLink, root: str) -> tuple[Level, ...]:
    """The key's levels, the finest first, with our own links and those that were given."""
    levels = levels_of(link)
    given = services.links.of([level.path for level in levels])
    thing = things_of(services).find(link)
    own = () if thing is None else tuple(each for kind in thing.kinds for each in own_links(kind, link, root))
    # A lot has a status, but no page to be led to where somebody gave a better one.
    ours = own[0] if thing is not None and thing.kind is not ThingKind.LOT else None
    found = []
    for place, level in enumerate(levels):
        here = [each for each in given if each.key == level.path]
        links = tuple(_at_home(each.link, root) for each in here)
        default = next((link for each, link in zip(here, links, strict=True) if each.default), None)
        if place == 0:
            links, default = own + links, ours or default
        found.append(Level(link=level, description="", links=links, default=default))
    return tuple(found)


def things_of(services: PublicServices) -> KnownThings:
    """What is known here."""
    return KnownThings(events=services.events, products=services.products, places=services.places)


def _at_home(link: ResolverLink, root: str) -> ResolverLink:
    return replace(link, own=True) if link.href.startswith(f"{root}/") else link


def _listed(services: PublicServices, asked: Asked, page: Page) -> Response:
    levels = levels_with_links(services, asked.link, asked.root)
    if default_link(levels) is None:
        return _refused(page)
    things = things_of(services)
    told = [replace(level, description=things.description(level.link)) for level in levels if level.links]
    return linkset_answer(told, asked.root, asked.wanted)


def _of_type(services: PublicServices, request: Request, asked: Asked, page: Page) -> Response:
    levels = levels_with_links(services, asked.link, asked.root)
    link = chosen_link(levels, asked.wanted)
    if link is not None:
        return redirect(forwarded(link, asked.query))
    if default_link(levels) is None:
        return _refused(page)
    return no_link_page(request, asked.wanted.link_type, [each for level in levels for each in level.links])


def _by_default(services: PublicServices, asked: Asked, page: Page) -> Response:
    """Our own page where there is one; else where the code was said to lead.

    A pack of a product of ours that nobody packed leads nowhere: it must not look like one of ours. And what is
    recalled or on hold leads to that status, not to an advertisement.
    """
    answer = page()
    link = asked.link
    if answer.status_code != NOT_FOUND or (link.serial is not None and services.products.find(link.key) is not None):
        return answer
    levels = levels_with_links(services, link, asked.root)
    followed = chosen_link(levels, asked.wanted)
    if followed is not None and not standing_of(services, link).clear:
        followed = chosen_link(levels, replace(asked.wanted, link_type=RECALL_TYPE)) or followed
    if followed is None:
        return answer
    target = forwarded(followed, asked.query)
    here = asked.root + link.path + (f"?{asked.query}" if asked.query else "")
    return answer if target == here else redirect(target)


def _refused(page: Page) -> Response:
    """The page that says what is unknown about the code."""
    answer = page()
    answer.status_code = max(answer.status_code, NOT_FOUND)
    return answer


def _own_page(services: PublicServices, request: Request) -> Response:
    try:
        link = DigitalLink.parse_path(path_of(request), request.url.query)
    except DigitalLinkError as error:
        return malformed_page(request, error, language_of(request))
    return thing_answer(services, request, link, things_of(services).find(link))


def _recall_status(services: PublicServices, request: Request) -> Response:
    _forget_last_slash(request)
    path = path_of(request).removeprefix(RECALL_STATUS)
    try:
        link = DigitalLink.parse_path(path, request.url.query)
    except DigitalLinkError as error:
        return opened_to_all(malformed_page(request, error, language_of(request)))
    return opened_to_all(status_answer(services, request, link, things_of(services).find(link)))
