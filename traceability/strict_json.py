"""JSON read strictly: what cannot be kept is refused, with the place where it stands; repeated members are named."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from traceability.errors import EventError

WHOLE = "$"
"""The path of the document as such."""
MAXIMUM_BYTES = 1024 * 1024
"""An event of one megabyte is a mistake or an attack."""
MAXIMUM_DEPTH = 64
"""EPCIS nests five deep; extensions may add to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadObject:
    """A document's text and the object it holds.

    repeated: names that stand twice in one object of it; the last value counts, as in nearly every reader.
    """

    text: str
    value: dict[str, Any]
    repeated: tuple[str, ...]


def read_object(document: bytes) -> ReadObject:
    """The object that the document holds.

    Raises EventError for more than 1 MiB, anything but UTF-8, broken JSON, a value that is no object, numbers that
    are not finite, characters that cannot be stored, and nesting beyond 64 levels.
    """
    if len(document) > MAXIMUM_BYTES:
        raise EventError(WHOLE, f"{len(document)} bytes; at most {MAXIMUM_BYTES} are taken, send events one at a time")
    try:
        text = document.decode("utf-8")
    except UnicodeDecodeError as error:
        raise EventError(WHOLE, f"byte {error.start} is not UTF-8") from None
    repeated: list[str] = []
    value = _parsed(text, repeated)
    if not isinstance(value, dict):
        raise EventError(WHOLE, "a JSON object is expected")
    # In UTF-8 what cannot be stored stands behind an escape, and every level needs a bracket: few have to be looked at.
    if "\\u" in text or text.count("{") + text.count("[") > MAXIMUM_DEPTH:
        for path, part in _strings(value):
            _check_storable(path, part)
    return ReadObject(text=text, value=value, repeated=tuple(dict.fromkeys(repeated)))


def _parsed(text: str, repeated: list[str]) -> object:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            repeated.extend(name for name in found if names.count(name) > 1)
        return found

    try:
        return json.loads(text, object_pairs_hook=members, parse_constant=_not_finite, parse_float=_finite_float)
    except json.JSONDecodeError as error:
        raise EventError(WHOLE, f"no JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise EventError(WHOLE, f"nested deeper than {MAXIMUM_DEPTH} levels") from None
    except EventError:
        raise
    except ValueError as error:  # an integer of more digits than Python reads
        raise EventError(WHOLE, f"no usable number: {error}") from None


def canonical(value: object) -> str:
    """One text for equal JSON values: keys sorted, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def _not_finite(name: str) -> float:
    raise EventError(WHOLE, f"{name} is no JSON number")


def _finite_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise EventError(WHOLE, f"the number {text[:40]} is too large")
    return number


def _strings(value: object, path: str = WHOLE, depth: int = 0) -> Iterator[tuple[str, str]]:
    if depth > MAXIMUM_DEPTH:
        raise EventError(path, f"nested deeper than {MAXIMUM_DEPTH} levels")
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield f"{path} (a key)", key
            yield from _strings(part, f"{path}.{key}", depth + 1)
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _strings(part, f"{path}[{place}]", depth + 1)


def _check_storable(path: str, text: str) -> None:
    if "\0" in text:
        raise EventError(path, "contains a NUL character")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise EventError(path, "contains half of a surrogate pair, which is no character") from None
