"""What a pig, a carcass and meat give at most and at least: rows of `yields.csv`, each with its source."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

ANY_BREED = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What something lies between; confirmed: by a source that was read in the original."""

    low: float
    high: float
    unit: str
    confirmed: bool
    source: str


def bounds_of(item: str, breed: str = ANY_BREED) -> Bounds:
    """The bounds of that item for the breed, or for any where the breed has none of its own."""
    rows = _bounds()
    return rows.get((item, breed)) or rows[item, ANY_BREED]


def kilograms_of(amount: float, unit: str) -> float | None:
    """The amount in kg; None where the unit (UN/CEFACT Recommendation 20) is not one of mass that is known here."""
    factor = _mass_units().get(unit)
    return None if factor is None else amount * factor


@cache
def _bounds() -> Mapping[tuple[str, str], Bounds]:
    return {
        (row["item"], row["breed"]): Bounds(
            low=float(row["low"]),
            high=float(row["high"]),
            unit=row["unit"],
            confirmed=row["confirmed"] == "true",
            source=row["source"],
        )
        for row in rows_of("yields.csv")
    }


@cache
def _mass_units() -> Mapping[str, float]:
    return {row["unit"]: float(row["kg"]) for row in rows_of("mass_units.csv")}


def rows_of(name: str, *, package: str = "traceability") -> list[dict[str, str]]:
    """The rows of a table that lies in that package."""
    return list(csv.DictReader(files(package).joinpath(name).read_text(encoding="utf-8").splitlines()))
