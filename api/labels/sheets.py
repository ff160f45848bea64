"""Sheets and rolls of labels, and the least sizes that must be kept on them: rows with their source."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from api.errors import LabelError


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSheet:
    """Labels of one size in columns and rows, centred on their page; all in mm."""

    sheet: str
    zh: str
    en: str
    page_width_mm: float
    page_height_mm: float
    label_width_mm: float
    label_height_mm: float
    columns: int
    rows: int
    gap_x_mm: float
    gap_y_mm: float
    source: str

    @property
    def labels(self) -> int:
        """How many a page has."""
        return self.columns * self.rows

    def corner_mm(self, place: int) -> tuple[float, float]:
        """The upper left corner of the label at that place (0 is the first, row by row), from the page's own."""
        row, column = divmod(place, self.columns)
        width = self.columns * self.label_width_mm + (self.columns - 1) * self.gap_x_mm
        height = self.rows * self.label_height_mm + (self.rows - 1) * self.gap_y_mm
        left, top = (self.page_width_mm - width) / 2, (self.page_height_mm - height) / 2
        return (
            left + column * (self.label_width_mm + self.gap_x_mm),
            top + row * (self.label_height_mm + self.gap_y_mm),
        )


@cache
def label_sheets() -> Mapping[str, LabelSheet]:
    """Every sheet by its name."""
    sheets = [
        LabelSheet(
            sheet=row["sheet"],
            zh=row["zh"],
            en=row["en"],
            page_width_mm=float(row["page_width_mm"]),
            page_height_mm=float(row["page_height_mm"]),
            label_width_mm=float(row["label_width_mm"]),
            label_height_mm=float(row["label_height_mm"]),
            columns=int(row["columns"]),
            rows=int(row["rows"]),
            gap_x_mm=float(row["gap_x_mm"]),
            gap_y_mm=float(row["gap_y_mm"]),
            source=row["source"],
        )
        for row in _rows("label_sheets.csv")
    ]
    return {sheet.sheet: sheet for sheet in sheets}


def label_sheet(name: str) -> LabelSheet:
    """The sheet of that name; raises LabelError that names those there are."""
    found = label_sheets().get(name)
    if found is None:
        known = ", ".join(label_sheets())
        raise LabelError(zh=f"没有这种标签纸；有：{known}", en=f"no such sheet {name[:40]!r}; there are {known}")
    return found


def module_bounds_mm() -> tuple[float, float]:
    """The least and the greatest size of a module of the code."""
    return _one("module_least"), _one("module_most")


def text_least_mm() -> float:
    """How high the smallest text must be."""
    return _one("text_least")


def net_weight_height_mm(net_weight_kg: float) -> float:
    """How high the net weight must be written."""
    grams = 1000 * net_weight_kg
    steps = [(float(row["above_g"]), float(row["value_mm"])) for row in _rules("net_weight")]
    return max((above, height) for above, height in steps if above < grams)[1]


def _one(rule: str) -> float:
    return float(_rules(rule)[0]["value_mm"])


@cache
def _rules(rule: str) -> Sequence[Mapping[str, str]]:
    return [row for row in _rows("label_rules.csv") if row["rule"] == rule]


def _rows(name: str) -> Sequence[Mapping[str, str]]:
    return list(csv.DictReader(files("api.labels").joinpath(name).read_text(encoding="utf-8").splitlines()))
