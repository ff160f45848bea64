"""Subscriptions to named queries: what a query finds is posted as it is captured, or by a schedule."""

import json
import uuid
from datetime import UTC
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.access import Viewer
from api.errors import BadQueryError, NotVisibleError
from api.named_query import query_of
from api.requests import ViewerOf
from api.rest.epcis_documents import json_answer, time_text
from api.rest.epcis_events import JSON_BODY
from api.rest.epcis_headers import HEADERS, JsonBody, discovery
from api.rest.epcis_openapi import parameters
from api.rest.epcis_pages import asked_page
from api.rest.epcis_queries import found_query
from api.webhook_addresses import DestinationError
from traceability.epcis.event_types import instant
from traceability.epcis.subscriptions import (
    Progress,
    Subscription,
    SubscriptionState,
    check_query,
    first_due,
    read_request,
    replayed,
)
from traceability.errors import SubscriptionError
from traceability.model import NamedQuery
from traceability.strict_json import read_object

ALL, ONE = "/queries/{query_name}/subscriptions", "/queries/{query_name}/subscriptions/{subscription_id}"
MOST_SUBSCRIPTIONS = 50
"""Of one user: each costs a look every second."""
TRIES = 5
"""A change is tried again where what is sent just now changed the subscription first."""

SAID = (
    "The body: `dest` (where to post), either `stream: true` or `schedule`, and optionally `signatureToken`, "
    "`initialRecordTime`, `reportIfEmpty`. Events come as EPCISQueryDocument, in the order they were captured, each at "
    "least once; the header Tiantou-Delivery is the same whenever the same part is sent again. With a signatureToken "
    "the header GS1-Signature is `t=<unix seconds>,id=<delivery>,v1=<hex>`: v1 is HMAC-SHA-256 over `<t>.<id>.<body>`. "
    "Schedules are in UTC. 2xx takes a part, 413 asks for smaller ones, 410 ends the subscription; after anything else "
    "it comes again, after 5 s at first, then less often."
)

subscriptions_router = APIRouter()


@subscriptions_router.options(ALL, status_code=204, response_class=Response)
def subscriptions_options(query_name: str) -> Response:  # noqa: ARG001 the same for every query
    """The methods and versions."""
    return discovery("GET", "POST")


@subscriptions_router.get(
    ALL, summary="Subscriptions to a query", response_class=Response, openapi_extra=parameters(pages=True)
)
def subscriptions(request: Request, viewer: ViewerOf, query_name: str) -> Response:
    """The viewer's subscriptions to that query, served or not."""
    asked, owner = asked_page(request, viewer.now), viewer.user.login
    query = found_query(viewer, query_name).name
    found = viewer.services.subscriptions.list(owner, query=query, after=asked.text(), limit=asked.size + 1)
    shown = found[: asked.size]
    headers = asked.next({"text": shown[-1].id} if len(found) > asked.size else None)
    return json_answer([_shape(each) for each in shown], headers=headers)


@subscriptions_router.post(
    ALL,
    summary="Subscribe to a query",
    description=SAID,
    status_code=201,
    response_class=Response,
    openapi_extra=JSON_BODY,
)
async def subscribe(viewer: ViewerOf, query_name: str, body: JsonBody) -> Response:
    """The subscription is kept when this answers 201."""
    return await run_in_threadpool(_subscribe, viewer, query_name, body)


@subscriptions_router.options(ONE, status_code=204, response_class=Response)
def subscription_options(query_name: str, subscription_id: str) -> Response:  # noqa: ARG001 the same for every one
    """The methods and versions."""
    return discovery("GET", "DELETE")


@subscriptions_router.get(ONE, summary="One subscription", response_class=Response)
def subscription(viewer: ViewerOf, query_name: str, subscription_id: str) -> Response:
    """What was asked for, whether it is served, and what went wrong last."""
    return json_answer(_shape(_found(viewer, query_name, subscription_id)), headers={})


@subscriptions_router.delete(ONE, summary="Unsubscribe", status_code=204, response_class=Response)
def unsubscribe(viewer: ViewerOf, query_name: str, subscription_id: str) -> Response:
    """The subscription is there no more."""
    viewer.services.subscriptions.remove(_found(viewer, query_name, subscription_id).id)
    return Response(status_code=204, headers=HEADERS)


