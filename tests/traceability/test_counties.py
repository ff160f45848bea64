import re

from traceability.counties import counties, find_county


def test_every_county_has_a_code_two_names_and_a_source() -> None:
    for code, county in counties().items():
        assert re.fullmatch(r"[0-9]{6}", code)
        assert county.code == code
        assert all([county.zh, county.en, county.source])


def test_ningxiang_has_its_code_as_a_city_and_the_one_before() -> None:
    city, county = find_county("430182"), find_county("430124")
    assert city is not None
    assert county is not None
    assert (city.zh, city.since, city.until, city.status) == ("宁乡市", 2017, None, "confirmed")
    assert (county.zh, county.since, county.until, county.status) == ("宁乡县", None, 2017, "unconfirmed")


def test_a_code_without_a_row_is_no_county() -> None:
    assert find_county("000000") is None
