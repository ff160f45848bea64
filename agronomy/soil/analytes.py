"""What laboratories measure in soil: a row each in `analytes.csv`, with its unit, plausible range and weight."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from numbers import Real
from types import MappingProxyType

from agronomy.errors import SoilValueError
from agronomy.soil.samples import LaboratoryValue
from agronomy.soil.settings import gate_setting
from agronomy.table_rows import table_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyte:
    """One quantity of a soil sample.

    unit: as people write it; unit_code: UN/CEFACT Rec 20, "" where it has none. low, high: plausible range, included.
    gate: what its absence does to the safety gate: "class" (no class), "certainty" (provisional), "extra" (nothing),
    "" (the gate does not ask for it). valid_months: how long a result may relax anything.
    weight: how much it matters to have it, 0 where nothing depends on it; changes_zh, changes_en: what it changes.
    """

    name: str
    symbol: str
    zh: str
    en: str
    unit: str
    unit_code: str
    low: float
    high: float
    gate: str
    valid_months: int
    weight: int
    changes_zh: str
    changes_en: str
    source: str


@cache
def analytes() -> Mapping[str, Analyte]:
    """Every analyte by name, in the order of the table."""
    return MappingProxyType({row["analyte"]: _analyte(row) for row in table_rows("analytes")})


@cache
def gate_analytes() -> tuple[str, ...]:
    """The names of what the safety gate looks at besides pH, in the order of the table."""
    return tuple(name for name, about in analytes().items() if about.gate and name != "ph")


def element_name(text: str) -> str:
    """The analyte that a name or symbol stands for ("Cd" and "cd": cadmium); raises SoilValueError for another."""
    wanted = text.strip().casefold()
    for name, about in analytes().items():
        if wanted in {name, about.symbol.casefold()}:
            return name
    raise SoilValueError(what=text, value=None, why=f"no analyte is called so; known are {', '.join(analytes())}")


def checked(name: str, value: LaboratoryValue) -> LaboratoryValue:
    """`value`, if a soil can have it; raises SoilValueError that says what is wrong with it."""
    low, high = (
        (gate_setting("lowest_ph"), gate_setting("highest_ph"))
        if name == "ph"
        else (0.0, gate_setting("highest_mg_kg"))
    )
    number = _finite(name, value.value, "it is no finite number")
    if not low <= number <= high:
        raise SoilValueError(what=name, value=number, why=f"a soil has {low:g} to {high:g}")
    if value.uncertainty is not None and _finite(name, value.uncertainty, "its uncertainty is no finite number") < 0:
        raise SoilValueError(what=name, value=value.uncertainty, why="an uncertainty is not negative")
    if name == "ph" and value.below_detection:
        raise SoilValueError(what=name, value=number, why="a pH has no limit of detection")
    return value


def _finite(name: str, value: object, otherwise: str) -> float:
    if isinstance(value, bool) or not isinstance(value, Real) or not math.isfinite(value):
        raise SoilValueError(what=name, value=value, why=otherwise)
    return float(value)


def _analyte(row: Mapping[str, str]) -> Analyte:
    return Analyte(
        name=row["analyte"],
        symbol=row["symbol"],
        zh=row["zh"],
        en=row["en"],
        unit=row["unit"],
        unit_code=row["unit_code"],
        low=float(row["low"]),
        high=float(row["high"]),
        gate=row["gate"],
        valid_months=int(gate_setting(row["valid_for"])),
        weight=int(row["weight"]),
        changes_zh=row["changes_zh"],
        changes_en=row["changes_en"],
        source=row["source"],
    )
