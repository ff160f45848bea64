"""Pages of an answer: how many at once, and the token that leads to the next."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.datastructures import URL, QueryParams
from starlette.requests import Request

from api.errors import BadQueryError
from traceability.model import Position

USUAL_PAGE, LARGEST_PAGE = 30, 1000
TOKEN_LIFE = timedelta(days=1)
PER_PAGE, NEXT = "perPage", "nextPageToken"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPage:
    """Which page is asked for: of what size, and from where on ({} for the first)."""

    size: int
    mark: Mapping[str, Any]
    request: Request
    now: datetime

    def text(self) -> str:
        """The last text of the page before; "" for the first page."""
        return str(self.mark.get("text", ""))

    def number(self) -> int:
        """The last number of the page before; 0 for the first page."""
        return int(self.mark.get("number", 0))

    def position(self) -> Position | None:
        """Where the page before ended; None for the first page."""
        if "until" not in self.mark:
            return None
        moment = self.mark["moment"]
        return Position(
            until=int(self.mark["until"]),
            number=int(self.mark["number"]),
            moment=None if moment is None else datetime.fromisoformat(moment),
            given=int(self.mark["given"]),
        )

    def next(self, mark: Mapping[str, Any] | None) -> dict[str, str]:
        """The headers that lead to the page behind that mark; none after the last."""
        if mark is None:
            return {}
        expires = self.now + TOKEN_LIFE
        token = _encoded({**mark, "asked": _asked(self.request), "expires": int(expires.timestamp())})
        url = self.request.url.include_query_params(**{NEXT: token})
        expiry = expires.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"Link": f'<{_ascii(url)}>; rel="next"', "GS1-Next-Page-Token-Expires": expiry}


def mark_of(position: Position | None) -> dict[str, Any] | None:
    """The position as a token holds it."""
    if position is None:
        return None
    moment = None if position.moment is None else position.moment.isoformat()
    return {"until": position.until, "number": position.number, "moment": moment, "given": position.given}


def asked_page(request: Request, now: datetime) -> AskedPage:
    """The page that the request asks for; raises BadQueryError for a size or a token that is none."""
    text = request.query_params.get(PER_PAGE, str(USUAL_PAGE))
    if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
        raise BadQueryError(parameter=PER_PAGE, value=text, rule="a whole number from 1 on is expected")
    size = min(int(text[:9]), LARGEST_PAGE)
    token = request.query_params.get(NEXT)
    mark = {} if token is None else _decoded(token, request, now)
    return AskedPage(size=size, mark=mark, request=request, now=now)


def _asked(request: Request) -> str:
    """What a token belongs to: the same path and parameters, whatever the page's size."""
    pairs = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in {PER_PAGE, NEXT})
    return hashlib.sha256(json.dumps([request.url.path, pairs]).encode()).hexdigest()[:16]


def _encoded(mark: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(mark, separators=(",", ":")).encode()).decode().rstrip("=")


def _decoded(token: str, request: Request, now: datetime) -> dict[str, Any]:
    """The mark of a token; whoever makes up one of his own sees what he may see anyway, from another place on."""
    rule = "the token is of another question, or spoilt: take it from the Link of the page before"
    try:
        mark = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        if mark["asked"] != _asked(request):
            raise BadQueryError(parameter=NEXT, value=token, rule=rule)
        expired = int(mark["expires"]) < now.timestamp()
        AskedPage(size=1, mark=mark, request=request, now=now).position()
        numbers = [int(mark.get(name, 0)) for name in ("until", "number", "given")]
    except (binascii.Error, ValueError, TypeError, KeyError, RecursionError):
        raise BadQueryError(parameter=NEXT, value=token, rule=rule) from None
    if expired or not all(0 <= number < 2**63 for number in numbers) or "\0" in str(mark.get("text", "")):
        raise BadQueryError(parameter=NEXT, value=token, rule="the token has expired: ask again from the first page")
    return dict(mark)


def _ascii(url: URL) -> str:
    return str(url).encode("ascii", "ignore").decode()


def parameters_of(params: QueryParams) -> dict[str, list[str]]:
    """The query's own parameters: values of a list are divided by bars, or the parameter repeated."""
    found: dict[str, list[str]] = {}
    for name, value in params.multi_items():
        if name not in {PER_PAGE, NEXT}:
            found.setdefault(name, []).extend(value.split("|"))
    return found
