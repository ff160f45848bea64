"""Dated deployments in SQL."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Row, or_, select, update

from devices.errors import DeploymentError
from devices.model import Deployment
from observations.identifiers import DeviceId, EarTagNumber, FieldId
from storage.records.tables import animals, deployments, devices, fields
from storage.records.transactions import Repository, in_chunks, require


class SqlDeploymentBook(Repository):
    """`devices.ports.DeploymentBook`."""

    def add(self, deployment: Deployment) -> None:
        """The deployment holds; raises DeploymentError where it overlaps another of the same device and channel.

        A deployment without a channel is one of every channel. Raises MissingRecordError where the device, the
        animal or the field is not registered.
        """
        _check(deployment)
        with self._transactions.writing() as connection:
            require(connection, devices.c.id, deployment.device, kind="device")
            require(connection, animals.c.id, deployment.animal, kind="animal")
            require(connection, fields.c.id, deployment.field, kind="field")
            _hold(connection, deployment.device)
            other = _overlapping(connection, deployment)
            if other is not None:
                msg = f"{_words(deployment)} overlaps {_words(other)}: end that one first"
                raise DeploymentError(msg)
            connection.execute(deployments.insert().values(**_values(deployment)))

    def end(self, device: DeviceId, until: datetime) -> None:
        """The device's open deployments end then; raises DeploymentError where one began no earlier."""
        still_open = (deployments.c.device == device) & deployments.c.until.is_(None)
        with self._transactions.writing() as connection:
            _hold(connection, device)
            later = connection.execute(select(deployments).where(still_open, deployments.c.since >= until)).first()
            if later is not None:
                msg = f"{_words(_deployment(later))} cannot end at {until.isoformat()}: that is not after it began"
                raise DeploymentError(msg)
            connection.execute(update(deployments).where(still_open).values(until=until))

    def of_devices(self, devices: Iterable[str]) -> Sequence[Deployment]:
        """Their deployments, oldest first."""
        return self._of(deployments.c.device, devices)

    def of_animals(self, animals: Iterable[EarTagNumber]) -> Sequence[Deployment]:
        """What these animals wore, oldest first."""
        return self._of(deployments.c.animal, animals)

    def of_fields(self, fields: Iterable[FieldId]) -> Sequence[Deployment]:
        """What stood in these fields, oldest first."""
        return self._of(deployments.c.field, fields)

    def _of(self, column: Column[Any], keys: Iterable[str]) -> Sequence[Deployment]:
        with self._transactions.reading() as connection:
            found = [
                _deployment(row)
                for chunk in in_chunks(keys)
                for row in connection.execute(select(deployments).where(column.in_(chunk)))
            ]
        return sorted(found, key=lambda deployment: (deployment.since, deployment.device, deployment.channel or ""))


def _check(deployment: Deployment) -> None:
    if (deployment.animal is None) == (deployment.field is None):
        msg = f"device {deployment.device} is deployed on an animal or in a field: exactly one of both"
        raise DeploymentError(msg)
    if deployment.until is not None and deployment.until <= deployment.since:
        msg = f"{_words(deployment)} ends before it begins"
        raise DeploymentError(msg)


def _hold(connection: Connection, device: DeviceId) -> None:
    # Two people who deploy one device at once on PostgreSQL must not both find it free.
    connection.execute(select(devices.c.id).where(devices.c.id == device).with_for_update())


def _overlapping(connection: Connection, deployment: Deployment) -> Deployment | None:
    query = select(deployments).where(
        deployments.c.device == deployment.device,
        or_(deployments.c.until.is_(None), deployments.c.until > deployment.since),
    )
    if deployment.until is not None:
        query = query.where(deployments.c.since < deployment.until)
    if deployment.channel is not None:
        query = query.where(or_(deployments.c.channel.is_(None), deployments.c.channel == deployment.channel))
    row = connection.execute(query.order_by(deployments.c.since).limit(1)).first()
    return None if row is None else _deployment(row)


def _words(deployment: Deployment) -> str:
    where = f"on animal {deployment.animal}" if deployment.animal else f"in field {deployment.field}"
    channel = f" channel {deployment.channel}" if deployment.channel else ""
    until = "open" if deployment.until is None else deployment.until.isoformat()
    return f"device {deployment.device}{channel} {where} from {deployment.since.isoformat()} until {until}"


def _values(deployment: Deployment) -> dict[str, Any]:
    return {
        "device": deployment.device,
        "since": deployment.since,
        "until": deployment.until,
        "animal": deployment.animal,
        "field": deployment.field,
        "channel": deployment.channel,
    }


def _deployment(row: Row[Any]) -> Deployment:
    return Deployment(
        device=DeviceId.parse(row.device),
        since=row.since,
        until=row.until,
        animal=None if row.animal is None else EarTagNumber.parse(row.animal),
        field=None if row.field is None else FieldId.parse(row.field),
        channel=row.channel,
    )
