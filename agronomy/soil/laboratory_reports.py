"""Laboratory reports as CSV: one line a sample (wide) or one line a result (long), read into samples and problems.

Nothing is guessed. A cell that cannot be read is left out and named, with row, column, what is wrong and what to do;
everything else of its sample is kept, so that what is missing shows as missing.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from agronomy.soil.report_cells import ReportCellError, date_in, depth_in, unit_for, value_in
from agronomy.soil.report_columns import (
    TITLE_LINES,
    AnalyteColumn,
    analyte_column,
    analyte_named,
    column_named,
    is_header,
)
from agronomy.soil.samples import LaboratoryValue, SoilSample
from observations.errors import IdentifierError
from observations.identifiers import FieldId

LONGEST = 2_000_000
"""Characters of a report: ten thousand samples fit in."""
SEPARATORS = ",\t;，|"
Line = tuple[int, Sequence[str]]
"""The line of the file and its cells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportProblem:
    """Something a person has to look at; row: line of the file, from 1; column: its title, "" for the whole line.

    problem: a row of `report_problems.csv`; zh, en: what is wrong and what to do.
    """

    row: int
    column: str
    problem: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryReport:
    """What a report says: samples in the order of the file, and what could not be read."""

    samples: tuple[SoilSample, ...]
    problems: tuple[ReportProblem, ...]


def read_report(text: str, *, field: FieldId | None = None, laboratory: str = "") -> LaboratoryReport:
    """The samples of a report and its problems, whatever the text is; nothing is raised.

    field, laboratory: what holds where the report has no such column or leaves it empty.
    """
    reader = _Reader(default_field=field, default_laboratory=laboratory)
    try:
        lines = _lines(text)
        start = _header_at(lines)
    except ReportCellError as error:
        reader.problem(1, "", error)
    else:
        reader.read_header(*lines[start])
        for row, cells in lines[start + 1 :]:
            reader.read_row(row, cells)
        if not reader.found and not reader.problems:
            reader.problem(lines[start][0], "", ReportCellError(problem="no_results"))
    return LaboratoryReport(samples=reader.samples(), problems=tuple(reader.problems))


