"""Who may send what: the registry in memory, looked at for every message."""

from collections.abc import Collection, Mapping

import msgspec

from devices.codecs.topics import MessageFormat, Topic, parse_topic
from devices.errors import DecodeError
from devices.identifiers import DevEui
from devices.model import Device
from devices.ports import DeviceRegistry

ROUTES_KEPT = 200_000
"""Topics whose answer is kept; a sender of ever new topics must not fill the memory."""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a message, or a part of it, is not stored: a stable word for counters, and a reason for people."""

    code: str
    reason: str


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """What a topic stands for. claimed: the sender it names ("" where none); device: that sender, registered.

    problem: why nothing that comes on this topic can be stored.
    """

    format: MessageFormat
    claimed: str = ""
    device: Device | None = None
    problem: Problem | None = None


class _Snapshot:
    """The devices at one moment, and what topics stood for then."""

    def __init__(self, registry: DeviceRegistry) -> None:
        devices = registry.all()
        self.by_id: Mapping[str, Device] = {device.id: device for device in devices}
        self.by_dev_eui: Mapping[DevEui, Device] = {d.dev_eui: d for d in devices if d.dev_eui is not None}
        self.routes: dict[str, Route] = {}


class Directory:
    """The registry as of the last `refresh`; every answer comes from memory."""

    def __init__(self, registry: DeviceRegistry) -> None:
        self._registry = registry
        self._snapshot = _Snapshot(registry)

    def refresh(self) -> None:
        """Devices registered or changed so far are known; may be called from any thread."""
        self._snapshot = _Snapshot(self._registry)

    def devices(self) -> Collection[str]:
        """The ids of all devices."""
        return self._snapshot.by_id.keys()

    def route(self, topic: str) -> Route:
        """What `topic` stands for."""
        snapshot = self._snapshot
        known = snapshot.routes.get(topic)
        if known is None:
            if len(snapshot.routes) >= ROUTES_KEPT:
                snapshot.routes.clear()
            known = snapshot.routes[topic] = _route(topic, snapshot)
        return known

    def speaks_for(self, gateway: Device, device: str) -> Problem | None:
        """Nothing where that gateway may report for that device; otherwise why not."""
        known = self._snapshot.by_id.get(device)
        if known is None:
            return _unknown(device)
        if known.site != gateway.site:
            reason = f"device {device} is at site {known.site}, its gateway {gateway.id} at {gateway.site}"
            return Problem(code="wrong_site", reason=reason)
        if gateway.id not in {known.gateway, known.id}:
            granted = f"only {known.gateway} may" if known.gateway else "it reports by itself"
            reason = f"gateway {gateway.id} may not report for device {device}: {granted}"
            return Problem(code="not_granted", reason=reason)
        return None


def _route(topic: str, snapshot: _Snapshot) -> Route:
    try:
        parsed = parse_topic(topic)
    except DecodeError as error:
        problem = Problem(code=error.code, reason=error.reason)
        return Route(format=MessageFormat.IGNORED, problem=problem)
    return _of_dev_eui(parsed, snapshot) if parsed.site == "" else _of_device(parsed, snapshot)


def _of_dev_eui(parsed: Topic, snapshot: _Snapshot) -> Route:
    device = snapshot.by_dev_eui.get(DevEui.parse(parsed.sender))
    if device is not None:
        return Route(format=parsed.format, claimed=device.id, device=device)
    if parsed.format is MessageFormat.IGNORED:
        return Route(format=parsed.format, claimed=parsed.sender)
    return Route(format=parsed.format, claimed=parsed.sender, problem=_unknown(f"with DevEUI {parsed.sender}"))


def _of_device(parsed: Topic, snapshot: _Snapshot) -> Route:
    sender = parsed.sender
    device = snapshot.by_id.get(sender)
    if device is None:
        return Route(format=parsed.format, claimed=sender, problem=_unknown(sender))
    if device.site != parsed.site:
        reason = f"device {sender} is registered at site {device.site}, its topic says {parsed.site}"
        return Route(format=parsed.format, claimed=sender, problem=Problem(code="wrong_site", reason=reason))
    return Route(format=parsed.format, claimed=sender, device=device)


def _unknown(device: str) -> Problem:
    return Problem(code="unknown_device", reason=f"no device {device} is registered: add it, then replay this message")
