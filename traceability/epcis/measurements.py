"""Which unit measures what, as far as nonsense is told from measurements by it: rows of `measurement_units.csv`."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

WITHOUT_UNIT = frozenset({"number", "share", ""})


def dimension_of_measurement(measurement: str) -> str:
    """What a measurement type of the standard measures; "" where the table does not say."""
    return _dimensions().get(measurement, "")


def dimensions_of_unit(unit: str) -> frozenset[str]:
    """What a unit (Recommendation 20 code) measures; empty where the table does not know it."""
    return _units().get(unit, frozenset())


def needs_unit(measurement: str) -> bool:
    """Whether a number of that measurement type says nothing without its unit."""
    return dimension_of_measurement(measurement) not in WITHOUT_UNIT


def _rows() -> list[dict[str, str]]:
    text = files("traceability.epcis").joinpath("measurement_units.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def _dimensions() -> Mapping[str, str]:
    return {measurement: row["dimension"] for row in _rows() for measurement in row["measurements"].split()}


@cache
def _units() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in _rows():
        for unit in row["units"].split():
            found.setdefault(unit, set()).add(row["dimension"])
    return {unit: frozenset(dimensions) for unit, dimensions in found.items()}