def _lines(text: str) -> Sequence[Line]:
    if len(text) > LONGEST:
        raise ReportCellError(problem="too_large", text=f"{LONGEST}")
    text = text.removeprefix("\ufeff")
    first = next((line for line in text.splitlines() if any(mark in line for mark in SEPARATORS)), "")
    separator = max(SEPARATORS, key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        return [(rows.line_num, cells) for cells in rows if any(cell.strip() for cell in cells)]
    except csv.Error as error:
        raise ReportCellError(problem="unreadable", text=str(error)) from error


def _header_at(lines: Sequence[Line]) -> int:
    for number, (_, cells) in enumerate(lines[:TITLE_LINES]):
        if is_header(cells):
            return number
    raise ReportCellError(problem="no_header")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Origin:
    """What tells one sample of a report from another."""

    field: FieldId
    sampled_on: date
    depth_cm: tuple[float, float]
    laboratory: str
    report_number: str
    number: str

    @property
    def id(self) -> str:
        """The same for the same sample whenever the report is read again."""
        depth = f"{self.depth_cm[0]:g}-{self.depth_cm[1]:g}cm"
        parts = (self.field, self.sampled_on.isoformat(), depth, self.laboratory, self.report_number, self.number)
        return "/".join(part for part in parts if part)


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads a report line by line."""

    default_field: FieldId | None
    default_laboratory: str
    problems: list[ReportProblem] = field(default_factory=list)
    about: dict[str, int] = field(default_factory=dict)
    results: list[AnalyteColumn] = field(default_factory=list)
    titles: Sequence[str] = ()
    found: dict[_Origin, dict[str, LaboratoryValue | None]] = field(default_factory=dict)

    def problem(self, row: int, column: str, error: ReportCellError) -> None:
        self.problems.append(ReportProblem(row=row, column=column, problem=error.problem, zh=error.zh, en=error.en))

    def samples(self) -> tuple[SoilSample, ...]:
        made = []
        for origin, values in self.found.items():
            known = {name: value for name, value in values.items() if value is not None}
            if known:
                made.append(
                    SoilSample(
                        id=origin.id,
                        field=origin.field,
                        sampled_on=origin.sampled_on,
                        depth_cm=origin.depth_cm,
                        laboratory=origin.laboratory,
                        values=known,
                        report_number=origin.report_number,
                    )
                )
        return tuple(made)

    def read_header(self, row: int, titles: Sequence[str]) -> None:
        self.titles = titles
        named = {at: column for at, title in enumerate(titles) if (column := column_named(title)) is not None}
        for at, column in named.items():
            if list(named.values()).count(column) > 1:
                self.problem(row, titles[at], ReportCellError(problem="column_twice", text=titles[at]))
            else:
                self.about[column] = at
        if not self._long:
            self._read_result_columns(row, [at for at in range(len(titles)) if at not in named])

    def _read_result_columns(self, row: int, places: Sequence[int]) -> None:
        columns = []
        for at in places:
            title = self.titles[at]
            try:
                columns += [analyte_column(at, title)] if title.strip() else []
            except ReportCellError as error:
                self.problem(row, title, error)
        names = [column.analyte.name for column in columns]
        for column in columns:
            if names.count(column.analyte.name) > 1:
                self.problem(row, column.title, ReportCellError(problem="column_twice", text=column.title))
            else:
                self.results.append(column)

    @property
    def _long(self) -> bool:
        return "analyte" in self.about and "value" in self.about

    def read_row(self, row: int, cells: Sequence[str]) -> None:
        beyond = [cell for cell in cells[len(self.titles) :] if cell.strip()]
        if beyond:
            self.problem(row, "", ReportCellError(problem="ragged", text=beyond[0]))
            return
        origin = self._origin(row, cells)
        if origin is None:
            return
        if self._long:
            self._read_result(row, cells, origin)
        else:
            self._read_results(row, cells, origin)

    def _cell(self, cells: Sequence[str], column: str) -> str:
        at = self.about.get(column)
        return cells[at].strip() if at is not None and at < len(cells) else ""

    def _title(self, column: str) -> str:
        return self.titles[self.about[column]] if column in self.about else column

    def _origin(self, row: int, cells: Sequence[str]) -> _Origin | None:
        """Which sample the row is about; None, with its problems, where that cannot be said."""
        read: dict[str, object] = {}
        steps: Mapping[str, object] = {"field": self._field, "date": date_in, "depth": depth_in}
        for column, step in steps.items():
            try:
                read[column] = step(self._cell(cells, column)) if callable(step) else None
            except ReportCellError as error:
                self.problem(row, self._title(column), error)
        laboratory = self._cell(cells, "laboratory") or self.default_laboratory.strip()
        if not laboratory:
            self.problem(row, self._title("laboratory"), ReportCellError(problem="no_laboratory"))
        sampled_on, depth, place = read.get("date"), read.get("depth"), read.get("field")
        if not (
            isinstance(sampled_on, date) and isinstance(depth, tuple) and isinstance(place, FieldId) and laboratory
        ):
            return None
        return _Origin(
            field=place,
            sampled_on=sampled_on,
            depth_cm=depth,
            laboratory=laboratory,
            report_number=self._cell(cells, "report"),
            number=self._cell(cells, "sample"),
        )

    def _field(self, text: str) -> FieldId:
        if not text and self.default_field is not None:
            return self.default_field
        try:
            return FieldId.parse(text)
        except IdentifierError as error:
            raise ReportCellError(problem="no_field", text=text) from error

    def _read_result(self, row: int, cells: Sequence[str], origin: _Origin) -> None:
        """One line, one result."""
        column = "analyte"
        try:
            analyte = analyte_named(self._cell(cells, "analyte"))
            column = "unit"
            unit = unit_for(self._cell(cells, "unit"), analyte)
            column = "value"
            value = value_in(self._cell(cells, "value"), analyte, unit, uncertainty=self._cell(cells, "uncertainty"))
        except ReportCellError as error:
            self.problem(row, self._title(column), error)
            return
        self._put(row, self._title("value"), origin, analyte.name, value)

    def _read_results(self, row: int, cells: Sequence[str], origin: _Origin) -> None:
        """One line, one sample."""
        filled = [column for column in self.results if column.position < len(cells) and cells[column.position].strip()]
        if not filled:
            self.problem(row, "", ReportCellError(problem="no_results"))
        for column in filled:
            try:
                value = value_in(cells[column.position], column.analyte, column.unit)
            except ReportCellError as error:
                self.problem(row, column.title, error)
            else:
                self._put(row, column.title, origin, column.analyte.name, value)

    def _put(self, row: int, title: str, origin: _Origin, name: str, value: LaboratoryValue) -> None:
        """Keeps the value; of two different ones for the same sample neither is kept."""
        values = self.found.setdefault(origin, {})
        if name in values and values[name] != value:
            self.problem(row, title, ReportCellError(problem="value_twice", text=title))
            values[name] = None
        else:
            values[name] = value
