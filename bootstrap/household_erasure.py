"""A household's data erased: its readings, what was set aside of them, and what the records hold of persons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bootstrap.errors import RequestError
from bootstrap.failed_rows import TOPIC, without
from bootstrap.steps import Result, Step, Tell
from devices.deployments import streams
from devices.model import Deployment
from observations.model import Stream
from observations.ports import ObservationStore
from storage.records.records import Records


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """What of the house is a household's: counts for the question before, deployments for the erasure."""

    farms: int
    animals: int
    fields: int
    deployments: list[Deployment]

    @property
    def devices(self) -> int:
        """Devices that told of its animals or fields."""
        return len({deployment.device for deployment in self.deployments})


def concerned_by(household: str, records: Records) -> Concerned:
    """What is that household's; raises RequestError where it is not registered."""
    if not records.households.households([household]):
        msg = f"household {household} is not registered; `tiantou household list` shows those that are"
        raise RequestError(msg)
    farms = [farm.id for farm in records.households.farms() if farm.household == household]
    animals = records.animals.on_farms(farms)
    fields = records.fields.on_farms(farms)
    worn = [
        *records.deployments.of_animals([animal.id for animal in animals]),
        *records.deployments.of_fields([field.id for field in fields]),
    ]
    return Concerned(farms=len(farms), animals=len(animals), fields=len(fields), deployments=worn)


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdErasure:
    """Erases one household; safe to repeat where it broke off."""

    records: Records
    store: ObservationStore
    now: Callable[[], datetime]

    def erase(self, household: str, tell: Tell) -> Result:
        """Nothing personal of the household is left; the counts for the receipt. Raises RequestError.

        Deployments end first: what its devices say from then on is of nobody, and the spans erased are closed, so
        that a device may go to another household.
        """
        at = self.now()
        tell(Step(what="records 记录"))
        blanked = self.records.personal.blank(household, at)
        worn = [_until(at, each) for each in concerned_by(household, self.records).deployments if each.since < at]
        tell(Step(what="readings 读数"))
        values = self.store.erase(streams(worn))
        tell(Step(what="messages set aside 隔离消息"))
        aside = self.records.personal.forget_messages(worn) + self._forget_failed_rows(streams(worn))
        receipt = {"household": household, "erased": at.isoformat(), "values": values, "messages set aside": aside}
        return {**receipt, **blanked}

    def _forget_failed_rows(self, spans: Sequence[Stream]) -> int:
        """What followers failed on holds no reading of these spans; how many messages held one."""
        held = 0
        for message in self.records.quarantine.under(TOPIC):
            left = without(message, spans)
            if left is message:
                continue
            with self.records.together() as together:
                held += together.quarantine.forget(message)
                if left is not None:
                    together.quarantine.set_aside([left])
        return held


def _until(at: datetime, deployment: Deployment) -> Deployment:
    return deployment if deployment.until is not None else replace(deployment, until=at)
