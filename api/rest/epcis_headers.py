"""Versions and content negotiation of the EPCIS interface: what it speaks, and what it says of itself."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated

from fastapi import Depends
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from api.errors import BadQueryError, NotAcceptableError, NotOfferedError, UriTooLongError
from api.requests import ViewerOf
from traceability.context import NAMESPACE
from traceability.epcis.documents import LARGEST_DOCUMENT, MOST_EVENTS

VERSION = "2.0.0"
EXTENSIONS = f"tt={NAMESPACE}"
HEADERS: Mapping[str, str] = {
    "GS1-EPCIS-Version": VERSION,
    "GS1-CBV-Version": VERSION,
    "GS1-Extensions": EXTENSIONS,
}
"""What every answer carries."""
DISCOVERY: Mapping[str, str] = {
    **HEADERS,
    "GS1-EPCIS-Min": VERSION,
    "GS1-EPCIS-Max": VERSION,
    "GS1-CBV-Min": VERSION,
    "GS1-CBV-Max": VERSION,
    "GS1-EPC-Format": "Never_Translates",
    "GS1-CBV-XML-Format": "No_Preference",
    "GS1-Vendor-Version": "1",
}
LIMITS: Mapping[str, str] = {
    "GS1-EPCIS-Capture-Limit": str(MOST_EVENTS),
    "GS1-EPCIS-Capture-File-Size-Limit": str(LARGEST_DOCUMENT),
}
JSON_TYPES = frozenset({"application/json", "application/ld+json"})
TAKEN_AS_JSON = frozenset({"*/*", "application/*", "text/html", "application/problem+json", *JSON_TYPES})
"""A browser that asks for a page gets the JSON, too."""
LONGEST_URL = 16 * 1024

_VERSION = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4}){0,3}")
_EPC_FORMATS = frozenset({"No_Preference", "Never_Translates"})
_OTHER_FORMATS = frozenset({"Always_GS1_Digital_Link", "Always_EPC_URN"})
_NAMESPACE = re.compile(r"\s*([A-Za-z][A-Za-z0-9_.-]*)=([^,\s]+)\s*")


def negotiate(request: Request, _: ViewerOf) -> None:
    """The request asks for what is spoken here.

    Raises NotAcceptableError (XML, another version, other forms of EPCs), UriTooLongError, BadQueryError for a header
    that cannot be read, and NotOfferedError for SOAP.
    """
    if len(request.scope.get("raw_path", b"")) + len(request.scope["query_string"]) > LONGEST_URL:
        raise UriTooLongError(LONGEST_URL)
    if "soapaction" in request.headers or "application/soap+xml" in request.headers.get("content-type", ""):
        raise NotOfferedError(what="SOAP is", instead="ask the same with the REST interface, in JSON")
    accepted = [part.partition(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    if any(accepted) and not TAKEN_AS_JSON.intersection(accepted):
        rule = "application/json is what is answered here"
        raise NotAcceptableError(header="Accept", value=request.headers["accept"], rule=rule)
    for kind in ("EPCIS", "CBV"):
        _check_versions(request, f"GS1-{kind}")
    _check_format(request)


def prefixes_of_request(request: Request) -> dict[str, str]:
    """The prefixes that the header GS1-Extensions declares."""
    found = {}
    for part in request.headers.get("gs1-extensions", "").split(","):
        match = _NAMESPACE.fullmatch(part)
        if match is not None:
            found[match.group(1)] = match.group(2)
    return found


async def json_body(request: Request) -> bytes:
    """The body, which is JSON by its type or has none; raises HTTPException 415."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given and given not in JSON_TYPES:
        raise HTTPException(415, f"{given} is not taken: send JSON, with Content-Type application/json")
    return await request.body()


def discovery(*methods: str, more: Mapping[str, str] | None = None) -> Response:
    """What OPTIONS answers: the methods, and what is spoken here."""
    return Response(status_code=204, headers={"Allow": ", ".join(("OPTIONS", *methods)), **DISCOVERY, **(more or {})})


def _check_versions(request: Request, name: str) -> None:
    for bound in ("Version", "Min", "Max"):
        header = f"{name}-{bound}"
        text = request.headers.get(header)
        if text is None:
            continue
        if not _VERSION.fullmatch(text):
            raise BadQueryError(parameter=header, value=text, rule=f"a version is expected, such as {VERSION}")
        if not _fits(bound, tuple(_parts(text))):
            raise NotAcceptableError(header=header, value=text, rule=f"{VERSION} is what is spoken here")


def _fits(bound: str, version: tuple[int, ...]) -> bool:
    ours = tuple(_parts(VERSION))
    return {"Version": version == ours, "Min": version <= ours, "Max": version >= ours}[bound]


def _parts(text: str) -> Iterator[int]:
    """Always four numbers: 2.0 is 2.0.0."""
    numbers = [int(part) for part in text.split(".")]
    yield from (*numbers, *[0] * (4 - len(numbers)))


def _check_format(request: Request) -> None:
    wanted = request.headers.get("gs1-epc-format", "No_Preference")
    if wanted in _OTHER_FORMATS:
        rule = "EPCs are given as they were captured (Never_Translates)"
        raise NotAcceptableError(header="GS1-EPC-Format", value=wanted, rule=rule)
    if wanted not in _EPC_FORMATS:
        raise BadQueryError(parameter="GS1-EPC-Format", value=wanted, rule="No_Preference or Never_Translates")


JsonBody = Annotated[bytes, Depends(json_body)]
