"""Days of weather: observed, forecast or usual; where each value comes from; the port of whoever can tell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

from agronomy.errors import AgronomyError
from agronomy.table_rows import table_rows

MJ_PER_W = 0.0864
"""MJ per square metre and day that one W per square metre brings (86 400 s)."""


class WeatherError(AgronomyError):
    """A day of weather that cannot be."""

    def __init__(self, day: date, quantity: str, told: str) -> None:
        self.day, self.quantity = day, quantity
        super().__init__(f"weather of {day.isoformat()}, {quantity}: {told}")


class Origin(StrEnum):
    """Who says so, the nearest first: the farm's own station, a file, a forecast, the usual year."""

    STATION = "station"
    IMPORTED = "imported"
    FORECAST = "forecast"
    CLIMATOLOGY = "climatology"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherDay:
    """One local day; None is unknown. Wind at 2 m; radiation in MJ per square metre; sunshine in hours.

    Raises WeatherError for a value outside the range of `weather_quantities.csv`, or tmin above tmax.
    """

    day: date
    tmin_c: float | None = None
    tmax_c: float | None = None
    tmean_c: float | None = None
    rain_mm: float | None = None
    humidity_percent: float | None = None
    wind_m_s: float | None = None
    sunshine_h: float | None = None
    radiation_mj: float | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        for row in table_rows("weather_quantities"):
            value = getattr(self, row["quantity"])
            if value is not None and not float(row["low"]) <= value <= float(row["high"]):
                told = f"{value:g} {row['unit']} lies outside {row['low']} to {row['high']} {row['unit']}"
                raise WeatherError(self.day, row["quantity"], told)
        if self.tmin_c is not None and self.tmax_c is not None and self.tmin_c > self.tmax_c:
            told = f"minimum {self.tmin_c:g} is above maximum {self.tmax_c:g}: are the columns swapped?"
            raise WeatherError(self.day, "tmin_c", told)


EXTREMES = frozenset({"tmin_c", "tmax_c"})
QUANTITIES = tuple(each.name for each in fields(WeatherDay) if each.name != "day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Days foretold at a moment (aware UTC) by somebody."""

    issued_at: datetime
    days: tuple[WeatherDay, ...]
    source: str


class WeatherSource(Protocol):
    """Who knows the weather of a place; None of them is required.

    place: as the configuration names it. Both answer from what they have: a day nobody knows is left out.
    """

    def observed(self, place: str, first: date, last: date) -> Sequence[WeatherDay]:
        """The days from first to last, both included, each once, in order."""

    def forecast(self, place: str) -> Forecast | None:
        """The newest forecast; None where there is none."""


class KnownWeather:
    """A WeatherSource of days that were handed over: imported, or aggregated from a station; forecasts likewise."""

    def __init__(
        self,
        *,
        days: Mapping[str, Iterable[WeatherDay]],
        forecasts: Mapping[str, Forecast] = MappingProxyType({}),
    ) -> None:
        self._days = {place: {day.day: day for day in known} for place, known in days.items()}
        self._forecasts = forecasts

    def observed(self, place: str, first: date, last: date) -> Sequence[WeatherDay]:
        """The days from first to last that are known there, in order."""
        known = self._days.get(place, {})
        return [known[day] for day in sorted(known) if first <= day <= last]

    def forecast(self, place: str) -> Forecast | None:
        """The forecast that was handed over for that place."""
        return self._forecasts.get(place)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledDay:
    """A day put together: its values, and of each known one where it comes from."""

    weather: WeatherDay
    origins: Mapping[str, Origin]


Layer = tuple[Origin, Iterable[WeatherDay]]


def filled_days(first: date, last: date, layers: Sequence[Layer]) -> tuple[FilledDay, ...]:
    """Every day from first to last; each value from the first layer that has it, and marked with that origin.

    Minimum and maximum are taken together, from the first layer that has both: mixed ones could cross.
    """
    by_day = [(origin, {each.day: each for each in days}) for origin, days in layers]
    span = (last - first).days + 1
    return tuple(_filled(first + timedelta(days=ahead), by_day) for ahead in range(span))


def station_day(day: date, aggregates: Mapping[tuple[str, str], float], *, wind_factor: float = 1.0) -> WeatherDay:
    """The day as the farm's own station saw it, from aggregates of its good readings by (property, aggregate).

    Names and units: `station_properties.csv`; what is not in it is left aside. wind_factor: brings wind to 2 m
    (FAO-56 eq. 47). Raises WeatherError.
    """
    values: dict[str, float] = {}
    for row in table_rows("station_properties"):
        value = aggregates.get((row["property"], row["aggregate"]))
        if value is not None:
            values[row["quantity"]] = value
    if (watts := values.pop("radiation_w_m2", None)) is not None:
        values["radiation_mj"] = watts * MJ_PER_W
    if "wind_m_s" in values:
        values["wind_m_s"] *= wind_factor
    return WeatherDay(day=day, **values)


def _filled(day: date, layers: Sequence[tuple[Origin, Mapping[date, WeatherDay]]]) -> FilledDay:
    values: dict[str, float] = {}
    origins: dict[str, Origin] = {}
    for origin, days in layers:
        told = days.get(day)
        if told is None:
            continue
        found = {name: value for name in QUANTITIES if (value := getattr(told, name)) is not None}
        if "tmin_c" in values or not found.keys() >= EXTREMES:
            found = {name: value for name, value in found.items() if name not in EXTREMES}
        for name, value in found.items():
            if name not in values:
                values[name], origins[name] = value, origin
    return FilledDay(weather=WeatherDay(day=day, **values), origins=MappingProxyType(origins))
