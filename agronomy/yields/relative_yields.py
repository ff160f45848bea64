"""What weather, soil water and date do to a yield, looked up in the table that WOFOST made beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from itertools import pairwise, product
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from agronomy.errors import AgronomyError
from agronomy.table_rows import table_rows
from agronomy.weather.climate import Climate

Floats = NDArray[np.float64]
Row = Mapping[str, str]

IRRIGATED = "irrigated"
ANY_YEAR = 2001
LEAST_RELATIVE = 0.01
"""A cell in which the model harvests nothing is read as this share: its logarithm must exist."""


class RelativeYieldError(AgronomyError):
    """A question or a table of relative yields cannot be used; says which part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    """What a crop meets in one field and season.

    texture: a class of `texture_water.csv`; None where nobody knows it. sowing_day: day of the year of sowing or
    transplanting; None is the usual day. warmer_c, rain_ratio: mean temperature of the season less, and its rain
    divided by, the climate the table was made for (`anomaly` says both of a Climate).
    """

    texture: str | None = None
    irrigated: bool = False
    sowing_day: int | None = None
    warmer_c: float = 0.0
    rain_ratio: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Arrays, one entry a case: the logarithm of relative yield, and how sure it is.

    spread: standard deviation of the logarithm from what is unknown. outside: the case lies outside the table, and the
    table's edge was read.
    """

    log_relative: Floats
    spread: Floats
    outside: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """The logarithm of relative yield of one crop on [water, sowing day, warmer_c, log rain_ratio], axes ascending."""

    crop: str
    waters: tuple[str, ...]
    days: Floats
    warmer_c: Floats
    log_rain: Floats
    log_relative: Floats
    reference_water: int
    reference_day: float
    climate_weight: float
    date_weight: float


def effects(crop: str, cases: Sequence[Growing]) -> Effect | None:
    """What each case's weather, soil water and date do to the crop's yield; None where the crop was never run.

    ln r = date_weight * D + climate_weight * (R - D), with R the table's logarithm at the case and D that of its date
    alone (reference water, usual climate). Unknown texture: the mean over the waters that are not irrigated, and their
    standard deviation as spread. Raises RelativeYieldError for an unknown texture's name.
    """
    surface = surfaces().get(crop)
    if surface is None:
        return None
    return _single_effect(crop, cases[0]) if len(cases) == 1 else surface_effects(surface, cases)


@lru_cache(maxsize=8192)
def _single_effect(crop: str, case: Growing) -> Effect:
    """The effect on one case; fields of a region share few cases, so each is looked up once. Never to be changed."""
    return surface_effects(surfaces()[crop], [case])


def surface_effects(surface: Surface, cases: Sequence[Growing]) -> Effect:
    """`effects` on a given surface."""
    days = np.array([surface.reference_day if one.sowing_day is None else one.sowing_day for one in cases], dtype=float)
    days = _around(days, surface.days)
    warmer = np.array([one.warmer_c for one in cases], dtype=float)
    rain = np.log(np.maximum([one.rain_ratio for one in cases], 1e-6))
    axes = (surface.days, surface.warmer_c, surface.log_rain)
    outside = np.zeros(len(cases), dtype=np.bool_)
    for axis, values in zip(axes, (days, warmer, rain), strict=True):
        outside |= (values < axis[0] - 1e-9) | (values > axis[-1] + 1e-9)
    by_water = np.stack([_interpolated(axes, sheet, (days, warmer, rain)) for sheet in surface.log_relative])
    shares = _water_shares(surface, cases)
    rest = np.einsum("wn,wn->n", shares, by_water)
    unknown = np.sqrt(np.maximum(np.einsum("wn,wn->n", shares, by_water**2) - rest**2, 0.0))
    nothing = np.zeros_like(days)
    by_date = _interpolated(axes, surface.log_relative[surface.reference_water], (days, nothing, nothing))
    return Effect(
        log_relative=surface.date_weight * by_date + surface.climate_weight * (rest - by_date),
        spread=surface.climate_weight * unknown,
        outside=outside,
    )


def anomaly(crop: str, climate: Climate) -> tuple[float, float]:
    """How much warmer (degrees Celsius), and how many times as wet, the crop's usual season is in that climate.

    Raises RelativeYieldError for a crop without a season in `wofost_crops.csv`.
    """
    months = _season_months(crop)
    normals = table_rows("wofost_normals")
    usual_c = [(float(normals[month]["tmin_c"]) + float(normals[month]["tmax_c"])) / 2 for month in months]
    usual_mm = [float(normals[month]["rain_mm"]) for month in months]
    warmer = float(np.mean([climate.tmean_c[month] for month in months]) - np.mean(usual_c))
    return warmer, sum(climate.rain_mm[month] for month in months) / sum(usual_mm)


def _season_months(crop: str) -> tuple[int, ...]:
    """The months of the usual season, January is 0."""
    row = next((row for row in table_rows("wofost_crops") if row["crop"] == crop), None)
    if row is None:
        msg = f"wofost_crops.csv has no season of {crop}: add a row and make the table again"
        raise RelativeYieldError(msg)
    first, last = (int(row[name].split("-")[0]) - 1 for name in ("reference_date", "reference_maturity"))
    return tuple(month % 12 for month in range(first, last + 1 + (12 if last < first else 0)))


@cache
def surfaces() -> Mapping[str, Surface]:
    """The surface of every crop that was run, by scientific name."""
    rows = table_rows("wofost_relative_yields")
    crops = dict.fromkeys(row["crop"] for row in rows)
    return MappingProxyType({crop: surface_from([row for row in rows if row["crop"] == crop]) for crop in crops})


def surface_from(rows: Sequence[Row]) -> Surface:
    """The surface of one crop's rows; raises RelativeYieldError where a cell is missing."""
    crop = rows[0]["crop"]
    waters = tuple(dict.fromkeys(row["water"] for row in rows))
    days, warmer, rain = (
        sorted({float(row[name]) for row in rows}) for name in ("sowing_day", "warmer_c", "rain_ratio")
    )
    days = _unbroken(days)
    known = {(row["water"], *_place(row, days)): float(row["relative_yield"]) for row in rows}
    wanted = list(product(waters, days, warmer, rain))
    missing = [cell for cell in wanted if cell not in known]
    if missing:
        msg = f"wofost_relative_yields.csv: {crop} has no row for {missing[0]}: make the table again"
        raise RelativeYieldError(msg)
    reference = next(row for row in rows if row["reference"] == "yes")
    weights = {row["crop"]: row for row in table_rows("wofost_weights")}
    weight = weights.get(crop, weights[""])
    relative = np.array([max(known[cell], LEAST_RELATIVE) for cell in wanted])
    return Surface(
        crop=crop,
        waters=waters,
        days=np.array(days),
        warmer_c=np.array(warmer),
        log_rain=np.log(rain),
        log_relative=np.log(relative).reshape(len(waters), len(days), len(warmer), len(rain)),
        reference_water=waters.index(reference["water"]),
        reference_day=_place(reference, days)[0],
        climate_weight=float(weight["climate_weight"]),
        date_weight=float(weight["date_weight"]),
    )


