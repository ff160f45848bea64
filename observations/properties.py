"""The observed properties: a row each in `properties.csv`, with unit, plausible range, precision and source."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from observations.errors import UnknownPropertyError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedProperty:
    """One quantity that devices observe (OGC SensorThings: ObservedProperty).

    name: as in messages, columns and the API.
    unit: UN/CEFACT Rec 20 code; every stored value is in it.
    symbol: the unit for people; empty where a bare number is usual.
    low, high: plausible range, in `unit`, both included.
    precision: the step worth showing, in `unit`.
    kind: "instant" is the value at that time; "delta" is the amount since the report before.
    stuck_after_h: hours of one unchanging value after which it counts as stuck; None where it may stay.
    estimated: the device derives it; every value is flagged ESTIMATED.
    stale_after_min: minutes after which the latest value is shown as old.
    """

    name: str
    unit: str
    symbol: str
    low: float
    high: float
    precision: float
    kind: Literal["instant", "delta"]
    stuck_after_h: float | None
    estimated: bool
    stale_after_min: int
    zh: str
    en: str
    source: str

    @property
    def decimals(self) -> int:
        """Digits after the decimal point that `precision` allows."""
        text = f"{self.precision:g}"
        return len(text.partition(".")[2])


@cache
def observed_properties() -> "Mapping[str, ObservedProperty]":
    """Every observed property by name, in the order of the table."""
    text = files("observations").joinpath("properties.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return MappingProxyType({row["name"]: _property(row) for row in rows})


def observed_property(name: str) -> ObservedProperty:
    """The property called `name`; raises UnknownPropertyError."""
    try:
        return observed_properties()[name]
    except KeyError:
        raise UnknownPropertyError(name) from None


def _property(row: dict[str, str]) -> ObservedProperty:
    kind = row["kind"]
    if kind not in {"instant", "delta"}:
        msg = f"properties.csv, {row['name']}: kind is {kind!r}, not instant or delta"
        raise ValueError(msg)
    return ObservedProperty(
        name=row["name"],
        unit=row["unit"],
        symbol=row["symbol"],
        low=float(row["low"]),
        high=float(row["high"]),
        precision=float(row["precision"]),
        kind="delta" if kind == "delta" else "instant",
        stuck_after_h=float(row["stuck_after_h"]) if row["stuck_after_h"] else None,
        estimated=row["estimated"] == "yes",
        stale_after_min=int(row["stale_after_min"]),
        zh=row["zh"],
        en=row["en"],
        source=row["source"],
    )
