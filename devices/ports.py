"""What the devices package needs kept: the registry, deployments, quarantine, and what was last heard."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from devices.identifiers import DevEui
from devices.model import Deployment, Device, HeardMessage, IngestState, SetAsideMessage
from observations.identifiers import DeviceId, EarTagNumber, FieldId


class DeviceRegistry(Protocol):
    """The registered devices."""

    def add(self, device: Device) -> None:
        """The device is registered; raises DeviceError where the id or the DevEUI is taken."""

    def find(self, device: str) -> Device | None:
        """The device of that id."""

    def find_by_dev_eui(self, dev_eui: DevEui) -> Device | None:
        """The device of that DevEUI."""

    def all(self) -> Sequence[Device]:
        """Every device, by site and id."""


class DeploymentBook(Protocol):
    """Dated deployments; a correction rewrites no observation."""

    def add(self, deployment: Deployment) -> None:
        """The deployment holds; raises DeploymentError where it overlaps another of the same device and channel."""

    def end(self, device: DeviceId, until: datetime) -> None:
        """The device's open deployments end then."""

    def of_devices(self, devices: Collection[str]) -> Sequence[Deployment]:
        """Their deployments, oldest first."""

    def of_animals(self, animals: Collection[EarTagNumber]) -> Sequence[Deployment]:
        """What these animals wore, oldest first."""

    def of_fields(self, fields: Collection[FieldId]) -> Sequence[Deployment]:
        """What stood in these fields, oldest first."""


class Quarantine(Protocol):
    """Messages set aside, each once, bounded per device."""

    def set_aside(self, messages: Iterable[SetAsideMessage]) -> None:
        """They are durable when this returns; one that is there already gains a count and a last time.

        Beyond the bound per device the oldest of that device give way (they are counted as dropped).
        """

    def list(self, *, device: str | None = None, limit: int = 100) -> Sequence[SetAsideMessage]:
        """The newest first; those replayed are left out."""

    def find(self, digest: str) -> SetAsideMessage | None:
        """The message of that digest (a unique prefix of at least 8 digits is enough)."""

    def mark_replayed(self, digest: str, at: datetime) -> None:
        """It was decoded and stored after all."""

    def counts(self) -> dict[str, int]:
        """Messages waiting, by code."""

    def dropped(self) -> dict[str, int]:
        """Messages that gave way to newer ones, by device."""


class IngestMonitor(Protocol):
    """What ingest can tell of itself; from memory, at any time, from any thread."""

    def state(self) -> IngestState:
        """How ingest stands now."""

    def heard(self, device: str) -> HeardMessage | None:
        """The newest message of that device, stored or not."""

    def last_problem(self, device: str) -> HeardMessage | None:
        """The newest message of that device that had a problem."""


class QuarantineReplay(Protocol):
    """Sends a message from quarantine through ingest once more."""

    def replay(self, digest: str) -> str:
        """Empty where it is stored now (and marked replayed); otherwise why it still cannot be, for people."""
