from collections import Counter
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from observations.identifiers import DeviceId, EarTagNumber
from simulators.calendar_days import local_day
from simulators.gs1 import check_digit
from simulators.model import SitePlan
from simulators.plan import build_plan


def test_the_same_seed_and_day_give_the_same_plan(plan: SitePlan) -> None:
    assert build_plan(plan.seed, plan.today) == plan
    assert build_plan(plan.seed + 1, plan.today) != plan


def test_the_site_is_marked_as_simulated_and_its_people_as_invented(plan: SitePlan) -> None:
    assert plan.site.simulated
    assert all("虚构" in household.name for household in plan.households)
    assert all("模拟" in enterprise.name for enterprise in plan.enterprises)
    assert all("模拟" in farm.public_name for farm in plan.farms)


def test_fourteen_households_live_in_three_townships_and_one_village_has_five(plan: SitePlan) -> None:
    villages = Counter((household.township, household.village) for household in plan.households)
    assert len(plan.households) == len(plan.farms) == 14
    assert {township for township, _ in villages} == {"流沙河镇", "双凫铺镇", "老粮仓镇"}
    assert sum(count >= 5 for count in villages.values()) == 1


def test_no_public_name_tells_a_village(plan: SitePlan) -> None:
    for farm in plan.farms:
        assert not any(household.village in farm.public_name for household in plan.households)


def test_every_number_has_its_check_digit(plan: SitePlan) -> None:
    numbers = [farm.gln for farm in plan.farms] + [facility.gln for facility in plan.facilities]
    numbers += [product.gtin for product in plan.products]
    assert all(number[-1] == check_digit(number[:-1]) for number in numbers)
    assert len(set(numbers)) == len(numbers)
    assert {product.gtin for product in plan.products} >= {"09526000100010"}


def test_sixty_pigs_live_and_eight_were_slaughtered(plan: SitePlan) -> None:
    living = [animal for animal in plan.animals if animal.left_on is None]
    ages = [(plan.today - animal.born_on).days for animal in living]
    assert len(living) == 60
    assert len(plan.animals) == 68
    assert min(ages) < 14
    assert 280 < max(ages) <= 301
    assert {EarTagNumber.parse(animal.id).county for animal in plan.animals} == {"430182"}


def test_every_pig_was_tagged_within_thirty_days_and_before_the_first_day(plan: SitePlan) -> None:
    for life in plan.lives:
        assert life.born_at < life.tagged_at <= life.born_at + timedelta(days=30)
        assert local_day(life.tagged_at) < plan.today


def test_ids_are_unique_and_every_reference_is_kept(plan: SitePlan) -> None:
    devices = {device.id for device in plan.devices}
    assert len(devices) == len(plan.devices)
    assert len({animal.id for animal in plan.animals}) == len(plan.animals)
    assert {deployment.device for deployment in plan.deployments} <= devices
    assert {device.gateway for device in plan.devices} - {None} == {DeviceId.parse("gw-01")}
    assert {field.farm for field in plan.fields} <= {farm.id for farm in plan.farms}
    assert len({(pack.gtin, pack.serial) for pack in plan.packs}) == len(plan.packs)


def test_one_enterprise_claims_twelve_households_and_the_other_two(plan: SitePlan) -> None:
    claims = Counter(claim.enterprise for claim in plan.claims)
    assert sorted(claims.values()) == [2, 12]
    assert {claim.household for claim in plan.claims} == {household.id for household in plan.households}


def test_four_tags_speak_lorawan_and_their_euis_are_sixteen_hexadecimal_digits(plan: SitePlan) -> None:
    euis = [device.dev_eui for device in plan.devices if device.dev_eui]
    assert len(set(euis)) == 4
    assert all(len(eui) == 16 and int(eui, 16) > 0 for eui in euis)


def test_the_pack_shown_first_can_still_be_eaten_and_its_tag_number_still_publishes(plan: SitePlan) -> None:
    pack, life = plan.showcase_pack(), plan.showcase_life()
    assert pack.gtin == "09526000100010"
    assert pack.use_by > plan.today
    assert len(pack.serial) == 6
    assert life.slaughtered_at is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.dates(date(2020, 2, 29), date(2099, 12, 31)))
def test_a_plan_can_be_made_for_any_day(seed: int, today: date) -> None:
    plan = build_plan(seed, today)
    assert len(plan.fields) == 20
    assert all(field.planted_on is None or field.planted_on <= today for field in plan.fields)
    assert sum(device.dev_eui is not None for device in plan.devices) == 4
