"""Invented days that have the statistics of a place's monthly normals, for crop models that need days."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DAYS_OF_A_MONTH = 365.25 / 12
PERSISTENCE = 0.45
"""First-order persistence of wet and dry spells; without it a summer drought of weeks never comes."""
GAMMA_SHAPE = 0.7
"""Shape of a wet day's amount (Richardson & Wright 1984, WGEN: 0.6 to 1 in humid climates)."""
MONTH_SPREAD = 0.35
"""Standard deviation of the logarithm of a month's rain against its normal."""
WET_TO_DRY_RADIATION = 0.45
"""A wet day's radiation against a dry day's."""
TEMPERATURE_SPREAD_C = 2.4
TEMPERATURE_PERSISTENCE = 0.7
WIND_10M_TO_2M = 0.748
"""FAO-56 eq. 47 at 10 m."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Normals:
    """Twelve monthly normals, January first; solar_mj_m2_d: global radiation."""

    tmin_c: Floats
    tmax_c: Floats
    rain_mm: Floats
    rain_days: Floats
    humidity_percent: Floats
    wind_10m_m_s: Floats
    solar_mj_m2_d: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Daily weather from `first` on; vapour_hpa: mean vapour pressure; wind at 2 m; solar in MJ/m2."""

    first: date
    tmin_c: Floats
    tmax_c: Floats
    rain_mm: Floats
    solar_mj_m2: Floats
    vapour_hpa: Floats
    wind_m_s: Floats

    def dates(self) -> list[date]:
        """The day of every row."""
        return [self.first + timedelta(days=number) for number in range(len(self.tmin_c))]


def read_normals(path: Path) -> Normals:
    """The normals in a CSV file with a row a month."""
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    names = Normals.__dataclass_fields__
    columns: Mapping[str, Floats] = {name: np.array([float(row[name]) for row in rows]) for name in names}
    return Normals(**columns)


def invent(*, normals: Normals, first: date, days: int, seed: int, warmer_c: float, rain_ratio: float) -> Days:
    """Days drawn around the normals: a wet-dry chain, gamma amounts, temperature that remembers yesterday's.

    warmer_c is added to every temperature. rain_ratio multiplies the expected rain: half of it (on a log scale) by
    more rain days, half by heavier ones, so that wet years are also dull ones, as the radiation follows the rain days.
    The same seed draws the same luck under every anomaly: differences between anomalies are not noise.
    """
    luck = np.random.default_rng(seed)
    months = np.array([(first + timedelta(days=number)).month - 1 for number in range(days)])
    wet_luck, amount_luck = luck.random(days), luck.standard_gamma(GAMMA_SHAPE, days) / GAMMA_SHAPE
    month_luck = np.exp(luck.normal(-(MONTH_SPREAD**2) / 2, MONTH_SPREAD, size=days // 28 + 1))
    warmth = _remembering(luck.normal(0, TEMPERATURE_SPREAD_C, days))
    usual_share = normals.rain_days / DAYS_OF_A_MONTH
    share = np.clip(usual_share * np.sqrt(rain_ratio), 0, 0.95)
    wet = _wet(share[months], wet_luck)
    usual_amount = normals.rain_mm / normals.rain_days * rain_ratio * usual_share / share
    number = np.cumsum(np.r_[0, np.diff(months) != 0])
    rain = np.where(wet, usual_amount[months] * amount_luck * month_luck[number], 0.0)
    dry_solar = normals.solar_mj_m2_d / (1 - (1 - WET_TO_DRY_RADIATION) * usual_share)
    tmin = normals.tmin_c[months] + warmth + warmer_c
    tmax = normals.tmax_c[months] + warmth + warmer_c
    return Days(
        first=first,
        tmin_c=tmin,
        tmax_c=tmax,
        rain_mm=rain,
        solar_mj_m2=dry_solar[months] * np.where(wet, WET_TO_DRY_RADIATION, 1.0),
        vapour_hpa=normals.humidity_percent[months] / 100 * saturation_hpa((tmin + tmax) / 2),
        wind_m_s=normals.wind_10m_m_s[months] * WIND_10M_TO_2M,
    )


def saturation_hpa(temperature_c: Floats) -> Floats:
    """FAO-56 eq. 11: saturation vapour pressure, hPa."""
    return np.asarray(6.108 * np.exp(17.27 * temperature_c / (temperature_c + 237.3)))


def _wet(share: Floats, luck: Floats) -> NDArray[np.bool_]:
    """Which days are wet: a two-state chain whose long-run share is `share`."""
    wet = np.zeros(len(share), dtype=np.bool_)
    before = False
    for day, usual in enumerate(share):
        chance = usual * (1 - PERSISTENCE) + (PERSISTENCE if before else 0.0)
        before = bool(luck[day] < chance)
        wet[day] = before
    return wet


def _remembering(shocks: Floats) -> Floats:
    """A first-order autoregression with the standard deviation of its shocks."""
    kept = np.empty_like(shocks)
    last = 0.0
    for day, shock in enumerate(shocks):
        last = TEMPERATURE_PERSISTENCE * last + np.sqrt(1 - TEMPERATURE_PERSISTENCE**2) * shock
        kept[day] = last
    return kept
