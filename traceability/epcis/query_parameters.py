"""The parameters of EPCIS's SimpleEventQuery, read into conditions.

Source: EPCIS 2.0 section 8.2.7.1. A parameter is an operator, a name and values; parameters hold all together, and of
the values of one parameter any will do.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from traceability.epcis.event_facts import EXTENSION, INNER, TIME, time_number
from traceability.epcis.event_queries import (
    Condition,
    EventQuery,
    ExistsCondition,
    NumberCondition,
    OrderBy,
    TextCondition,
    TimeSpan,
)
from traceability.epcis.event_terms import bare_word, expanded_name, plain_text
from traceability.epcis.event_types import instant
from traceability.errors import QueryError
from traceability.gs1.epc_uris import canonical_uri

Given = Mapping[str, Sequence[str]]
"""Parameters with their values as text."""

_WORDS: Mapping[str, tuple[str, str]] = {
    "EQ_bizStep": ("bizStep", "bizStep"),
    "EQ_disposition": ("disposition", "disposition"),
    "EQ_persistentDisposition_set": ("persistentDisposition_set", "disposition"),
    "EQ_persistentDisposition_unset": ("persistentDisposition_unset", "disposition"),
    "EQ_errorReason": ("errorReason", "errorReason"),
    "EQ_type": ("type", "measurement"),
}
_EPC_NAMES = ("epc", "parentID", "inputEPC", "outputEPC")
_CLASS_NAMES = ("epcClass", "inputEPCClass", "outputEPCClass")
_IDENTIFIERS: Mapping[str, tuple[str, ...]] = {
    "eventType": ("eventType",),
    "EQ_action": ("action",),
    "EQ_eventID": ("eventID",),
    "EQ_correctiveEventID": ("correctiveEventID",),
    "EQ_transformationID": ("transformationID",),
    "EQ_readPoint": ("readPoint",),
    "EQ_bizLocation": ("bizLocation",),
    "WD_readPoint": ("WD_readPoint",),
    "WD_bizLocation": ("WD_bizLocation",),
    "MATCH_epc": ("epc",),
    "MATCH_parentID": ("parentID",),
    "MATCH_inputEPC": ("inputEPC",),
    "MATCH_outputEPC": ("outputEPC",),
    "MATCH_anyEPC": _EPC_NAMES,
    "MATCH_epcClass": ("epcClass",),
    "MATCH_inputEPCClass": ("inputEPCClass",),
    "MATCH_outputEPCClass": ("outputEPCClass",),
    "MATCH_anyEPCClass": _CLASS_NAMES,
    "EQ_deviceID": ("deviceID",),
    "EQ_deviceMetadata": ("deviceMetadata",),
    "EQ_rawData": ("rawData",),
    "EQ_dataProcessingMethod": ("dataProcessingMethod",),
    "EQ_bizRules": ("bizRules",),
    "EQ_microorganism": ("microorganism",),
    "EQ_chemicalSubstance": ("chemicalSubstance",),
    "EQ_coordinateReferenceSystem": ("coordinateReferenceSystem",),
    "EQ_stringValue": ("stringValue",),
    "EQ_hexBinaryValue": ("hexBinaryValue",),
    "EQ_uriValue": ("uriValue",),
    "EQ_booleanValue": ("booleanValue",),
}
_EXISTS = {"EXISTS_errorDeclaration": "errorDeclaration", "EXISTS_sensorElementList": "sensorElementList"}
_TIMES = {
    "errorDeclarationTime": "errorDeclarationTime",
    "errorDeclaration_Time": "errorDeclarationTime",
    "time": "time",
    "startTime": "startTime",
    "endTime": "endTime",
}
_TYPED = re.compile(r"EQ_(bizTransaction|source|destination)_(.+)")
_TYPED_KINDS = {"bizTransaction": "bizTransactionType", "source": "sourceDestType", "destination": "sourceDestType"}
_MEASURED = re.compile(
    r"(EQ|GT|GE|LT|LE)_((?:quantity|percRank)|(?:quantity|value|minValue|maxValue|meanValue|sDev|percValue)_[A-Z0-9]{2,4})"
)
_TIMED = re.compile(r"(GE|LT|GT|LE)_([A-Za-z_]+)")
_FIELD = re.compile(
    r"(EQ|GT|GE|LT|LE|EXISTS)_(INNER_)?"
    r"(?:(ILMD|ERROR_DECLARATION|SENSORELEMENT|SENSORMETADATA|SENSORREPORT|readPoint|bizLocation)_)?(.+:.+)"
)
_PATTERN = re.compile(r"(urn:epc:)idpat:([a-z]+:[^*]*\.)(?:\*\.)*\*")
_RANGED = re.compile(r"(GE|LT)_(eventTime|recordTime)")
_CONTROLS = frozenset({"orderBy", "orderDirection", "eventCountLimit", "maxEventCount"})
LONGEST_LIST = 1000


def read_query(given: Given, prefixes: Mapping[str, str]) -> EventQuery:
    """The query that the parameters ask; prefixes: what the prefixes of extension fields stand for.

    Raises QueryError with the parameter and what is wrong with it.
    """
    spans: dict[str, dict[str, datetime]] = {"eventTime": {}, "recordTime": {}}
    conditions: list[Condition] = []
    for parameter, values in given.items():
        ranged = _RANGED.fullmatch(parameter)
        if ranged is not None:
            spans[ranged.group(2)]["since" if ranged.group(1) == "GE" else "until"] = _moment(parameter, values)
        elif parameter not in _CONTROLS:
            if not 1 <= len(values) <= LONGEST_LIST:
                raise QueryError(parameter, f"1 to {LONGEST_LIST} values are expected")
            conditions.append(_condition(parameter, values, prefixes))
    order_by, descending = _order(given)
    limit, most = _count(given, "eventCountLimit"), _count(given, "maxEventCount")
    if limit is not None and most is not None:
        raise QueryError(parameter="eventCountLimit", rule="it excludes maxEventCount")
    return EventQuery(
        event_time=TimeSpan(**spans["eventTime"]),
        record_time=TimeSpan(**spans["recordTime"]),
        conditions=tuple(conditions),
        order_by=order_by,
        descending=descending,
        limit=limit,
        most=most,
    )


def _condition(parameter: str, values: Sequence[str], prefixes: Mapping[str, str]) -> Condition:
    if parameter in _WORDS:
        name, kind = _WORDS[parameter]
        return TextCondition(names=(name,), texts=frozenset(bare_word(value, kind) for value in values))
    if parameter in _IDENTIFIERS:
        return _identifiers(_IDENTIFIERS[parameter], values)
    if parameter in _EXISTS:
        return ExistsCondition(name=_EXISTS[parameter], exists=_truth(parameter, values))
    for read in (_typed, _measured, _timed):
        found = read(parameter, values)
        if found is not None:
            return found
    return _field(parameter, values, prefixes)


def _identifiers(names: tuple[str, ...], values: Sequence[str]) -> TextCondition:
    patterns = [match for value in values if (match := _PATTERN.fullmatch(value))]
    beginnings = tuple(f"{match.group(1)}id:{match.group(2)}" for match in patterns)
    texts = frozenset(form for value in values for form in (value, canonical_uri(value)))
    return TextCondition(names=names, texts=texts, beginnings=beginnings)


def _typed(parameter: str, values: Sequence[str]) -> Condition | None:
    match = _TYPED.fullmatch(parameter)
    if match is None:
        return None
    member, word = match.groups()
    return _identifiers((f"{member}_{bare_word(word, _TYPED_KINDS[member])}",), values)


def _measured(parameter: str, values: Sequence[str]) -> Condition | None:
    match = _MEASURED.fullmatch(parameter)
    if match is None:
        return None
    numbers = tuple(_number(parameter, value) for value in values)
    return NumberCondition(name=match.group(2), compare=match.group(1), numbers=numbers)


def _timed(parameter: str, values: Sequence[str]) -> Condition | None:
    match = _TIMED.fullmatch(parameter)
    if match is None or match.group(2) not in _TIMES:
        return None
    number = time_number(_moment(parameter, values))
    return NumberCondition(name=_TIMES[match.group(2)] + TIME, compare=match.group(1), numbers=(number,))


def _field(parameter: str, values: Sequence[str], prefixes: Mapping[str, str]) -> Condition:
    match = _FIELD.fullmatch(parameter)
    if match is None:
        raise QueryError(parameter, "no parameter of SimpleEventQuery that is known here")
    compare, inner, scope, field = match.groups()
    expanded = expanded_name(field, prefixes)
    if not expanded.startswith("{"):
        raise QueryError(parameter, f"the prefix of {field} is not declared (GS1-Extensions, or @context of the query)")
    name = f"{INNER + ' ' if inner else ''}{scope or EXTENSION} {expanded}"
    if compare == "EXISTS":
        return ExistsCondition(name=name, exists=_truth(parameter, values))
    if compare == "EQ":
        return TextCondition(names=(name,), texts=frozenset(plain_text(value) for value in values))
    try:
        number = time_number(instant(values[0]).astimezone(UTC))
    except ValueError:
        return NumberCondition(name=name, compare=compare, numbers=(_number(parameter, values[0]),))
    return NumberCondition(name=name + TIME, compare=compare, numbers=(number,))


def _order(given: Given) -> tuple[OrderBy, bool]:
    if "orderBy" not in given:
        if "orderDirection" in given:
            raise QueryError(parameter="orderDirection", rule="it needs orderBy")
        return OrderBy.RECORD, False
    by, direction = _one(given, "orderBy"), _one(given, "orderDirection") if "orderDirection" in given else "DESC"
    if by not in {OrderBy.EVENT_TIME, OrderBy.RECORD_TIME}:
        raise QueryError(parameter="orderBy", rule=f"eventTime or recordTime is expected, not {by[:60]!r}")
    if direction not in {"ASC", "DESC"}:
        raise QueryError(parameter="orderDirection", rule="ASC or DESC is expected")
    return OrderBy(by), direction == "DESC"


def _one(given: Given, parameter: str) -> str:
    values = given[parameter]
    if len(values) != 1:
        raise QueryError(parameter, "one value is expected")
    return values[0]


def _count(given: Given, parameter: str) -> int | None:
    if parameter not in given:
        return None
    text = _one(given, parameter)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:10]) <= 10**9):
        raise QueryError(parameter, "a whole number from 1 on is expected")
    return int(text)


def _moment(parameter: str, values: Sequence[str]) -> datetime:
    if len(values) != 1:
        raise QueryError(parameter, "one date-time is expected")
    try:
        # In a URL a plus sign that was not encoded arrives as a space.
        return instant(values[0].replace(" ", "+")).astimezone(UTC)
    except ValueError as error:
        raise QueryError(parameter, str(error)) from None


def _number(parameter: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise QueryError(parameter, f"a number is expected, not {text[:40]!r}")
    return number


def _truth(parameter: str, values: Sequence[str]) -> bool:
    text = values[0].lower() if len(values) == 1 else "?"
    if text not in {"", "true", "1", "null", "false"}:
        raise QueryError(parameter, "true or false is expected")
    return text != "false"


def texts_of(query: Mapping[str, object]) -> dict[str, list[str]]:
    """The parameters of a query posted as JSON, their values as text; raises QueryError for values of another kind."""
    return {name: list(_texts(name, value)) for name, value in query.items() if name != "@context"}


def _texts(name: str, value: object) -> Iterator[str]:
    for part in value if isinstance(value, list) else [value]:
        if part is None:
            yield ""
        elif isinstance(part, bool):
            yield "true" if part else "false"
        elif isinstance(part, str | int | float):
            yield str(part)
        else:
            raise QueryError(name, "a text, a number, true, false or a list of them is expected")
