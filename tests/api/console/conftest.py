"""The world of forms: real records with one farm and its pig, a slaughterhouse, a packing house."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.hold_alarms import HoldAlarms
from api.services import Services
from devices.model import Device, DeviceKind
from households.model import Claim, Farm, Household, Site
from livestock.model import Animal, Sex
from observations.identifiers import DeviceId, FarmId, SiteId
from storage.records.records import Records
from storage.records.schema import migrate
from tests.api.world import SITE, World, empty_world
from tests.traceability.one_life import BELLY, FARM, PIG, products
from tests.traceability.pig_records import HOUSES

NOW = datetime(2026, 11, 1, tzinfo=UTC)
FARM_ID = FarmId.parse("farm-1")


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """The farm, the slaughterhouse and the packing house in real records."""
    records = Records.open(f"sqlite:///{tmp_path}/records.sqlite")
    migrate(records.engine)
    for site in (SITE, SiteId.parse("site-1")):
        records.households.add_site(Site(id=site, name="站"))
    records.households.add_household(_household())
    records.households.add_farm(_farm())
    for facility in HOUSES.values():
        records.places.add_facility(facility)
    belly = products().find(BELLY)
    assert belly is not None
    records.products.add(belly)
    yield records
    records.close()


@pytest.fixture
def world(records: Records) -> World:
    """Wangbei has claimed the farm with the pig; `other` has nothing."""
    world = empty_world()
    world.now = NOW
    world.households.add_household(_household())
    world.households.add_farm(_farm())
    since, until = datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)
    world.households.add_claim(Claim(enterprise="wangbei", household="h-1", since=since, until=until))
    world.animals.add(Animal(id=PIG, farm=FARM_ID, breed="宁乡花猪", sex=Sex.FEMALE, born_on=date(2025, 11, 3)))
    world.devices.add(Device(id=DeviceId.parse("tag-0123"), site=SITE, kind=DeviceKind.EAR_TAG))

    def over(services: Services) -> Services:
        public = replace(
            services.public,
            events=records.events,
            products=records.products,
            places=records.places,
            holds=records.holds,
            recalls=records.recalls,
        )
        return replace(
            services,
            public=public,
            guards=records.guards,
            hold_alarms=HoldAlarms(records.holds),
            traces=records.traces,
            event_queries=records.event_queries,
            facilities=records.places.facilities,
            catalogue=records.products.all,
        )

    world.over = over
    return world


@pytest.fixture
def operator(world: World) -> TestClient:
    """A browser of the operator."""
    return world.client("operator")


@pytest.fixture
def wangbei(world: World) -> TestClient:
    """A browser of the enterprise that looks after the farm."""
    return world.client("wangbei")


def _household() -> Household:
    return Household(id="h-1", label="1 号户", name="张秘密", township="流沙河镇", village="某村")


def _farm() -> Farm:
    return Farm(id=FARM_ID, household="h-1", site=SITE, name="场", gln=FARM, public_name="", county="430182")
