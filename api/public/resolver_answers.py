"""How the resolver answers: what every answer carries, redirects, sets of links, and its description of itself."""

import json
from collections.abc import Sequence

from fastapi import Response

from api.public.rendering import SECURITY_HEADERS
from traceability.gs1.application_identifiers import application_identifiers
from traceability.resolver.link_types import PREFIX, VOCABULARY
from traceability.resolver.links import Level, Wanted
from traceability.resolver.linksets import JSON_LD_CONTEXT, context_header, linkset
from traceability.resolver.requests import LINKSET_TYPE

METHODS = "GET, HEAD, OPTIONS"
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Link, Location",
    # In place of the house's usual same-origin: what is public may be read from any page.
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_PREFLIGHT = {
    **OPEN,
    "Allow": METHODS,
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": "Accept, Accept-Language",
    "Access-Control-Max-Age": "86400",
}
_LINKSET_FORMS = (LINKSET_TYPE, "application/json", "application/ld+json")


def resolved_ais() -> tuple[str, ...]:
    """The primary keys that are resolved: every one that is spoken here."""
    return tuple(row.pattern.pattern for row in application_identifiers() if row.is_key)


def preflight() -> Response:
    """What may be asked here, from any page."""
    return Response(status_code=204, headers=_PREFLIGHT)


def opened_to_all(answer: Response) -> Response:
    """The same answer, readable from any page; it differs with what the request accepts."""
    answer.headers.update(OPEN)
    answer.headers["Vary"] = "Accept, Accept-Language"
    return answer


def redirect(target: str) -> Response:
    """A redirect for now: where a link leads may change, and a recall must reach the next reader."""
    return Response(status_code=307, headers={**SECURITY_HEADERS, "Location": target})


def linkset_answer(levels: Sequence[Level], root: str, wanted: Wanted) -> Response:
    """Every link, as a linkset in the form that is wanted."""
    form = next((each for each in wanted.media_types if each in _LINKSET_FORMS), LINKSET_TYPE)
    document = linkset(levels, root)
    if form == "application/ld+json":
        document = {"@context": JSON_LD_CONTEXT, **document}
    answer = json_answer(document, media_type=form)
    answer.headers.append("Link", context_header())
    return answer


def json_answer(document: object, *, media_type: str = "application/json", status: int = 200) -> Response:
    """The document as JSON, its Chinese readable."""
    body = json.dumps(document, ensure_ascii=False, indent=1)
    return Response(body, status_code=status, media_type=media_type, headers=SECURITY_HEADERS)


def description(root: str) -> Response:
    """The resolver description file (GS1-Conformant Resolver Standard 1.2, section 3)."""
    return opened_to_all(
        json_answer(
            {
                "name": "tiantou 田头",
                "resolverRoot": root,
                "supportedPrimaryKeys": list(resolved_ais()),
                "supportedLinkType": [{"namespace": VOCABULARY, "prefix": PREFIX}],
                "linkTypeDefaultCanBeLinkset": False,
                "supportedContextValuesExternal": [
                    {"nameOfList": "ISO 3166-1 alpha-2", "url": "https://www.iso.org/iso-3166-country-codes.html"}
                ],
                "jsonLdContextLocation": JSON_LD_CONTEXT,
            }
        )
    )
