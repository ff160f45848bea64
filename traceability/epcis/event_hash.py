"""The event hash of CBV 2.0 (section 8.9): one identifier for one event, however it is written down.

It names an event and finds it again. It proves nothing: the canonical text joins its parts without separators, so that
different events can be made to share it, and an error declaration has the hash of the event it declares wrong.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from traceability.epcis.event_terms import expanded_name, expanded_word, members, parts, plain_text, prefixes_of
from traceability.epcis.event_types import instant

Prefixes = Mapping[str, str]
Value = Callable[[Any, Prefixes], str]
"""Writes a value: `=text`, or the members of an object."""
Member = Callable[[str, Any, Prefixes], str]
"""Writes a member with its name; "" where it says nothing."""

_NOT_HASHED = frozenset({"@context", "type", "recordTime", "eventID", "errorDeclaration", "rdfs:comment"})
_COMMENTS = frozenset({"@context", "rdfs:comment"})
_FRACTION = re.compile(r"\.([0-9]+)")


def event_hash(event: Mapping[str, Any]) -> str:
    """The event's `ni:` URI (RFC 6920); `event` is a valid event with its `@context`."""
    return f"ni:///sha-256;{hashlib.sha256(pre_hash(event).encode()).hexdigest()}?ver=CBV2.0"


def pre_hash(event: Mapping[str, Any]) -> str:
    """The canonical text that is hashed."""
    prefixes = prefixes_of(event.get("@context"))
    known = _known(event, prefixes, _EVENT)
    others = {name: value for name, value in event.items() if name not in _EVENT and name not in _NOT_HASHED}
    tail = [write(name, others.pop(name), prefixes) for name, write in _TAIL.items() if name in others]
    return f"eventType={event['type']}{known}{''.join(sorted([*tail, *_extensions(others, prefixes)]))}"


def _known(value: Mapping[str, Any], prefixes: Prefixes, order: Mapping[str, Member]) -> str:
    return "".join(write(name, value[name], prefixes) for name, write in order.items() if name in value)


def _extensions(value: Mapping[str, Any], prefixes: Prefixes) -> list[str]:
    return sorted(
        expanded_name(name, prefixes) + _extension(part, prefixes)
        for name, member in value.items()
        if name not in _COMMENTS
        for part in _flat(member)
    )


def _extension(value: object, prefixes: Prefixes) -> str:
    return "".join(_extensions(value, prefixes)) if isinstance(value, dict) else _text(value, prefixes)


def _flat(value: object) -> list[Any]:
    if isinstance(value, list):
        return [part for inner in value for part in _flat(inner)]
    return [] if value is None else [value]


def _text(value: object, _: Prefixes) -> str:
    text = plain_text(value)
    return f"={text}" if text else ""


def _time(value: object, _: Prefixes) -> str:
    """UTC with milliseconds; a fourth decimal place of 5 or more rounds up."""
    text = str(value)
    fraction = _FRACTION.search(text)
    decimals = Decimal(f"0.{fraction.group(1)}" if fraction else 0)
    milliseconds = int((decimals * 1000).to_integral_value(ROUND_HALF_UP))
    moment = instant(_FRACTION.sub("", text)).astimezone(UTC) + timedelta(milliseconds=milliseconds)
    return f"={moment.replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _word(kind: str) -> Value:
    return lambda value, _: f"={expanded_word(str(value).strip(), kind)}"


def _object(order: Mapping[str, Member]) -> Value:
    """The members that GS1 orders, in its order; then all others, sorted."""

    def written(value: object, prefixes: Prefixes) -> str:
        found = members(value)
        others = {name: part for name, part in found.items() if name not in order}
        return _known(found, prefixes, order) + "".join(_extensions(others, prefixes))

    return written


def _each(write: Value) -> Member:
    """The name stands before each value; values are sorted."""

    def written(name: str, value: Any, prefixes: Prefixes) -> str:  # noqa: ANN401 any JSON
        texts = sorted(write(part, prefixes) for part in parts(value))
        return "".join(f"{name}{text}" for text in texts if text)

    return written