def _place(row: Row, days: Sequence[float]) -> tuple[float, float, float]:
    day = float(row["sowing_day"])
    return (day if day in days else day + 365, float(row["warmer_c"]), float(row["rain_ratio"]))


def _unbroken(days: Sequence[float]) -> list[float]:
    """Sowing days in the order of the season: those after New Year follow those before it."""
    steps = [(later - earlier, number) for number, (earlier, later) in enumerate(pairwise(days))]
    widest, after = max(steps, default=(0.0, 0))
    if widest <= 365 / 2:
        return list(days)
    return [*days[after + 1 :], *(day + 365 for day in days[: after + 1])]


def _around(days: Floats, axis: Floats) -> Floats:
    """Days of the year moved by whole years to where they are nearest to the axis."""
    middle = (axis[0] + axis[-1]) / 2
    return np.asarray(days - 365 * np.round((days - middle) / 365))


def _water_shares(surface: Surface, cases: Sequence[Growing]) -> Floats:
    """For every water and case, how much that water counts: 1 for the case's own, spread evenly where unknown."""
    water_of = {row["texture"]: row["water"] for row in table_rows("texture_water")}
    shares = np.zeros((len(surface.waters), len(cases)))
    rainfed = [number for number, water in enumerate(surface.waters) if water != IRRIGATED]
    for number, case in enumerate(cases):
        if case.irrigated:
            shares[surface.waters.index(IRRIGATED), number] = 1.0
        elif case.texture is None:
            shares[rainfed, number] = 1 / len(rainfed)
        elif case.texture in water_of:
            shares[surface.waters.index(water_of[case.texture]), number] = 1.0
        else:
            msg = f"texture {case.texture!r} is unknown: use one of {', '.join(water_of)}"
            raise RelativeYieldError(msg)
    return shares


def _interpolated(axes: tuple[Floats, ...], values: Floats, at: tuple[Floats, ...]) -> Floats:
    """Multilinear interpolation on a grid; beyond an axis its edge counts."""
    places = [_between(axis, np.clip(points, axis[0], axis[-1])) for axis, points in zip(axes, at, strict=True)]
    total = np.zeros(len(at[0]))
    for corner in product((0, 1), repeat=len(axes)):
        weight = np.ones(len(at[0]))
        index = []
        for (below, share), upper in zip(places, corner, strict=True):
            weight *= share if upper else 1 - share
            index.append(below + upper)
        total += weight * values[tuple(index)]
    return total


def _between(axis: Floats, points: Floats) -> tuple[NDArray[np.intp], Floats]:
    """For every point the grid line below it and its share of the way to the next."""
    below = np.clip(np.searchsorted(axis, points, side="right") - 1, 0, len(axis) - 2)
    return below, (points - axis[below]) / (axis[below + 1] - axis[below])


def day_of_year(day: date) -> int:
    """The day's number in a year without 29 February."""
    return day.replace(year=ANY_YEAR, day=min(day.day, 28) if day.month == 2 else day.day).timetuple().tm_yday  # noqa: PLR2004 - February
