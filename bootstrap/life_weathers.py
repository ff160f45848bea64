"""The weather an animal lived through: what was imported for its farm's site, else the usual year nearby."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Protocol

from agronomy.advice.field_climate import climate_of_county
from agronomy.ports import WeatherBook
from agronomy.weather.climatology import ClimateStation, usual_days
from agronomy.weather.days import WeatherDay
from traceability.life_weather import LifeWeather, WeatherOrigin

RAIN_MM = 0.1
"""From so much on a day counts as one with rain (WMO No. 8: 0.1 mm is the least that is reported)."""
MEASURED_SHARE = 0.5
"""From so many of the days on the measured ones speak for a life; below, the usual year does [our choice]."""
REMEMBERED = 4096


class FarmSites(Protocol):
    """Under which name a farm's weather is imported, and in which county it lies."""

    def site_and_county(self, gln: str) -> tuple[str, str] | None:
        """Of the farm with that GLN; None where it is no farm's."""


class RegisteredWeathers:
    """`traceability.ports.LifeWeathers` over imported weather; an answer is remembered for an hour."""

    def __init__(self, farms: FarmSites, book: WeatherBook, *, now: Callable[[], datetime]) -> None:
        self._farms, self._book, self._now = farms, book, now
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._found)

    def during(self, gln: str, first: date, last: date) -> LifeWeather | None:
        """The weather at that place from first to last; None where neither measurement nor usual year is known."""
        return self._remembered(gln, first, last, f"{self._now():%Y%m%d%H}")

    def _found(self, gln: str, first: date, last: date, _hour: str) -> LifeWeather | None:
        farm = self._farms.site_and_county(gln)
        if farm is None:
            return None
        site, county = farm
        measured = [day for day in self._book.days(site, first, last) if day.day <= last]
        of_days = (last - first).days + 1
        if len(measured) >= MEASURED_SHARE * of_days:
            return life_weather(measured, WeatherOrigin.MEASURED, of_days=of_days)
        station, _ = climate_of_county(county)
        if station is None:
            return None
        return life_weather(usual_days(station.climate, first, last), WeatherOrigin.USUAL, station=station)


def life_weather(
    days: Sequence[WeatherDay],
    origin: WeatherOrigin,
    *,
    of_days: int | None = None,
    station: ClimateStation | None = None,
) -> LifeWeather:
    """The days in figures; what no day tells is None."""
    means = [mean for day in days if (mean := _mean_c(day)) is not None]
    lows = [day.tmin_c for day in days if day.tmin_c is not None]
    highs = [day.tmax_c for day in days if day.tmax_c is not None]
    rain = [day.rain_mm for day in days if day.rain_mm is not None]
    measured = origin is WeatherOrigin.MEASURED
    return LifeWeather(
        origin=origin,
        days=len(days),
        of_days=len(days) if of_days is None else of_days,
        mean_c=sum(means) / len(means) if means else None,
        coldest_c=min(lows, default=None),
        hottest_c=max(highs, default=None),
        rain_mm=sum(rain) if rain else None,
        rain_days=sum(each >= RAIN_MM for each in rain) if rain and measured else None,
        station_zh="" if station is None else station.zh,
        station_en="" if station is None else station.en,
        period="" if station is None else station.period,
    )


def _mean_c(day: WeatherDay) -> float | None:
    if day.tmean_c is not None:
        return day.tmean_c
    return None if day.tmin_c is None or day.tmax_c is None else (day.tmin_c + day.tmax_c) / 2
