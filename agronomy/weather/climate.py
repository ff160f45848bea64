"""The climate of a place: what a crop meets there in a usual year."""

from dataclasses import dataclass

from agronomy.errors import AgronomyError

MONTHS = 12

Monthly = tuple[float, ...]
"""Twelve values, January first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Climate:
    """Monthly means of a usual year; temperatures in degrees Celsius, rain in mm a month.

    tmin_c, tmean_c, tmax_c: mean daily minimum, mean, maximum. rain_mm: sum of the month.
    humidity_percent, sunshine_h (hours a month), wind_m_s (at 2 m): None where nobody measured them.
    source: where the numbers come from; confirmed: False where they were not checked against the original.
    """

    place: str
    latitude_deg: float
    altitude_m: float
    tmin_c: Monthly
    tmean_c: Monthly
    tmax_c: Monthly
    rain_mm: Monthly
    humidity_percent: Monthly | None = None
    sunshine_h: Monthly | None = None
    wind_m_s: Monthly | None = None
    source: str = ""
    confirmed: bool = True

    def __post_init__(self) -> None:
        """Refuse a year that has not twelve months."""
        columns = (
            self.tmin_c, self.tmean_c, self.tmax_c, self.rain_mm,
            self.humidity_percent, self.sunshine_h, self.wind_m_s,
        )  # fmt: skip
        if any(column is not None and len(column) != MONTHS for column in columns):
            msg = f"the climate of {self.place} needs {MONTHS} values a column, January to December"
            raise AgronomyError(msg)
