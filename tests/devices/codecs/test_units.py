import pytest

from devices.codecs.chirpstack import _targets
from devices.codecs.decoded import property_positions
from devices.codecs.units import conversion
from devices.errors import DecodeError
from devices.model import DeviceKind
from observations.properties import observed_properties


@pytest.mark.parametrize("name", list(observed_properties()))
def test_every_property_can_be_sent_in_its_own_unit_by_code_and_by_symbol(name: str) -> None:
    about = observed_properties()[name]
    for given in (about.unit, about.symbol):
        if given:
            assert conversion(name, given, scheme="rec20").apply(1.1) == 1.1


def test_a_unit_of_another_quantity_is_refused_with_what_would_be_right() -> None:
    with pytest.raises(DecodeError, match=r"expected .*VLT.* or mV"):
        conversion("battery", "CEL", scheme="rec20")


@pytest.mark.parametrize("kind", list(DeviceKind))
def test_every_alias_leads_to_a_property_or_is_known_and_not_wanted(kind: DeviceKind) -> None:
    for position, way in _targets(kind).values():
        assert position is not None or way is None
    assert set(property_positions()) <= set(_targets(kind))
