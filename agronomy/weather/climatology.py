"""The stored climates: by place, the nearest to a field, and the days that a usual year would have."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np

from agronomy.errors import AgronomyError
from agronomy.table_rows import table_rows
from agronomy.water_tables import Row, number
from agronomy.weather import fao56
from agronomy.weather.climate import MONTHS, Climate, Monthly
from agronomy.weather.days import WeatherDay
from agronomy.weather.fao56 import Floats

EARTH_KM = 6371.0
KM_PER_100_M = 100.0
"""A hundred metres of height weigh like as many km: about 0.6 degrees either way [unconfirmed]."""
DAYS_IN_MONTH = (31.0, 28.25, 31.0, 30.0, 31.0, 30.0, 31.0, 31.0, 30.0, 31.0, 30.0, 31.0)


class NoClimateError(AgronomyError):
    """No climate is stored for that place."""

    def __init__(self, place: str) -> None:
        self.place = place
        known = ", ".join(sorted({row["place"] for row in table_rows("climate_stations")}))
        super().__init__(f"no climate is stored for {place!r}: known are {known}; or import the place's own weather")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClimateStation:
    """A station whose usual year is stored; period: years of the means; rain_days: days with rain a month."""

    key: str
    place: str
    zh: str
    en: str
    period: str
    longitude_deg: float
    rain_days: Monthly | None
    note: str
    climate: Climate


@cache
def climate_stations() -> tuple[ClimateStation, ...]:
    """Every stored station, a row of `climate_stations.csv` each, the newest period of a place last."""
    return tuple(_station(row) for row in table_rows("climate_stations"))


def climate_of(place: str) -> ClimateStation:
    """The newest stored climate of that place, by key, Chinese or English name; raises NoClimateError."""
    wanted = place.strip().lower()
    for station in reversed(climate_stations()):
        if wanted in {station.key, station.place, station.zh, station.en.lower()}:
            return station
    raise NoClimateError(place)


def nearest_climate(
    latitude_deg: float,
    longitude_deg: float,
    altitude_m: float | None = None,
    *,
    stations: Sequence[ClimateStation] | None = None,
) -> tuple[ClimateStation, float]:
    """The station nearest to a place and its distance in km; height counts where the place's is known.

    Of several periods of one place the newest; the caller says how far is too far.
    """
    known = climate_stations() if stations is None else stations

    def apart(station: ClimateStation) -> float:
        far = distance_km(latitude_deg, longitude_deg, station.climate.latitude_deg, station.longitude_deg)
        return far + (
            abs(station.climate.altitude_m - altitude_m) / 100 * KM_PER_100_M if altitude_m is not None else 0
        )

    best = min(reversed(known), key=apart)
    return best, distance_km(latitude_deg, longitude_deg, best.climate.latitude_deg, best.longitude_deg)


def distance_km(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Great-circle distance (haversine), degrees in."""
    first, second = np.radians(latitude_a), np.radians(latitude_b)
    half = np.sin((second - first) / 2) ** 2
    half += np.cos(first) * np.cos(second) * np.sin(np.radians(longitude_b - longitude_a) / 2) ** 2
    return float(2 * EARTH_KM * np.arcsin(np.sqrt(min(half, 1.0))))


def usual_days(climate: Climate, first: date, last: date) -> tuple[WeatherDay, ...]:
    """What a usual year has on these days: temperatures between the months' middles, rain spread evenly.

    It has neither storms nor dry spells: an expectation, never a forecast.
    """
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    place = np.array([_month_place(day) for day in days])
    month = [day.month - 1 for day in days]
    smooth = {
        "tmin_c": climate.tmin_c,
        "tmax_c": climate.tmax_c,
        "tmean_c": climate.tmean_c,
        "humidity_percent": climate.humidity_percent,
        "wind_m_s": climate.wind_m_s,
        "sunshine_h": None if climate.sunshine_h is None else _a_day(climate.sunshine_h),
    }
    columns = {name: _between(values, place) for name, values in smooth.items() if values is not None}
    rain = _a_day(climate.rain_mm)
    return tuple(
        WeatherDay(day=day, rain_mm=rain[month[row]], **{name: float(values[row]) for name, values in columns.items()})
        for row, day in enumerate(days)
    )


