"""What a request to the resolver asks for, read from its query and headers; whatever is sent, reading never fails."""

import re
from collections.abc import Iterable
from functools import cache
from urllib.parse import parse_qsl

from traceability.gs1.application_identifiers import application_identifiers
from traceability.resolver.link_types import bare_name
from traceability.resolver.links import Wanted

LINKSET_TYPE = "application/linkset+json"
LISTS = frozenset({"linkset", "all"})
"""Values of `linkType` for every link; "all" is the older word (GS1 Digital Link 1.1)."""
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_BASE64_URL = re.compile(r"(?=.*[A-Z])(?=.*[a-z0-9])[A-Za-z0-9_-]{11,200}")
_MOST = 20
"""Values of a header that are looked at."""


def read_wanted(query: str, *, accept: str, accept_language: str) -> Wanted:
    """What the query string and these two headers ask for."""
    pairs = parse_qsl(query, max_num_fields=None)
    link_type = next((value for name, value in pairs if name.lower() == "linktype"), "")
    media_types = weighted(accept)
    return Wanted(
        link_type=bare_name(link_type.strip()),
        listed=bare_name(link_type.strip()) in LISTS or LINKSET_TYPE in media_types,
        languages=weighted(accept_language),
        media_types=media_types,
        contexts=tuple(value for name, value in pairs[:_MOST] if name.lower() == "context" and value),
    )


def weighted(header: str) -> tuple[str, ...]:
    """The values of a header such as Accept, the most wanted first; what has weight 0 or makes no sense is left out."""
    found = [_weighed(part) for part in header.split(",")[:_MOST]]
    ordered = sorted(((value, weight) for value, weight in found if value and weight > 0), key=lambda each: -each[1])
    return tuple(value.lower() for value, _ in ordered)


def _weighed(part: str) -> tuple[str, float]:
    value, *parameters = (piece.strip() for piece in part.split(";"))
    return value, _weight(parameters)


def _weight(parameters: Iterable[str]) -> float:
    for parameter in parameters:
        name, _, text = parameter.partition("=")
        if name.strip().lower() == "q":
            digits = text.strip()
            return float(digits) if digits.replace(".", "", 1).isdecimal() and digits.isascii() else 0.0
    return 1.0


def looks_compressed(text: str) -> bool:
    """Whether a single path segment can be a compressed Digital Link.

    Its first byte is the beginning of a key's AI in digits, or a code for several AIs with a letter in it (GS1 Digital
    Link: Compression 1.0, section 3); ten characters hold no key.
    """
    if not _BASE64_URL.fullmatch(text):
        return False
    first = f"{_ALPHABET.index(text[0]) << 2 | _ALPHABET.index(text[1]) >> 4:02X}"
    return first in _key_beginnings() or (first[0].isdecimal() and first[1].isalpha())


@cache
def _key_beginnings() -> frozenset[str]:
    return frozenset(row.pattern.pattern[:2] for row in application_identifiers() if row.is_key)
