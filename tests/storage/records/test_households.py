from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import text

from households.errors import DuplicateRecordError, HouseholdError
from households.model import Claim, Enterprise, Farm, Household, Site
from observations.identifiers import FarmId, SiteId
from storage.records.errors import MissingRecordError, RecordRefusedError
from storage.records.records import Records

SITE = Site(id=SiteId.parse("liushahe"), name="流沙河", simulated=True)
HOUSEHOLD = Household(id="h-1", label="4 号户", name="刘𠮷", township="流沙河镇", village="草冲村")
FARM = Farm(
    id=FarmId.parse("farm-1"),
    household="h-1",
    site=SITE.id,
    name="栏舍",
    gln="9526000100014",
    public_name="老刘家",
    county="430182",
)
ENTERPRISE = Enterprise(id="e-1", name="宁乡花猪公司")
SPRING = datetime(2026, 3, 1, tzinfo=UTC)
SUMMER = datetime(2026, 6, 1, 12, 30, 0, 123456, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@pytest.fixture
def county(records: Records) -> Records:
    """Two households with a farm each, and two enterprises."""
    registry = records.households
    registry.add_site(SITE)
    registry.add_household(HOUSEHOLD)
    registry.add_farm(FARM)
    registry.add_household(Household(id="h-2", label="5 号户", name="王", township="双凫铺镇", village=""))
    registry.add_farm(
        Farm(
            id=FarmId.parse("farm-2"),
            household="h-2",
            site=SITE.id,
            name="",
            gln="9526000100021",
            public_name="",
            county="430182",
            timezone="Asia/Urumqi",
        )
    )
    registry.add_enterprise(ENTERPRISE)
    registry.add_enterprise(Enterprise(id="e-2", name="红薯公司"))
    return records


def test_everything_comes_back_as_it_was_registered(county: Records) -> None:
    registry = county.households
    assert registry.sites() == [SITE]
    assert registry.households(["h-1", "h-9"]) == [HOUSEHOLD]
    assert [household.id for household in registry.all_households()] == ["h-1", "h-2"]
    assert registry.all_households()[0] == HOUSEHOLD
    assert registry.find_farm(FARM.id) == FARM
    assert registry.find_farm(FarmId.parse("farm-9")) is None
    assert [farm.timezone for farm in registry.farms()] == ["Asia/Shanghai", "Asia/Urumqi"]
    assert registry.find_enterprise("e-1") == ENTERPRISE
    assert registry.find_enterprise("e-9") is None
    assert [enterprise.id for enterprise in registry.enterprises()] == ["e-1", "e-2"]


def test_what_is_registered_twice_is_refused_by_name(county: Records) -> None:
    registry = county.households
    with pytest.raises(DuplicateRecordError, match="site liushahe"):
        registry.add_site(SITE)
    with pytest.raises(DuplicateRecordError, match="household h-1"):
        registry.add_household(HOUSEHOLD)
    with pytest.raises(DuplicateRecordError, match="farm farm-1"):
        registry.add_farm(FARM)
    with pytest.raises(DuplicateRecordError, match="enterprise e-1"):
        registry.add_enterprise(ENTERPRISE)


def test_a_gln_names_one_farm_only(county: Records) -> None:
    twin = Farm(
        id=FarmId.parse("farm-3"),
        household="h-2",
        site=SITE.id,
        name="",
        gln=FARM.gln,
        public_name="",
        county="430182",
    )
    with pytest.raises(DuplicateRecordError, match="GLN 9526000100014"):
        county.households.add_farm(twin)


def test_what_names_an_unknown_record_is_refused_with_what_is_missing(records: Records) -> None:
    with pytest.raises(MissingRecordError, match="household 'h-1' is not registered"):
        records.households.add_farm(FARM)
    with pytest.raises(MissingRecordError, match="enterprise 'e-1'"):
        records.households.add_claim(Claim(enterprise="e-1", household="h-1", since=SPRING, until=SUMMER))


def test_many_more_households_than_a_statement_takes_variables_are_found(county: Records) -> None:
    wanted = [f"x-{number}" for number in range(40_000)]
    assert [household.id for household in county.households.households([*wanted, "h-2", "h-1"])] == ["h-1", "h-2"]


def test_an_enterprise_sees_the_farms_it_has_claimed_from_the_first_moment_until_before_the_last(
    county: Records,
) -> None:
    county.households.add_claim(Claim(enterprise="e-1", household="h-1", since=SPRING, until=SUMMER))
    claimed = county.households.claimed_farms
    assert claimed("e-1", SPRING - TICK) == []
    assert claimed("e-1", SPRING) == [FARM]
    assert claimed("e-1", SUMMER - TICK) == [FARM]
    assert claimed("e-1", SUMMER) == []


def test_the_moment_counts_not_the_zone_it_is_written_in(county: Records) -> None:
    county.households.add_claim(Claim(enterprise="e-1", household="h-1", since=SPRING, until=SUMMER))
    shanghai = timezone(timedelta(hours=8))
    assert county.households.claimed_farms("e-1", SPRING.astimezone(shanghai)) == [FARM]
    assert county.households.claimed_farms("e-1", SPRING.astimezone(shanghai) - TICK) == []


def test_an_enterprise_sees_nothing_of_what_another_has_claimed(county: Records) -> None:
    county.households.add_claim(Claim(enterprise="e-1", household="h-1", since=SPRING, until=SUMMER))
    assert county.households.claimed_farms("e-2", SPRING) == []
    assert county.households.claims("e-2") == []


def test_a_farm_that_two_claims_cover_is_seen_once(county: Records) -> None:
    for since in (SPRING, SPRING + timedelta(days=1)):
        county.households.add_claim(Claim(enterprise="e-1", household="h-1", since=since, until=SUMMER))
    assert county.households.claimed_farms("e-1", SPRING + timedelta(days=2)) == [FARM]


def test_claims_past_and_present_come_by_their_beginning_exact_to_the_microsecond(county: Records) -> None:
    late = Claim(enterprise="e-1", household="h-1", since=SUMMER, until=SUMMER + TICK)
    early = Claim(enterprise="e-1", household="h-2", since=SPRING, until=SUMMER)
    for claim in (late, early):
        county.households.add_claim(claim)
    assert county.households.claims("e-1") == [early, late]
    assert all(claim.since.tzinfo is UTC for claim in county.households.claims("e-1"))


def test_a_claim_made_twice_or_that_ends_before_it_begins_is_refused(county: Records) -> None:
    claim = Claim(enterprise="e-1", household="h-1", since=SPRING, until=SUMMER)
    county.households.add_claim(claim)
    with pytest.raises(DuplicateRecordError, match="claim e-1 for h-1"):
        county.households.add_claim(claim)
    with pytest.raises(HouseholdError, match="ends before it begins"):
        county.households.add_claim(Claim(enterprise="e-1", household="h-1", since=SUMMER, until=SPRING))


def test_a_time_without_a_zone_is_refused(county: Records) -> None:
    naive = SPRING.replace(tzinfo=None)
    with pytest.raises(RecordRefusedError, match="no time zone"):
        county.households.claimed_farms("e-1", naive)


@pytest.mark.parametrize("name", ["a\x00b", "half \ud83d pair"])
def test_text_that_one_engine_could_not_keep_is_refused_by_both(records: Records, name: str) -> None:
    with pytest.raises(RecordRefusedError, match="NUL character or half of a surrogate pair"):
        records.households.add_site(Site(id=SITE.id, name=name))
    assert records.households.sites() == []


def test_the_database_itself_refuses_a_farm_of_nobody(records: Records) -> None:
    records.households.add_site(SITE)
    with pytest.raises(RecordRefusedError), records.transactions.writing() as connection:
        connection.execute(
            text("INSERT INTO farms VALUES ('f', 'nobody', 'liushahe', '', '1', '', '430182', 'Asia/Shanghai')")
        )
