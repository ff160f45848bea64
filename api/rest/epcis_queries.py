"""Named queries: what a user asks again and again."""

import json
import re
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from api.access import Viewer
from api.errors import AlreadyThereError, NotOfferedError, NotVisibleError
from api.named_query import query_of
from api.requests import ViewerOf
from api.rest.epcis_documents import json_answer
from api.rest.epcis_events import JSON_BODY, queried
from api.rest.epcis_headers import HEADERS, JsonBody, discovery
from api.rest.epcis_openapi import parameters
from api.rest.epcis_pages import NEXT, PER_PAGE, asked_page
from traceability.errors import QueryError
from traceability.model import NamedQuery
from traceability.strict_json import read_object

SCHEDULE = frozenset(
    {"stream", "second", "minute", "hour", "dayOfMonth", "month", "dayOfWeek", "reportIfEmpty", "initialRecordTime"}
)
INSTEAD = "post a subscription to the query's /subscriptions: webhooks bring the same"

_NAME = re.compile(r"[^\x00-\x1f\x7f/?#%\ud800-\udfff]{1,100}")

queries_router = APIRouter()


@queries_router.options("/queries", status_code=204, response_class=Response)
def queries_options() -> Response:
    """The methods and versions."""
    return discovery("GET", "POST")


@queries_router.get(
    "/queries", summary="Your named queries", response_class=Response, openapi_extra=parameters(pages=True)
)
def queries(request: Request, viewer: ViewerOf) -> Response:
    """The viewer's own queries by name."""
    asked = asked_page(request, viewer.now)
    found = viewer.services.named_queries.list(viewer.user.login, after=asked.text(), limit=asked.size + 1)
    shown = found[: asked.size]
    headers = asked.next({"text": shown[-1].name} if len(found) > asked.size else None)
    return json_answer([_shape(query) for query in shown], headers=headers)


@queries_router.post(
    "/queries", summary="Name a query", status_code=201, response_class=Response, openapi_extra=JSON_BODY
)
async def create(viewer: ViewerOf, body: JsonBody) -> Response:
    """The body is `{"name": …, "query": {…}}`; the query is kept when this answers 201."""
    return await run_in_threadpool(_create, viewer, body)


@queries_router.options("/queries/{query_name}", status_code=204, response_class=Response)
def query_options(query_name: str) -> Response:  # noqa: ARG001 the same for every query
    """The methods and versions."""
    return discovery("GET", "DELETE")


@queries_router.get("/queries/{query_name}", summary="One named query", response_class=Response)
def query(viewer: ViewerOf, query_name: str) -> Response:
    """Its name and its parameters."""
    return json_answer(_shape(found_query(viewer, query_name)), headers={})


@queries_router.delete(
    "/queries/{query_name}", summary="Remove a named query", status_code=204, response_class=Response
)
def remove(viewer: ViewerOf, query_name: str) -> Response:
    """The query is there no more, nor are subscriptions to it."""
    if not viewer.services.named_queries.remove(viewer.user.login, query_name):
        raise NotVisibleError(kind="query", identifier=query_name)
    return Response(status_code=204, headers=HEADERS)


@queries_router.options("/queries/{query_name}/events", status_code=204, response_class=Response)
def results_options(query_name: str) -> Response:  # noqa: ARG001 the same for every query
    """The methods and versions."""
    return discovery("GET")


@queries_router.get(
    "/queries/{query_name}/events",
    summary="What a named query finds",
    response_class=Response,
    openapi_extra=parameters(pages=True),
)
def results(request: Request, viewer: ViewerOf, query_name: str) -> Response:
    """A query document; `Link` leads to its next page."""
    named = found_query(viewer, query_name)
    if request.headers.get("upgrade") or SCHEDULE.intersection(request.query_params):
        raise NotOfferedError(what="subscriptions by WebSocket are", instead=INSTEAD)
    others = sorted(set(request.query_params) - {PER_PAGE, NEXT})
    if others:
        raise QueryError(others[0], "a named query takes no further parameters; ask /events for another query")
    return queried(request, viewer, query_of(json.loads(named.parameters)), name=named.name)


async def refuse_websocket(websocket: WebSocket, query_name: str) -> None:  # noqa: ARG001 refused for every query
    """Refused before it begins, with the way that is offered instead."""
    title = f"WebSockets are not offered here; {INSTEAD}"
    content = {"type": "epcisException:ImplementationException", "title": title, "status": 501}
    await websocket.send_denial_response(json_answer(content, headers={}, status=501))


@queries_router.delete("/nextPageToken/{token}", include_in_schema=False)
def forget_token(token: str) -> Response:  # noqa: ARG001 the same for every token
    """A token holds everything itself; there is nothing to forget here."""
    raise NotOfferedError(what="the end of a token on demand is", instead="tokens are kept nowhere and expire")


def _create(viewer: Viewer, body: bytes) -> Response:
    value = read_object(body).value
    name, parameters = value.get("name"), value.get("query")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise QueryError(parameter="name", rule="1 to 100 characters without / ? # % are expected")
    if not isinstance(parameters, dict):
        raise QueryError(parameter="query", rule="an object with the query's parameters is expected")
    query_of(parameters)
    kept = json.dumps(parameters, ensure_ascii=False, separators=(",", ":"))
    named = NamedQuery(owner=viewer.user.login, name=name, parameters=kept, created=viewer.now)
    location = f"/epcis/queries/{quote(name, safe='')}"
    if not viewer.services.named_queries.add(named):
        raise AlreadyThereError(what=f"the query {name}", location=location)
    return Response(status_code=201, headers={"Location": location, **HEADERS})


def found_query(viewer: Viewer, name: str) -> NamedQuery:
    """The viewer's query of that name; raises NotVisibleError."""
    query = viewer.services.named_queries.find(viewer.user.login, name)
    if query is None:
        raise NotVisibleError(kind="query", identifier=name)
    return query


def _shape(query: NamedQuery) -> dict[str, Any]:
    return {"name": query.name, "query": json.loads(query.parameters)}
