"""The weather over the site: monthly normals with days that resemble the day before, and rain that comes in showers.

Times are seconds since 1970 UTC; a day is a local day as days since 1970-01-01. Every value is a function of
seed and time alone, so any moment can be asked for in any order.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from simulators.calendar_days import DAY_S, HOUR_S, LOCAL_OFFSET_S
from simulators.facts import column, fact
from simulators.randomness import Floats, key_of, remembering, uniform

Integers = NDArray[np.int64]

YEAR_D = 365.2425
MONTH_D = YEAR_D / 12
WARMEST_HOUR = 14.5
WET_COOLING_C, WET_WARMING_C = 2.2, 0.8
"""A wet day's maximum is lower and its minimum higher [assumed]."""
SHOWER_H = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Whole days, a value each: minimum and maximum °C, rain mm, and the share of sky that is clear (0-1)."""

    minimum_c: Floats
    maximum_c: Floats
    rain_mm: Floats
    clearness: Floats

    @property
    def mean_c(self) -> Floats:
        """Middle of minimum and maximum, as FAO-56 has it."""
        return (self.minimum_c + self.maximum_c) / 2


class Weather:
    """The weather of one seed."""

    def __init__(self, seed: int) -> None:
        self._temperature, self._rain, self._amount, self._shower, self._sky = (
            key_of(seed, "weather", what) for what in ("temperature", "rain", "amount", "shower", "sky")
        )
        self._middles = (column("climate", "month") - 0.5) * MONTH_D
        self._normals = {name: column("climate", name) for name in ("tmax_c", "tmin_c", "rain_mm", "rain_days")}

    def normal(self, name: str, day: Integers) -> Floats:
        """The normal of that name on these days, a line between the middles of the months."""
        values: Floats = np.interp(day % YEAR_D, self._middles, self._normals[name], period=YEAR_D)
        return values

    def days(self, day: Integers) -> Days:
        """What these days were like."""
        share = self.normal("rain_days", day) / MONTH_D
        limits = np.array([NormalDist().inv_cdf(1 - wet_share) for wet_share in share.ravel()]).reshape(share.shape)
        wet = remembering(self._rain, day, memory=fact("rain_memory")) > limits
        depth = self.normal("rain_mm", day) / self.normal("rain_days", day)
        rain = np.where(wet, -np.log(uniform(self._amount, day)) * depth, 0.0)
        anomaly = fact("temperature_anomaly_sd_c") * remembering(
            self._temperature, day, memory=fact("temperature_anomaly_memory")
        )
        lean = wet - share
        lowest = self.normal("tmin_c", day) + anomaly + WET_WARMING_C * lean
        highest = self.normal("tmax_c", day) + anomaly - WET_COOLING_C * lean
        clear = np.where(wet, 0.15, 0.45) + 0.4 * uniform(self._sky, day)
        return Days(minimum_c=lowest, maximum_c=np.maximum(highest, lowest + 1), rain_mm=rain, clearness=clear)

    def temperature_c(self, t_s: Integers) -> Floats:
        """Air temperature: a cosine over the day around means that slide from noon to noon."""
        local = t_s + LOCAL_OFFSET_S
        noons = (local - DAY_S // 2) // DAY_S
        share = (local - DAY_S // 2) / DAY_S - noons
        first = int(noons.min())
        days = self.days(np.arange(first, int(noons.max()) + 2))
        row = noons - first
        mean = days.mean_c[row] * (1 - share) + days.mean_c[row + 1] * share
        half = (days.maximum_c - days.minimum_c) / 2
        swing = half[row] * (1 - share) + half[row + 1] * share
        hour = (local % DAY_S) / HOUR_S
        values: Floats = mean + swing * np.cos(2 * np.pi * (hour - WARMEST_HOUR) / 24)
        return values

    def rain_mm_h(self, day: Integers) -> Floats:
        """Rain in each of the 24 hours of these days: one shower of a few hours a wet day. Shape (days, 24)."""
        start = np.floor(uniform(self._shower, day) * (24 - SHOWER_H))[:, None]
        hour = np.arange(24)[None, :]
        raining = (hour >= start) & (hour < start + SHOWER_H)
        values: Floats = raining * self.days(day).rain_mm[:, None] / SHOWER_H
        return values

    def illuminance_lx(self, t_s: Integers) -> Floats:
        """Light on a horizontal sensor, from the height of the sun and the day's sky."""
        local = t_s + LOCAL_OFFSET_S
        day = local // DAY_S
        hour = (local % DAY_S) / HOUR_S
        sine = _sine_of_sun(day, hour)
        first = int(day.min())
        clear = self.days(np.arange(first, int(day.max()) + 1)).clearness[day - first]
        values: Floats = fact("full_sun_lux") * np.clip(sine, 0, None) ** 1.2 * clear
        return values

    def reference_evapotranspiration_mm(self, day: Integers) -> Floats:
        """FAO-56 eq. 52 (Hargreaves): ET0 of these days from temperature and extraterrestrial radiation."""
        days = self.days(day)
        radiation_mm = 0.408 * _extraterrestrial_radiation_mj(day)
        spread = np.sqrt(days.maximum_c - days.minimum_c)
        values: Floats = np.clip(0.0023 * (days.mean_c + 17.8) * spread * radiation_mm, 0, None)
        return values


def _declination(day: Integers) -> Floats:
    """FAO-56 eq. 24: solar declination, rad."""
    values: Floats = 0.409 * np.sin(2 * np.pi * (day % YEAR_D) / 365 - 1.39)
    return values


def _sine_of_sun(day: Integers, hour: Floats) -> Floats:
    latitude = np.radians(fact("latitude_deg"))
    declination = _declination(day)
    values: Floats = np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.cos(
        np.pi * (hour - 12.5) / 12
    )
    return values


def _extraterrestrial_radiation_mj(day: Integers) -> Floats:
    """FAO-56 eq. 21: extraterrestrial radiation, MJ/m² a day."""
    latitude = np.radians(fact("latitude_deg"))
    declination = _declination(day)
    distance = 1 + 0.033 * np.cos(2 * np.pi * (day % YEAR_D) / 365)
    sunset = np.arccos(-np.tan(latitude) * np.tan(declination))
    terms = sunset * np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.sin(sunset)
    values: Floats = 24 * 60 / np.pi * 0.0820 * distance * terms
    return values
