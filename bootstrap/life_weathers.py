"""The weather an animal lived through: what was imported for its farm's site, else the usual year nearby."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Sequence
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
REMEMBERED, MONTHS = 4096, 2048
"""Lives and farms; months of sites and counties, of some thirty days each."""


class FarmSites(Protocol):
    """Under which name a farm's weather is imported, and in which county it lies."""

    def site_and_county(self, gln: str) -> tuple[str, str] | None:
        """Of the farm with that GLN; None where it is no farm's."""


class RegisteredWeathers:
    """`traceability.ports.LifeWeathers` over imported weather; what was looked up is remembered for an hour.

    Days are remembered by month: hardly two lives begin and end on the same days, but those of a site share its months.
    """

    def __init__(self, farms: FarmSites, book: WeatherBook, *, now: Callable[[], datetime]) -> None:
        self._farms, self._book, self._now = farms, book, now
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._found)
        self._farm = lru_cache(maxsize=REMEMBERED)(self._registered)
        self._measured = lru_cache(maxsize=MONTHS)(self._measured_month)
        self._usual = lru_cache(maxsize=MONTHS)(_usual_month)

    def during(self, gln: str, first: date, last: date) -> LifeWeather | None:
        """The weather at that place from first to last; None where neither measurement nor usual year is known."""
        return self._remembered(gln, first, last, f"{self._now():%Y%m%d%H}")

    def _found(self, gln: str, first: date, last: date, hour: str) -> LifeWeather | None:
        farm = self._farm(gln, hour)
        if farm is None:
            return None
        site, county = farm
        months = _months(first, last)
        measured = _between((self._measured(site, month, hour) for month in months), first, last)
        of_days = (last - first).days + 1
        if len(measured) >= MEASURED_SHARE * of_days:
            return life_weather(measured, WeatherOrigin.MEASURED, of_days=of_days)
        station, _ = climate_of_county(county)
        if station is None:
            return None
        usual = _between((self._usual(county, month) for month in months), first, last)
        return life_weather(usual, WeatherOrigin.USUAL, station=station)

    def _registered(self, gln: str, _hour: str) -> tuple[str, str] | None:
        return self._farms.site_and_county(gln)

    def _measured_month(self, site: str, month: date, _hour: str) -> Sequence[WeatherDay]:
        return tuple(self._book.days(site, month, _end_of(month)))


def _usual_month(county: str, month: date) -> Sequence[WeatherDay]:
    station, _ = climate_of_county(county)
    return () if station is None else usual_days(station.climate, month, _end_of(month))


def _months(first: date, last: date) -> list[date]:
    """The first day of each month from first to last."""
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    return [date(first.year + (first.month - 1 + ahead) // 12, (first.month - 1 + ahead) % 12 + 1, 1)
            for ahead in range(count)]  # fmt: skip


def _end_of(month: date) -> date:
    return month.replace(day=monthrange(month.year, month.month)[1])


def _between(months: Iterable[Sequence[WeatherDay]], first: date, last: date) -> list[WeatherDay]:
    return [day for month in months for day in month if first <= day.day <= last]


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
