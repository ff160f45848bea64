"""The plan of the simulators in real records (SQLite)."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from bootstrap.data_folder import DataFolder
from bootstrap.errors import FolderError
from bootstrap.seeding import SIMULATOR_LOGIN, seed_sign_ins, seed_site
from bootstrap.seeding_prices import seed_prices
from bootstrap.site_plan import kept_plan, plan_file
from households.model import CredentialKind, Role
from storage.records.records import Records
from tests.storage.records.databases import PlaceRecords
from traceability.price_shares import price_share

NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)  # 23 November in Shanghai
SEED = 7


@pytest.fixture
def records(folder: DataFolder, place_sqlite: PlaceRecords) -> Iterator[Records]:
    opened = Records.open(place_sqlite(folder.records))
    yield opened
    opened.close()


def test_a_folder_keeps_the_plan_of_its_first_local_day(folder: DataFolder) -> None:
    first = kept_plan(folder, seed=SEED, now=NOW)
    later = kept_plan(folder, seed=SEED + 1, now=NOW.replace(year=2027))
    assert first.today.isoformat() == "2026-11-23"
    assert later == first


def test_a_damaged_plan_is_told(folder: DataFolder) -> None:
    plan_file(folder).write_text("{")
    with pytest.raises(FolderError, match=r"plan\.json is damaged"):
        kept_plan(folder, seed=SEED, now=NOW)


def test_seeding_twice_is_seeding_once(folder: DataFolder, records: Records) -> None:
    plan = kept_plan(folder, seed=SEED, now=NOW)
    for _ in range(2):
        seed_site(plan, records)
    assert len(records.devices.all()) == len(plan.devices)
    assert len(records.animals.all()) == len(plan.animals)
    assert len(records.fields.all()) == len(plan.fields)
    assert len(records.households.farms()) == len(plan.farms)
    assert len(records.deployments.of_devices([one.id for one in plan.devices])) == len(plan.deployments)
    assert [site.simulated for site in records.households.sites()] == [True]
    assert all(records.products.find(one.gtin) is not None for one in plan.products)
    places = [*(farm.gln for farm in plan.farms), *(facility.gln for facility in plan.facilities)]
    assert all(records.places.find(gln) is not None for gln in places)


def test_every_lot_of_the_demonstration_has_an_agreed_share_once(folder: DataFolder, records: Records) -> None:
    plan = kept_plan(folder, seed=SEED, now=NOW)
    for _ in range(2):
        seed_prices(plan, records, now=NOW, today=plan.today)
    found = records.prices.all()
    assert {(each.gtin, each.lot) for each in found} == {(pack.gtin, pack.lot) for pack in plan.packs}
    assert len(found) == len({(each.gtin, each.lot) for each in found})
    nets = {product.gtin: product.net_weight_kg for product in plan.products}
    assert all(each.told and price_share(each, nets[each.gtin]).percent == 40 for each in found)


def test_people_and_programs_sign_in_with_the_same_secrets_at_every_start(folder: DataFolder, records: Records) -> None:
    plan = kept_plan(folder, seed=SEED, now=NOW)
    seed_site(plan, records)
    first, second = (seed_sign_ins(plan, records.accounts, folder, now=NOW) for _ in range(2))
    assert first == second
    digest = hashlib.sha256(first.simulator_token.encode()).hexdigest()
    credential = records.accounts.find_credential(digest, NOW)
    assert credential is not None
    assert (credential.login, credential.kind) == (SIMULATOR_LOGIN, CredentialKind.API_TOKEN)
    demo = records.accounts.find_user("demo")
    assert demo is not None
    assert (demo.role, demo.enterprise) == (Role.ENTERPRISE, plan.enterprises[0].id)
    assert first.demo_password not in demo.password_hash


def test_the_simulated_firm_keeps_its_own_company_prefix(folder: DataFolder, records: Records) -> None:
    records.keys.adopt("6912345", at=NOW)
    plan = kept_plan(folder, seed=SEED, now=NOW)
    seed_site(plan, records)
    animal = records.animals.all()[0].id
    assert records.keys.keyring(animals=[animal]).animal(animal) == f"9526000{animal}"
