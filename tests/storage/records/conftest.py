"""Every test of the records runs on SQLite and on a real PostgreSQL."""

from collections.abc import Iterator

import pytest

from households.model import Farm, Household, Site
from observations.identifiers import FarmId, SiteId
from storage.records.quarantine_bounds import Bounds
from storage.records.records import Records


@pytest.fixture
def records(url: str) -> Iterator[Records]:
    """Migrated, empty records with small quarantine bounds on each engine."""
    records = Records.open(url, bounds=Bounds(messages=5, kept_bytes=1_000))
    yield records
    records.close()


@pytest.fixture
def farmed(records: Records) -> Records:
    """Records with household h-1, its farm farm-1 and another, farm-2, of h-2."""
    site = Site(id=SiteId.parse("site-1"), name="站")
    records.households.add_site(site)
    for number, gln in [(1, "9526000100014"), (2, "9526000100021")]:
        household = Household(
            id=f"h-{number}", label=f"{number} 号户", name="刘", township="流沙河镇", village="草冲村"
        )
        records.households.add_household(household)
        farm = Farm(
            id=FarmId.parse(f"farm-{number}"),
            household=household.id,
            site=site.id,
            name="栏舍",
            gln=gln,
            public_name="",
            county="430182",
        )
        records.households.add_farm(farm)
    return records
