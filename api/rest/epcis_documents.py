"""Captured events as EPCIS query documents."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from api.rest.epcis_headers import HEADERS
from traceability.context import EPCIS_CONTEXT
from traceability.model import CapturedEvent

SIMPLE_EVENT_QUERY = "SimpleEventQuery"


def document_answer(
    events: Sequence[CapturedEvent], *, now: datetime, name: str = SIMPLE_EVENT_QUERY, headers: Mapping[str, str]
) -> Response:
    """The events in a query document; name: of the query they answer."""
    return json_answer(query_document(events, now=now, name=name), headers=headers)


def query_document(
    events: Sequence[CapturedEvent], *, now: datetime, name: str, subscription: str | None = None
) -> dict[str, Any]:
    """The events in a query document, as JSON; subscription: whose answer it is."""
    listed = [_standing(event) for event in events]
    contexts = [event["@context"] for event in listed]
    context: object = [EPCIS_CONTEXT]
    if contexts and all(each == contexts[0] for each in contexts):
        context = contexts[0]
        listed = [{name: part for name, part in event.items() if name != "@context"} for event in listed]
    told = {} if subscription is None else {"subscriptionID": subscription}
    return {
        "@context": context,
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": time_text(now),
        "epcisBody": {"queryResults": {**told, "queryName": name, "resultsBody": {"eventList": listed}}},
    }


def collection_answer(member: Sequence[str], *, headers: Mapping[str, str] | None = None) -> Response:
    """The names of what is there."""
    document = {"@context": EPCIS_CONTEXT, "type": "Collection", "member": list(member)}
    return json_answer(document, headers=headers or {})


def json_answer(value: object, *, headers: Mapping[str, str], status: int = 200) -> Response:
    """The value as JSON with what every answer of the interface carries."""
    return Response(
        json_bytes(value), status_code=status, media_type="application/json", headers={**HEADERS, **headers}
    )


def json_bytes(value: object) -> bytes:
    """The value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def time_text(moment: datetime) -> str:
    """The moment as EPCIS writes it, in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _standing(event: CapturedEvent) -> dict[str, Any]:
    """The event as it was captured, with the repository's own record time and the id it is found by."""
    body: dict[str, Any] = json.loads(event.document)
    context = body.pop("@context", EPCIS_CONTEXT)
    return {"@context": context, **body, "eventID": event.event_id, "recordTime": time_text(event.record_time)}
