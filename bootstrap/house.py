"""The folder, secrets, records and broker of these settings: what every command begins with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bootstrap.broker import NatsBroker
from bootstrap.clock import utc_now
from bootstrap.control_client import RunningService
from bootstrap.credentials import SiteSecret
from bootstrap.data_folder import DataFolder
from bootstrap.mqtt_login import Account
from bootstrap.record_keys import record_seal
from bootstrap.settings import Settings
from devices.model import Device
from ingest.mqtt.url import MqttUrl
from storage.records.records import Records
from storage.records.schema import migrate


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """One data folder under these settings; nothing in it is open yet."""

    settings: Settings
    folder: DataFolder
    secret: SiteSecret

    @classmethod
    def of(cls, settings: Settings) -> "House":
        """The house of these settings, its folders created."""
        folder = DataFolder(root=settings.data_dir)
        folder.create()
        return cls(settings=settings, folder=folder, secret=SiteSecret.of(folder))

    @property
    def broker(self) -> NatsBroker:
        """Our own broker, used where no other is set."""
        return NatsBroker(
            folder=self.folder,
            secret=self.secret,
            port=self.settings.mqtt_port,
            store_bytes=self.settings.broker_store_bytes,
        )

    @property
    def service(self) -> RunningService:
        """The service that may run on this folder."""
        return RunningService(self.folder)

    @property
    def records_url(self) -> str:
        """Where the records are."""
        return self.settings.records_url or f"sqlite:///{self.folder.records}"

    @contextmanager
    def records(self) -> Iterator[Records]:
        """The records, their tables brought up to this version and minting under the prefix set; closed afterwards.

        Others' secrets in them are sealed, those among them that an older version left as they were.
        """
        records = Records.open(self.records_url, seal=record_seal(self.folder))
        try:
            migrate(records.engine)
            records.subscriptions.seal_all()
            if self.settings.company_prefix is not None:
                records.keys.adopt(self.settings.company_prefix, at=utc_now())
            yield records
        finally:
            records.close()

    @contextmanager
    def served_records(self) -> Iterator[Records]:
        """The records of the service that runs on this folder, to read: no writer is waited for."""
        records = Records.open(self.records_url)
        try:
            yield records
        finally:
            records.close()


def device_account(house: House, device: Device) -> Account:
    """The device's user at the broker that is used: its password is derived, wherever the broker is."""
    host, port = broker_address(house)
    return Account(host=host, port=port, user=device.id, password=house.secret.device_password(device))


def broker_address(house: House) -> tuple[str, int]:
    """Host and port of the broker that is used."""
    if house.settings.mqtt_url is None:
        return house.broker.host, house.broker.port
    url = MqttUrl.parse(house.settings.mqtt_url)
    return url.host, url.port