@subscriptions_router.post(
    ONE + "/replay",
    summary="Send once more",
    response_class=Response,
    openapi_extra={
        "parameters": [
            {
                "name": "from",
                "in": "query",
                "required": True,
                "schema": {"type": "string", "format": "date-time"},
                "description": "everything recorded from then on is sent again, also where nothing was sent any more",
            }
        ]
    },
)
def replay(request: Request, viewer: ViewerOf, query_name: str, subscription_id: str) -> Response:
    """The subscription is served again, with everything recorded from that moment on."""
    text = request.query_params.get("from", "")
    try:
        since = instant(text.replace(" ", "+")).astimezone(UTC)
    except ValueError as error:
        raise BadQueryError(parameter="from", value=text, rule=str(error)) from None
    services = viewer.services
    cursor = services.event_queries.number_before(since)
    for _ in range(TRIES):
        before = _found(viewer, query_name, subscription_id)
        kept = services.subscriptions.change(before, replayed(before, at=viewer.now, since=since, cursor=cursor))
        if kept is not None:
            return json_answer(_shape(kept), headers={})
    raise SubscriptionError(field="subscription", rule="it is being changed by others; try again")


def _subscribe(viewer: Viewer, query_name: str, body: bytes) -> Response:
    named = found_query(viewer, query_name)
    created = _new(viewer, named, body)
    if not viewer.services.subscriptions.add(created):
        raise NotVisibleError(kind="query", identifier=query_name)
    location = f"/epcis/queries/{quote(named.name, safe='')}/subscriptions/{created.id}"
    return json_answer(_shape(created), headers={"Location": location}, status=201)


def _new(viewer: Viewer, named: NamedQuery, body: bytes) -> Subscription:
    services, owner = viewer.services, viewer.user.login
    asked = read_request(read_object(body).value)
    check_query(query_of(json.loads(named.parameters)))
    if len(services.subscriptions.list(owner, query=None, after="", limit=MOST_SUBSCRIPTIONS)) >= MOST_SUBSCRIPTIONS:
        rule = f"you have {MOST_SUBSCRIPTIONS} subscriptions already; remove one first"
        raise SubscriptionError(field="subscription", rule=rule)
    try:
        services.check_webhook(asked.dest)
    except DestinationError as error:
        raise SubscriptionError(field="dest", rule=str(error)) from None
    queries = services.event_queries
    cursor = queries.newest() if asked.since is None else queries.number_before(asked.since)
    return Subscription(
        id=uuid.uuid4().hex,
        owner=owner,
        query=named.name,
        asked=asked,
        created=viewer.now,
        state=SubscriptionState.ACTIVE,
        progress=Progress(cursor=cursor, due=first_due(asked, viewer.now)),
    )


def _found(viewer: Viewer, query: str, subscription: str) -> Subscription:
    found = viewer.services.subscriptions.find(subscription)
    if found is None or (found.owner, found.query) != (viewer.user.login, query):
        raise NotVisibleError(kind="subscription", identifier=subscription)
    return found


def _shape(subscription: Subscription) -> dict[str, Any]:
    """As GS1's OpenAPI has it, the secret left out; members of our own have our prefix."""
    asked, progress = subscription.asked, subscription.progress
    when = {"stream": True} if asked.schedule is None else {"schedule": dict(asked.schedule)}
    times = {
        "initialRecordTime": asked.since,
        "lastNotifiedAt": progress.last_notified,
        "tt:failingSince": progress.failing_since,
        "tt:nextAttemptAt": progress.due if progress.failures or asked.schedule is not None else None,
    }
    return {
        "subscriptionID": subscription.id,
        "queryName": subscription.query,
        "dest": asked.dest,
        **when,
        "reportIfEmpty": asked.report_if_empty,
        "createdAt": time_text(subscription.created),
        **{name: time_text(moment) for name, moment in times.items() if moment is not None},
        "tt:state": subscription.state,
        "tt:nextDelivery": subscription.delivery,
        "tt:failures": progress.failures,
        **({"tt:problem": progress.why} if progress.why else {}),
    }
