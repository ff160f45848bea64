import pytest

from devices.errors import DeviceError
from devices.identifiers import DevEui
from devices.model import Device, DeviceKind
from observations.identifiers import DeviceId, SiteId
from storage.records.records import Records

TAG = Device(
    id=DeviceId.parse("tag-1"),
    site=SiteId.parse("liushahe"),
    kind=DeviceKind.EAR_TAG,
    dev_eui=DevEui.parse("70B3-D57E-D005-1234"),
    gateway=DeviceId.parse("gw-01"),
    label="左耳 🐖",
    credential_version=3,
)


def test_a_device_comes_back_as_it_was_registered(records: Records) -> None:
    records.devices.add(TAG)
    found = records.devices.find("tag-1")
    assert found == TAG
    assert found is not None
    assert (type(found.id), type(found.site), type(found.dev_eui)) == (DeviceId, SiteId, DevEui)


def test_a_device_is_found_by_its_dev_eui(records: Records) -> None:
    records.devices.add(TAG)
    assert records.devices.find_by_dev_eui(DevEui.parse("70b3d57ed0051234")) == TAG
    assert records.devices.find_by_dev_eui(DevEui.parse("70b3d57ed0051235")) is None


def test_an_unknown_device_is_none_whatever_it_is_called(records: Records) -> None:
    assert records.devices.find("tag-2") is None
    assert records.devices.find("' OR 1=1 --") is None


def test_an_id_that_is_taken_is_refused_and_nothing_changes(records: Records) -> None:
    records.devices.add(TAG)
    other = Device(id=TAG.id, site=SiteId.parse("other"), kind=DeviceKind.GATEWAY)
    with pytest.raises(DeviceError, match="device tag-1 is registered already"):
        records.devices.add(other)
    assert records.devices.all() == [TAG]


def test_a_dev_eui_that_is_taken_is_refused_with_its_owner(records: Records) -> None:
    records.devices.add(TAG)
    other = Device(id=DeviceId.parse("tag-2"), site=TAG.site, kind=DeviceKind.EAR_TAG, dev_eui=TAG.dev_eui)
    with pytest.raises(DeviceError, match="70b3d57ed0051234 belongs to device tag-1"):
        records.devices.add(other)


def test_devices_without_a_dev_eui_do_not_stand_in_each_others_way(records: Records) -> None:
    for name in ("gw-02", "gw-01"):
        records.devices.add(Device(id=DeviceId.parse(name), site=TAG.site, kind=DeviceKind.GATEWAY))
    assert [device.id for device in records.devices.all()] == ["gw-01", "gw-02"]
    with pytest.raises(DeviceError, match="device gw-01 is registered already"):
        records.devices.add(Device(id=DeviceId.parse("gw-01"), site=TAG.site, kind=DeviceKind.GATEWAY))


def test_devices_come_by_site_and_id_in_order_of_code_points(records: Records) -> None:
    for site, name in [("b", "x"), ("a", "tag_1"), ("a", "tag-1"), ("a", "TAG-9"), ("B", "y")]:
        records.devices.add(Device(id=DeviceId.parse(name), site=SiteId.parse(site), kind=DeviceKind.SOIL_PROBE))
    assert [(device.site, device.id) for device in records.devices.all()] == [
        ("B", "y"), ("a", "TAG-9"), ("a", "tag-1"), ("a", "tag_1"), ("b", "x"),
    ]  # fmt: skip
