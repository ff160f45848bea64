"""Which stored climate stands for a field, and the weather to expect there."""

from collections.abc import Sequence
from datetime import date, timedelta
from functools import lru_cache

from agronomy.advice.case import advice_setting
from agronomy.model import Field
from agronomy.table_rows import table_rows
from agronomy.water_tables import assumption
from agronomy.weather.climatology import ClimateStation, climate_of, nearest_climate, usual_days
from agronomy.weather.days import FilledDay, Origin, WeatherDay, filled_days


def climate_for(field: Field, county: str = "") -> tuple[ClimateStation | None, float]:
    """The climate that somebody chose for the field, or the nearest; and its distance in km. None where all are far.

    county: six digits; its middle stands for a field without coordinates. Raises NoClimateError for an unknown choice.
    """
    if field.climate:
        return climate_of(field.climate), 0.0
    place = _place(field, county)
    if place is None:
        return None, 0.0
    return _near(*place, field.altitude_m)


def climate_of_county(county: str) -> tuple[ClimateStation | None, float]:
    """The climate nearest to the middle of a county (six digits), and its distance in km; None where all are far."""
    place = _county_place(county)
    return (None, 0.0) if place is None else _near(*place, None)


def expected_days(climate: ClimateStation | None, today: date, imported: Sequence[WeatherDay]) -> Sequence[FilledDay]:
    """The days from today on, as far as the water balance looks: as imported, else as in a usual year."""
    if climate is None:
        return ()
    last = today + timedelta(days=look_ahead_days() - 1)
    usual = _usual(climate.key, today, last)
    return filled_days(today, last, [(Origin.IMPORTED, imported), (Origin.CLIMATOLOGY, usual)])


def look_ahead_days() -> int:
    """How many days the water balance looks ahead, today included."""
    return int(assumption("balance_days"))


@lru_cache(maxsize=64)
def _usual(key: str, first: date, last: date) -> tuple[WeatherDay, ...]:
    return usual_days(climate_of(key).climate, first, last)


@lru_cache(maxsize=4096)
def _near(latitude_deg: float, longitude_deg: float, altitude_m: float | None) -> tuple[ClimateStation | None, float]:
    station, far_km = nearest_climate(latitude_deg, longitude_deg, altitude_m)
    return (None if far_km > advice_setting("climate_far_km") else station), far_km


def _place(field: Field, county: str) -> tuple[float, float] | None:
    if field.latitude_deg is not None and field.longitude_deg is not None:
        return field.latitude_deg, field.longitude_deg
    return _county_place(county)


def _county_place(county: str) -> tuple[float, float] | None:
    rows = [row for row in table_rows("county_places") if row["county"] == county]
    return (float(rows[0]["latitude_deg"]), float(rows[0]["longitude_deg"])) if rows else None
