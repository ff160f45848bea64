"""A farm, a slaughterhouse and a packing house in real records, and an application in which lives are recorded."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from starlette.testclient import TestClient

from api.hold_alarms import HoldAlarms
from api.services import Services
from households.model import Claim, Farm, Household, Site
from livestock.model import Animal, Sex
from observations.identifiers import FarmId, SiteId
from storage.records.records import Records
from tests.api.world import SITE, World, empty_world
from tests.traceability.one_life import BELLY, FARM, PIG, products
from tests.traceability.pig_life import CARCASS, Record
from tests.traceability.pig_records import HOUSES, PIG_URI
from traceability.model import Product

NOW = datetime(2026, 11, 1, tzinfo=UTC)
PACK = f"/01/{BELLY}/21/000001"
PACK_URI = f"https://id.gs1.org{PACK}"


def lives_records(url: str) -> Records:
    """The farm, the slaughterhouse and the packing house in real records."""
    records = Records.open(url)
    records.households.add_site(Site(id=SITE, name="站"))
    records.households.add_site(Site(id=SiteId.parse("site-1"), name="站"))
    records.households.add_household(_household())
    records.households.add_farm(_farm())
    for facility in HOUSES.values():
        records.places.add_facility(facility)
    belly: Product | None = products().find(BELLY)
    assert belly is not None
    records.products.add(belly)
    return records


def _household() -> Household:
    return Household(id="h-1", label="1 号户", name="张秘密", township="流沙河镇", village="某村")


def _farm() -> Farm:
    return Farm(
        id=FarmId.parse("farm-1"), household="h-1", site=SITE, name="场", gln=FARM, public_name="", county="430182"
    )


def lives_world(records: Records) -> World:
    """Wangbei has claimed the farm with the pig; `other` has nothing."""
    world = empty_world()
    world.now = NOW
    world.households.add_household(_household())
    world.households.add_farm(_farm())
    since, until = datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)
    world.households.add_claim(Claim(enterprise="wangbei", household="h-1", since=since, until=until))
    farm = FarmId.parse("farm-1")
    world.animals.add(Animal(id=PIG, farm=farm, breed="宁乡花猪", sex=Sex.FEMALE, born_on=date(2025, 11, 3)))

    def over(services: Services) -> Services:
        public = replace(
            services.public,
            events=records.events,
            products=records.products,
            places=records.places,
            recalls=records.recalls,
            holds=records.holds,
        )
        return replace(
            services,
            public=public,
            guards=records.guards,
            hold_alarms=HoldAlarms(records.holds),
            traces=records.traces,
            recalls=records.recalls,
            capture_jobs=records.capture_jobs,
            event_queries=records.event_queries,
        )

    world.over = over
    return world


def say(client: TestClient, record: Record, *, dry_run: bool = False) -> Any:  # noqa: ANN401 a response
    return client.post("/api/v1/lifecycle", json=record, params={"dry_run": dry_run})


def say_all(client: TestClient, *told: Record) -> None:
    for record in told:
        answer = say(client, record)
        assert answer.status_code == 201, answer.text


def foreign(client: TestClient) -> str:
    """A slaughter and a pack as a firm's own system reports them; the eventID of the slaughter."""
    events = []
    for hour, members in (
        (5, {"inputEPCList": [PIG_URI], "outputEPCList": [CARCASS]}),
        (9, {"inputEPCList": [CARCASS], "outputEPCList": [PACK_URI]}),
    ):
        events.append(
            {
                "type": "TransformationEvent",
                "eventID": f"urn:uuid:00000000-0000-4000-8000-00000000000{hour}",
                "eventTime": f"2026-08-30T0{hour}:00:00+08:00",
                "eventTimeZoneOffset": "+08:00",
                "bizStep": "commissioning",
                "bizLocation": {"id": f"https://id.gs1.org/414/{next(iter(HOUSES))}"},
                **members,
            }
        )
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-09-01T00:00:00Z",
        "epcisBody": {"eventList": events},
    }
    answer = client.post("/epcis/capture", json=document)
    assert answer.status_code == 202, answer.text
    assert client.get(answer.headers["Location"]).json()["success"]
    return str(events[0]["eventID"])
