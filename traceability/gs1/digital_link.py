"""GS1 Digital Link URIs, strictly: numeric Application Identifiers, GS1's order, nothing guessed.

Source: GS1 Digital Link Standard: URI Syntax 1.3, chapters 4 (grammar) and 5 (canonical form).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote_to_bytes

from traceability.errors import DigitalLinkError
from traceability.gs1.application_identifiers import ApplicationIdentifier, application_identifier
from traceability.gs1.keys import CANONICAL_HOST, Gtin
from traceability.gs1.rules import (
    CHARACTERS,
    DUPLICATE_AI,
    HOST,
    LINK_GTIN_LENGTH,
    NO_KEY,
    PERCENT_ENCODING,
    QUALIFIER_IN_QUERY,
    QUALIFIER_ORDER,
    SCHEME,
    UNKNOWN_AI,
    URI_CHARACTERS,
    Rule,
)

Pairs = tuple[tuple[str, str], ...]
GTIN_AI, LOT_AI, SERIAL_AI = "01", "10", "21"

_FORBIDDEN = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_SCHEME = re.compile(r"(?:http|https|HTTP|HTTPS)://")
_GTIN_DIGITS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitalLink:
    """What a Digital Link says: a key, its qualifiers in GS1's order, and data attributes of the query string."""

    key_ai: str
    key: str
    qualifiers: Pairs = ()
    attributes: Pairs = ()

    @classmethod
    def parse(cls, uri: str) -> Self:
        """The link an absolute URI stands for; raises DigitalLinkError that says which part breaks which rule."""
        _check_characters(uri)
        scheme = _SCHEME.match(uri)
        if scheme is None:
            raise _error(uri, SCHEME)
        rest = uri[scheme.end() :].partition("#")[0]
        before_query, _, query = rest.partition("?")
        host, slash, path = before_query.partition("/")
        if not _HOST.fullmatch(host):
            raise _error(host or uri, HOST)
        return cls.parse_path(slash + path, query)

    @classmethod
    def parse_path(cls, path: str, query: str = "") -> Self:
        """The link that a still percent-encoded path and query stand for; raises DigitalLinkError."""
        _check_characters(path)
        _check_characters(query)
        key_ai, key, qualifiers = _from_path(path)
        return cls(key_ai=key_ai, key=key, qualifiers=qualifiers, attributes=_from_query(query, key_ai, qualifiers))

    @classmethod
    def of_item(cls, gtin: Gtin, serial: str, lot: str | None = None) -> Self:
        """The link of one item; raises DigitalLinkError where lot or serial break their rules."""
        qualifiers = ((LOT_AI, lot), (SERIAL_AI, serial)) if lot is not None else ((SERIAL_AI, serial),)
        for ai, value in qualifiers:
            _check_value(ai, value)
        return cls(key_ai=GTIN_AI, key=gtin, qualifiers=qualifiers)

    @property
    def gtin(self) -> Gtin | None:
        """The trade item's number, where the key is one."""
        return Gtin.parse(self.key) if self.key_ai == GTIN_AI else None

    @property
    def lot(self) -> str | None:
        """Batch or lot, where the link names it."""
        return dict(self.qualifiers).get(LOT_AI)

    @property
    def serial(self) -> str | None:
        """Serial number, where the link names it."""
        return dict(self.qualifiers).get(SERIAL_AI)

    @property
    def path(self) -> str:
        """The canonical path: key and qualifiers, percent-encoded."""
        pairs = ((self.key_ai, self.key), *self.qualifiers)
        return "".join(f"/{ai}/{quote(value, safe='')}" for ai, value in pairs)

    @property
    def canonical_uri(self) -> str:
        """The link on GS1's own host, without data attributes."""
        return CANONICAL_HOST + self.path

    @property
    def epc_uri(self) -> str:
        """The URI under which EPCIS events name this very thing: a serial makes the lot superfluous."""
        if self.serial is None:
            return self.canonical_uri
        qualifiers = tuple(pair for pair in self.qualifiers if pair[0] not in {LOT_AI, "22"})
        return DigitalLink(key_ai=self.key_ai, key=self.key, qualifiers=qualifiers).canonical_uri


def _error(part: str, rule: Rule) -> DigitalLinkError:
    return DigitalLinkError(part, rule.en, rule.zh)


def _check_characters(text: str) -> None:
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        raise _error(forbidden.group(), URI_CHARACTERS)
    bad = _BAD_PERCENT.search(text)
    if bad is not None:
        raise _error(text[bad.start() : bad.start() + 3], PERCENT_ENCODING)


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text).decode("ascii")
    except UnicodeDecodeError:
        raise _error(text, CHARACTERS) from None


def _from_path(path: str) -> tuple[str, str, Pairs]:
    segments = path.split("/")[1:]
    # Counted from the right, AI and value alternate; whatever stands left of the rightmost key is the host's own stem.
    for start in range(len(segments) - 2, -1, -2):
        row = application_identifier(segments[start])
        if row is not None and row.is_key:
            pairs = list(zip(segments[start::2], map(_decoded, segments[start + 1 :: 2]), strict=True))
            return _checked_path(row, pairs)
    raise _error(path, NO_KEY)


def _checked_path(row: ApplicationIdentifier, pairs: Sequence[tuple[str, str]]) -> tuple[str, str, Pairs]:
    key_ai, key = pairs[0]
    if key_ai == GTIN_AI and len(key) != _GTIN_DIGITS:
        raise _error(key, LINK_GTIN_LENGTH)
    _check_value(key_ai, key)
    qualifiers = tuple(pairs[1:])
    if not any(_in_order([ai for ai, _ in qualifiers], sequence) for sequence in row.qualifiers):
        raise _error("/".join(ai for ai, _ in qualifiers), QUALIFIER_ORDER)
    for ai, value in qualifiers:
        _check_value(ai, value)
    return key_ai, key, qualifiers


def _in_order(found: Sequence[str], allowed: Sequence[str]) -> bool:
    remaining = iter(allowed)
    return all(ai in remaining for ai in found)


def _check_value(ai: str, value: str) -> None:
    row = application_identifier(ai)
    if row is None:
        raise _error(ai, UNKNOWN_AI)
    broken = row.broken_rule(value)
    if broken is not None:
        part = f"{ai}/{value}"
        raise _error(part, broken)


def _from_query(query: str, key_ai: str, qualifiers: Pairs) -> Pairs:
    attributes: dict[str, str] = {}
    row = application_identifier(key_ai)
    own_qualifiers = {ai for sequence in row.qualifiers for ai in sequence} if row is not None else set()
    for part in query.split("&"):
        ai, _, value = part.partition("=")
        if not ai.isdigit():
            continue  # not GS1's: language, tracking and the like belong to the host
        if ai == key_ai or ai in attributes or ai in dict(qualifiers):
            raise _error(ai, DUPLICATE_AI)
        if ai in own_qualifiers:
            raise _error(ai, QUALIFIER_IN_QUERY)
        attributes[ai] = _decoded(value.replace("+", " "))
        _check_value(ai, attributes[ai])
    return tuple(attributes.items())
