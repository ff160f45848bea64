"""The simulated site in the records, and the people and programs that may sign in to it."""

import contextlib
import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TypeVar

from agronomy.errors import FieldExistsError
from agronomy.model import Field
from api.passwords import hash_password
from bootstrap.credentials import password_file
from bootstrap.data_folder import DataFolder, kept_secret
from devices.errors import DeploymentError, DeviceError
from devices.identifiers import DevEui
from devices.model import Deployment, Device, DeviceKind
from households.errors import DuplicateRecordError
from households.model import Claim, Credential, CredentialKind, Enterprise, Farm, Household, Role, Site, User
from households.ports import AccountBook
from livestock.errors import AnimalExistsError
from livestock.model import Animal, AnimalStatus, Sex
from simulators.gs1 import COMPANY_PREFIX
from simulators.model import SitePlan
from storage.records.records import Records
from traceability.facilities import Facility, FacilityKind
from traceability.model import Product

DEMO_LOGIN = "demo"
OPERATOR_LOGIN = "operator"
SIMULATOR_LOGIN = "simulator"
PASSWORD_CHANCE_BYTES = 9
TOKEN_LIFE = timedelta(days=3650)
THERE_ALREADY = (DuplicateRecordError, AnimalExistsError, FieldExistsError, DeploymentError, DeviceError)
Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIns:
    """What was generated for this data folder: passwords of two people, the bearer token of the simulator."""

    demo_password: str
    operator_password: str
    simulator_token: str


def seed_site(plan: SitePlan, records: Records) -> None:
    """Everything the plan names is in the records; what was there stays as it is, corrected by people or not."""
    households = records.households
    _add_each(households.add_site, [_in_records(Site, plan.site)])
    _add_each(households.add_household, (_in_records(Household, one) for one in plan.households))
    _add_each(households.add_farm, (_in_records(Farm, one) for one in plan.farms))
    _add_each(households.add_enterprise, (_in_records(Enterprise, one) for one in plan.enterprises))
    _add_each(households.add_claim, (_in_records(Claim, one) for one in plan.claims))
    _add_each(
        records.places.add_facility,
        (_in_records(Facility, one, kind=FacilityKind(one.kind)) for one in plan.facilities),
    )
    _add_each(
        records.animals.add,
        (_in_records(Animal, one, sex=Sex(one.sex), status=AnimalStatus(one.status)) for one in plan.animals),
    )
    _add_each(records.fields.add, (_in_records(Field, one) for one in plan.fields))
    # a device behind a gateway needs the gateway first
    devices = sorted(plan.devices, key=lambda one: one.gateway is not None)
    _add_each(
        records.devices.add,
        (_in_records(Device, one, kind=DeviceKind(one.kind), dev_eui=_dev_eui(one.dev_eui)) for one in devices),
    )
    _add_each(records.deployments.add, (_in_records(Deployment, one) for one in plan.deployments))
    # the simulated firm mints under a prefix of its own, whatever is set for this house
    records.keys.keep(
        COMPANY_PREFIX, animals=[one.id for one in plan.animals], devices=[one.id for one in plan.devices]
    )
    _add_each(records.products.add, (_in_records(Product, one) for one in plan.products))


def _dev_eui(text: str | None) -> DevEui | None:
    return None if text is None else DevEui.parse(text)


def seed_sign_ins(plan: SitePlan, accounts: AccountBook, folder: DataFolder, *, now: datetime) -> SignIns:
    """The demonstration's people and programs can sign in; passwords are the same at every start."""
    demo_password = _add_person(accounts, folder, DEMO_LOGIN, Role.ENTERPRISE, plan.enterprises[0].id)
    operator_password = _add_person(accounts, folder, OPERATOR_LOGIN, Role.OPERATOR, None)
    _add_person(accounts, folder, SIMULATOR_LOGIN, Role.OPERATOR, None)
    token = simulator_token(folder)
    digest = hashlib.sha256(token.encode()).hexdigest()
    if accounts.find_credential(digest, now) is None:
        accounts.issue(
            Credential(digest=digest, login=SIMULATOR_LOGIN, kind=CredentialKind.API_TOKEN, expires=now + TOKEN_LIFE)
        )
    return SignIns(demo_password=demo_password, operator_password=operator_password, simulator_token=token)


def simulator_token(folder: DataFolder) -> str:
    """The bearer token with which the simulator posts its events."""
    return kept_secret(folder.secrets / "simulator-token")


def _add_person(accounts: AccountBook, folder: DataFolder, login: str, role: Role, enterprise: str | None) -> str:
    password = kept_secret(password_file(folder, login), bytes_of_chance=PASSWORD_CHANCE_BYTES)
    if accounts.find_user(login) is None:
        accounts.add_user(
            User(login=login, name=login, role=role, password_hash=hash_password(password), enterprise=enterprise)
        )
    return password


def _add_each(add: Callable[[Record], None], items: Iterable[Record]) -> None:
    for item in items:
        with contextlib.suppress(*THERE_ALREADY):
            add(item)


def _in_records(record: type[Record], planned: object, /, **changed: object) -> Record:
    """The record of what the plan names alike; `changed` are the fields that are types of their own in the house."""
    names = [field.name for field in fields(record) if hasattr(planned, field.name)]  # type: ignore[arg-type]  # dataclass
    return record(**{name: getattr(planned, name) for name in names} | changed)
