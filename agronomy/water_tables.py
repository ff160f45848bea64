"""What the tables of water and calendar share: cells as numbers, and assumptions by name."""

from collections.abc import Mapping
from functools import cache

from agronomy.table_rows import table_rows

Row = Mapping[str, str]


@cache
def assumption(name: str) -> float:
    """The value of that row of `water_assumptions.csv`, in the unit given there."""
    return next(float(row["value"]) for row in table_rows("water_assumptions") if row["name"] == name)


def number(cell: str) -> float | None:
    """The number in a cell; None where it is empty."""
    return float(cell) if cell else None
