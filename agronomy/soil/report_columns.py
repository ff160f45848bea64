"""What the columns of a laboratory's report hold: Chinese and English headers, with or without a unit."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from agronomy.soil.analytes import Analyte, analytes
from agronomy.soil.report_cells import ReportCellError, ReportUnit, plain, unit_for
from agronomy.table_rows import table_rows

UNIT_IN_BRACKETS = re.compile(r"(?P<name>.+?)\s*[(\[](?P<unit>[^()\[\]]*(?:\([^()]*\)[^()\[\]]*)?)[)\]]")
UNIT_BEHIND = re.compile(r"(?P<name>.+?)[\s_,:/]+(?P<unit>\S*[/%·‰]\S*)")
TITLE_LINES = 20
"""Lines of title that may stand above the header."""
HEADER_COLUMNS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyteColumn:
    """A column of results of one analyte, in one unit."""

    position: int
    title: str
    analyte: Analyte
    unit: ReportUnit


def column_named(title: str) -> str | None:
    """What a column of that title says of a sample ("date", "depth" …); None where it is no such column."""
    return _columns().get(plain(title))


def analyte_named(text: str) -> Analyte:
    """The analyte a report calls so; raises ReportCellError where no or more than one analyte is called so."""
    row = _names().get(plain(text))
    if row is None:
        raise ReportCellError(problem="unknown_analyte", text=text)
    if not row["analyte"]:
        raise ReportCellError(problem="ambiguous_name", text=text, note=row["say_en"], note_zh=row["say_zh"])
    return analytes()[row["analyte"]]


def analyte_column(position: int, title: str) -> AnalyteColumn:
    """The column of results that title heads; raises ReportCellError where it heads none or its unit is missing."""
    name, unit = _split(title)
    try:
        analyte = analyte_named(name)
    except ReportCellError as error:
        if error.problem == "unknown_analyte":
            raise ReportCellError(problem="unknown_column", text=title) from error
        raise
    return AnalyteColumn(position=position, title=title, analyte=analyte, unit=unit_for(unit, analyte))


def is_header(cells: Sequence[str]) -> bool:
    """Whether a line names columns: a date or depth, and something else."""
    named = {column for cell in cells if (column := column_named(cell)) is not None}
    known = len(named) + sum(plain(_split(cell)[0]) in _names() for cell in cells)
    return bool(named & {"date", "depth", "analyte"}) and known >= HEADER_COLUMNS


def _split(title: str) -> tuple[str, str]:
    title = unicodedata.normalize("NFKC", title).strip()
    if plain(title) in _names():
        return title, ""
    found = UNIT_IN_BRACKETS.fullmatch(title) or UNIT_BEHIND.fullmatch(title)
    return (found["name"].strip(), found["unit"].strip()) if found else (title, "")


@cache
def _columns() -> Mapping[str, str]:
    return {plain(row["name"]): row["column"] for row in table_rows("report_columns")}


@cache
def _names() -> Mapping[str, Mapping[str, str]]:
    return {plain(row["name"]): row for row in table_rows("report_analytes")}
