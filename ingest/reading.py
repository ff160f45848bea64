"""One message read: decoded by its format, its devices resolved, what is wrong with it in words."""

from collections.abc import Callable, Mapping

import msgspec

from devices.codecs import chirpstack, native, senml_readings
from devices.codecs.decoded import Decoded
from devices.codecs.json_text import shown
from devices.codecs.topics import MessageFormat
from devices.errors import DecodeError
from devices.model import Device
from ingest.directory import Directory, Problem, Route
from ingest.message import LARGEST_BYTES, Message


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What a message holds (`decoded`, None where nothing can be stored) and why it, or a part of it, is set aside."""

    message: Message
    route: Route
    decoded: Decoded | None = None
    problem: Problem | None = None


Decoder = Callable[[bytes, Device], Decoded]


def _native(payload: bytes, device: Device) -> Decoded:
    return native.decode(payload, device=device.id)


def _senml(payload: bytes, gateway: Device) -> Decoded:  # noqa: ARG001 - one shape for all decoders
    return senml_readings.decode(payload)


def _chirpstack(payload: bytes, device: Device) -> Decoded:
    return chirpstack.decode(payload, device=device.id, dev_eui=device.dev_eui, kind=device.kind)


DECODERS: Mapping[MessageFormat, Decoder] = {
    MessageFormat.NATIVE: _native,
    MessageFormat.SENML: _senml,
    MessageFormat.CHIRPSTACK: _chirpstack,
}


def read(message: Message, directory: Directory) -> Read:
    """The message as far as it can be understood; never raises for what a device may send."""
    route = directory.route(message.topic)
    if message.size > LARGEST_BYTES:
        reason = f"{message.size:,} bytes: at most {LARGEST_BYTES:,} are read; send smaller lists"
        return Read(message=message, route=route, problem=Problem(code="too_large", reason=reason))
    if route.problem is not None or route.device is None:
        return Read(message=message, route=route, problem=route.problem)
    if route.format is MessageFormat.IGNORED:
        return Read(message=message, route=route)
    try:
        decoded = DECODERS[route.format](message.payload, route.device)
    except DecodeError as error:
        return Read(message=message, route=route, problem=Problem(code=error.code, reason=error.reason))
    problem = None
    if decoded.unknown:
        reason = f"the rest is stored, but these are no observed property: {shown(decoded.unknown)}"
        problem = Problem(code="unknown_keys", reason=reason)
    if route.format is MessageFormat.SENML:
        return _granted(message, route, decoded, problem, directory)
    return Read(message=message, route=route, decoded=decoded, problem=problem)


def _granted(message: Message, route: Route, decoded: Decoded, problem: Problem | None, directory: Directory) -> Read:
    """Only what the gateway may report; the first refusal is the message's problem."""
    if route.device is None:
        return Read(message=message, route=route, problem=route.problem)
    gateway = route.device
    refusals = {device: directory.speaks_for(gateway, device) for device in dict.fromkeys(decoded.device)}
    refused = {device: refusal for device, refusal in refusals.items() if refusal is not None}
    if not refused:
        return Read(message=message, route=route, decoded=decoded, problem=problem)
    allowed = [position for position, device in enumerate(decoded.device) if device not in refused]
    first = next(iter(refused.values()))
    reason = first.reason if len(refused) == 1 else f"{first.reason}; and {len(refused) - 1} more devices"
    return Read(
        message=message,
        route=route,
        decoded=decoded.pick(allowed) if allowed else None,
        problem=Problem(code=first.code, reason=f"the rest is stored, but {reason}" if allowed else reason),
    )
