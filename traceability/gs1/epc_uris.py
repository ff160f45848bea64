"""Every way to write a GS1 key as a URI, brought to one: a Digital Link on GS1's own host, at its finest level.

The forms are rows of `epc_schemes.csv` (EPC URNs, Tag Data Standard 2.0) and `link_keys.csv` (Digital Links). Nothing
is checked here but the shape: whether a key is right says `traceability.epcis.identifiers`.
"""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import quote, unquote, urlsplit

from traceability.gs1.keys import CANONICAL_HOST, check_digit

_URN = re.compile(r"urn:epc:(id|idpat|class):([a-z]+):(.+)")
_PREFIX = re.compile(r"[0-9]{6,12}")
_WILD = ".*"
_AS_THEY_ARE = "';="
"""What stands unencoded in a Digital Link although `quote` would encode it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EpcUrn:
    """An EPC URN taken apart; digits: company prefix and reference without a check digit ("" where it has none)."""

    kind: str
    scheme: str
    uri: str
    digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scheme:
    ai: str
    digits: int
    parts: int
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _LinkKey:
    key: re.Pattern[str]
    finest: tuple[str, ...]


@lru_cache(maxsize=8192)
def canonical_uri(text: str) -> str:
    """The one URI for a GS1 key however it is written; any other text as it is."""
    if text.startswith("urn:epc:"):
        urn = parse_urn(text)
        return text if urn is None else urn.uri
    if text.startswith(("http://", "https://")):
        return _canonical_link(text) or text
    return text


def parse_urn(text: str) -> EpcUrn | None:
    """The EPC URN that `text` is; None where its scheme is unknown or its shape another.

    A pattern for all serials of a class (`urn:epc:idpat:sgtin:4012345.012345.*`) is that class.
    """
    match = _URN.fullmatch(text)
    scheme = _schemes().get(match.group(2)) if match else None
    if match is None or scheme is None:
        return None
    kind, name, rest = match.groups()
    all_serials = kind == "idpat" and rest.endswith(_WILD)
    parts = rest.removesuffix(_WILD).split(".", scheme.parts - 1 - all_serials)
    digits = _digits(scheme, parts)
    if digits is None or len(parts) != scheme.parts - all_serials or (kind == "idpat") != all_serials:
        return None
    return EpcUrn(kind=kind, scheme=name, uri=_link(scheme, digits, parts), digits=digits if scheme.digits else "")


def link_pairs(uri: str) -> list[tuple[str, str]]:
    """The AI and value pairs of a Digital Link from its key on, decoded; none where the path holds no key."""
    segments = [unquote(part) for part in urlsplit(uri).path.rstrip("/").split("/")[1:]]
    for start in range(len(segments) - 2, -1, -2):
        row = _link_keys().get(segments[start])
        if row is not None and row.key.fullmatch(segments[start + 1]):
            return list(zip(segments[start::2], segments[start + 1 :: 2], strict=True))
    return []


def _canonical_link(uri: str) -> str:
    try:
        pairs = link_pairs(uri)
    except ValueError:  # urlsplit on a host that is none, such as http://[
        return ""
    if not pairs:
        return ""
    (ai, key), qualifiers = pairs[0], dict(pairs[1:])
    key = key.zfill(14) if ai == "01" else key
    finest = next((name for name in _link_keys()[ai].finest if name in qualifiers), None)
    tail = f"/{finest}/{_encoded(qualifiers[finest])}" if finest is not None else ""
    return f"{CANONICAL_HOST}/{ai}/{_encoded(key)}{tail}"


def _digits(scheme: _Scheme, parts: Sequence[str]) -> str | None:
    if len(parts) < 2 or not _PREFIX.fullmatch(parts[0]):  # noqa: PLR2004 prefix and reference
        return None
    prefix, reference = parts[0], parts[1]
    if not scheme.digits:
        return prefix + reference if reference else None
    if len(prefix) + len(reference) != scheme.digits or not (reference == "" or reference.isdecimal()):
        return None
    # Indicator digit and extension digit stand in front of the company prefix in the key.
    moved = scheme.digits in {13, 17} and scheme.ai in {"00", "01", "8006"}
    return reference[:1] + prefix + reference[1:] if moved else prefix + reference


def _link(scheme: _Scheme, digits: str, parts: Sequence[str]) -> str:
    key = digits + check_digit(digits) if scheme.digits else _encoded(unquote(digits))
    rest = [_encoded(unquote(part)) for part in parts[2:]]
    form = scheme.form
    if len(rest) < scheme.parts - 2:
        form = form.partition("{key}")[0] + "{key}" + "".join(f"{{{place}}}" for place in range(len(rest)))
    elif scheme.ai == "414" and rest == ["0"]:
        form = "/{key}"  # extension 0 means the location itself
    return f"{CANONICAL_HOST}/{scheme.ai}{form.format(*rest, key=key)}"


def _encoded(text: str) -> str:
    return quote(text, safe=_AS_THEY_ARE)


def _rows(name: str) -> Iterator[Mapping[str, str]]:
    return csv.DictReader(files("traceability.gs1").joinpath(name).read_text(encoding="utf-8").splitlines())


@cache
def _schemes() -> dict[str, _Scheme]:
    return {
        row["scheme"]: _Scheme(ai=row["ai"], digits=int(row["digits"]), parts=int(row["parts"]), form=row["form"])
        for row in _rows("epc_schemes.csv")
    }


@cache
def _link_keys() -> dict[str, _LinkKey]:
    return {
        row["ai"]: _LinkKey(
            key=re.compile(row["key"], re.ASCII), finest=tuple(part for part in row["finest"].split("|") if part)
        )
        for row in _rows("link_keys.csv")
    }
