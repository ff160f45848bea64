"""Grades of the second national soil survey: what a content is called, rows of `soil_grades.csv`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from agronomy.table_rows import table_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class SoilGrade:
    """A grade, 1 the highest content (of pH: the most acid): above `above`, up to `up_to` and including it."""

    analyte: str
    grade: int
    above: float | None
    up_to: float | None
    zh: str
    en: str
    source: str


def grade_of(analyte: str, value: float) -> SoilGrade | None:
    """The grade of a value in its analyte's unit; None where the survey has none for that analyte.

    The lowest content stands in the table as "below": its bound belongs to the grade next to it.
    """
    return next((grade for grade in _grades().get(analyte, ()) if _holds(grade, value)), None)


def _holds(grade: SoilGrade, value: float) -> bool:
    if grade.above is None:
        return grade.up_to is not None and value < grade.up_to
    lowest = min(other.above for other in _grades()[grade.analyte] if other.above is not None)
    reaches_down = value > grade.above or (value == grade.above == lowest)
    return reaches_down and (grade.up_to is None or value <= grade.up_to)


@cache
def _grades() -> Mapping[str, Sequence[SoilGrade]]:
    found: dict[str, list[SoilGrade]] = {}
    for row in table_rows("soil_grades"):
        found.setdefault(row["analyte"], []).append(
            SoilGrade(
                analyte=row["analyte"],
                grade=int(row["grade"]),
                above=float(row["above"]) if row["above"] else None,
                up_to=float(row["up_to"]) if row["up_to"] else None,
                zh=row["zh"],
                en=row["en"],
                source=row["source"],
            )
        )
    return found
