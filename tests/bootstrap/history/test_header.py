"""Columns by their names."""

import pytest

from bootstrap.errors import RequestError
from bootstrap.history.header import Header


def test_columns_are_found_by_name_in_either_language_and_with_units() -> None:
    header = Header.read(["设备", "时间", "ear_temperature[degF]", "soil_ph", "battery [mV]"])
    assert (header.device, header.time, header.channel) == ("设备", "时间", "")
    temperature, ph, battery = header.values
    assert temperature.way.apply(101.3) == pytest.approx(38.5)
    assert ph.way.apply(6.5) == 6.5
    assert battery.way.apply(3100) == 3.1


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["time", "steps"], "no column device"),
        (["device", "steps"], "no column time"),
        (["device", "time"], "no column of an observed property"),
        (["device", "time", "ear_temprature"], "did you mean ear_temperature"),
        (["device", "time", "steps[CEL]"], "wrong unit"),
        (["device", "time", "steps", "steps"], "two columns hold steps"),
        (["device", "time", "battery", "battery[mV]"], "two columns hold battery"),
        (["device", "time", "t", "steps"], "both are the time"),
    ],
)
def test_columns_that_cannot_be_understood_are_named(names: list[str], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        Header.read(names)


def test_a_column_may_be_left_out_and_a_file_may_be_of_one_device() -> None:
    header = Header.read(["time", "steps", "note"], ignored=["note"], one_device=True)
    assert (header.device, [column.name for column in header.values]) == ("", ["steps"])
