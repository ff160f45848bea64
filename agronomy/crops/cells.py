"""Cells of the FAO ECOCROP table as values: numbers, and classes in the table's own words."""

import math
import re
from collections.abc import Mapping

from agronomy.errors import AgronomyError

Cell = str | float | None
Row = Mapping[str, Cell]

# FAO ECOCROP writes these classes in words; the numbers order them
LIGHT = {"very bright": 1, "clear skies": 2, "cloudy skies": 3, "light shade": 4, "heavy shade": 5}
DEPTH_CM = {"very shallow": 0.0, "shallow": 20.0, "medium": 50.0, "deep": 150.0}
SALINITY_DS_M = {"none": 0.0, "low": 4.0, "medium": 10.0, "high": math.inf}

_ZONE = re.compile(r"\(([A-Z][a-z]?)\)")
_NOTE = re.compile(r"\s*\(.*?\)+")


class CropRowError(AgronomyError):
    """A crop's row cannot be read; crop, column and text say where."""

    def __init__(self, crop: str, column: str, text: str, expected: str) -> None:
        self.crop, self.column, self.text = crop, column, text
        super().__init__(f"crop {crop or '(no name)'}, column {column}: {text!r} is not {expected}")


def text(row: Row, column: str) -> str:
    """The cell's text; empty where the table leaves it blank."""
    cell = row.get(column)
    return "" if cell is None or (isinstance(cell, float) and math.isnan(cell)) else str(cell).strip()


def number(row: Row, column: str) -> float | None:
    """The cell's number; None where the table leaves it blank. Raises CropRowError."""
    content = text(row, column)
    if content in {"", "NA"}:
        return None
    try:
        value = float(content)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise CropRowError(text(row, "scientific_name"), column, content, "a number; leave it blank where unknown")
    return value


def words(row: Row, column: str) -> frozenset[str]:
    """The cell's words, notes in parentheses left out."""
    parts = (part.strip() for part in _NOTE.sub("", text(row, column)).split(","))
    return frozenset(part for part in parts if part and part != "NA")


def zones(row: Row) -> frozenset[str]:
    """Climate zones (CLIZ) by their letters, e.g. Cf for subtropical humid."""
    content = text(row, "CLIZ")
    return frozenset(_ZONE.findall(content)) or frozenset(part for part in content.split() if part != "NA")


def graded(row: Row, column: str, grades: Mapping[str, float]) -> float | None:
    """The value of the class in the cell; None where blank. Raises CropRowError for a word that is no class."""
    content = words(row, column)
    if not content:
        return None
    word = min(content)
    if word not in grades:
        raise CropRowError(text(row, "scientific_name"), column, word, f"one of {', '.join(grades)}")
    return grades[word]
