"""ECOCROP as two known programs compute it, number for number: the base on which suitability is repaired.

Parameters are a mapping by ECOCROP column (GMIN, GMAX in days; KTMP, TMIN, TOPMN, TOPMX, TMAX in degrees Celsius;
RMIN, ROPMN, ROPMX, RMAX in mm; PHMIN, PHOPMN, PHOPMX, PHMAX). Both give 0 for most crops of a humid subtropical
climate that grow there well; `agronomy.suitability.scores` says why, and does better.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from agronomy.errors import AgronomyError
from agronomy.weather.climate import MONTHS

Values = NDArray[np.float64]

HALF_MONTHS = 2 * MONTHS
UNKNOWN_KTMP_C = 0.0
"""Killing temperature that both programs take where the table is blank."""

_TEMPERATURES = ("TMIN", "TOPMN", "TOPMX", "TMAX")
_RAINS = ("RMIN", "ROPMN", "ROPMX", "RMAX")
_PHS = ("PHMIN", "PHOPMN", "PHOPMX", "PHMAX")
_MONTH_DAYS = 30
_HALF_MONTH_DAYS = 15
_RAIN_STEP_DAYS = 30
_DISMO_FROST_MARGIN_C = 5
"""dismo takes a month's mean minimum less 5 degrees for its coldest night."""


class EcocropError(AgronomyError):
    """ECOCROP cannot be computed from these parameters or months."""


def recocrop(
    parameters: Mapping[str, float | None],
    tmin_c: Sequence[float],
    tmean_c: Sequence[float],
    rain_mm: Sequence[float],
    ph: float | None = None,
) -> list[float]:
    """24 scores from 0 to 1, one for each half-month in which the crop could start, as Recocrop computes them.

    tmin_c, tmean_c, rain_mm: twelve monthly values each, January first. ph: None leaves the soil out.
    Raises EcocropError.
    """
    tmin, tmean, rain = (_half_months(_months(name, values)) for name, values in _named(tmin_c, tmean_c, rain_mm))
    killing = _number(parameters, "KTMP", UNKNOWN_KTMP_C)
    scores = [
        trapezoid(tmean, _limits(parameters, _TEMPERATURES)),
        np.interp(tmin, [killing - 1, killing + 1], [0.0, 1.0]),
        trapezoid(rain, _rain_limits(parameters)),
    ]
    if ph is not None:
        scores.append(np.full(HALF_MONTHS, trapezoid(ph, _limits(parameters, _PHS))))
    shortest, longest = _cycle_days(parameters)
    days = _HALF_MONTH_DAYS * round((shortest + min(_MONTH_DAYS, longest - shortest)) / _HALF_MONTH_DAYS)
    return _moving_minimum(np.min(scores, axis=0), math.ceil(days / _HALF_MONTH_DAYS))


def dismo(
    parameters: Mapping[str, float | None],
    tmin_c: Sequence[float],
    tmean_c: Sequence[float],
    rain_mm: Sequence[float],
    rainfed: bool = True,  # noqa: FBT001, FBT002 - the published argument, by position too
) -> list[float]:
    """12 scores from 0 to 1, one for each month in which the crop could start, as dismo computes them.

    tmin_c, tmean_c, rain_mm: twelve monthly values each, January first. rainfed: False leaves rain out.
    Raises EcocropError.
    """
    tmin, tmean, rain = (_months(name, values) for name, values in _named(tmin_c, tmean_c, rain_mm))
    months = round(sum(_cycle_days(parameters)) / (2 * _MONTH_DAYS))
    survives = tmin - _DISMO_FROST_MARGIN_C > _number(parameters, "KTMP", UNKNOWN_KTMP_C)
    scores = [trapezoid(tmean, _limits(parameters, _TEMPERATURES)), survives.astype(np.float64)]
    if rainfed:
        # the month before counts as water stored; the published model adds it to one month more than the cycle
        stored = np.roll(rain, 1)
        season = np.array([np.take(rain, range(m, m + months + 1), mode="wrap").sum() for m in range(MONTHS)])
        scores.append(trapezoid(season + stored, _limits(parameters, _RAINS)))
    return _moving_minimum(np.min(scores, axis=0), months)


def trapezoid(values: ArrayLike, limits: Sequence[float]) -> Values:
    """1 between the two inner limits, 0 outside the outer ones, straight in between; equal limits make a step."""
    low, best_low, best_high, high = limits
    x = np.asarray(values, dtype=np.float64)
    rising = (x - low) / (best_low - low) if best_low > low else (x >= low).astype(np.float64)
    falling = (high - x) / (high - best_high) if high > best_high else (x <= high).astype(np.float64)
    return np.asarray(np.clip(np.minimum(rising, falling), 0.0, 1.0))


def _rain_limits(parameters: Mapping[str, float | None]) -> list[float]:
    """Rain limits for one step of Recocrop: the year's limits shared out over the cycle, whole millimetres."""
    shortest, longest = _cycle_days(parameters)
    middle = (shortest + longest) / 2
    above, below = (middle, middle) if shortest == longest else (middle + 30, middle - 30)
    shares = (
        above / _RAIN_STEP_DAYS,
        (middle + above) / (2 * _RAIN_STEP_DAYS),
        (middle + below) / (2 * _RAIN_STEP_DAYS),
        below / _RAIN_STEP_DAYS,
    )
    if min(shares) <= 0:
        msg = f"GMIN {shortest:g} and GMAX {longest:g} days leave no crop cycle: Recocrop needs a mean above 30 days"
        raise EcocropError(msg)
    return [float(round(limit / share)) for limit, share in zip(_limits(parameters, _RAINS), shares, strict=True)]


def _half_months(monthly: Values) -> Values:
    """The first half of a month lies between the month before and this one, the second is this one."""
    return np.column_stack(((monthly + np.roll(monthly, 1)) / 2, monthly)).ravel()


def _moving_minimum(scores: Values, steps: int) -> list[float]:
    """Each step's minimum over the `steps` that start there, the year taken as a ring."""
    ring = np.take(scores, np.add.outer(np.arange(len(scores)), np.arange(max(steps, 1))), mode="wrap")
    return [float(score) for score in ring.min(axis=1)]


def _named(
    tmin_c: Sequence[float], tmean_c: Sequence[float], rain_mm: Sequence[float]
) -> tuple[tuple[str, Sequence[float]], ...]:
    return (("tmin_c", tmin_c), ("tmean_c", tmean_c), ("rain_mm", rain_mm))


def _months(name: str, values: Sequence[float]) -> Values:
    column = np.asarray(values, dtype=np.float64)
    if column.shape != (MONTHS,) or not np.isfinite(column).all():
        msg = f"{name} needs {MONTHS} finite values, January to December"
        raise EcocropError(msg)
    return column


def _limits(parameters: Mapping[str, float | None], names: Sequence[str]) -> list[float]:
    return [_number(parameters, name) for name in names]


def _cycle_days(parameters: Mapping[str, float | None]) -> tuple[float, float]:
    return _number(parameters, "GMIN"), _number(parameters, "GMAX")


def _number(parameters: Mapping[str, float | None], name: str, unknown: float | None = None) -> float:
    value = parameters.get(name)
    if value is None or math.isnan(value):
        if unknown is None:
            msg = f"ECOCROP needs {name}; the crop's row leaves it blank"
            raise EcocropError(msg)
        return unknown
    return float(value)
