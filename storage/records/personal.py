"""What the records hold of persons, taken out on request."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Delete, Update, delete, func, select, update

from devices.model import Deployment
from storage.records.certificate_tables import certificate_farms, certificates
from storage.records.digest_tables import life_digests
from storage.records.photo_tables import photos
from storage.records.photos import forget_unnamed_images
from storage.records.planting_tables import advice, messages, pushes
from storage.records.tables import (
    animals,
    claims,
    deployments,
    farms,
    fields,
    households,
    quarantine,
    quarantine_devices,
)
from storage.records.transactions import Repository


class SqlPersonalData(Repository):
    """Blanks a household.

    Its id, its farms' location numbers and its animals stay: events name them, and none of them is of a person. So do
    laboratory results and harvests, which are of the land. Advice, reminders and messages to the household go, and
    every photo of its farms, animals and what was done there.
    """

    def blank(self, household: str, at: datetime) -> dict[str, int]:
        """The household has no name, label or village, its farms and fields no names, and nobody claims it.

        Its present deployments end, so that what its devices say from then on is of nobody. How many rows of each
        kind changed; 0 where that was done before.
        """
        with self._transactions.writing() as connection:
            own = select(farms.c.id).where(farms.c.household == household)
            fields_here = select(fields.c.id).where(fields.c.farm.in_(own))
            animals_here = select(animals.c.id).where(animals.c.farm.in_(own))
            return {
                "households": _changed(
                    connection,
                    update(households)
                    .where(households.c.id == household)
                    .where((households.c.name != "") | (households.c.label != household) | (households.c.village != ""))
                    .values(name="", label=household, village=""),
                ),
                "farms": _changed(
                    connection,
                    update(farms)
                    .where(farms.c.household == household)
                    .where((farms.c.name != farms.c.id) | (farms.c.public_name != ""))
                    .values(name=farms.c.id, public_name=""),
                ),
                "fields": _changed(
                    connection,
                    update(fields)
                    .where(fields.c.id.in_(fields_here) & (fields.c.name != fields.c.id))
                    .values(name=fields.c.id),
                ),
                "messages": _changed(connection, delete(messages).where(messages.c.field.in_(fields_here))),
                "advice": _changed(connection, delete(advice).where(advice.c.field.in_(fields_here))),
                "pushes": _changed(connection, delete(pushes).where(pushes.c.field.in_(fields_here))),
                "certificates": _changed(connection, _unnamed_certificates(household)),
                "life digests": _changed(
                    connection, delete(life_digests).where(life_digests.c.ear_tag.in_(animals_here))
                ),
                "photos": _forget_photos(connection, household),
                "claims": _changed(connection, delete(claims).where(claims.c.household == household)),
                "deployments ended": _end_deployments(connection, household, at),
            }

    def forget_messages(self, worn: Iterable[Deployment]) -> int:
        """Messages set aside of these devices while they were deployed so are gone; how many there were."""
        with self._transactions.writing() as connection:
            return sum(_forget(connection, deployment) for deployment in worn)


def _unnamed_certificates(household: str) -> Update:
    """Promises that the household itself gave are kept for their time, without its name and phone."""
    own = select(farms.c.id).where(farms.c.household == household)
    of_its_farms = select(certificate_farms.c.certificate).where(certificate_farms.c.farm.in_(own))
    return (
        update(certificates)
        .where(certificates.c.issuer_kind == "household", certificates.c.number.in_(of_its_farms))
        .where((certificates.c.issuer_name != "") | (certificates.c.issuer_contact != ""))
        .values(issuer_name="", issuer_contact="")
    )


def _forget_photos(connection: Connection, household: str) -> int:
    own = select(farms.c.id).where(farms.c.household == household)
    gone = _changed(connection, delete(photos).where(photos.c.farm.in_(own)))
    forget_unnamed_images(connection)
    return gone


def _end_deployments(connection: Connection, household: str, at: datetime) -> int:
    from_farm = select(farms.c.id).where(farms.c.household == household)
    here = select(animals.c.id).where(animals.c.farm.in_(from_farm))
    there = select(fields.c.id).where(fields.c.farm.in_(from_farm))
    own = deployments.c.animal.in_(here) | deployments.c.field.in_(there)
    return _changed(
        connection,
        update(deployments).where(own & deployments.c.until.is_(None) & (deployments.c.since < at)).values(until=at),
    )


def _forget(connection: Connection, deployment: Deployment) -> int:
    came = (quarantine.c.device == deployment.device) & (quarantine.c.last_received >= deployment.since)
    if deployment.until is not None:
        came &= quarantine.c.first_received < deployment.until
    taken = connection.execute(
        select(func.count(), func.coalesce(func.sum(quarantine.c.kept_bytes), 0)).where(came)
    ).one()
    connection.execute(delete(quarantine).where(came))
    connection.execute(
        update(quarantine_devices)
        .where(quarantine_devices.c.device == deployment.device)
        .values(
            messages=quarantine_devices.c.messages - taken[0], kept_bytes=quarantine_devices.c.kept_bytes - taken[1]
        )
    )
    return int(taken[0])


def _changed(connection: Connection, statement: Update | Delete) -> int:
    return int(connection.execute(statement).rowcount)
