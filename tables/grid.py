"""The grid of the table of relative yields: which crops, dates, waters, and anomalies are run, and what a row says."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean, pstdev

VERSION = 1
"""Raised when the meaning of a column, the grid or the weather generator changes."""

WARMER_C = (-2.0, 0.0, 2.0)
RAIN_RATIOS = (0.5, 1.0, 1.5)
IRRIGATED = "irrigated"
FIRST_YEAR = 2001
"""A year without 29 February, and so is the next: dates mean the same day number in every run."""
COLUMNS = (
    "crop", "water", "sowing_day", "warmer_c", "rain_ratio", "relative_yield", "year_spread",
    "reference", "years", "version", "inputs", "pcse",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class CropRow:
    """One crop of `wofost_crops.csv`; dates are month-day texts, season_end the last day it may stand."""

    crop: str
    parameter_file: str
    variety: str
    start: str
    sowing_dates: tuple[str, ...]
    reference_date: str
    reference_maturity: str
    season_end: str
    reference_water: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoilRow:
    """One water class of `soils.csv`; contents are volume shares, rooting_cm the depth roots may reach."""

    water: str
    field_capacity: float
    wilting_point: float
    rooting_cm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """From sowing, transplanting or emergence to the last day a crop may stand."""

    start: date
    end: date


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Cell:
    """One combination that is run in every weather year."""

    crop: str
    water: str
    sowing_date: str
    warmer_c: float
    rain_ratio: float


def read_crops(path: Path) -> list[CropRow]:
    """Every crop of the table."""
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return [
        CropRow(
            crop=row["crop"],
            parameter_file=row["parameter_file"],
            variety=row["variety"],
            start=row["start"],
            sowing_dates=tuple(row["sowing_dates"].split(";")),
            reference_date=row["reference_date"],
            reference_maturity=row["reference_maturity"],
            season_end=row["season_end"],
            reference_water=row["reference_water"],
        )
        for row in rows
    ]


def read_soils(path: Path) -> list[SoilRow]:
    """Every water class of the table; `irrigated` is none of them, as it has no limit."""
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return [
        SoilRow(
            water=row["water"],
            field_capacity=float(row["field_capacity"]),
            wilting_point=float(row["wilting_point"]),
            rooting_cm=float(row["rooting_cm"]),
        )
        for row in rows
    ]


def season(crop: CropRow, sowing_date: str) -> Season:
    """The season that begins on that month-day; an end before it lies in the next year."""
    start = date.fromisoformat(f"{FIRST_YEAR}-{sowing_date}")
    end = date.fromisoformat(f"{FIRST_YEAR}-{crop.season_end}")
    return Season(start=start, end=end if end > start else end.replace(year=FIRST_YEAR + 1))


def maturity(crop: CropRow) -> date:
    """The day the region's varieties ripen (or are lifted) when sown on the reference date."""
    usual = season(crop, crop.reference_date)
    ripe = date.fromisoformat(f"{FIRST_YEAR}-{crop.reference_maturity}")
    return ripe if ripe > usual.start else ripe.replace(year=FIRST_YEAR + 1)


def reference_cell(crop: CropRow) -> Cell:
    """The cell whose mean yield is 1: usual date, usual water, usual climate."""
    return Cell(
        crop=crop.crop, water=crop.reference_water, sowing_date=crop.reference_date, warmer_c=0.0, rain_ratio=1.0
    )


def cells(crops: Iterable[CropRow], soils: Sequence[SoilRow]) -> list[Cell]:
    """Every cell of the grid."""
    return [
        Cell(crop=crop.crop, water=water, sowing_date=sowing, warmer_c=warmer, rain_ratio=ratio)
        for crop in crops
        for water in (IRRIGATED, *(soil.water for soil in soils))
        for sowing in crop.sowing_dates
        for warmer in WARMER_C
        for ratio in RAIN_RATIOS
    ]


def rows(
    yields: Mapping[Cell, Sequence[float]], crops: Iterable[CropRow], stamp: Mapping[str, str]
) -> list[dict[str, object]]:
    """A row per cell: the mean over weather years against the reference's, and the spread between years.

    relative_yield: mean / reference mean. year_spread: standard deviation between years / mean of the cell.
    stamp: version of pcse and hash of the inputs.
    """
    references = {crop.crop: (fmean(yields[reference_cell(crop)]), reference_cell(crop)) for crop in crops}
    made: list[dict[str, object]] = []
    for cell, years in sorted(yields.items()):
        reference, usual = references[cell.crop]
        mean = fmean(years)
        made.append({
            "crop": cell.crop,
            "water": cell.water,
            "sowing_day": date.fromisoformat(f"{FIRST_YEAR}-{cell.sowing_date}").timetuple().tm_yday,
            "warmer_c": f"{cell.warmer_c:g}",
            "rain_ratio": f"{cell.rain_ratio:g}",
            "relative_yield": f"{mean / reference:.4f}",
            "year_spread": f"{pstdev(years) / mean if mean > 0 else 0.0:.4f}",
            "reference": "yes" if cell == usual else "no",
            "years": len(years),
            "version": VERSION,
            **stamp,
        })  # fmt: skip
    return made
