"""The weather of a life in a few figures, and who says so."""

from dataclasses import dataclass
from enum import StrEnum


class WeatherOrigin(StrEnum):
    """Whether it was measured in those days, or is what a usual year has."""

    MEASURED = "measured"
    USUAL = "usual"


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeWeather:
    """Figures over the days of a life; None is unknown.

    days: that were measured, of `of_days`; for a usual year both are the same. coldest_c, hottest_c: measured extremes,
    or the coolest night and warmest day that a usual year has on average. rain_mm: the sum. rain_days: with 0.1 mm or
    more, where rain was measured. station_zh, station_en, period: of a usual year.
    """

    origin: WeatherOrigin
    days: int
    of_days: int
    mean_c: float | None
    coldest_c: float | None
    hottest_c: float | None
    rain_mm: float | None
    rain_days: int | None = None
    station_zh: str = ""
    station_en: str = ""
    period: str = ""
