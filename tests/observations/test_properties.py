"""The table of observed properties."""

import pytest

from observations.errors import UnknownPropertyError
from observations.properties import ObservedProperty, observed_properties, observed_property

ALL = list(observed_properties().values())


@pytest.mark.parametrize("row", ALL, ids=lambda row: row.name)
def test_every_property_has_a_unit_a_range_a_precision_names_and_a_source(row: ObservedProperty) -> None:
    assert row.unit.isalnum()
    assert row.unit.upper() == row.unit
    assert row.low < row.high
    assert 0 < row.precision < row.high - row.low
    assert row.zh
    assert row.en
    assert row.source
    assert row.stale_after_min > 0


def test_pigs_and_fields_have_what_the_first_devices_measure() -> None:
    assert {"ear_temperature", "ambient_temperature", "activity", "steps", "battery", "rssi"} <= set(
        observed_properties()
    )
    assert {"soil_moisture", "soil_temperature", "soil_ec", "soil_ph", "illuminance"} <= set(observed_properties())


def test_nutrients_of_a_probe_are_estimates() -> None:
    assert {row.name for row in ALL if row.estimated} == {"soil_nitrogen", "soil_phosphorus", "soil_potassium"}


def test_decimals_follow_the_precision() -> None:
    assert observed_property("ear_temperature").decimals == 1
    assert observed_property("battery").decimals == 2
    assert observed_property("steps").decimals == 0


def test_an_unknown_name_is_refused_and_the_message_names_the_table() -> None:
    with pytest.raises(UnknownPropertyError, match=r"'tempC' is no observed property.*properties\.csv"):
        observed_property("tempC")
