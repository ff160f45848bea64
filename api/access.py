"""What a viewer may see. Every animal, field and device that a page or an answer shows was asked for here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from agronomy.model import Field
from api.errors import NotVisibleError
from api.services import Services
from devices.deployments import streams
from devices.model import Deployment, Device, SetAsideMessage
from households.model import Claim, Enterprise, Farm, Household, Role, User
from livestock.model import Animal
from observations.errors import IdentifierError
from observations.identifiers import EarTagNumber, FarmId, FieldId
from observations.model import Conflict, Stream

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleDevice:
    """A device and the moment since which all it said is the viewer's to see."""

    device: Device
    since: datetime


class Viewer:
    """One signed-in user during one request.

    An operator sees every farm; an enterprise's people see the farms of the households claimed at this moment.
    What is not visible is answered like what does not exist. token: what the session's forms carry;
    program: came with an API token, which operators hand out to those who may capture events.
    """

    def __init__(
        self,
        *,
        services: Services,
        user: User,
        token: str,
        now: datetime,
        recognised_until: datetime,
        program: bool = False,
    ) -> None:
        self.services, self.user, self.token, self.now, self.program = services, user, token, now, program
        self._recognised_until = recognised_until

    @property
    def operator(self) -> bool:
        """Whether the viewer runs the platform."""
        return self.user.role is Role.OPERATOR

    def require_operator(self, kind: str, identifier: str) -> None:
        """Raises NotVisibleError where the viewer does not run the platform."""
        if not self.operator:
            raise NotVisibleError(kind=kind, identifier=identifier)

    @cached_property
    def enterprise(self) -> Enterprise | None:
        """The enterprise the viewer belongs to."""
        return None if self.user.enterprise is None else self.services.households.find_enterprise(self.user.enterprise)

    @cached_property
    def claims(self) -> Sequence[Claim]:
        """The enterprise's claims that hold now."""
        if self.user.enterprise is None:
            return ()
        claims = self.services.households.claims(self.user.enterprise)
        return [claim for claim in claims if claim.holds_at(self.now)]

    @cached_property
    def farms(self) -> dict[FarmId, Farm]:
        """The farms the viewer may see."""
        registry = self.services.households
        if self.operator:
            return {farm.id: farm for farm in registry.farms()}
        if self.user.enterprise is None:
            return {}
        return {farm.id: farm for farm in registry.claimed_farms(self.user.enterprise, self.now)}

    @cached_property
    def households(self) -> dict[str, Household]:
        """The households of those farms; pages show their label, never their name."""
        wanted = {farm.household for farm in self.farms.values()}
        return {household.id: household for household in self.services.households.households(wanted)}

    @cached_property
    def simulated(self) -> bool:
        """Whether anything the viewer sees comes from a simulation."""
        sites = {farm.site for farm in self.farms.values()}
        return any(site.simulated for site in self.services.households.sites() if site.id in sites)

    @cached_property
    def animals(self) -> dict[EarTagNumber, Animal]:
        """Every animal of those farms, dead or alive."""
        return {animal.id: animal for animal in self.services.animals.on_farms(self.farms.keys())}

    @cached_property
    def fields(self) -> dict[FieldId, Field]:
        """Every field of those farms."""
        return {field.id: field for field in self.services.fields.on_farms(self.farms.keys())}

    @cached_property
    def animal_deployments(self) -> dict[EarTagNumber, list[Deployment]]:
        """What each animal wore, oldest first."""
        worn: dict[EarTagNumber, list[Deployment]] = {animal: [] for animal in self.animals}
        for deployment in self.services.deployments.of_animals(self.animals.keys()):
            if deployment.animal in worn:
                worn[deployment.animal].append(deployment)
        return worn

    @cached_property
    def field_deployments(self) -> dict[FieldId, list[Deployment]]:
        """What stood in each field, oldest first."""
        stood: dict[FieldId, list[Deployment]] = {field: [] for field in self.fields}
        for deployment in self.services.deployments.of_fields(self.fields.keys()):
            if deployment.field in stood:
                stood[deployment.field].append(deployment)
        return stood

    @cached_property
    def devices(self) -> dict[str, VisibleDevice]:
        """The devices all of whose present deployments are visible; every device for an operator."""
        if self.operator:
            known = self.services.devices.all()
            return {device.id: VisibleDevice(device=device, since=BEGINNING) for device in known}
        return {device.device.id: device for device in self._deployed_devices()}

    @cached_property
    def open_deployments(self) -> dict[str, list[Deployment]]:
        """The present deployments on visible animals and fields, by device."""
        present: dict[str, list[Deployment]] = {}
        for deployments in (*self.animal_deployments.values(), *self.field_deployments.values()):
            for deployment in deployments:
                if holds(deployment, self.now):
                    present.setdefault(deployment.device, []).append(deployment)
        return present

    @property
    def seen_until(self) -> datetime:
        """When the viewer's sight of something may end by itself: its secret expires, or a claim ends."""
        return min([self._recognised_until, *(claim.until for claim in self.claims)])

    def animal(self, text: str) -> Animal:
        """The animal of that number; raises NotVisibleError, also where the text is no number."""
        try:
            animal = self.services.animals.find(EarTagNumber.parse(text))
        except IdentifierError:
            animal = None
        if animal is None or animal.farm not in self.farms:
            raise NotVisibleError(kind="animal", identifier=text)
        return animal

    def field(self, text: str) -> Field:
        """The field of that id; raises NotVisibleError."""
        try:
            field = self.services.fields.find(FieldId.parse(text))
        except IdentifierError:
            field = None
        if field is None or field.farm not in self.farms:
            raise NotVisibleError(kind="field", identifier=text)
        return field

    def device(self, text: str) -> VisibleDevice:
        """The device of that id; raises NotVisibleError."""
        try:
            return self.devices[text]
        except KeyError:
            raise NotVisibleError(kind="device", identifier=text) from None

    def streams_of_animal(self, animal: Animal) -> list[Stream]:
        """The streams of what the animal wore."""
        return streams(self.services.deployments.of_animals([animal.id]))

    def streams_of_field(self, field: Field) -> list[Stream]:
        """The streams of what stood in the field."""
        return streams(self.services.deployments.of_fields([field.id]))

    def conflicts(self, device: VisibleDevice, *, limit: int) -> list[Conflict]:
        """The device's conflicts that came while it was the viewer's to see, newest first."""
        found = self.services.observations.conflicts([device.device.id], limit=limit)
        return [conflict for conflict in found if conflict.received_time >= device.since]

    def set_aside(self, device: VisibleDevice, *, limit: int) -> list[SetAsideMessage]:
        """The device's messages in quarantine that came while it was the viewer's to see, newest first."""
        found = self.services.quarantine.list(device=device.device.id, limit=limit)
        return [message for message in found if message.first_received >= device.since]

    def label(self, farm: FarmId) -> str:
        """What the farm is called before others: township and the household's label, never a person's name."""
        household = self.households.get(self.farms[farm].household)
        return self.farms[farm].name if household is None else f"{household.township} {household.label}".strip()

    def zone(self, farm: FarmId) -> ZoneInfo:
        """The farm's time zone."""
        return ZoneInfo(self.farms[farm].timezone)

    def township(self, farm: FarmId) -> str:
        """The township of the farm's household; "" where it is not known."""
        household = self.households.get(self.farms[farm].household)
        return "" if household is None else household.township

    def _deployed_devices(self) -> list[VisibleDevice]:
        everywhere: dict[str, list[Deployment]] = {}
        for deployment in self.services.deployments.of_devices(self.open_deployments.keys()):
            if holds(deployment, self.now):
                everywhere.setdefault(deployment.device, []).append(deployment)
        visible = []
        for identifier, deployments in self.open_deployments.items():
            device = self.services.devices.find(identifier)
            # A probe with one channel in a neighbour's field says things in one message that are not all ours.
            if device is not None and len(everywhere.get(identifier, [])) == len(deployments):
                since = max(deployment.since for deployment in deployments)
                visible.append(VisibleDevice(device=device, since=since))
        return sorted(visible, key=lambda each: (each.device.site, each.device.id))


def holds(deployment: Deployment, at: datetime) -> bool:
    """Whether the deployment holds at that time."""
    return deployment.since <= at and (deployment.until is None or at < deployment.until)
