"""What was last heard of a device, as far as it is the viewer's to see."""

from dataclasses import replace

from api.access import Viewer, VisibleDevice
from devices.codecs.topics import MessageFormat, parse_topic
from devices.errors import DecodeError
from devices.model import HeardMessage

SHOWN_PAYLOAD_BYTES = 4096
WITHHELD = "网关发来的一包，里面可能有别家设备的读数，原文只给运营方看 (a gateway's pack: only the operator sees it)"
WITHHELD_PROBLEM = "网关的这一包有一部分没有收下，运营方能看到原因 (part of the gateway's pack was refused)"


def payload_text(payload: bytes) -> str:
    r"""The first 4 KiB as text; bytes that are not UTF-8 as \xNN."""
    return payload[:SHOWN_PAYLOAD_BYTES].decode("utf-8", "backslashreplace")


def heard_of(viewer: Viewer, device: VisibleDevice) -> HeardMessage | None:
    """The device's newest message, stored or not."""
    return _visible(viewer, viewer.services.monitor.heard(device.device.id), device)


def problem_of(viewer: Viewer, device: VisibleDevice) -> HeardMessage | None:
    """The device's newest message that had a problem."""
    return _visible(viewer, viewer.services.monitor.last_problem(device.device.id), device)


def _visible(viewer: Viewer, message: HeardMessage | None, device: VisibleDevice) -> HeardMessage | None:
    if message is None or message.received < device.since:
        return None
    sender = _gateway_of(message)
    if sender in {"", device.device.id} or _all_mine(viewer, sender):
        return message
    return replace(message, payload=WITHHELD.encode(), problem=WITHHELD_PROBLEM if message.problem else "")


def _gateway_of(message: HeardMessage) -> str:
    """The gateway that sent it for its devices, "" where the device spoke for itself."""
    try:
        topic = parse_topic(message.topic)
    except DecodeError:
        return ""
    return topic.sender if topic.format is MessageFormat.SENML else ""


def _all_mine(viewer: Viewer, gateway: str) -> bool:
    """Whether the viewer sees every device that this gateway may report for: then its packs hold nothing foreign."""
    if viewer.operator:
        return True
    return all(device.id in viewer.devices for device in viewer.services.devices.all() if device.gateway == gateway)
