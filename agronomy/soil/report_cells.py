"""One cell of a laboratory's report: numbers, units, dates and depths as people write them."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from agronomy.errors import AgronomyError
from agronomy.soil.analytes import Analyte
from agronomy.soil.samples import LaboratoryValue
from agronomy.table_rows import table_rows

NUMBER = r"\d{1,12}(?:\.\d{1,12})?(?:e[+-]?\d{1,2})?"
VALUE = re.compile(rf"(?P<less><)?(?P<value>{NUMBER})(?P<limit>l)?(?:\(?(?:±|\+/-|\+-)(?P<about>{NUMBER})\)?)?")
NOT_DETECTED = re.compile(r"(?:nd|n\.d\.|未检出|低于检出限)(?:\(?<?(?P<value>\d{1,12}(?:\.\d{1,12})?)\)?)?")
WITH_COMMA = re.compile(r"[<±\d.,]*\d,\d[\d.,]*")
ISO_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})[-/.](\d{1,2})|年(\d{1,2})月(\d{1,2})日?|(\d{2})(\d{2}))")
OTHER_DATE = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}")
DEPTH = re.compile(r"(\d{1,3}(?:\.\d)?)(?:cm|厘米)?(?:-|–|—|~|～|至|到|to)(\d{1,3}(?:\.\d)?)(?:cm|厘米)?")
DEEPEST_CM = 300


class ReportCellError(AgronomyError, ValueError):
    """A cell cannot be read; problem: a row of `report_problems.csv`, `zh` and `en` say what and what to do."""

    def __init__(self, *, problem: str, text: str = "", note: str = "", note_zh: str = "") -> None:
        self.problem = problem
        shown = text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
        row = _problems()[problem]
        self.zh = row["zh"].format(text=shown, note=note_zh or note)
        self.en = row["en"].format(text=shown, note=note)
        super().__init__(self.en)


SHOWN = 40
"""Characters of a cell that an error quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportUnit:
    """A unit as reports write it: so many of the smallest unit of its dimension."""

    name: str
    dimension: str
    factor: Decimal


def plain(text: str) -> str:
    """`text` small, half-width, without spaces around or doubled: for looking names up."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("µ", "μ").casefold().split())


def unit_for(text: str, analyte: Analyte) -> ReportUnit:
    """The unit `text` stands for; raises ReportCellError where it is unknown, missing or measures something else."""
    wanted = plain(text).replace(" ", "")
    if not wanted and analyte.unit:
        raise ReportCellError(problem="unit_missing", text=analyte.zh)
    unit = _units().get(wanted) if wanted else stored_unit(analyte)
    if unit is None:
        raise ReportCellError(problem="unit_unknown", text=text)
    if unit.dimension != stored_unit(analyte).dimension:
        raise ReportCellError(problem="unit_of_another", text=text)
    return unit


def stored_unit(analyte: Analyte) -> ReportUnit:
    """The unit in which values of an analyte are kept."""
    return _stored()[analyte.unit]


def value_in(text: str, analyte: Analyte, unit: ReportUnit, *, uncertainty: str = "") -> LaboratoryValue:
    """The value a cell holds, in the analyte's own unit; raises ReportCellError that says what is wrong.

    "<0.05", "0.05L" and "ND(0.05)" are below detection; "0.31±0.04" carries its uncertainty, as does `uncertainty`.
    """
    compact = plain(text).replace(" ", "")
    if uncertainty.strip() and "±" not in compact:
        compact += "±" + plain(uncertainty).replace(" ", "").lstrip("±")
    ratio = unit.factor / stored_unit(analyte).factor
    absent = NOT_DETECTED.fullmatch(compact)
    if absent is not None:
        if absent["value"] is None:
            raise ReportCellError(problem="no_detection_limit", text=text)
        return _plausible(LaboratoryValue(value=float(Decimal(absent["value"]) * ratio), below_detection=True), analyte)
    found = VALUE.fullmatch(compact)
    below = found is not None and bool(found["less"] or found["limit"])
    if found is None or (below and found["about"]) or (found["less"] and found["limit"]):
        raise ReportCellError(problem="comma" if WITH_COMMA.fullmatch(compact) else "no_number", text=text)
    about = None if found["about"] is None else float(Decimal(found["about"]) * ratio)
    value = LaboratoryValue(value=float(Decimal(found["value"]) * ratio), uncertainty=about, below_detection=below)
    return _plausible(value, analyte)


def date_in(text: str) -> date:
    """The day a cell holds, year first; raises ReportCellError for any other order."""
    compact = plain(text).replace(" ", "")
    found = ISO_DATE.fullmatch(compact)
    if found is None:
        raise ReportCellError(problem="ambiguous_date" if OTHER_DATE.fullmatch(compact) else "no_date", text=text)
    year, month, day = (int(part) for part in found.groups() if part is not None)
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ReportCellError(problem="no_date", text=text) from error


def depth_in(text: str) -> tuple[float, float]:
    """Upper and lower edge in cm, of "0-20" and the like; raises ReportCellError."""
    found = DEPTH.fullmatch(plain(text).replace(" ", ""))
    if found is None or not float(found[1]) < float(found[2]) <= DEEPEST_CM:
        raise ReportCellError(problem="no_depth", text=text)
    return float(found[1]), float(found[2])


def _plausible(value: LaboratoryValue, analyte: Analyte) -> LaboratoryValue:
    below_ph = analyte.name == "ph" and value.below_detection
    if below_ph or not analyte.low <= value.value <= analyte.high:
        span = f"{analyte.low:g}-{analyte.high:g} {analyte.unit}".strip()
        raise ReportCellError(problem="implausible", text=f"{value.value:g} {analyte.unit}".strip(), note=span)
    return value


@cache
def _problems() -> Mapping[str, Mapping[str, str]]:
    return {row["problem"]: row for row in table_rows("report_problems")}


@cache
def _units() -> Mapping[str, ReportUnit]:
    rows = table_rows("report_units")
    return {plain(row["name"]): _unit(row["name"], row) for row in rows}


@cache
def _stored() -> Mapping[str, ReportUnit]:
    return {row["unit"]: _unit(row["unit"], row) for row in table_rows("stored_units")}


def _unit(name: str, row: Mapping[str, str]) -> ReportUnit:
    return ReportUnit(name=name, dimension=row["dimension"], factor=Decimal(row["factor"]))
