"""Reference evapotranspiration by FAO Irrigation and Drainage Paper 56 (Allen et al. 1998), chapters 2 to 4.

One function per numbered equation; each takes floats or arrays of one shape. Temperatures in degrees Celsius,
pressures in kPa, radiation in MJ per square metre and day, heights in metres, wind in m/s, humidity in percent,
water in mm a day.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Given = float | Floats

SOLAR_CONSTANT = 0.0820
"""MJ per square metre and minute (FAO-56 eq. 21)."""
STEFAN_BOLTZMANN = 4.903e-9
"""MJ per square metre, day and K^4 (FAO-56 eq. 39)."""
GRASS_ALBEDO = 0.23
ANGSTROM = (0.25, 0.50)
"""a_s and b_s where no calibration is known (FAO-56 p. 50)."""
MM_PER_MJ = 0.408
"""1 / 2.45 MJ per kg, the latent heat of vaporisation (FAO-56 eq. 20)."""


def atmospheric_pressure(altitude_m: Given) -> Floats:
    """Pressure of the air at that altitude (FAO-56 eq. 7)."""
    pressure: Floats = 101.3 * ((293 - 0.0065 * altitude_m) / 293) ** 5.26
    return np.asarray(pressure)


def psychrometric_constant(pressure_kpa: Given) -> Floats:
    """Gamma, kPa per degree (FAO-56 eq. 8)."""
    return np.asarray(0.665e-3 * pressure_kpa)


def saturation_pressure(temperature_c: Given) -> Floats:
    """Saturation vapour pressure at that temperature (FAO-56 eq. 11)."""
    pressure: Floats = 0.6108 * np.exp(17.27 * temperature_c / (temperature_c + 237.3))
    return np.asarray(pressure)


def mean_saturation_pressure(tmin_c: Given, tmax_c: Given) -> Floats:
    """Saturation vapour pressure of a day (FAO-56 eq. 12)."""
    return np.asarray((saturation_pressure(tmax_c) + saturation_pressure(tmin_c)) / 2)


def saturation_slope(temperature_c: Given) -> Floats:
    """Delta, the slope of the saturation curve, kPa per degree (FAO-56 eq. 13)."""
    return np.asarray(4098 * saturation_pressure(temperature_c) / (temperature_c + 237.3) ** 2)


def vapour_pressure_of_dew_point(dew_point_c: Given) -> Floats:
    """Actual vapour pressure from the dew point (FAO-56 eq. 14); the minimum temperature stands in for it (eq. 48)."""
    return saturation_pressure(dew_point_c)


def vapour_pressure_of_psychrometer(dry_c: Given, wet_c: Given, pressure_kpa: Given, coefficient: float) -> Floats:
    """Actual vapour pressure from dry and wet bulb (FAO-56 eq. 15 and 16).

    coefficient: a_psy of the instrument, 0.000662 where ventilated.
    """
    return np.asarray(saturation_pressure(wet_c) - coefficient * pressure_kpa * (dry_c - wet_c))


def vapour_pressure_of_humidity(tmin_c: Given, tmax_c: Given, humidity_min: Given, humidity_max: Given) -> Floats:
    """Actual vapour pressure from the extremes of relative humidity (FAO-56 eq. 17)."""
    cold, warm = saturation_pressure(tmin_c) * humidity_max, saturation_pressure(tmax_c) * humidity_min
    return np.asarray((cold + warm) / 200)


def vapour_pressure_of_mean_humidity(tmin_c: Given, tmax_c: Given, humidity_percent: Given) -> Floats:
    """Actual vapour pressure from the mean relative humidity (FAO-56 eq. 19)."""
    return np.asarray(humidity_percent / 100 * mean_saturation_pressure(tmin_c, tmax_c))


def sun_distance(day_of_year: Given) -> Floats:
    """d_r, inverse relative distance of earth and sun (FAO-56 eq. 23)."""
    distance: Floats = 1 + 0.033 * np.cos(2 * np.pi / 365 * day_of_year)
    return np.asarray(distance)


def sun_declination(day_of_year: Given) -> Floats:
    """Declination of the sun, radians (FAO-56 eq. 24)."""
    declination: Floats = 0.409 * np.sin(2 * np.pi / 365 * day_of_year - 1.39)
    return np.asarray(declination)


def sunset_angle(latitude_deg: Given, day_of_year: Given) -> Floats:
    """Hour angle of sunset, radians (FAO-56 eq. 25); 0 in polar night, pi on a day without sunset."""
    cosine = -np.tan(np.radians(latitude_deg)) * np.tan(sun_declination(day_of_year))
    angle: Floats = np.arccos(np.clip(cosine, -1, 1))
    return np.asarray(angle)


def extraterrestrial_radiation(latitude_deg: Given, day_of_year: Given) -> Floats:
    """R_a of a day (FAO-56 eq. 21)."""
    latitude, declination = np.radians(latitude_deg), sun_declination(day_of_year)
    sunset = sunset_angle(latitude_deg, day_of_year)
    height = sunset * np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.sin(sunset)
    return np.asarray(24 * 60 / np.pi * SOLAR_CONSTANT * sun_distance(day_of_year) * height)


def daylight_hours(latitude_deg: Given, day_of_year: Given) -> Floats:
    """N, the longest sunshine that day can have (FAO-56 eq. 34)."""
    return np.asarray(24 / np.pi * sunset_angle(latitude_deg, day_of_year))


def radiation_of_sunshine(sunshine_h: Given, daylight_h: Given, extraterrestrial: Given) -> Floats:
    """R_s from the hours of sunshine (Angstrom; FAO-56 eq. 35)."""
    a, b = ANGSTROM
    return np.asarray((a + b * sunshine_h / daylight_h) * extraterrestrial)


def sunshine_of_radiation(radiation: Given, daylight_h: Given, extraterrestrial: Given) -> Floats:
    """Hours of sunshine that go with R_s (FAO-56 eq. 35 solved for n), between none and all the day."""
    a, b = ANGSTROM
    hours: Floats = np.clip((radiation / extraterrestrial - a) / b, 0, 1) * daylight_h
    return np.asarray(hours)


def radiation_of_temperature(tmin_c: Given, tmax_c: Given, extraterrestrial: Given, coefficient: float) -> Floats:
    """R_s from the daily range (Hargreaves; FAO-56 eq. 50).

    coefficient: k_Rs, 0.16 inland and 0.19 on coasts; never more than the clear sky gives at sea level.
    """
    swing: Floats = np.sqrt(np.maximum(np.asarray(tmax_c) - tmin_c, 0))
    return np.asarray(np.minimum(coefficient * swing, sum(ANGSTROM)) * extraterrestrial)


def clear_sky_radiation(altitude_m: Given, extraterrestrial: Given) -> Floats:
    """R_so (FAO-56 eq. 37)."""
    return np.asarray((0.75 + 2e-5 * altitude_m) * extraterrestrial)


def net_shortwave(radiation: Given) -> Floats:
    """R_ns over grass (FAO-56 eq. 38)."""
    return np.asarray((1 - GRASS_ALBEDO) * radiation)


def net_longwave(tmin_c: Given, tmax_c: Given, vapour_kpa: Given, radiation: Given, clear_sky: Given) -> Floats:
    """R_nl, outgoing (FAO-56 eq. 39); R_s/R_so is taken as 1 at most, and as 1 where there is no sun at all."""
    kelvins = ((np.asarray(tmax_c) + 273.16) ** 4 + (np.asarray(tmin_c) + 273.16) ** 4) / 2
    clear: Floats = np.asarray(clear_sky, np.float64)
    share = np.divide(radiation, clear, out=np.ones(np.broadcast(radiation, clear).shape), where=clear > 0)
    sky = 1.35 * np.minimum(share, 1) - 0.35
    return np.asarray(STEFAN_BOLTZMANN * kelvins * (0.34 - 0.14 * np.sqrt(vapour_kpa)) * sky)


def net_radiation(shortwave: Given, longwave: Given) -> Floats:
    """R_n (FAO-56 eq. 40)."""
    return np.asarray(shortwave - longwave)


def soil_heat_flux(before_c: Given, after_c: Given, coefficient: float) -> Floats:
    """G of a month, from mean temperatures (FAO-56 eq. 43 and 44); of a single day it is 0 (eq. 42).

    coefficient: 0.07 from the month before to the month after (eq. 43), 0.14 from the month before to this (eq. 44).
    """
    return np.asarray(coefficient * (np.asarray(after_c) - before_c))


def wind_at_2_m(wind_m_s: Given, height_m: Given) -> Floats:
    """u_2 from wind at another height over grass (FAO-56 eq. 47)."""
    wind: Floats = wind_m_s * 4.87 / np.log(67.8 * height_m - 5.42)
    return np.asarray(wind)


def penman_monteith(
    *,
    temperature_c: Given,
    net_radiation_mj: Given,
    wind_2m: Given,
    saturation_kpa: Given,
    vapour_kpa: Given,
    psychrometric: Given,
    soil_heat_mj: Given = 0.0,
) -> Floats:
    """ET0 of a day over well-watered grass (FAO-56 eq. 6), never negative."""
    slope = saturation_slope(temperature_c)
    radiation = MM_PER_MJ * slope * (net_radiation_mj - soil_heat_mj)
    dryness = np.asarray(saturation_kpa) - vapour_kpa
    wind = psychrometric * 900 / (np.asarray(temperature_c) + 273) * wind_2m * dryness
    et0 = (radiation + wind) / (slope + psychrometric * (1 + 0.34 * wind_2m))
    return np.asarray(np.maximum(et0, 0))


def hargreaves(tmin_c: Given, tmax_c: Given, extraterrestrial: Given) -> Floats:
    """ET0 of a day from temperatures alone (Hargreaves; FAO-56 eq. 52, R_a as mm of water)."""
    swing: Floats = np.sqrt(np.maximum(np.asarray(tmax_c) - tmin_c, 0))
    mean = (np.asarray(tmax_c) + tmin_c) / 2
    return np.asarray(np.maximum(0.0023 * (mean + 17.8) * swing * MM_PER_MJ * extraterrestrial, 0))
