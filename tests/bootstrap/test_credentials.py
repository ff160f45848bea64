import re

from bootstrap.credentials import SiteSecret, ingest_client_id, topics_of
from bootstrap.data_folder import DataFolder
from bootstrap.nats_config import device_users, part_users, sender_users
from devices.identifiers import DevEui
from devices.model import Device, DeviceKind
from observations.identifiers import DeviceId, SiteId

SECRET = SiteSecret(text="a site's secret")


def device(name: str, kind: DeviceKind = DeviceKind.EAR_TAG, *, version: int = 1) -> Device:
    return Device(id=DeviceId.parse(name), site=SiteId.parse("s1"), kind=kind, credential_version=version)


def test_passwords_are_derived_and_differ_by_site_device_and_version() -> None:
    passwords = {
        SECRET.device_password(device("tag-1")),
        SECRET.device_password(device("tag-2")),
        SECRET.device_password(device("tag-1", version=2)),
        SiteSecret(text="another").device_password(device("tag-1")),
        SECRET.part_password("tag-1"),
    }
    assert len(passwords) == 5
    assert all(re.fullmatch(r"[a-z2-7]{26}", password) for password in passwords)
    assert SECRET.device_password(device("tag-1")) == SECRET.device_password(device("tag-1"))


def test_a_folder_keeps_its_secret_and_its_session(folder: DataFolder) -> None:
    assert SiteSecret.of(folder) == SiteSecret.of(folder)
    assert ingest_client_id(folder) == ingest_client_id(folder)


def test_a_gateway_publishes_packs_and_its_own_observations() -> None:
    assert topics_of(device("gw-1", DeviceKind.GATEWAY)) == (
        "tiantou/v1/s1/gw-1/senml",
        "tiantou/v1/s1/gw-1/observations",
    )


def test_devices_somebody_else_speaks_for_have_no_topics() -> None:
    probe = Device(
        id=DeviceId.parse("p"), site=SiteId.parse("s1"), kind=DeviceKind.SOIL_PROBE, gateway=DeviceId.parse("gw-1")
    )
    lora = Device(
        id=DeviceId.parse("l"), site=SiteId.parse("s1"), kind=DeviceKind.EAR_TAG, dev_eui=DevEui.parse("00" * 8)
    )
    assert topics_of(probe) == topics_of(lora) == ()
    assert device_users([probe, lora], SECRET) == []


def test_no_device_can_be_called_like_a_part_of_the_house() -> None:
    users = [*part_users(SECRET), *sender_users(["s1"], SECRET)]
    assert len(users) == 4
    assert not any(DeviceId.pattern.fullmatch(user.name) for user in users)
