"""Reference evapotranspiration of days of weather, by the best way their values allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from agronomy.water_tables import assumption
from agronomy.weather import fao56
from agronomy.weather.days import WeatherDay
from agronomy.weather.fao56 import Floats


class EtMethod(StrEnum):
    """How the ET0 of a day was computed, the best first."""

    PENMAN_MONTEITH = "penman_monteith"
    PENMAN_MONTEITH_ESTIMATED = "penman_monteith_estimated"
    HARGREAVES = "hargreaves"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceEt:
    """ET0 (mm a day), RHmin (%) and wind (m/s at 2 m) of each day, and how each was computed; NaN where unknown."""

    et0_mm: Floats
    humidity_min: Floats
    wind_2m: Floats
    methods: tuple[EtMethod, ...]


def reference_et(days: Sequence[WeatherDay], *, latitude_deg: float, altitude_m: float) -> ReferenceEt:
    """ET0 of each day: Penman-Monteith (FAO-56 eq. 6), with what is missing estimated as chapter 3 says.

    Radiation comes from the instrument, from sunshine (eq. 35), or from the daily range (eq. 50); humidity from the
    mean (eq. 19) or the minimum temperature (eq. 48); wind is 2 m/s where unknown. Where neither radiation nor humidity
    nor wind is known, Hargreaves (eq. 52). Without both extremes of temperature a day stays unknown.
    """
    tmin, tmax = _column(days, "tmin_c"), _column(days, "tmax_c")
    mean = (tmin + tmax) / 2
    doy = np.array([float(day.day.timetuple().tm_yday) for day in days])
    ra = fao56.extraterrestrial_radiation(latitude_deg, doy)
    radiation, told_sun = _radiation(days, tmin, tmax, ra, fao56.daylight_hours(latitude_deg, doy))
    humidity, wind = _column(days, "humidity_percent"), _column(days, "wind_m_s")
    dew = fao56.vapour_pressure_of_dew_point(tmin - assumption("dew_point_deficit_c"))
    vapour = np.where(np.isnan(humidity), dew, fao56.vapour_pressure_of_mean_humidity(tmin, tmax, humidity))
    speed = np.where(np.isnan(wind), assumption("wind_m_s"), wind)
    longwave = fao56.net_longwave(tmin, tmax, vapour, radiation, fao56.clear_sky_radiation(altitude_m, ra))
    full = fao56.penman_monteith(
        temperature_c=mean,
        net_radiation_mj=fao56.net_radiation(fao56.net_shortwave(radiation), longwave),
        wind_2m=speed,
        saturation_kpa=fao56.mean_saturation_pressure(tmin, tmax),
        vapour_kpa=vapour,
        psychrometric=fao56.psychrometric_constant(fao56.atmospheric_pressure(altitude_m)),
    )
    nothing = ~told_sun & np.isnan(humidity) & np.isnan(wind)
    complete = told_sun & ~np.isnan(humidity) & ~np.isnan(wind)
    et0 = np.where(nothing, fao56.hargreaves(tmin, tmax, ra), full)
    driest = np.clip(100 * vapour / fao56.saturation_pressure(tmax), 1, 100)
    methods = tuple(
        _method(known=known, complete=whole, nothing=none)
        for known, whole, none in zip(~np.isnan(mean), complete, nothing, strict=True)
    )
    return ReferenceEt(et0_mm=et0, humidity_min=driest, wind_2m=speed, methods=methods)


def _radiation(
    days: Sequence[WeatherDay], tmin: Floats, tmax: Floats, ra: Floats, longest: Floats
) -> tuple[Floats, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """R_s of each day, and whether the sun was measured at all."""
    measured, sunshine = _column(days, "radiation_mj"), _column(days, "sunshine_h")
    by_sun = fao56.radiation_of_sunshine(np.minimum(sunshine, longest), np.maximum(longest, 0.1), ra)
    by_range = fao56.radiation_of_temperature(tmin, tmax, ra, assumption("hargreaves_inland"))
    told = np.where(np.isnan(measured), by_sun, measured)
    return np.where(np.isnan(told), by_range, told), ~np.isnan(told)


def _method(*, known: bool, complete: bool, nothing: bool) -> EtMethod:
    if not known:
        return EtMethod.UNKNOWN
    if complete:
        return EtMethod.PENMAN_MONTEITH
    return EtMethod.HARGREAVES if nothing else EtMethod.PENMAN_MONTEITH_ESTIMATED


def _column(days: Sequence[WeatherDay], name: str) -> Floats:
    values = [getattr(day, name) for day in days]
    return np.array([np.nan if value is None else value for value in values], np.float64)
