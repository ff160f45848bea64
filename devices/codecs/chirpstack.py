"""ChirpStack v4 uplinks (JSON) on `application/{app}/device/{dev_eui}/event/up`.

Taken are the decoded `object` of the device profile's codec, the server's `time`, and the RSSI at the best gateway.
Fields of the envelope that are not needed are the network server's business; keys of `object` are the device's:
an observed property by its name, or an alias of `chirpstack_aliases.csv` by the kind of device.
The server's `time` is part of the message, so a redelivery has the same key.
"""

import csv
import math
import re
from functools import cache
from importlib.resources import files

import msgspec

from devices.codecs.decoded import Decoded, property_names, property_positions
from devices.codecs.json_text import Json, shown, strict_json, utf8
from devices.codecs.times import milliseconds
from devices.codecs.units import Conversion, conversion
from devices.errors import DecodeError, DevEuiError
from devices.identifiers import DevEui
from devices.model import DeviceKind

DECIMAL = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")
"""Vendors' codecs write numbers as text where JavaScript's toFixed made them."""


class _DeviceInfo(msgspec.Struct, frozen=True, rename="camel"):
    dev_eui: str


class _RxInfo(msgspec.Struct, frozen=True):
    rssi: int | None = None


class _Uplink(msgspec.Struct, frozen=True, rename="camel"):
    device_info: _DeviceInfo
    time: str | None = None
    object: msgspec.Raw = msgspec.Raw()
    rx_info: list[_RxInfo] = []


def decode(payload: bytes, *, device: str, dev_eui: DevEui | None, kind: DeviceKind) -> Decoded:
    """The one reading of an uplink of `device`, which the topic names by `dev_eui`; raises DecodeError."""
    text = utf8(payload)
    uplink = _uplink(payload, text)
    _same_device(uplink.device_info.dev_eui, dev_eui)
    if uplink.time is None:
        raise DecodeError(code="no_time", reason="no `time`: the uplink cannot be told from its redelivery")
    row: list[float | None] = [None] * len(property_names())
    unknown = _fill(row, _object(uplink), kind)
    if all(value is None for value in row):
        found = f"no observed property among {shown(unknown)}" if unknown else "`object` is empty"
        code = "unknown_keys" if unknown else "no_values"
        raise DecodeError(code, f"nothing stored: {found}")
    _fill_rssi(row, uplink)
    return Decoded(
        device=[device], channel=[""], phenomenon_ms=[milliseconds(uplink.time)], rows=[tuple(row)], unknown=unknown
    )


def _uplink(payload: bytes, text: str) -> _Uplink:
    try:
        uplink = _decoder().decode(payload)
    except RecursionError as error:
        raise DecodeError(code="too_deep", reason="nested too deeply") from error
    except msgspec.ValidationError as error:
        raise DecodeError(code="wrong_type", reason=f"no ChirpStack v4 uplink: {error}") from error
    except msgspec.DecodeError as error:
        strict_json(text)
        raise DecodeError(code="not_json", reason=f"not JSON: {error}") from error
    strict_json(text)  # the same key twice, anywhere in the envelope, would leave it open which of the two was meant
    return uplink


@cache
def _decoder() -> "msgspec.json.Decoder[_Uplink]":
    return msgspec.json.Decoder(_Uplink)


def _same_device(claimed: str, dev_eui: DevEui | None) -> None:
    try:
        same = DevEui.parse(claimed) == dev_eui
    except DevEuiError as error:
        raise DecodeError(code="wrong_device", reason=str(error)) from error
    if not same:
        raise DecodeError(code="wrong_device", reason=f"the topic names device {dev_eui}, the message {claimed[:40]}")


def _object(uplink: _Uplink) -> dict[str, Json]:
    found = strict_json(bytes(uplink.object).decode("utf-8")) if uplink.object else None
    if found is None:
        reason = "no decoded `object`: the device profile has no codec in the network server"
        raise DecodeError(code="no_object", reason=reason)
    if not isinstance(found, dict):
        reason = f"`object` is a {type(found).__name__}: expected key and value pairs"
        raise DecodeError(code="wrong_type", reason=reason)
    return found


def _fill(row: list[float | None], found: dict[str, Json], kind: DeviceKind) -> tuple[str, ...]:
    """The values are in `row`; returned are the keys that could not be."""
    unknown = []
    for key, given in found.items():
        target = _targets(kind).get(key)
        if target is None:
            unknown.append(key)
            continue
        position, way = target
        if position is None or given is None:
            continue
        value = _number(given)
        if value is None:
            unknown.append(key)
        elif row[position] is None or key == property_names()[position]:
            row[position] = value if way is None else way.apply(value)
    return tuple(unknown)


Target = tuple[int | None, Conversion | None]
"""Position in the row (None: known and not wanted) and the way to the property's unit (None: it is in it)."""


@cache
def _targets(kind: DeviceKind) -> dict[str, Target]:
    text = files("devices.codecs").joinpath("chirpstack_aliases.csv").read_text(encoding="utf-8")
    targets: dict[str, Target] = {
        row["alias"]: _alias(row["property"], row["unit"])
        for row in csv.DictReader(text.splitlines())
        if row["kind"] in {"", kind}
    }
    # A property's own name comes last: no alias may take it away.
    return targets | {name: (position, None) for name, position in property_positions().items()}


def _alias(property_name: str, unit: str) -> Target:
    if not property_name:
        return None, None
    return property_positions()[property_name], conversion(property_name, unit, scheme="rec20")


def _number(given: Json) -> float | None:
    if isinstance(given, bool):
        return None
    if isinstance(given, str) and DECIMAL.fullmatch(given):
        return float(given)
    if isinstance(given, int | float) and math.isfinite(given):
        return float(given)
    return None


def _fill_rssi(row: list[float | None], uplink: _Uplink) -> None:
    heard = [info.rssi for info in uplink.rx_info if info.rssi is not None]
    position = property_positions().get("rssi")
    if heard and position is not None and row[position] is None:
        row[position] = float(max(heard))
