"""Capture: the bytes of one EPCIS 2.0 event to a value, or the one error that says where it fails and why."""

import hashlib
import uuid
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from traceability.context import NAMESPACE
from traceability.errors import EventError
from traceability.event_types import EVENT, AnyEvent, instant
from traceability.model import CapturedEvent
from traceability.strict_json import WHOLE, canonical, read_object


def capture_event(document: bytes, *, record_time: datetime) -> CapturedEvent:
    """The event as it will be kept: its document byte for byte, and what it is found by.

    An event without an eventID gets one that follows from its content, so that the same event sent twice is one.
    Raises EventError with the path of the member and the rule it breaks.
    """
    text, value = read_object(document)
    event = _validated(value)
    return CapturedEvent(
        event_id=event.eventID or content_id(value),
        event_type=event.type,
        event_time=instant(event.eventTime).astimezone(UTC),
        record_time=record_time.astimezone(UTC),
        biz_step=event.bizStep or "",
        epcs=tuple(dict.fromkeys(event.epcs())),
        document=text,
    )


def content_id(value: dict[str, Any]) -> str:
    """A URI that equal events share: a name-based UUID over the digest of their canonical JSON."""
    digest = hashlib.sha256(canonical(value).encode()).hexdigest()
    return named_id("event", digest)


def named_id(*parts: str) -> str:
    """The eventID that these parts always give."""
    return uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE + "/".join(parts)).urn


def _validated(value: dict[str, Any]) -> AnyEvent:
    kind = value.get("type")
    if isinstance(kind, str) and kind in {"EPCISDocument", "EPCISQueryDocument"}:
        where, rule = "$.type", f"{kind} is a document of events; one bare event is expected, send them one at a time"
        raise EventError(where, rule)
    try:
        return EVENT.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        # The discriminated union puts the type's name first; it is no member of the document.
        path = [part for part in first["loc"] if part != kind]
        raise EventError(_path(path), first["msg"].removeprefix("Value error, ")) from None


def _path(parts: list[int | str]) -> str:
    path = WHOLE
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    return path
