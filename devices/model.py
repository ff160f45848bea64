"""Devices, their dated deployments, and messages that could not be credited to any."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from devices.identifiers import DevEui
from observations.identifiers import DeviceId, EarTagNumber, FieldId, SiteId


class DeviceKind(StrEnum):
    """What a device is for; decides nothing about how it is decoded."""

    EAR_TAG = "ear_tag"
    SOIL_PROBE = "soil_probe"
    GATEWAY = "gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A registered device.

    dev_eui: where it speaks LoRaWAN through a network server.
    gateway: the gateway that may report for it in SenML packs; None where it publishes by itself.
    report_interval_s: how often it reports when all is well, s.
    credential_version: counts up when its MQTT password is replaced.
    """

    id: DeviceId
    site: SiteId
    kind: DeviceKind
    dev_eui: DevEui | None = None
    gateway: DeviceId | None = None
    label: str = ""
    report_interval_s: int = 600
    credential_version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A device was on an animal, or in a field at a channel (a probe's depth), during [since, until).

    Exactly one of `animal` and `field` is set. `channel` None is every channel. `until` None is still.
    """

    device: DeviceId
    since: datetime
    until: datetime | None = None
    animal: EarTagNumber | None = None
    field: FieldId | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsideMessage:
    """A message that was acknowledged into quarantine instead of the store.

    digest: sha256 (hex) of topic, a zero byte and payload: its identity.
    payload: the first 64 KiB; `size` is the full length in bytes.
    code: a stable word for counters; reason: for people.
    device: as the topic claims, "" where it claims none.
    count: how often exactly this message came.
    """

    digest: str
    topic: str
    payload: bytes
    size: int
    code: str
    reason: str
    device: str
    first_received: datetime
    last_received: datetime
    count: int = 1
    replayed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardMessage:
    """The newest message a device sent, as received.

    payload: the first 4 KiB. problem: why it, or a part of it, was not stored as sent; "" where all was well.
    """

    device: str
    topic: str
    payload: bytes
    received: datetime
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestState:
    """How ingest stands at this moment.

    problem: why it takes nothing at present, for people; "" where it does.
    lag_s: age of the newest stored message at its append; oldest_unacknowledged_s: age of what waits longest.
    """

    connected: bool
    problem: str
    queued_messages: int
    queued_bytes: int
    oldest_unacknowledged_s: float
    lag_s: float
    messages: int
    values: int
    redelivered: int
    conflicts: int
    quarantined: int
