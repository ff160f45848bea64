"""How devices put readings on MQTT: native JSON, SenML packs of a gateway, uplinks of a LoRaWAN network server."""

import base64
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

import msgspec

from observations.properties import observed_properties

MAXIMUM_PAYLOAD = 1_048_576
"""What an MQTT broker on NATS takes at most; a larger message would be sent again for ever."""
_LEVEL = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FIXED = frozenset({"tiantou", "v1", "application", "device", "event", "up", "observations", "senml"})

SENML_UNITS = {"CEL": "Cel", "VLT": "V", "LUX": "lx", "P1": "%", "Q30": "pH"}
"""RFC 8428 section 12.1 names by Rec 20 code; a property without a row travels without a unit."""

Value = float | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One MQTT message; device: who speaks, gateways included; readings: how many moments it reports."""

    topic: str
    payload: bytes
    device: str
    readings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Values of one device, on one channel, at one moment.

    t_s: seconds since 1970 UTC by the device's clock. values: by property name, rounded to its precision.
    """

    t_s: int
    values: dict[str, Value]
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uplink:
    """What a LoRaWAN network server adds to a reading: the application, the device's EUI, a frame counter, radio."""

    application: str
    dev_eui: str
    frame: int
    gateway_id: str
    rssi: int


_encoder = msgspec.json.Encoder()


def rounded(name: str, values: Sequence[float]) -> Sequence[Value]:
    """Values as the device writes them: whole where its precision is 1, else with as many digits as it has."""
    decimals = observed_properties()[name].decimals
    return [round(value) for value in values] if decimals == 0 else [round(value, decimals) for value in values]


def native(site: str, device: str, readings: Sequence[Reading]) -> Message:
    """One message of the house's own format: a list of readings, each with its time and its values."""
    content = [
        {"t": reading.t_s, **({"channel": reading.channel} if reading.channel else {}), **reading.values}
        for reading in readings
    ]
    payload = _encoder.encode(content)
    topic = f"tiantou/v1/{site}/{device}/observations"
    return Message(topic=topic, payload=payload, device=device, readings=len(readings))


def senml(site: str, gateway: str, device: str, readings: Iterable[Reading]) -> Message:
    """One pack of RFC 8428 in which a gateway reports for a device: a base name and base time for each reading."""
    records: list[dict[str, Value | str]] = []
    moments = 0
    for reading in readings:
        moments += 1
        base = f"{device}/{reading.channel}/" if reading.channel else f"{device}:"
        head: dict[str, Value | str] = {"bn": base, "bt": reading.t_s}
        for name, value in reading.values.items():
            unit = SENML_UNITS.get(observed_properties()[name].unit)
            records.append({**head, "n": name, **({"u": unit} if unit else {}), "v": value})
            head = {}
    topic = f"tiantou/v1/{site}/{gateway}/senml"
    return Message(topic=topic, payload=_encoder.encode(records), device=gateway, readings=moments)


def uplink(device: str, reading: Reading, link: Uplink) -> Message:
    """One uplink event as ChirpStack v4 publishes it in JSON, with the decoded object beside the raw bytes."""
    moment = datetime.fromtimestamp(reading.t_s, UTC)
    stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.000000000+00:00")
    identity = uuid5(NAMESPACE_URL, f"{link.dev_eui}/{reading.t_s}")
    content = {
        "deduplicationId": str(identity),
        "time": stamp,
        "deviceInfo": {
            "applicationId": link.application,
            "applicationName": "ear-tags",
            "deviceProfileName": "ear-tag",
            "deviceName": str(device),
            "devEui": link.dev_eui,
        },
        "adr": True,
        "dr": 3,
        "fCnt": link.frame,
        "fPort": 2,
        "confirmed": True,
        "data": base64.b64encode(identity.bytes[:11]).decode(),
        "object": reading.values,
        "rxInfo": [{"gatewayId": link.gateway_id, "uplinkId": link.frame, "rssi": link.rssi, "snr": 7.5}],
        "txInfo": {
            "frequency": 470_300_000,
            "modulation": {"lora": {"bandwidth": 125_000, "spreadingFactor": 9, "codeRate": "CR_4_5"}},
        },
    }
    topic = f"application/{link.application}/device/{link.dev_eui}/event/up"
    return Message(topic=topic, payload=_encoder.encode(content), device=device, readings=1)


def unpublishable(message: Message) -> str:
    """Why no broker should be given this message; "" where nothing speaks against it."""
    for level in (*message.topic.split("/"), message.device):  # a name with a slash would make two good levels
        if level not in _FIXED and not _LEVEL.fullmatch(level):
            return f"topic level {level[:80]!r} has characters outside A-Z a-z 0-9 _ - or is not 1 to 64 long"
    if len(message.payload) > MAXIMUM_PAYLOAD:
        return f"payload of {len(message.payload)} bytes is above {MAXIMUM_PAYLOAD}"
    return ""
