"""A pack's page made in another process: how its question and its answer are made."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from starlette.requests import Request
from starlette.responses import Response

from api.public.page_messages import AskedPage, MadePage
from api.public.services import PublicServices
from traceability.wanted_digests import WantedDigests

KEPT_HEADERS = (b"accept", b"accept-language")
"""Of a request; no page of a pack depends on another."""

MakePage = Callable[[PublicServices, Request], Response]


class _Opened:
    """Takes the place of what counts scans: counted is where the request came in."""

    def __init__(self) -> None:
        self.things: list[str] = []

    def note(self, thing: str, address: str, *, today: date) -> None:  # noqa: ARG002 as the counter has it
        """That code was opened."""
        self.things.append(thing)


def asked_of(request: Request) -> AskedPage:
    """The request as it is sent to another process."""
    scope = request.scope
    return AskedPage(
        method=scope["method"],
        path=scope.get("raw_path") or scope["path"].encode(),
        query=scope.get("query_string", b""),
        headers=[(name, value) for name, value in scope["headers"] if name in KEPT_HEADERS],
        client="" if request.client is None else request.client.host,
    )


def answer_of(made: MadePage) -> Response:
    """The answer that was made elsewhere."""
    response = Response(made.body, status_code=made.status)
    response.raw_headers = made.headers
    return response


def made_here(services: PublicServices, asked: AskedPage, make: MakePage) -> MadePage:
    """The page, by `make`, in the process that was asked; what it would have noted is told instead."""
    opened = _Opened()
    digests = None if services.digests is None else WantedDigests(services.digests)
    response = make(replace(services, counter=opened, digests=digests), _request(asked))
    missed: Sequence[str] = () if digests is None else digests.take()
    return MadePage(
        status=response.status_code,
        headers=response.raw_headers,
        body=bytes(response.body),
        opened=opened.things,
        missed=list(missed),
    )


def _request(asked: AskedPage) -> Request:
    """The request that was asked, of which nothing has to be received any more."""
    return Request(
        {
            "type": "http",
            "http_version": "1.1",
            "method": asked.method,
            "scheme": "http",
            "server": ("page-maker", 80),
            "client": (asked.client, 0) if asked.client else None,
            "root_path": "",
            "path": asked.path.decode("latin-1"),
            "raw_path": asked.path,
            "query_string": asked.query,
            "headers": asked.headers,
        }
    )
