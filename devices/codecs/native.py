"""The native message: JSON, one object or a list of them, on `tiantou/v1/{site}/{device}/observations`.

Each object: `t` (seconds or milliseconds since 1970, or ISO 8601 with offset), optional `channel`, optional `unit`
(property → unit) and observed properties by name, in their own unit unless `unit` says another. `null` is no value.
A message is taken as a whole or not at all; only unknown keys leave the rest of it standing.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from devices.codecs.decoded import Decoded, Row, property_names, property_positions
from devices.codecs.json_text import Json, only_keys_counted, shown, strict_json, utf8
from devices.codecs.times import milliseconds
from devices.codecs.units import conversion
from devices.errors import DecodeError

CHANNEL = re.compile(r"[A-Za-z0-9_.-]{0,32}")
FRAME = ("t", "channel", "unit")
"""The keys beside the observed properties, in the order in which they follow them in a decoded reading."""


def decode(payload: bytes, *, device: str) -> Decoded:
    """The readings of a message that `device` sent; raises DecodeError."""
    text = utf8(payload)
    readings, unknown = _readings(payload, text)
    if not readings:
        raise DecodeError(code="no_values", reason="the list is empty: expected at least one reading")
    rows, channels, times = [], [], []
    for position, reading in enumerate(readings):
        try:
            row, moment, channel = _reading(reading, unknown)
        except DecodeError as error:
            if len(readings) == 1:
                raise
            raise DecodeError(error.code, f"reading {position + 1} of {len(readings)}: {error.reason}") from error
        rows.append(row)
        times.append(moment)
        channels.append(channel)
    return Decoded(device=[device] * len(rows), channel=channels, phenomenon_ms=times, rows=rows, unknown=unknown)


Reading = tuple[Any, ...]
"""Values of the observed properties, then `FRAME`, as msgspec has typed them; None where a key is absent or null."""


def _readings(payload: bytes, text: str) -> tuple[list[Reading], tuple[str, ...]]:
    try:
        readings = _tuples(_decoder(strict=True).decode(payload))
    except msgspec.ValidationError:
        # Either a key that is no property, or something really wrong: then the lenient decoder refuses it too.
        return _lenient_readings(payload, text)
    except msgspec.DecodeError as error:
        strict_json(text)
        raise DecodeError(code="not_json", reason=f"not JSON: {error}") from error
    keys, strings = _counted(readings)
    if not only_keys_counted(payload, keys=keys, strings=strings):
        strict_json(text)
    return readings, ()


def _lenient_readings(payload: bytes, text: str) -> tuple[list[Reading], tuple[str, ...]]:
    parsed = strict_json(text)
    try:
        readings = _tuples(_decoder(strict=False).decode(payload))
    except RecursionError as error:
        raise DecodeError(code="too_deep", reason="nested too deeply") from error
    except msgspec.ValidationError as error:
        code = "number_range" if "out of range" in str(error) else "wrong_type"
        raise DecodeError(code, str(error)) from error
    except msgspec.DecodeError as error:
        raise DecodeError(code="not_json", reason=f"not JSON: {error}") from error
    return readings, _unknown_keys(parsed)


def _unknown_keys(parsed: Json) -> tuple[str, ...]:
    objects = parsed if isinstance(parsed, list) else [parsed]
    names = dict.fromkeys(key for found in objects if isinstance(found, dict) for key in found)
    return tuple(name for name in names if name not in FRAME and name not in property_positions())


def _reading(reading: Reading, unknown: tuple[str, ...]) -> tuple[Row, int, str]:
    *values, moment, channel, units = reading
    if moment is None:
        raise DecodeError(
            code="no_time", reason="no `t`: without its own time a reading cannot be told from its redelivery"
        )
    if all(value is None for value in values):
        if unknown:
            raise DecodeError(
                code="unknown_keys", reason=f"nothing stored: no observed property among {shown(unknown)}"
            )
        raise DecodeError(
            code="no_values", reason=f"no observed property has a value: expected one of {', '.join(property_names())}"
        )
    if channel and not CHANNEL.fullmatch(channel):
        raise DecodeError(
            code="bad_channel", reason=f"channel {channel[:40]!r}: expected at most 32 of A-Z a-z 0-9 _ . -"
        )
    row = _converted(values, units) if units else reading[: len(values)]
    return row, milliseconds(moment), channel or ""


def _converted(values: list[float | None], units: Mapping[str, str]) -> Row:
    for name, given in units.items():
        position = property_positions().get(name)
        if position is None:
            raise DecodeError(code="wrong_unit", reason=f"`unit` names {name[:40]!r}, which is no observed property")
        way = conversion(name, given, scheme="rec20")
        value = values[position]
        if value is not None:
            values[position] = way.apply(value)
    return tuple(values)


@cache
def _decoder(*, strict: bool) -> "msgspec.json.Decoder[Any]":
    fields: list[tuple[str, Any, Any]] = [(name, float | None, None) for name in property_names()]
    frame: list[tuple[str, Any, Any]] = [
        ("t", int | float | str | None, None),
        ("channel", str | None, None),
        ("unit", dict[str, str] | None, None),
    ]
    reading = msgspec.defstruct("Reading", [*fields, *frame], forbid_unknown_fields=strict, frozen=True)
    return msgspec.json.Decoder(reading | list[reading])  # type: ignore[valid-type] # the struct is made of the table


def _tuples(decoded: Any) -> list[Reading]:  # noqa: ANN401 - the struct type is made of the table at run time
    readings = decoded if isinstance(decoded, list) else [decoded]
    return [msgspec.structs.astuple(reading) for reading in readings]


def _counted(readings: list[Reading]) -> tuple[int, list[str]]:
    keys, strings = 0, []
    for reading in readings:
        keys += len(reading) - reading.count(None)
        *_, moment, channel, units = reading
        if isinstance(moment, str):
            strings.append(moment)
        if channel:
            strings.append(channel)
        if units:
            keys += len(units)
            strings += [*units, *units.values()]
    return keys, strings
