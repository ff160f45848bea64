"""Topics → which format a message has, and who claims to have sent it."""

from dataclasses import dataclass
from enum import StrEnum

from devices.errors import DecodeError, DevEuiError
from devices.identifiers import DevEui
from observations.errors import IdentifierError
from observations.identifiers import DeviceId, SiteId

FILTERS = ("tiantou/v1/+/+/observations", "tiantou/v1/+/+/senml", "application/+/device/+/event/+")
"""The MQTT topic filters that together match every message this package can read."""


class MessageFormat(StrEnum):
    """How the bytes of a message are to be read."""

    NATIVE = "native"
    SENML = "senml"
    CHIRPSTACK = "chirpstack"
    IGNORED = "ignored"
    """A network server's event that carries no reading (join, status, ack, …)."""


FORMAT_BY_LAST_LEVEL = {"observations": MessageFormat.NATIVE, "senml": MessageFormat.SENML}


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """Who claims to send what. sender: a device or gateway id, or a DevEUI; site: "" where the topic names none."""

    format: MessageFormat
    site: str
    sender: str


def parse_topic(topic: str) -> Topic:
    """What `topic` says of its messages; raises DecodeError `unknown_topic` or `bad_topic`."""
    match topic.split("/"):
        case ["tiantou", "v1", site, sender, ("observations" | "senml") as last]:
            return _native_topic(site, sender, FORMAT_BY_LAST_LEVEL[last])
        case ["application", _, "device", dev_eui, "event", event]:
            return _chirpstack_topic(dev_eui, event)
        case _:
            raise DecodeError(
                code="unknown_topic", reason=f"no format is known for topic {topic[:120]!r}: expected {FILTERS}"
            )


def _native_topic(site: str, sender: str, message_format: MessageFormat) -> Topic:
    try:
        return Topic(format=message_format, site=SiteId.parse(site), sender=DeviceId.parse(sender))
    except IdentifierError as error:
        raise DecodeError(code="bad_topic", reason=str(error)) from error


def _chirpstack_topic(dev_eui: str, event: str) -> Topic:
    try:
        sender = DevEui.parse(dev_eui)
    except DevEuiError as error:
        raise DecodeError(code="bad_topic", reason=str(error)) from error
    kind = MessageFormat.CHIRPSTACK if event == "up" else MessageFormat.IGNORED
    return Topic(format=kind, site="", sender=sender)
