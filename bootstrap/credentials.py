"""Passwords and names at the broker: derived from one secret of the site, so none of them is kept anywhere."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path

from bootstrap.data_folder import DataFolder, kept_secret
from devices.model import Device, DeviceKind
from ingest.mqtt.identity import client_id

PASSWORD_LENGTH = 26
"""Base32 characters: 130 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSecret:
    """The secret all broker passwords come from."""

    text: str

    @classmethod
    def of(cls, folder: DataFolder) -> "SiteSecret":
        """The data folder's secret, made at the first call."""
        return cls(text=kept_secret(folder.secrets / "site"))

    def device_password(self, device: Device) -> str:
        """The device's MQTT password; a new `credential_version` is a new password."""
        return self._derived(f"{device.id}|{device.credential_version}")

    def part_password(self, part: str) -> str:
        """The password of a part of the house ("ingest", "admin", …)."""
        return self._derived(f"part:{part}|1")

    def _derived(self, message: str) -> str:
        digest = hmac.new(self.text.encode(), message.encode(), hashlib.sha256).digest()
        return base64.b32encode(digest).decode("ascii").lower()[:PASSWORD_LENGTH]


def publishes_itself(device: Device) -> bool:
    """The device has an MQTT user of its own: neither a gateway nor a network server speaks for it."""
    return device.gateway is None and device.dev_eui is None


def topics_of(device: Device) -> tuple[str, ...]:
    """The topics the device may publish on, the usual one first; empty where others speak for it."""
    if not publishes_itself(device):
        return ()
    observations = f"tiantou/v1/{device.site}/{device.id}/observations"
    if device.kind is DeviceKind.GATEWAY:
        return (f"tiantou/v1/{device.site}/{device.id}/senml", observations)
    return (observations,)


def ingest_client_id(folder: DataFolder) -> str:
    """The random client id of ingest's session, the same at every start.

    Whoever knows it and has any user at the broker could take the session over: it is kept like a password.
    """
    return client_id(folder.secrets / "ingest-client-id")


def password_file(folder: DataFolder, login: str) -> Path:
    """Where the generated password of a demonstration user is kept."""
    return folder.secrets / f"user-{login}"
