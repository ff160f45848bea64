"""Units that messages may name, and the exact way to the unit of the property: a row each in `units.csv`."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from devices.codecs.json_text import finite
from devices.errors import DecodeError
from observations.properties import observed_property

Scheme = Literal["rec20", "senml"]
"""rec20: UN/CEFACT Rec 20 codes and the symbols people write; senml: the names of RFC 8428 and RFC 8798."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """value in the property's unit = (value given + add) × multiply / divide."""

    add: float
    multiply: float
    divide: float

    def apply(self, value: float) -> float:
        """`value` in the property's unit, exactly `value` where the units are the same.

        Raises DecodeError `number_range` where that is beyond all numbers.
        """
        return finite((value + self.add) * self.multiply / self.divide)


@cache
def _conversions() -> dict[tuple[str, str, str], Conversion]:
    text = files("devices.codecs").joinpath("units.csv").read_text(encoding="utf-8")
    return {
        (row["scheme"], row["given"], row["unit"]): Conversion(
            add=float(row["add"]), multiply=float(row["multiply"]), divide=float(row["divide"])
        )
        for row in csv.DictReader(text.splitlines())
    }


def conversion(property_name: str, given: str, *, scheme: Scheme) -> Conversion:
    """How to bring a value of that property, given in that unit, into the property's own.

    Raises DecodeError `wrong_unit` where the table has no exact way, and UnknownPropertyError.
    """
    unit = observed_property(property_name).unit
    try:
        return _conversions()[scheme, given, unit]
    except KeyError:
        known = sorted(name for kind, name, target in _conversions() if kind == scheme and target == unit)
        reason = f"wrong unit {given[:20]!r} for {property_name}: expected {' or '.join(known)}"
        raise DecodeError(code="wrong_unit", reason=reason) from None
