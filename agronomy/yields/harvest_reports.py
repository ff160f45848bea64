"""Harvests from CSV: every row becomes a harvest or an error that says where, what and what to do."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import StringIO

from agronomy.errors import AgronomyError
from agronomy.table_rows import table_rows
from agronomy.yields.harvests import Harvest, HarvestError
from observations.errors import IdentifierError
from observations.identifiers import FieldId

REQUIRED = ("field", "crop", "harvested_on", "area_mu", "fresh_kg", "recorded_by")


class HarvestReportError(AgronomyError):
    """The text is no table of harvests: its header lacks columns, or it is no CSV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """What is wrong in one row; line counts from 1, the header included."""

    line: int
    column: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HarvestReport:
    """The harvests of a table, and the rows that are none."""

    harvests: tuple[Harvest, ...]
    errors: tuple[RowError, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """What a header means: a part of a harvest, and what its numbers are multiplied by."""

    name: str
    factor: Decimal


def read_harvests(text: str) -> HarvestReport:
    """The harvests of a CSV text, row by row; raises HarvestReportError where the header is of no use.

    Headers in Chinese or English with units as in `harvest_headers.csv`; dates as 2026-10-28, 2026/10/28 or
    2026年10月28日; season defaults to the year of harvest.
    """
    lines = _lines(text)
    if not lines:
        msg = f"the text is empty: the first line must name the columns {', '.join(REQUIRED)}"
        raise HarvestReportError(msg)
    header = _header(lines[0][1])
    harvests: list[Harvest] = []
    errors: list[RowError] = []
    for line, cells in lines[1:]:
        if not any(cell.strip() for cell in cells):
            continue
        try:
            harvests.append(_harvest(header, cells))
        except HarvestError as error:
            errors.append(RowError(line=line, column=error.what, problem=error.problem))
    return HarvestReport(harvests=tuple(harvests), errors=tuple(errors))


def _lines(text: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        return [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        msg = f"line {reader.line_num} is no CSV: {error}"
        raise HarvestReportError(msg) from error


def _header(cells: Sequence[str]) -> list[_Column | None]:
    known = {
        row["header"]: _Column(name=row["column"], factor=Decimal(row["factor"]))
        for row in table_rows("harvest_headers")
    }
    header = [known.get(cell.strip().casefold()) for cell in cells]
    named = [column.name for column in header if column]
    missing = [name for name in REQUIRED if name not in named]
    doubled = sorted({name for name in named if named.count(name) > 1})
    if missing or doubled:
        faults = [
            f"no column for {', '.join(missing)}" if missing else "",
            f"two for {', '.join(doubled)}" if doubled else "",
        ]
        named_as = f"name the columns as in harvest_headers.csv, e.g. {', '.join(REQUIRED)}"
        msg = f"the header has {' and '.join(fault for fault in faults if fault)}: {named_as}"
        raise HarvestReportError(msg)
    return header


def _harvest(header: Sequence[_Column | None], cells: Sequence[str]) -> Harvest:
    if len(cells) > len(header):
        raise HarvestError(
            what="row", problem=f"has {len(cells)} cells, the header {len(header)}: quote texts that hold commas"
        )
    row = {column.name: (cell.strip(), column.factor) for column, cell in zip(header, cells, strict=False) if column}
    harvested_on = _date(row)
    return Harvest(
        field=_field(row),
        crop=_crop(_text(row, "crop")),
        season=_season(row, harvested_on),
        harvested_on=harvested_on,
        area_mu=_required(row, "area_mu"),
        fresh_kg=_required(row, "fresh_kg"),
        recorded_by=_text(row, "recorded_by"),
        variety=_text(row, "variety"),
        township=_text(row, "township"),
        dry_matter_percent=_percent(row, "dry_matter_percent"),
        moisture_percent=_percent(row, "moisture_percent"),
        confirmed=_confirmed(row),
    )


Row = Mapping[str, tuple[str, Decimal]]


def _text(row: Row, name: str) -> str:
    return row.get(name, ("", Decimal(1)))[0]


def _field(row: Row) -> FieldId:
    try:
        return FieldId.parse(_text(row, "field"))
    except IdentifierError as error:
        raise HarvestError(what="field", problem=str(error)) from error


def _crop(text: str) -> str:
    """The scientific name for a name in the table; any other text as it is."""
    names = {name: row["crop"] for row in table_rows("harvest_crops") for name in (row["zh"], row["en"])}
    return names.get(text.casefold(), text)


def _date(row: Row) -> date:
    text = _text(row, "harvested_on")
    plain = text.replace("年", "-").replace("月", "-").removesuffix("日").replace("/", "-").replace(".", "-")
    parts = plain.split("-")
    try:
        year, month, day = (int(part) for part in parts)
        return date(year, month, day)
    except (ValueError, OverflowError) as error:
        raise HarvestError(what="harvested_on", problem=f"{text[:40]!r} is no date: write 2026-10-28") from error


def _season(row: Row, harvested_on: date) -> int:
    text = _text(row, "season")
    if not text:
        return harvested_on.year
    try:
        return int(text)
    except ValueError as error:
        raise HarvestError(what="season", problem=f"{text[:40]!r} is no year: write 2026") from error


def _number(row: Row, name: str) -> Decimal | None:
    text, factor = row.get(name, ("", Decimal(1)))
    if not text:
        return None
    try:
        number = Decimal(text)
        if not number.is_finite():
            raise HarvestError(what=name, problem=f"{text[:40]!r} is no number")
        return number * factor
    except ArithmeticError as error:
        raise HarvestError(what=name, problem=f"{text[:40]!r} is no number: digits and a decimal point only") from error


def _required(row: Row, name: str) -> Decimal:
    number = _number(row, name)
    if number is None:
        raise HarvestError(what=name, problem="is empty: give a number")
    return number


def _percent(row: Row, name: str) -> float | None:
    number = _number(row, name)
    return None if number is None else float(number)


def _confirmed(row: Row) -> bool:
    text = _text(row, "confirmed").casefold()
    if text in {"yes", "true", "1", "是"}:
        return True
    if text in {"", "no", "false", "0", "否"}:
        return False
    raise HarvestError(what="confirmed", problem=f"{text[:40]!r} is neither yes nor no (是 or 否)")
