"""The device registry in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select

from devices.errors import DeviceError
from devices.identifiers import DevEui
from devices.model import Device, DeviceKind
from observations.identifiers import DeviceId, SiteId
from storage.records.tables import devices
from storage.records.transactions import Repository, insert_new


class SqlDeviceRegistry(Repository):
    """`devices.ports.DeviceRegistry`."""

    def add(self, device: Device) -> None:
        """The device is registered; raises DeviceError where the id or the DevEUI is taken."""
        with self._transactions.writing() as connection:
            if insert_new(connection, devices, _values(device)):
                return
            there = connection.execute(select(devices.c.id).where(devices.c.id == device.id)).first()
        if there is not None:
            msg = f"device {device.id} is registered already"
            raise DeviceError(msg)
        owner = self.find_by_dev_eui(device.dev_eui) if device.dev_eui else None
        msg = f"DevEUI {device.dev_eui} belongs to device {owner.id if owner else 'another'} already"
        raise DeviceError(msg)

    def find(self, device: str) -> Device | None:
        """The device of that id."""
        with self._transactions.reading() as connection:
            row = connection.execute(select(devices).where(devices.c.id == device)).first()
        return None if row is None else _device(row)

    def find_by_dev_eui(self, dev_eui: DevEui) -> Device | None:
        """The device of that DevEUI."""
        with self._transactions.reading() as connection:
            row = connection.execute(select(devices).where(devices.c.dev_eui == dev_eui)).first()
        return None if row is None else _device(row)

    def all(self) -> Sequence[Device]:
        """Every device, by site and id."""
        with self._transactions.reading() as connection:
            rows = connection.execute(select(devices).order_by(devices.c.site, devices.c.id)).all()
        return [_device(row) for row in rows]


def _values(device: Device) -> dict[str, Any]:
    return {
        "id": device.id,
        "site": device.site,
        "kind": device.kind.value,
        "dev_eui": device.dev_eui,
        "gateway": device.gateway,
        "label": device.label,
        "report_interval_s": device.report_interval_s,
        "credential_version": device.credential_version,
    }


def _device(row: Row[Any]) -> Device:
    return Device(
        id=DeviceId.parse(row.id),
        site=SiteId.parse(row.site),
        kind=DeviceKind(row.kind),
        dev_eui=None if row.dev_eui is None else DevEui.parse(row.dev_eui),
        gateway=None if row.gateway is None else DeviceId.parse(row.gateway),
        label=row.label,
        report_interval_s=row.report_interval_s,
        credential_version=row.credential_version,
    )
