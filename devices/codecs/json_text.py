"""JSON as devices send it: UTF-8 proven, keys unique, numbers finite, nesting bounded.

msgspec decodes fast into typed structs but keeps the last of duplicate keys and does not look at what it skips.
So a decoder counts: as many colons in the bytes as keys decoded means that there was nothing else. Where the count
differs (or an escape makes counting unsafe) the standard library reads the text once more, with every pair in view.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable

from devices.errors import DecodeError

Json = dict[str, "Json"] | list["Json"] | str | float | int | bool | None

LONGEST_WHOLE = 310
"""The largest double has 309 digits and may have a sign."""
NAMES_SHOWN = 8
"""How many keys a reason lists; a message may carry thousands."""


def utf8(payload: bytes) -> str:
    """The payload as text; raises DecodeError `empty` or `not_utf8`, wherever in the message the bad byte is."""
    if not payload:
        raise DecodeError(code="empty", reason="the message is empty: expected JSON")
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"not UTF-8: byte {error.start} is 0x{payload[error.start]:02x}"
        raise DecodeError(code="not_utf8", reason=reason) from error


def only_keys_counted(payload: bytes, *, keys: int, strings: Iterable[str] = ()) -> bool:
    """Whether `payload` holds exactly `keys` keys, where `strings` are all its decoded text values.

    True is certain; False means: look closer.
    """
    colons = keys + sum(text.count(":") for text in strings)
    return payload.count(b":") == colons and b"\\" not in payload


def strict_json(text: str) -> Json:
    """The value of `text`; raises DecodeError.

    Its codes are `not_json`, `not_finite`, `duplicate_keys`, `number_range` and `too_deep`.
    """
    try:
        value: Json = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole
        )
    except RecursionError as error:
        raise DecodeError(code="too_deep", reason="nested too deeply") from error
    except json.JSONDecodeError as error:
        raise DecodeError(code="not_json", reason=f"not JSON: {error.msg} at character {error.pos}") from error
    return value


def shown(names: Iterable[str]) -> str:
    """The names as a reason lists them: cut, and not all of a thousand."""
    listed = [name[:40] for name in names]
    more = len(listed) - NAMES_SHOWN
    return ", ".join(listed[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
        raise DecodeError(code="duplicate_keys", reason=f"the same key twice in one object: {shown(twice)}")
    return found


def _refuse_constant(word: str) -> float:
    raise DecodeError(code="not_finite", reason=f"{word} is not JSON: leave the value out where there is none")


def finite(value: float) -> float:
    """`value`; raises DecodeError `number_range` where arithmetic led beyond all numbers."""
    if not math.isfinite(value):
        raise DecodeError(code="number_range", reason="number out of range: its unit or base value leads beyond all")
    return value


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise DecodeError(code="number_range", reason=f"number out of range: {text[:40]}")
    return value


def _whole(text: str) -> int | float:
    # int() of thousands of digits is slow by design and refused by Python: such a number is out of range anyway.
    if len(text) > LONGEST_WHOLE:
        raise DecodeError(code="number_range", reason=f"number out of range: {text[:40]}…")
    return int(text)
