"""Why the safety gate decided as it did: table, band, limit, value, and what follows, in words of `gate_rules.csv`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from agronomy.soil.analytes import analytes
from agronomy.soil.samples import LaboratoryValue
from agronomy.table_rows import table_rows

DIGITS = 12
"""What is left of a sum of two decimals after rounding: 0.26 + 0.04 is 0.3, not a trace above it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One line of a decision.

    rule: a row of `gate_rules.csv`. decides: what it leads to, a gate level, "provisional" or a permission's state.
    analyte: of `analytes.csv`, "" where the line is about none; crop: scientific name, where it is about one.
    band: the pH band, or the class of food; land_use: the column of the table. bands: all that may hold, where pH
    straddles an edge. limit, value, uncertainty: in `unit`,
    None where nothing was measured or no limit exists. sampled_on, sample: where the value is from.
    confirmed: the cited row was checked against its original; an unconfirmed one only ever tightens.
    """

    rule: str
    decides: str
    analyte: str = ""
    crop: str = ""
    crop_zh: str = ""
    table: str = ""
    band: str = ""
    land_use: str = ""
    bands: tuple[str, ...] = ()
    limit: float | None = None
    value: float | None = None
    uncertainty: float | None = None
    below_detection: bool = False
    unit: str = "mg/kg"
    source: str = ""
    confirmed: bool = True
    sampled_on: date | None = None
    sample: str = ""
    note: str = ""

    @property
    def element(self) -> str:
        """The symbol for people: "Cd", "pH"."""
        return analytes()[self.analyte].symbol if self.analyte else ""

    @property
    def zh(self) -> str:
        """The line in Chinese."""
        return self._said("zh")

    @property
    def en(self) -> str:
        """The line in English."""
        return self._said("en")

    def _said(self, language: str) -> str:
        line = _rules()[self.rule][language].format_map(self._words())
        if not self.bands:
            return line
        return _rules()["straddles_band"][language].format(line=line, bands=" | ".join(self.bands))

    def _words(self) -> Mapping[str, str]:
        about = analytes().get(self.analyte)
        return {
            "element": self.element,
            "name_zh": self.crop_zh or (about.zh if about else ""),
            "name": self.crop or (about.en if about else ""),
            "value": self.shown_value,
            "limit": "" if self.limit is None else f"{self.limit:g} {self.unit}".strip(),
            "table": self.table,
            "band": self.band,
            "date": "" if self.sampled_on is None else self.sampled_on.isoformat(),
            "note": self.note,
        }

    @property
    def shown_value(self) -> str:
        """The value as the laboratory wrote it: "0.42 ± 0.04 mg/kg", "< 0.05 mg/kg"; "" where none."""
        if self.value is None:
            return ""
        less = "< " if self.below_detection else ""
        about = f" ± {self.uncertainty:g}" if self.uncertainty else ""
        return f"{less}{self.value:.12g}{about} {self.unit}".strip()


def upper(value: LaboratoryValue) -> float:
    """The highest content the result allows: with its uncertainty, or the limit of detection it lies below."""
    return round(value.value + value.uncertainty, DIGITS) if value.uncertainty else value.value


def rule_confirmed(rule: str) -> bool:
    """Whether that rule was checked against its source."""
    return _rules()[rule]["confirmed"] == "yes"


@cache
def _rules() -> Mapping[str, Mapping[str, str]]:
    return {row["rule"]: row for row in table_rows("gate_rules")}
