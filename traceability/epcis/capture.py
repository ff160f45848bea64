"""Capture: the bytes of one EPCIS 2.0 event to a value, or the one error that says where it fails and why."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from traceability.context import NAMESPACE
from traceability.epcis.event_hash import event_hash
from traceability.epcis.event_terms import expanded_name, prefixes_of
from traceability.epcis.event_types import EVENT, AnyEvent, instant
from traceability.epcis.identifiers import check_identifiers
from traceability.epcis.plausibility import flags_of
from traceability.errors import EventError
from traceability.model import CapturedEvent
from traceability.strict_json import WHOLE, canonical, read_object

_NOT_SAID = frozenset({"@context", "recordTime", "eventID"})
"""Members that say nothing of what happened: namespaces, and what the repository or the sender call the event."""


def capture_event(document: bytes, *, record_time: datetime, created: datetime | None = None) -> CapturedEvent:
    """The event as it will be kept: its document byte for byte, what it is found by, and what is implausible in it.

    An event without an eventID gets its CBV hash, so that the same event sent twice is one.
    created: when the document it came in says it was made.
    Raises EventError with the path of the member and the rule it breaks.
    """
    read = read_object(document)
    event = _validated(read.value)
    check_identifiers(read.value)
    return CapturedEvent(
        event_id=event.eventID or event_hash(read.value),
        event_type=event.type,
        event_time=instant(event.eventTime).astimezone(UTC),
        record_time=record_time.astimezone(UTC),
        biz_step=event.bizStep or "",
        epcs=tuple(dict.fromkeys(event.epcs())),
        document=read.text,
        digest=content_digest(read.value),
        flags=flags_of(read, record_time=record_time, created=created),
    )


def content_digest(value: Mapping[str, Any]) -> str:
    """What events that say the same share, whatever their namespaces are called: sha256 (hex) of their JSON."""
    prefixes = prefixes_of(value.get("@context"))
    said = {name: member for name, member in value.items() if name not in _NOT_SAID}
    return hashlib.sha256(canonical(_expanded(said, prefixes)).encode()).hexdigest()


def _expanded(value: object, prefixes: Mapping[str, str]) -> object:
    if isinstance(value, dict):
        return {expanded_name(name, prefixes): _expanded(part, prefixes) for name, part in value.items()}
    return [_expanded(part, prefixes) for part in value] if isinstance(value, list) else value


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
