"""What can be asked of an event, as plain facts: a name with a text, a name with a number.

The names are those of EPCIS's query parameters without their operator. A store keeps the facts beside the event and
answers every parameter from them alike; `FACTS_VERSION` says by which rules they were made.
"""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from traceability.epcis.event_terms import bare_word, expanded_name, members, parts, plain_text, prefixes_of
from traceability.epcis.event_types import instant
from traceability.gs1.epc_uris import canonical_uri

FACTS_VERSION = 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EXTENSION, INNER = "ext", "inner"
WRITTEN = "@written"
"""After a name: its texts are only as they were written, for lists of them."""
TIME = "@time"
"""After a name: its number is a time, in microseconds since 1970."""

_EPC_LISTS = {"epcList": "epc", "childEPCs": "epc", "inputEPCList": "inputEPC", "outputEPCList": "outputEPC"}
_CLASS_LISTS = {
    "quantityList": "epcClass",
    "childQuantityList": "epcClass",
    "inputQuantityList": "inputEPCClass",
    "outputQuantityList": "outputEPCClass",
}
_TYPED_LISTS = (
    ("bizTransactionList", "bizTransaction", "bizTransactionType"),
    ("sourceList", "source", "sourceDestType"),
    ("destinationList", "destination", "sourceDestType"),
)
_SENSOR_URIS = (
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
    "microorganism",
    "chemicalSubstance",
    "coordinateReferenceSystem",
    "uriValue",
)
_SENSOR_TEXTS = ("stringValue", "hexBinaryValue", "booleanValue")
_SENSOR_NUMBERS = ("value", "minValue", "maxValue", "meanValue", "sDev", "percValue")
_SENSOR_OTHERS = ("type", "exception", "time", "component", "percRank", "uom")
_SENSOR_KNOWN = {*_SENSOR_URIS, *_SENSOR_TEXTS, *_SENSOR_NUMBERS, *_SENSOR_OTHERS}
_METADATA_KNOWN = {*_SENSOR_URIS, "time", "startTime", "endTime"}
_KNOWN = {
    "@context", "type", "eventID", "eventTime", "eventTimeZoneOffset", "recordTime", "certificationInfo",
    "errorDeclaration", "bizStep", "disposition", "persistentDisposition", "readPoint", "bizLocation",
    "sensorElementList", "action", "parentID", "transformationID", "ilmd",
    *_EPC_LISTS, *_CLASS_LISTS, *(name for name, _, _ in _TYPED_LISTS),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What can be asked of one event."""

    texts: frozenset[tuple[str, str]]
    numbers: frozenset[tuple[str, float]]


def facts_of_document(document: str) -> Facts:
    """The facts of a captured document; none where it is no event."""
    try:
        body = json.loads(document)
    except (ValueError, RecursionError):
        body = None
    return facts_of(members(body))


def facts_of(event: Mapping[str, Any]) -> Facts:
    """The facts of an event."""
    prefixes = prefixes_of(event.get("@context"))
    found = list(_standard(event))
    found.extend(_things(event))
    found.extend(_error(event, prefixes))
    for element in parts(event.get("sensorElementList")):
        found.extend(_sensor_element(members(element), prefixes))
    found.extend(_extensions(EXTENSION, event, _KNOWN, prefixes))
    found.extend(_extensions("ILMD", members(event.get("ilmd")), set(), prefixes))
    for name in ("readPoint", "bizLocation"):
        found.extend(_extensions(name, members(event.get(name)), {"id"}, prefixes))
    return Facts(
        texts=frozenset((name, value) for name, value in found if isinstance(value, str)),
        numbers=frozenset((name, float(value)) for name, value in found if not isinstance(value, str)),
    )


def time_number(moment: datetime) -> float:
    """The moment as the number that facts keep it by."""
    return float((moment - EPOCH) // timedelta(microseconds=1))


def spellings(uri: str) -> set[str]:
    """The forms under which an identifier is found: as it is written, and as its Digital Link."""
    return {uri, canonical_uri(uri)}


Fact = tuple[str, str | float]


def _standard(event: Mapping[str, Any]) -> Iterator[Fact]:
    for name in ("type", "action", "eventID", "transformationID"):
        if isinstance(event.get(name), str):
            yield {"type": "eventType"}.get(name, name), event[name]
    for name in ("bizStep", "disposition"):
        if isinstance(event.get(name), str):
            yield name, bare_word(event[name], name)
    lasting = members(event.get("persistentDisposition"))
    for name in ("set", "unset"):
        for word in parts(lasting.get(name)):
            yield f"persistentDisposition_{name}", bare_word(str(word), "disposition")
    for name in ("readPoint", "bizLocation"):
        place = members(event.get(name)).get("id")
        if isinstance(place, str):
            yield name + WRITTEN, place
            for form in spellings(place):
                yield name, form
                # A part of a place (extension 254) is within it.
                yield f"WD_{name}", form
                yield f"WD_{name}", form.partition("/254/")[0]


def _things(event: Mapping[str, Any]) -> Iterator[Fact]:
    if isinstance(event.get("parentID"), str):
        yield from (("parentID", form) for form in spellings(event["parentID"]))
    for name, kind in _EPC_LISTS.items():
        for epc in parts(event.get(name)):
            yield from ((kind, form) for form in spellings(str(epc)))
    for name, kind in _CLASS_LISTS.items():
        for quantity in map(members, parts(event.get(name))):
            yield from ((kind, form) for form in spellings(str(quantity.get("epcClass", ""))))
            yield from _number("quantity", quantity.get("quantity"), quantity.get("uom"))
    for name, inner, kind in _TYPED_LISTS:
        for part in map(members, parts(event.get(name))):
            word = bare_word(str(part["type"]), kind) if "type" in part else ""
            yield from ((f"{inner}_{word}", form) for form in spellings(str(part.get(inner, ""))))


def _error(event: Mapping[str, Any], prefixes: Mapping[str, str]) -> Iterator[Fact]:
    declaration = event.get("errorDeclaration")
    if not isinstance(declaration, dict):
        return
    yield "errorDeclaration", ""
    yield from _time("errorDeclarationTime", declaration.get("declarationTime"))
    if isinstance(declaration.get("reason"), str):
        yield "errorReason", bare_word(declaration["reason"], "errorReason")
    yield from (("correctiveEventID", str(each)) for each in parts(declaration.get("correctiveEventIDs")))
    known = {"declarationTime", "reason", "correctiveEventIDs"}
    yield from _extensions("ERROR_DECLARATION", declaration, known, prefixes)


def _sensor_element(element: Mapping[str, Any], prefixes: Mapping[str, str]) -> Iterator[Fact]:
    yield "sensorElementList", ""
    metadata = members(element.get("sensorMetadata"))
    for name in ("time", "startTime", "endTime"):
        yield from _time(name, metadata.get(name))
    yield from _uris(metadata)
    yield from _extensions("SENSORELEMENT", element, {"sensorMetadata", "sensorReport"}, prefixes)
    yield from _extensions("SENSORMETADATA", metadata, _METADATA_KNOWN, prefixes)
    for report in map(members, parts(element.get("sensorReport"))):
        if isinstance(report.get("type"), str):
            yield "type", bare_word(report["type"], "measurement")
        yield from _time("time", report.get("time"))
        yield from _uris(report)
        yield from ((name, plain_text(report[name])) for name in _SENSOR_TEXTS if report.get(name) is not None)
        for name in _SENSOR_NUMBERS:
            yield from _number(name, report.get(name), report.get("uom"))
        yield from _number("percRank", report.get("percRank"), None)
        yield from _extensions("SENSORREPORT", report, _SENSOR_KNOWN, prefixes)


def _uris(part: Mapping[str, Any]) -> Iterator[Fact]:
    for name in _SENSOR_URIS:
        if isinstance(part.get(name), str):
            yield from ((name, form) for form in spellings(part[name]))


def _number(name: str, value: object, unit: object) -> Iterator[Fact]:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        yield name, float(value)
        if isinstance(unit, str):
            yield f"{name}_{unit}", float(value)


def _time(name: str, text: object) -> Iterator[Fact]:
    try:
        moment = instant(text) if isinstance(text, str) else None
    except ValueError:
        moment = None
    if moment is not None:
        yield f"{name}{TIME}", time_number(moment)


def _extensions(
    scope: str, value: Mapping[str, Any], known: set[str], prefixes: Mapping[str, str], *, inner: bool = False
) -> Iterator[Fact]:
    """Every member of other namespaces; below them, at whatever depth, as inner ones."""
    for member, content in value.items():
        if member in known:
            continue
        name = (
            f"{INNER} {scope} {expanded_name(member, prefixes)}"
            if inner
            else f"{scope} {expanded_name(member, prefixes)}"
        )
        for part in parts(content):
            if isinstance(part, dict):
                yield name, ""
                yield from _extensions(scope, part, {"@context"}, prefixes, inner=True)
            elif not isinstance(part, list):
                yield from _value(name, part)


def _value(name: str, value: object) -> Iterator[Fact]:
    text = plain_text(value)
    yield name, text
    yield from _time(name, text)
    try:
        number = float(text)
    except ValueError:
        return
    if math.isfinite(number):
        yield name, number
