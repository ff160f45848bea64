"""SenML measurements → readings, on `tiantou/v1/{site}/{gateway}/senml`.

A name is `{device}:{property}`, or `{device}/{channel}/{property}`, or `{device}/{property}`; usually the base name
is `{device}:` or `{device}/20cm/`. A unit (`u`, `bu`) is one of `units.csv`; without one the property's own is meant.
Times are absolute.
"""

import re

from devices.codecs.decoded import Decoded, property_names, property_positions
from devices.codecs.json_text import shown
from devices.codecs.senml import Resolved, parse, resolve
from devices.codecs.times import milliseconds
from devices.codecs.units import conversion
from devices.errors import DecodeError

NAME = re.compile(r"(?P<device>[A-Za-z0-9_-]{1,64})(?:[:/]|/(?P<channel>[A-Za-z0-9_.-]{1,32})/)(?P<property>[^/:]+)")

Key = tuple[str, str, int]


def decode(payload: bytes) -> Decoded:
    """The readings of a pack, those of one device, channel and time in one row; raises DecodeError."""
    measurements = resolve(parse(payload), now_s=None)
    if not measurements:
        raise DecodeError(code="no_values", reason="the pack holds no measurement")
    open_rows: dict[Key, list[float | None]] = {}
    closed: list[tuple[Key, list[float | None]]] = []
    unknown: dict[str, None] = {}
    for measurement in measurements:
        device, channel, name = _parts(measurement.name)
        position = property_positions().get(name)
        if position is None:
            unknown[name] = None
            continue
        key = (device, channel, milliseconds(measurement.time_s))
        value = _value(measurement, name)
        row = open_rows.get(key)
        if row is None or row[position] is not None:
            # The same key twice in a pack makes a row of its own: the store decides which of the two came first.
            row = [None] * len(property_names())
            open_rows[key] = row
            closed.append((key, row))
        row[position] = value
    if not closed:
        raise DecodeError(code="unknown_keys", reason=f"nothing stored: no observed property among {shown(unknown)}")
    return Decoded(
        device=[device for (device, _, _), _ in closed],
        channel=[channel for (_, channel, _), _ in closed],
        phenomenon_ms=[ms for (_, _, ms), _ in closed],
        rows=[tuple(row) for _, row in closed],
        unknown=tuple(unknown),
    )


def _parts(name: str) -> tuple[str, str, str]:
    found = NAME.fullmatch(name)
    if found is None:
        reason = f"name {name[:80]!r}: expected {{device}}:{{property}} or {{device}}/{{channel}}/{{property}}"
        raise DecodeError(code="senml_name", reason=reason)
    return found["device"], found["channel"] or "", found["property"]


def _value(measurement: Resolved, name: str) -> float:
    value = measurement.value
    if not isinstance(value, float):
        raise DecodeError(
            code="wrong_type", reason=f"{measurement.name[:80]} has no number (v): {name} is measured in numbers"
        )
    if measurement.unit is None:
        return value
    return conversion(name, measurement.unit, scheme="senml").apply(value)
