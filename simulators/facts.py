"""The tables behind the simulation as rows and single facts."""

import csv
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping


@cache
def rows(table: str) -> "tuple[Mapping[str, str], ...]":
    """Every row of `tables/{table}.csv`, in its order."""
    text = files("simulators.tables").joinpath(f"{table}.csv").read_text(encoding="utf-8")
    return tuple(MappingProxyType(row) for row in csv.DictReader(text.splitlines()))


@cache
def fact(name: str) -> float:
    """The value of that row of `tables/facts.csv`, in the unit given there."""
    return next(float(row["value"]) for row in rows("facts") if row["name"] == name)


def column(table: str, name: str) -> NDArray[np.float64]:
    """One numeric column of a table."""
    return np.array([float(row[name]) for row in rows(table)])
