"""The levels that the safety gate gives a soil, and the class an authority may have given it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache

from agronomy.errors import SoilValueError
from agronomy.table_rows import table_rows


class GateLevel(StrEnum):
    """What the soil alone says, in the order of `gate_levels.csv`."""

    LOW = "low"
    UNKNOWN = "unknown"
    SAFE_USE = "safe_use"
    STRICT = "strict"

    @property
    def zh(self) -> str:
        """The class in Chinese."""
        return self._row()["zh"]

    @property
    def en(self) -> str:
        """The class in English."""
        return self._row()["en"]

    @property
    def severity(self) -> int:
        """How much it forbids; a higher one never allows what a lower one forbids."""
        return _severities()[self]

    def _row(self) -> Mapping[str, str]:
        return _rows()[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficialClass:
    """The class an authority gave the field; it may only tighten what the soil says."""

    level: GateLevel
    named_on: date
    authority: str

    def __post_init__(self) -> None:
        """Refuse a class that is none."""
        if self.level is GateLevel.UNKNOWN:
            raise SoilValueError(what="official class", value=self.level.value, why="it is low, safe_use or strict")


@cache
def _rows() -> Mapping[str, Mapping[str, str]]:
    return {row["level"]: row for row in table_rows("gate_levels")}


@cache
def _severities() -> Mapping[GateLevel, int]:
    return {GateLevel(level): int(row["severity"]) for level, row in _rows().items()}
