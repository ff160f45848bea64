import time
from datetime import UTC, datetime

import pytest

from households.errors import DuplicateRecordError
from households.model import Farm, Household, Site
from observations.identifiers import FarmId, SiteId
from storage.records.errors import MissingRecordError
from storage.records.records import Records
from storage.records.remembered_places import RememberedPlaces
from traceability.facilities import Facility, FacilityKind
from traceability.model import PublicPlace

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
REAL, SIMULATED = SiteId.parse("real"), SiteId.parse("simulated")
SLAUGHTERHOUSE = Facility(
    gln="9526000900010",
    name="宁乡定点屠宰场",
    county="430182",
    township="玉潭街道",
    kind=FacilityKind.SLAUGHTERHOUSE,
    licence="湘动防合字第 1 号",
    site=SIMULATED,
)


def settle(
    records: Records,
    number: int,
    *,
    village: str = "草冲村",
    township: str = "流沙河镇",
    county: str = "430182",
    site: SiteId = REAL,
    farms: int = 1,
) -> str:
    """One more household with its farms; the GLN of the first."""
    household = Household(id=f"h-{number}", label="", name="刘某某", township=township, village=village)
    records.households.add_household(household)
    for farm in range(farms):
        records.households.add_farm(
            Farm(
                id=FarmId.parse(f"farm-{number}-{farm}"),
                household=household.id,
                site=site,
                name="后山栏舍",
                gln=f"95260001{number:03}{farm:02}",
                public_name="老刘家",
                county=county,
            )
        )
    return f"95260001{number:03}00"


@pytest.fixture
def county(records: Records) -> Records:
    """Records with a real and a simulated site."""
    records.households.add_site(Site(id=REAL, name="流沙河"))
    records.households.add_site(Site(id=SIMULATED, name="模拟", simulated=True))
    return records


def test_a_village_with_five_households_is_named_with_their_number(county: Records) -> None:
    gln = settle(county, 1)
    for number in range(2, 6):
        settle(county, number)
    assert county.places.find(gln) == PublicPlace(
        gln=gln,
        name="老刘家",
        county_zh="宁乡市",
        county_en="Ningxiang City",
        township="流沙河镇",
        village="草冲村",
        households=5,
        simulated=False,
        timezone="Asia/Shanghai",
    )


def test_a_village_with_four_households_is_not_named_and_its_township_is_counted(county: Records) -> None:
    gln = settle(county, 1)
    for number in range(2, 5):
        settle(county, number)
    settle(county, 9, village="五里堆村")
    place = county.places.find(gln)
    assert place is not None
    assert (place.village, place.township, place.households) == ("", "流沙河镇", 5)


@pytest.mark.parametrize(
    ("township", "code", "site"),
    [("双凫铺镇", "430182", REAL), ("流沙河镇", "430124", REAL), ("流沙河镇", "430182", SIMULATED)],
)
def test_a_village_of_the_same_name_elsewhere_or_simulated_is_another_village(
    county: Records, township: str, code: str, site: SiteId
) -> None:
    gln = settle(county, 1)
    for number in range(2, 5):
        settle(county, number)
    other = settle(county, 5, township=township, county=code, site=site)
    for each, households in [(gln, 4), (other, 1)]:
        place = county.places.find(each)
        assert place is not None
        assert (place.village, place.households) == ("", households)


def test_many_farms_of_one_household_are_one_household(county: Records) -> None:
    gln = settle(county, 1, farms=9)
    place = county.places.find(gln)
    assert place is not None
    assert (place.village, place.households) == ("", 1)


def test_a_household_without_a_farm_takes_no_part(county: Records) -> None:
    gln = settle(county, 1)
    for number in range(2, 9):
        settle(county, number, farms=0)
    place = county.places.find(gln)
    assert place is not None
    assert (place.village, place.households) == ("", 1)


def test_households_of_no_named_village_never_make_one(county: Records) -> None:
    gln = settle(county, 1, village="")
    for number in range(2, 8):
        settle(county, number, village="")
    place = county.places.find(gln)
    assert place is not None
    assert (place.village, place.households) == ("", 7)


def test_nothing_of_a_household_but_its_agreed_name_is_public(county: Records) -> None:
    place = county.places.find(settle(county, 1))
    assert "刘某某" not in repr(place)
    assert "后山栏舍" not in repr(place)


def test_a_county_that_the_table_does_not_know_shows_its_code(county: Records) -> None:
    place = county.places.find(settle(county, 1, county="999999"))
    assert place is not None
    assert (place.county_zh, place.county_en) == ("999999", "999999")


def test_a_facility_is_a_place_without_households(county: Records) -> None:
    county.places.add_facility(SLAUGHTERHOUSE)
    assert county.places.facilities() == [SLAUGHTERHOUSE]
    assert county.places.find(SLAUGHTERHOUSE.gln) == PublicPlace(
        gln=SLAUGHTERHOUSE.gln,
        name="宁乡定点屠宰场",
        county_zh="宁乡市",
        county_en="Ningxiang City",
        township="玉潭街道",
        village="",
        households=0,
        simulated=True,
        timezone="Asia/Shanghai",
    )


def test_a_gln_names_one_place_be_it_a_farm_or_a_facility(county: Records) -> None:
    county.places.add_facility(SLAUGHTERHOUSE)
    with pytest.raises(DuplicateRecordError, match="GLN 9526000900010"):
        county.places.add_facility(SLAUGHTERHOUSE)
    settle(county, 1)
    farm = Farm(
        id=FarmId.parse("farm-x"),
        household="h-1",
        site=REAL,
        name="",
        gln=SLAUGHTERHOUSE.gln,
        public_name="",
        county="430182",
    )
    with pytest.raises(DuplicateRecordError, match="GLN 9526000900010"):
        county.households.add_farm(farm)


def test_a_facility_of_an_unknown_site_is_refused(records: Records) -> None:
    with pytest.raises(MissingRecordError, match="site 'simulated'"):
        records.places.add_facility(SLAUGHTERHOUSE)


def test_an_unknown_gln_is_no_place(county: Records) -> None:
    assert county.places.find("9526000999999") is None


def test_a_remembered_place_is_told_as_it_is_after_a_change(county: Records) -> None:
    places = RememberedPlaces(county.transactions, most=2)
    glns = [settle(county, number) for number in range(1, 4)]
    assert places.find_all([*glns, "9526000100007"]) == county.places.find_all(glns)
    assert places.find("9526000100007") is None
    assert places.find(glns[0]) == county.places.find(glns[0])
    settle(county, 4)
    settle(county, 5)
    county.personal.blank("h-1", NOON)
    # At once on SQLite; on PostgreSQL, where no trigger counts changes, within a second.
    deadline = time.monotonic() + 10
    while (place := places.find(glns[0])) != county.places.find(glns[0]) and time.monotonic() < deadline:
        assert county.engine.dialect.name == "postgresql"
    assert place is not None
    assert (place.name, place.village) == ("", "")
