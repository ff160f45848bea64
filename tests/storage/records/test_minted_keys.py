from datetime import UTC, date, datetime

from devices.model import Device, DeviceKind
from livestock.model import Animal, Sex
from observations.identifiers import DeviceId, EarTagNumber, FarmId, SiteId
from storage.records.records import Records
from traceability.minting import MintedKeys

NOW = datetime(2026, 11, 23, tzinfo=UTC)
OLD, NEW = EarTagNumber.parse("143018200000123"), EarTagNumber.parse("143018200000124")


def register(records: Records, animal: EarTagNumber, device: str) -> None:
    farm = FarmId.parse("farm-1")
    records.animals.add(Animal(id=animal, farm=farm, breed="宁乡花猪", sex=Sex.FEMALE, born_on=date(2026, 1, 1)))
    records.devices.add(
        Device(id=DeviceId.parse(device), site=SiteId.parse("site-1"), kind=DeviceKind.EAR_TAG, report_interval_s=600)
    )


def keys_of(keys: MintedKeys) -> list[str]:
    keyring = keys.keyring(animals=[OLD, NEW], devices=["tag-1", "tag-2"])
    return [keyring.animal(OLD), keyring.animal(NEW), keyring.device("tag-1")[-12:], keyring.device("tag-2")[-12:]]


def test_what_was_registered_before_the_prefix_changed_keeps_its_keys(farmed: Records) -> None:
    keys = farmed.keys
    register(farmed, OLD, "tag-1")
    assert keys_of(keys)[0] == f"9526000{OLD}"
    assert keys.adopt("6912345", at=NOW)
    register(farmed, NEW, "tag-2")
    expected = [f"9526000{OLD}", f"6912345{NEW}", "526000Ttag-1", "912345Ttag-2"]
    assert keys_of(keys) == expected
    assert keys.adopt("69999", at=NOW)
    assert keys_of(keys) == expected
    assert keys.keyring().prefix == "69999"


def test_the_same_prefix_again_changes_nothing(farmed: Records) -> None:
    register(farmed, OLD, "tag-1")
    assert farmed.keys.adopt("9526000", at=NOW)
    assert not farmed.keys.adopt("9526000", at=NOW)
    assert farmed.keys.keyring(animals=[OLD]).animals == {}


def test_a_change_there_and_back_leaves_every_key_as_it_was_minted(farmed: Records) -> None:
    register(farmed, OLD, "tag-1")
    farmed.keys.adopt("6912345", at=NOW)
    register(farmed, NEW, "tag-2")
    farmed.keys.adopt("9526000", at=NOW)
    assert keys_of(farmed.keys)[:2] == [f"9526000{OLD}", f"6912345{NEW}"]


def test_animals_of_a_firm_with_a_prefix_of_its_own_keep_it(farmed: Records) -> None:
    farmed.keys.adopt("6912345", at=NOW)
    register(farmed, OLD, "tag-1")
    for _ in range(2):
        farmed.keys.keep("9526000", animals=[OLD], devices=["tag-1"])
    assert keys_of(farmed.keys)[0] == f"9526000{OLD}"
    farmed.keys.keep("1111", animals=[OLD], devices=[])
    assert keys_of(farmed.keys)[0] == f"9526000{OLD}"


def test_nothing_is_kept_for_those_who_have_the_prefix_of_now(farmed: Records) -> None:
    register(farmed, OLD, "tag-1")
    farmed.keys.keep("9526000", animals=[OLD], devices=["tag-1"])
    farmed.keys.adopt("9526000", at=NOW)
    assert farmed.keys.keyring(animals=[OLD]).animals == {}
