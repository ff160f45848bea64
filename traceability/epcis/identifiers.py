"""Identifiers of an event that are wrong in themselves: no reader could tell what they name, so they are refused.

Whether an identifier is plausible where it is right says `traceability.epcis.plausibility`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from traceability.epcis.event_terms import members, parts
from traceability.errors import DigitalLinkError, EventError
from traceability.gs1.digital_link import DigitalLink
from traceability.gs1.epc_uris import parse_urn
from traceability.gs1.keys import CANONICAL_HOST
from traceability.strict_json import WHOLE

INSTANCES = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
CLASSES = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
LONGEST = 2000
"""Characters of an identifier; no GS1 key comes near it, and an index can hold it."""

_IN_OBJECTS = (
    *((name, "epcClass") for name in CLASSES),
    ("readPoint", "id"),
    ("bizLocation", "id"),
    ("sourceList", "source"),
    ("destinationList", "destination"),
    ("bizTransactionList", "bizTransaction"),
)
_SCHEMES = re.compile(r"urn:epc:(?:id:(?:sgtin|sscc|sgln|grai|giai|gsrn|gsrnp|gdti|cpi|sgcn|ginc|gsin|itip|upui|pgln):"
                      r"|class:lgtin:|idpat:(?:sgtin|grai|gdti|sgcn|cpi|itip|upui|lgtin):)")  # fmt: skip
_DIGIT_KEY = re.compile(r"/(?:00|01|253|255|402|414|417|8003|8006|8017|8018)/[0-9]{8,}(?:/|$)")
_CLASS_LEVEL = re.compile(r"/01/[0-9]+(?:/22/[^/]+)?(?:/10/[^/]+)?/?")
_INSTANCE_LEVEL = re.compile(r".*/01/[0-9]+/(?:.+/)?(?:21|235)/[^/]+/?|.*/00/[0-9]{18}/?")
_KNOWN_HERE = frozenset({"00", "01", "253", "401", "402", "414", "417", "8004", "8017", "8018"})


def check_identifiers(event: Mapping[str, Any]) -> None:
    """Every identifier is right by its own rules, instances stand in lists of instances and classes in quantities.

    Raises EventError with the path of the first that is not, and what would be right.
    """
    if len(str(event.get("eventID", ""))) > LONGEST and "errorDeclaration" not in event:
        # What was captured before there was a bound can still be declared wrong.
        rule = f"{len(event['eventID'])} characters; at most {LONGEST} are taken for an eventID"
        raise EventError(field=f"{WHOLE}.eventID", rule=rule)
    for path, uri in _identifiers(event):
        rule = broken_identifier(uri)
        if rule:
            raise EventError(path, rule)
    for name in INSTANCES:
        for place, uri in enumerate(parts(event.get(name))):
            if is_class(uri):
                rule = f"{uri} is a class (a trade item or a lot), not one thing: it belongs in a quantity list"
                raise EventError(field=f"{WHOLE}.{name}[{place}]", rule=rule)
    for name in CLASSES:
        for place, quantity in enumerate(parts(event.get(name))):
            uri = str(members(quantity).get("epcClass", ""))
            if is_instance(uri):
                rule = f"{uri} is one thing with a serial, not a class: it belongs in a list of EPCs"
                raise EventError(field=f"{WHOLE}.{name}[{place}].epcClass", rule=rule)


@lru_cache(maxsize=16_384)
def broken_identifier(uri: str) -> str:
    """The rule that the identifier breaks, in words; "" where it breaks none or is none of GS1's."""
    if len(uri) > LONGEST:
        return f"{len(uri)} characters; at most {LONGEST} are taken for an identifier"
    if uri.startswith("urn:epc:"):
        return _broken_urn(uri)
    if uri.startswith(("http://", "https://")):
        return _broken_link(uri)
    return ""


@lru_cache(maxsize=16_384)
def is_class(uri: str) -> bool:
    """Whether the URI names a trade item or a lot and no single thing."""
    if uri.startswith(("urn:epc:class:", "urn:epc:idpat:")):
        return True
    return uri.startswith("http") and _CLASS_LEVEL.fullmatch(_key_path(uri)) is not None


@lru_cache(maxsize=16_384)
def is_instance(uri: str) -> bool:
    """Whether the URI names a single thing."""
    if uri.startswith("urn:epc:id:"):
        return True
    return uri.startswith("http") and _INSTANCE_LEVEL.fullmatch(_path(uri)) is not None


def _identifiers(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ("parentID", "transformationID"):
        if name in event:
            yield f"{WHOLE}.{name}", str(event[name])
    for name in INSTANCES:
        for place, uri in enumerate(parts(event.get(name))):
            yield f"{WHOLE}.{name}[{place}]", str(uri)
    for name, inner in _IN_OBJECTS:
        value = event.get(name)
        for place, part in enumerate(parts(value)):
            where = f"{WHOLE}.{name}[{place}]" if isinstance(value, list) else f"{WHOLE}.{name}"
            yield f"{where}.{inner}", str(members(part).get(inner, ""))


def _broken_urn(uri: str) -> str:
    if not _SCHEMES.match(uri) or parse_urn(uri) is not None:
        return ""
    return (
        f"{uri} is no such EPC URN: company prefix (6 to 12 digits) and reference have together a fixed number of "
        "digits (EPC Tag Data Standard 6.3)"
    )


def _broken_link(uri: str) -> str:
    """Strict on GS1's own host; elsewhere only on a key of digits, as other sites have paths of their own."""
    path = _path(uri)
    ours = uri.startswith(CANONICAL_HOST + "/")
    if not ours and not _DIGIT_KEY.search(path):
        return ""
    key_ai = next((part for part in path.split("/") if part in _KNOWN_HERE), None)
    if key_ai is None:
        return ""
    try:
        DigitalLink.parse(uri)
    except DigitalLinkError as error:
        return f"{uri} is no GS1 Digital Link: {error}"
    return ""


def _path(uri: str) -> str:
    try:
        return unquote(urlsplit(uri).path)
    except ValueError:  # a host that is none, such as http://[
        return ""


def _key_path(uri: str) -> str:
    path = _path(uri)
    return path[max(path.rfind("/01/"), 0) :]
