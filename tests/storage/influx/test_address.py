"""The address of a bucket."""

import pytest

from storage.influx.address import InfluxAddress, is_influx_url


def test_an_address_names_server_organization_bucket_and_token() -> None:
    address = InfluxAddress.parse("influxdb+https://:to%2Fk%3D@db.example:9999/county%20farms/pigs")
    assert (address.server, address.organization, address.bucket) == ("https://db.example:9999", "county farms", "pigs")
    assert address.token == "to/k="
    assert str(address) == "https://db.example:9999/county farms/pigs"
    assert "to/k=" not in repr(address)


@pytest.mark.parametrize("url", ["influxdb://t@[::1]/o/b", "influxdb+http://:t@[::1]:8086/o/b/"])
def test_a_port_may_be_left_out_and_the_token_may_be_the_user(url: str) -> None:
    assert InfluxAddress.parse(url).server == "http://[::1]:8086"


@pytest.mark.parametrize(
    "url",
    [
        "influxdb://secret@h/o",
        "influxdb://h/o/b",
        "influxdb://secret@/o/b",
        "http://secret@h/o/b",
        "influxdb://secret@h/o/b/c",
    ],
)
def test_what_is_no_address_is_told_with_the_form_and_without_the_token(url: str) -> None:
    with pytest.raises(ValueError, match="ORGANIZATION/BUCKET") as told:
        InfluxAddress.parse(url)
    assert "secret" not in str(told.value)


def test_other_stores_have_other_addresses() -> None:
    assert is_influx_url("influxdb://:t@h/o/b")
    assert not is_influx_url("clickhouse+http://h/db")
    assert not is_influx_url("/var/lib/tiantou")
