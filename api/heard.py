"""What was last heard of a device, as far as it is the viewer's to see."""

from api.access import Viewer, VisibleDevice
from devices.model import HeardMessage

SHOWN_PAYLOAD_BYTES = 4096


def payload_text(payload: bytes) -> str:
    r"""The first 4 KiB as text; bytes that are not UTF-8 as \xNN."""
    return payload[:SHOWN_PAYLOAD_BYTES].decode("utf-8", "backslashreplace")


def heard_of(viewer: Viewer, device: VisibleDevice) -> HeardMessage | None:
    """The device's newest message, stored or not."""
    return _visible(viewer.services.monitor.heard(device.device.id), device)


def problem_of(viewer: Viewer, device: VisibleDevice) -> HeardMessage | None:
    """The device's newest message that had a problem."""
    return _visible(viewer.services.monitor.last_problem(device.device.id), device)


def _visible(message: HeardMessage | None, device: VisibleDevice) -> HeardMessage | None:
    return message if message is not None and message.received >= device.since else None
