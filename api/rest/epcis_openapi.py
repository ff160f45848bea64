"""What the OpenAPI document says of the EPCIS interface where the handlers' signatures cannot."""

from collections.abc import Mapping
from typing import Any

PROBLEM: Mapping[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": ["epcisException:ValidationException"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what is wrong, where, and what to do"},
    },
}
_MEANINGS: Mapping[int, str] = {
    400: "A parameter, a header or the body breaks a rule; `detail` says which",
    401: "Nobody is signed in",
    403: "A browser's request came without the token of its session",
    404: "Not there, or not granted",
    406: "Asked for XML, another version, or another form of EPCs",
    409: "The same thing is there already; nothing changed",
    413: "The body or the result is too large",
    414: "The URL is too long",
    415: "The body is not JSON",
    501: "Part of the standard that is not offered here; `detail` says what does the same",
    503: "The store is away; nothing received is lost",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"description": meaning, "content": {"application/problem+json": {"schema": PROBLEM}}}
    for status, meaning in _MEANINGS.items()
}
"""Every refusal of the interface."""

_PAGES = (
    {
        "name": "perPage",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "default": 30},
        "description": "at most so many on a page; 1000 at most are given",
    },
    {
        "name": "nextPageToken",
        "in": "query",
        "schema": {"type": "string"},
        "description": "from the Link header of the page before",
    },
)
_QUERY = (
    ("eventType", "ObjectEvent"),
    ("GE_eventTime", "2026-07-01T00:00:00Z"),
    ("LT_eventTime", "2026-08-01T00:00:00Z"),
    ("GE_recordTime", "2026-07-01T00:00:00Z"),
    ("LT_recordTime", "2026-08-01T00:00:00Z"),
    ("EQ_bizStep", "shipping|receiving"),
    ("EQ_disposition", "in_transit"),
    ("MATCH_anyEPC", "https://id.gs1.org/8004/9526000143018200000147"),
    ("orderBy", "eventTime"),
    ("orderDirection", "ASC"),
    ("eventCountLimit", "10"),
    ("maxEventCount", "1000"),
)


def parameters(*path: str, pages: bool = False, query: bool = False) -> dict[str, Any]:
    """The parameters of a route: those of its path, of its pages, and the most used ones of SimpleEventQuery."""
    found: list[Mapping[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}} for name in path
    ]
    found.extend(_PAGES if pages else ())
    found.extend(
        {"name": name, "in": "query", "schema": {"type": "string"}, "example": example}
        for name, example in (_QUERY if query else ())
    )
    return {"parameters": found}
