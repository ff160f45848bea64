"""The EPCIS 2.0 REST interface, put together: JSON binding, every operation of GS1's OpenAPI."""

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.errors import NotOfferedError
from api.requests import ViewerOf
from api.rest.epcis_capture import capture_router
from api.rest.epcis_collections import TOP_LEVELS, collections_router
from api.rest.epcis_documents import collection_answer
from api.rest.epcis_events import events_router
from api.rest.epcis_headers import discovery, negotiate
from api.rest.epcis_openapi import PROBLEMS
from api.rest.epcis_queries import queries_router, refuse_websocket
from api.rest.epcis_subscriptions import subscriptions_router

RESOURCES = ("capture", "events", "queries", *(top.path for top in TOP_LEVELS))


def epcis_router() -> APIRouter:
    """Every route under /epcis; all need a sign-in."""
    router = APIRouter(prefix="/epcis", tags=["EPCIS 2.0"], dependencies=[Depends(negotiate)], responses=PROBLEMS)
    for path, shown in (("", True), ("/", False)):
        router.add_api_route(path, _resources, methods=["GET"], include_in_schema=shown, response_class=Response)
        router.add_api_route(path, _options, methods=["OPTIONS"], include_in_schema=shown, status_code=204)
        router.add_api_route(path, _soap, methods=["POST"], include_in_schema=False, response_class=Response)
    for part in (capture_router, events_router, collections_router(), queries_router, subscriptions_router):
        router.include_router(part)
    whole = APIRouter()
    whole.include_router(router)
    # A WebSocket is refused before there is a request that could be negotiated.
    whole.add_api_websocket_route("/epcis/queries/{query_name}/events", refuse_websocket)
    return whole


def _resources(_: ViewerOf) -> Response:
    return collection_answer(RESOURCES)


def _options() -> Response:
    return discovery("GET")


def _soap() -> Response:
    instead = "documents go to /epcis/capture, questions to /epcis/events, in JSON"
    raise NotOfferedError(what="SOAP is", instead=instead)
