"""Weather from a CSV file of people: Chinese or English headers, units in brackets, one day a row."""

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from agronomy.errors import AgronomyError
from agronomy.table_rows import table_rows
from agronomy.weather.days import QUANTITIES, WeatherDay, WeatherError
from agronomy.weather.fao56 import wind_at_2_m

MISSING = frozenset(
    {
        "",
        "-",
        "--",
        "—",
        "/",
        "na",
        "n/a",
        "nan",
        "null",
        "none",
        "缺",
        "缺测",
        "-9999",
        "-999.9",
        "9999",
        "32766",
        "999990",
    }
)
"""What files write for "not measured"; 32766 and 999990 are those of the CMA."""
DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00(?::00)?)?|(\d{4})(\d{2})(\d{2})")
HEADER = re.compile(r"([^(（\[]*)(?:[(（\[]([^)）\]]*)[)）\]])?")
UNIT_SIGNS = str.maketrans({"°": "", "º": "", "℃": "c", "℉": "f", "％": "%", "²": "2", "^": "", " ": ""})
UNIT_WORDS = {
    "摄氏度": "c",
    "毫米": "mm",
    "米/秒": "m/s",
    "小时": "h",
    "分钟": "min",
    "mj/m2/d": "mj/m2",
    "mj/m2d": "mj/m2",
}
LONGEST_CELL = 200


class WeatherFileError(AgronomyError):
    """A file that cannot be read at all; what is missing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowError:
    """One row, or one cell of it, that was left out: line of the file, column, and what to do."""

    line: int
    column: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedWeather:
    """The days that could be read, in order of their dates, and what could not."""

    days: tuple[WeatherDay, ...]
    errors: tuple[RowError, ...]
    ignored_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    header: str
    quantity: str
    factor: float
    offset: float


def weather_of_csv(text: str, *, wind_height_m: float = 10.0) -> ImportedWeather:
    """The days a CSV text tells, each row on its own: a bad one is reported and the rest is taken.

    Headers: `weather_headers.csv`, a unit in brackets by `weather_units.csv`; without one ℃, mm, %, m/s, h hold, and
    radiation is refused. wind_height_m: of the instrument, wind is brought to 2 m (FAO-56 eq. 47); stations have 10.
    Raises WeatherFileError where there is no date column, nothing known beside it, or an ambiguous unit.
    """
    lines = _lines(text)
    columns, ignored = _columns(lines[0])
    wind = float(wind_at_2_m(1.0, wind_height_m))
    days: dict[date, WeatherDay] = {}
    errors: list[RowError] = []
    for line, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        told = _day(line, cells, columns, wind, errors)
        if told is not None and told.day in days:
            errors.append(
                RowError(line=line, column="", message=f"{told.day} is in the file twice: the first was kept")
            )
        elif told is not None:
            days[told.day] = told
    ordered = tuple(days[each] for each in sorted(days))
    return ImportedWeather(days=ordered, errors=tuple(errors), ignored_columns=ignored)


def _lines(text: str) -> list[list[str]]:
    plain = text.removeprefix("\ufeff").replace("\x00", "")
    first = plain.partition("\n")[0]
    separator = max("\t;,", key=first.count)
    try:
        lines = list(csv.reader(io.StringIO(plain, newline=""), delimiter=separator))
    except csv.Error as error:
        msg = f"the text is no CSV: {error}"
        raise WeatherFileError(msg) from error
    if not lines or not any(lines[0]):
        msg = "the file is empty: the first line must name the columns, e.g. 日期,最低气温,最高气温,降水量"
        raise WeatherFileError(msg)
    return lines


def _columns(headers: list[str]) -> tuple[dict[int, _Column], tuple[str, ...]]:
    found: dict[int, _Column] = {}
    ignored: list[str] = []
    for place, header in enumerate(headers):
        column = _column(header.strip())
        if column is None:
            ignored.append(header.strip())
        elif any(each.quantity == column.quantity for each in found.values()):
            msg = f"column {header!r} tells {column.quantity} a second time: leave one of them out"
            raise WeatherFileError(msg)
        else:
            found[place] = column
    known = {column.quantity for column in found.values()}
    if "day" not in known or len(known) == 1:
        lacking = "no date column (日期, date)" if "day" not in known else "no column of weather, e.g. 降水量(mm)"
        msg = f"{lacking} among: {', '.join(headers)[:LONGEST_CELL]}"
        raise WeatherFileError(msg)
    return found, tuple(ignored)


def _column(header: str) -> _Column | None:
    match = HEADER.match(header)
    words = match.group(1) if match else header
    name, unit = re.sub(r"[_\s]+", " ", words).strip().lower(), match.group(2) if match else None
    if name.replace(" ", "_") in QUANTITIES:
        return _Column(header=header, quantity=name.replace(" ", "_"), factor=1, offset=0)
    quantity = _names().get(name)
    if quantity is None or quantity == "day":
        return None if quantity is None else _Column(header=header, quantity=quantity, factor=1, offset=0)
    return _with_unit(header, quantity, unit)


def _with_unit(header: str, quantity: str, unit: str | None) -> _Column:
    plain = None if unit is None else unit.strip().lower().translate(UNIT_SIGNS)
    plain = UNIT_WORDS.get(plain, plain) if plain is not None else None
    units = [row for row in table_rows("weather_units") if row["quantity"] == quantity]
    for row in units:
        if row["unit"] == plain or (plain is None and row["default"] == "yes"):
            return _Column(header=header, quantity=quantity, factor=float(row["factor"]), offset=float(row["offset"]))
    known = ", ".join(row["unit"] for row in units)
    msg = f"column {header!r}: unit {unit or 'missing'!r} is not understood; write one of ({known}) in brackets"
    raise WeatherFileError(msg)


@cache
def _names() -> Mapping[str, str]:
    return {row["header"]: row["quantity"] for row in table_rows("weather_headers")}


def _day(
    line: int, cells: list[str], columns: Mapping[int, _Column], wind: float, errors: list[RowError]
) -> WeatherDay | None:
    values: dict[str, float] = {}
    day: date | None = None
    for place, column in columns.items():
        cell = cells[place].strip() if place < len(cells) else ""
        if column.quantity == "day":
            day = _date(cell)
            if day is None:
                message = f"{cell[:LONGEST_CELL]!r} is no date: write it as 2026-07-28"
                errors.append(RowError(line=line, column=column.header, message=message))
            continue
        value = _value(line, cell, column, errors)
        if value is not None:
            values[column.quantity] = value * wind if column.quantity == "wind_m_s" else value
    return None if day is None else _checked(line, day, values, errors)


def _checked(line: int, day: date, values: dict[str, float], errors: list[RowError]) -> WeatherDay | None:
    """The day; a value that cannot be is reported and left out, and the rest of the day is kept."""
    while True:
        try:
            return WeatherDay(day=day, **values)
        except WeatherError as error:
            errors.append(RowError(line=line, column=error.quantity, message=str(error)))
            values.pop(error.quantity)


def _date(cell: str) -> date | None:
    match = DATE.fullmatch(cell)
    if match is None:
        return None
    year, month, number = (int(part) for part in match.groups() if part is not None)
    try:
        return date(year, month, number)
    except ValueError:
        return None


def _value(line: int, cell: str, column: _Column, errors: list[RowError]) -> float | None:
    if cell.lower() in MISSING:
        return None
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value * column.factor + column.offset
    message = f"{cell[:LONGEST_CELL]!r} is no number: write it like 12.5, or leave the cell empty"
    errors.append(RowError(line=line, column=column.header, message=message))
    return None
