"""A capture's body taken apart: an EPCIS document or query document into its events, each with its own bytes."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from traceability.epcis.event_types import instant
from traceability.errors import EventError

MOST_EVENTS = 5_000
LARGEST_DOCUMENT = 16 * 1024 * 1024
"""What one capture may hold; larger ones are sent in parts."""

_RAW = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_ANY = msgspec.json.Decoder(Any)
_QUERY_DOCUMENT = "EPCISQueryDocument"
_KINDS = ("EPCISDocument", _QUERY_DOCUMENT)
_REQUIRED = {"EPCISDocument": ("schemaVersion", "creationDate"), _QUERY_DOCUMENT: ()}


@dataclass(frozen=True, slots=True, kw_only=True)
class EpcisDocument:
    """The events of a document as bytes, each with the document's context; created: when it says it was made."""

    events: tuple[bytes, ...]
    created: datetime | None


def read_document(body: bytes) -> EpcisDocument:
    """The document that a capture's body holds.

    Raises EventError where it is no EPCIS document; whether its events are events is not looked at.
    """
    document = _object(body, "$")
    kind = _value(document, "type", "$")
    if kind not in _KINDS:
        rule = f"EPCISDocument or EPCISQueryDocument is expected, not {str(kind)[:60]!r}; one event goes to /events"
        raise EventError(field="$.type", rule=rule)
    context = document.get("@context")
    if context is None:
        raise EventError(
            field="$.@context", rule="the field is required: GS1's EPCIS context and the namespaces of extensions"
        )
    for name in _REQUIRED[kind]:
        _value(document, name, "$")
    _check_version(document)
    created = _created(document)
    inner = _object(_raw(document, "epcisBody", "$"), "$.epcisBody")
    path = "$.epcisBody"
    if kind == _QUERY_DOCUMENT:
        for name in ("queryResults", "resultsBody"):
            inner, path = _object(_raw(inner, name, path), f"{path}.{name}"), f"{path}.{name}"
    events = _list(_raw(inner, "eventList", path), f"{path}.eventList")
    return EpcisDocument(events=tuple(_with_context(event, bytes(context)) for event in events), created=created)


def _check_version(document: dict[str, msgspec.Raw]) -> None:
    if "schemaVersion" not in document:
        return
    version = _value(document, "schemaVersion", "$")
    if not isinstance(version, str) or version.split(".")[0] != "2":
        raise EventError(field="$.schemaVersion", rule=f"2.0 is expected, not {str(version)[:20]!r}")


def _created(document: dict[str, msgspec.Raw]) -> datetime | None:
    if "creationDate" not in document:
        return None
    try:
        return instant(str(_value(document, "creationDate", "$"))).astimezone(UTC)
    except ValueError as error:
        raise EventError(field="$.creationDate", rule=str(error)) from None


def _object(raw: bytes | msgspec.Raw, path: str) -> dict[str, msgspec.Raw]:
    try:
        return _RAW.decode(raw)
    except msgspec.ValidationError:
        raise EventError(path, "a JSON object is expected") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise EventError(path, f"no JSON in UTF-8: {error}") from None


def _list(raw: msgspec.Raw, path: str) -> list[msgspec.Raw]:
    try:
        return _LIST.decode(raw)
    except msgspec.DecodeError:
        raise EventError(path, "a list of events is expected") from None


def _raw(document: dict[str, msgspec.Raw], name: str, path: str) -> msgspec.Raw:
    try:
        return document[name]
    except KeyError:
        raise EventError(field=f"{path}.{name}", rule="the field is required") from None


def _value(document: dict[str, msgspec.Raw], name: str, path: str) -> Any:  # noqa: ANN401 any JSON
    try:
        return _ANY.decode(_raw(document, name, path))
    except msgspec.DecodeError as error:
        raise EventError(field=f"{path}.{name}", rule=f"no JSON: {error}") from None


def _with_context(event: msgspec.Raw, context: bytes) -> bytes:
    """The event's bytes with the document's context in front; its own context, where it has one, after that."""
    text = bytes(event).strip()
    if not text.startswith(b"{"):
        return text  # no event; capture says so
    own = _own_context(text)
    if own is not None:
        return _merged(text, context, own)
    rest = text[1:].lstrip()
    return b'{"@context":' + context + (b"," if not rest.startswith(b"}") else b"") + rest


def _own_context(text: bytes) -> object:
    if b'"@context"' not in text:
        return None
    try:
        own = _RAW.decode(text).get("@context")
        return None if own is None else _ANY.decode(own)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None  # capture says what is wrong with it


def _merged(text: bytes, context: bytes, own: object) -> bytes:
    event = json.loads(text)
    event["@context"] = [*_listed(json.loads(context)), *_listed(own)]
    return json.dumps(event, ensure_ascii=False).encode()


def _listed(context: object) -> list[Any]:
    return context if isinstance(context, list) else [context]