def _month_place(day: date) -> float:
    """Where the day stands among the months: 0 is the middle of January."""
    return day.month - 1 + (day.day - 0.5) / DAYS_IN_MONTH[day.month - 1] - 0.5


def _between(values: Monthly, place: Floats) -> Floats:
    around = np.array([values[-1], *values, values[0]])
    return np.asarray(np.interp(place, np.arange(-1, MONTHS + 1), around))


def _a_day(values: Monthly) -> Monthly:
    return tuple(value / days for value, days in zip(values, DAYS_IN_MONTH, strict=True))


def _station(row: Row) -> ClimateStation:
    months = [month for month in table_rows("climate_normals") if month["station"] == row["station"]]
    months.sort(key=lambda month: int(month["month"]))
    columns = {name: _monthly(months, name) for name in months[0] if name not in {"station", "month"}}
    return ClimateStation(
        key=row["station"],
        place=row["place"],
        zh=row["zh"],
        en=row["en"],
        period=row["period"],
        longitude_deg=float(row["longitude_deg"]),
        rain_days=columns["rain_days"],
        note=row["note"],
        climate=_climate(row, columns),
    )


def _climate(row: Row, columns: dict[str, Monthly | None]) -> Climate:
    tmin, tmean, tmax = _temperatures(columns)
    wind, rain = columns["wind_m_s"], columns["rain_mm"]
    if rain is None:
        msg = f"climate_normals.csv, {row['station']}: rain is missing"
        raise AgronomyError(msg)
    height, latitude = number(row["wind_height_m"]), float(row["latitude_deg"])
    sunshine = columns["sunshine_h"] or _sunshine(columns["radiation_mj"], latitude)
    return Climate(
        place=f"{row['zh']} {row['en']}",
        latitude_deg=latitude,
        altitude_m=float(row["altitude_m"]),
        tmin_c=tmin,
        tmean_c=tmean,
        tmax_c=tmax,
        rain_mm=rain,
        humidity_percent=columns["humidity_percent"],
        sunshine_h=sunshine,
        wind_m_s=None if wind is None else tuple(float(fao56.wind_at_2_m(each, height or 2.0)) for each in wind),
        source=f"{row['source']}, {row['period']}; {row['note']}",
        confirmed=row["confirmed"] == "yes",
    )


def _temperatures(columns: dict[str, Monthly | None]) -> tuple[Monthly, Monthly, Monthly]:
    """Minimum, mean, maximum; the extremes from the mean and half the range where only those are printed."""
    tmin, tmean, tmax, swing = (columns[name] for name in ("tmin_c", "tmean_c", "tmax_c", "daily_range_c"))
    if tmin is not None and tmax is not None:
        middle = tuple((low + high) / 2 for low, high in zip(tmin, tmax, strict=True))
        return tmin, tmean or middle, tmax
    if tmean is None or swing is None:
        msg = "climate_normals.csv: a station needs tmin_c and tmax_c, or tmean_c and daily_range_c, in every month"
        raise AgronomyError(msg)
    halves = [(mean, half / 2) for mean, half in zip(tmean, swing, strict=True)]
    return tuple(mean - half for mean, half in halves), tmean, tuple(mean + half for mean, half in halves)


def _sunshine(radiation: Monthly | None, latitude_deg: float) -> Monthly | None:
    """Hours of sunshine a month that go with a mean radiation (FAO-56 eq. 35 backwards, at mid month)."""
    if radiation is None:
        return None
    middle = np.cumsum(DAYS_IN_MONTH) - np.array(DAYS_IN_MONTH) / 2
    longest = fao56.daylight_hours(latitude_deg, middle)
    ra = fao56.extraterrestrial_radiation(latitude_deg, middle)
    hours = fao56.sunshine_of_radiation(np.array(radiation), longest, ra)
    return tuple(float(each) for each in hours * np.array(DAYS_IN_MONTH))


def _monthly(months: Sequence[Row], name: str) -> Monthly | None:
    cells = [month[name] for month in months]
    return tuple(float(cell) for cell in cells) if len(cells) == MONTHS and all(cells) else None
