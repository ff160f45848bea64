"""The farm and the houses that the records of one pig name, and what is said of things there."""

from households.model import Farm, Household, Site
from observations.identifiers import FarmId, SiteId
from storage.records.records import Records
from tests.traceability.one_life import FARM
from tests.traceability.pig_records import HOUSES
from traceability.model import CapturedEvent


def with_places(records: Records) -> Records:
    """The records know the farm, the slaughterhouse and the packing house."""
    site = Site(id=SiteId.parse("site-1"), name="站")
    records.households.add_site(site)
    records.households.add_household(
        Household(id="h-1", label="1 号户", name="刘", township="流沙河镇", village="草冲村")
    )
    farm = Farm(
        id=FarmId.parse("farm-1"), household="h-1", site=site.id, name="栏舍", gln=FARM, public_name="", county="430182"
    )
    records.households.add_farm(farm)
    for facility in HOUSES.values():
        records.places.add_facility(facility)
    return records


def capture(records: Records, *events: CapturedEvent) -> None:
    assert records.events.capture(events) == len(events)


def reasons(records: Records, thing: str) -> list[str]:
    return sorted(held.hold.reason for held in records.holds.of([thing]))
