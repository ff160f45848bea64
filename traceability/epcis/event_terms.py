"""What the names and words of an event's JSON stand for: prefixes by its context, bare words by GS1's vocabulary.

Context documents are never fetched: GS1's own is known, and whatever else defines a prefix must stand in the event.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from traceability.epcis.vocabulary import words
from traceability.gs1.epc_uris import canonical_uri

CBV = "https://ref.gs1.org/cbv/"
GS1_VOC = "https://gs1.org/voc/"
STANDARD_PREFIXES: Mapping[str, str] = {
    "epcis": "https://ref.gs1.org/epcis/",
    "cbv": CBV,
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "gs1": GS1_VOC,
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
"""The prefixes of GS1's context (EPCIS 2.0)."""

WORD_URIS: Mapping[str, str] = {
    "bizStep": CBV + "BizStep-",
    "disposition": CBV + "Disp-",
    "bizTransactionType": CBV + "BTT-",
    "sourceDestType": CBV + "SDT-",
    "errorReason": CBV + "ER-",
    "component": CBV + "Comp-",
    "measurement": GS1_VOC,
    "exception": GS1_VOC,
}
"""What a bare word of each kind is appended to."""

_OLD_FORMS: Mapping[str, str] = {
    "urn:epcglobal:cbv:bizstep:": WORD_URIS["bizStep"],
    "urn:epcglobal:cbv:disp:": WORD_URIS["disposition"],
    "urn:epcglobal:cbv:btt:": WORD_URIS["bizTransactionType"],
    "urn:epcglobal:cbv:sdt:": WORD_URIS["sourceDestType"],
    "urn:epcglobal:cbv:er:": WORD_URIS["errorReason"],
}
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
"""0012, 1e3 and 1_000 are names as much as numbers: in a text they stay as they are."""


def prefixes_of(context: object) -> dict[str, str]:
    """What each prefix stands for in an event with this `@context`."""
    found = dict(STANDARD_PREFIXES)
    for part in context if isinstance(context, list) else [context]:
        for name, meaning in part.items() if isinstance(part, dict) else ():
            uri = meaning.get("@id") if isinstance(meaning, dict) else meaning
            if isinstance(uri, str) and not name.startswith("@"):
                found[name] = uri
    return found


def expanded_name(name: str, prefixes: Mapping[str, str]) -> str:
    """The member's name as `{namespace}local`; as it is where it has neither prefix nor namespace."""
    prefix, colon, local = name.partition(":")
    if colon and prefix in prefixes:
        return f"{{{prefixes[prefix]}}}{local}"
    if "://" in name or name.startswith("urn:"):
        cut = max(name.rfind(mark) for mark in "/#:") + 1
        return f"{{{name[:cut]}}}{name[cut:]}"
    return name


def expanded_word(word: str, kind: str) -> str:
    """A vocabulary word as its URI, whether it is bare, prefixed, an old URN or a URI already."""
    if word in words(kind) or kind == "exception":
        return WORD_URIS[kind] + word if ":" not in word else word
    prefix, colon, local = word.partition(":")
    if colon and prefix in {"cbv", "gs1"}:
        return STANDARD_PREFIXES[prefix] + local
    return modern_form(word)


def bare_word(word: str, kind: str) -> str:
    """The standard's bare word where `word` is one of it in any form; otherwise `word`."""
    uri = expanded_word(word, kind)
    bare = uri.removeprefix(WORD_URIS[kind])
    return bare if bare in words(kind) else word


def modern_form(text: str) -> str:
    """A CBV value in its URI of today where it is written as a URN."""
    for old, new in _OLD_FORMS.items():
        if text.startswith(old):
            return new + text.removeprefix(old)
    return text


def members(value: object) -> Mapping[str, Any]:
    """The object's members; none where it is no object."""
    return value if isinstance(value, dict) else {}


def parts(value: object) -> list[Any]:
    """The list's parts; what is no list is its own only part, nothing has none."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def plain_text(value: object) -> str:
    """A value as CBV's event hash writes it: trimmed, numbers without superfluous zeros, keys and words in one form."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(repr(value))
    text = str(value).strip()
    return number_text(text) if _PLAIN_NUMBER.fullmatch(text) else canonical_uri(modern_form(text))


def number_text(text: str) -> str:
    """The number without exponent, superfluous zeros and negative zero; every digit that counts is kept."""
    value = format(Decimal(text), "f")
    value = value.rstrip("0").rstrip(".") if "." in value else value
    return "0" if value == "-0" else value
