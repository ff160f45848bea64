"""The rows of the tables in `agronomy/tables`, read once, and their cells as numbers."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

Row = Mapping[str, str]


@cache
def rows(table: str) -> tuple[Row, ...]:
    """Every row of `tables/{table}.csv`, in its order."""
    text = files("agronomy").joinpath("tables", f"{table}.csv").read_text(encoding="utf-8")
    return tuple(MappingProxyType(row) for row in csv.DictReader(text.splitlines()))


@cache
def assumption(name: str) -> float:
    """The value of that row of `tables/water_assumptions.csv`, in the unit given there."""
    return next(float(row["value"]) for row in rows("water_assumptions") if row["name"] == name)


def number(cell: str) -> float | None:
    """The number in a cell; None where it is empty."""
    return float(cell) if cell else None
