"""Identifiers: an invalid one cannot exist."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observations.errors import IdentifierError
from observations.identifiers import DeviceId, EarTagNumber


def test_an_ear_tag_number_has_species_county_and_serial() -> None:
    number = EarTagNumber.parse("1 430182 00000147")
    assert number == "143018200000147"
    assert (number.species, number.county, number.serial) == ("pig", "430182", "00000147")


@pytest.mark.parametrize("text", ["", "43018200000147", "943018200000147", "1430182000001470", "14301820000014a"])
def test_what_is_no_ear_tag_number_is_refused_with_the_expected_shape(text: str) -> None:
    with pytest.raises(IdentifierError, match="expected 15 digits: species"):
        EarTagNumber.parse(text)


def test_arabic_indic_digits_are_no_digits() -> None:
    with pytest.raises(IdentifierError):
        EarTagNumber.parse("14301820000014٧")


@given(st.text())
def test_any_text_is_a_device_id_or_refused(text: str) -> None:
    with suppress(IdentifierError):
        assert DeviceId.parse(text) == text.strip()