def _list_of(inner: str, write: Value) -> Member:
    """The name stands once before all; each value carries the inner name, and they are sorted."""

    def written(name: str, value: Any, prefixes: Prefixes) -> str:  # noqa: ANN401 any JSON
        texts = sorted(f"{inner}{write(part, prefixes)}" for part in parts(value))
        return name + "".join(texts) if any(text != inner for text in texts) else ""

    return written


_PLAIN = _each(_text)
_TIME = _each(_time)
_EPCS = _list_of("epc", _text)
_QUANTITIES = _list_of("quantityElement", _object({"epcClass": _PLAIN, "quantity": _PLAIN, "uom": _PLAIN}))
_DISPOSITION = _each(_word("disposition"))
_PLACE = _each(_object({"id": _PLAIN}))
_SOURCE_DATA = {"deviceID": _PLAIN, "deviceMetadata": _PLAIN, "rawData": _PLAIN, "dataProcessingMethod": _PLAIN}
_SENSOR_METADATA = {"time": _TIME, "startTime": _TIME, "endTime": _TIME, **_SOURCE_DATA, "bizRules": _PLAIN}
_SENSOR_REPORT = {
    "type": _each(_word("measurement")),
    "exception": _each(_word("exception")),
    **_SOURCE_DATA,
    "time": _TIME,
    "microorganism": _PLAIN,
    "chemicalSubstance": _PLAIN,
    "value": _PLAIN,
    "component": _each(_word("component")),
    "stringValue": _PLAIN,
    "booleanValue": _PLAIN,
    "hexBinaryValue": _PLAIN,
    "uriValue": _PLAIN,
    "minValue": _PLAIN,
    "maxValue": _PLAIN,
    "meanValue": _PLAIN,
    "sDev": _PLAIN,
    "percRank": _PLAIN,
    "percValue": _PLAIN,
    "uom": _PLAIN,
    "coordinateReferenceSystem": _PLAIN,
}
_SENSOR_ELEMENT = {
    "sensorMetadata": _each(_object(_SENSOR_METADATA)),
    "sensorReport": _each(_object(_SENSOR_REPORT)),
}
_SOURCE_DEST_TYPE = _each(_word("sourceDestType"))
_EVENT: Mapping[str, Member] = {
    "eventTime": _TIME,
    "eventTimeZoneOffset": _PLAIN,
    "certificationInfo": _PLAIN,
    "epcList": _EPCS,
    "parentID": _PLAIN,
    "inputEPCList": _EPCS,
    "childEPCs": _EPCS,
    "quantityList": _QUANTITIES,
    "childQuantityList": _QUANTITIES,
    "inputQuantityList": _QUANTITIES,
    "outputEPCList": _EPCS,
    "outputQuantityList": _QUANTITIES,
    "action": _PLAIN,
    "transformationID": _PLAIN,
    "bizStep": _each(_word("bizStep")),
    "disposition": _DISPOSITION,
    "persistentDisposition": _each(_object({"set": _DISPOSITION, "unset": _DISPOSITION})),
    "readPoint": _PLACE,
    "bizLocation": _PLACE,
    "sensorElementList": _list_of("sensorElement", _object(_SENSOR_ELEMENT)),
}
"""CBV 2.0, 8.9.2: the canonical order of properties; certificationInfo stands where the published vectors have it."""
_TAIL: Mapping[str, Member] = {
    "bizTransactionList": _list_of("", _object({"type": _each(_word("bizTransactionType")), "bizTransaction": _PLAIN})),
    "sourceList": _list_of("", _object({"type": _SOURCE_DEST_TYPE, "source": _PLAIN})),
    "destinationList": _list_of("", _object({"type": _SOURCE_DEST_TYPE, "destination": _PLAIN})),
    "ilmd": _each(_object({})),
}
"""Sorted among the extensions: the published vectors have destinationList before sourceList, not CBV's order."""
