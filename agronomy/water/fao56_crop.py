"""Crop water by FAO Irrigation and Drainage Paper 56 (Allen, Pereira, Raes, Smith 1998), chapters 6 to 8.

One function per numbered equation; each takes floats or arrays of one shape. Depletions and depths of water in mm,
rooting depth and height in metres, water contents as volume fractions (0.23 is 23 % by volume).
"""

import numpy as np

from agronomy.weather.fao56 import Floats, Given

ADJUSTED_FROM = 0.45
"""Smaller Kc and Kcb at mid season and end are not adjusted to climate (FAO-56 p. 121, 125)."""
P_LIMITS = (0.1, 0.8)
COVER_LIMIT = 0.99
"""f_c is kept below 1 (FAO-56 p. 149)."""


def interpolated_kc_ini(wetting_mm: Given, light: Given, heavy: Given) -> Floats:
    """K_c ini for wettings between light (10 mm) and heavy (40 mm) ones (FAO-56 eq. 59)."""
    return np.asarray(np.asarray(light) + (np.asarray(wetting_mm) - 10) / (40 - 10) * (np.asarray(heavy) - light))


def partly_wetted_kc_ini(kc_ini: Given, wetted_fraction: Given) -> Floats:
    """K_c ini where only a fraction of the ground is wetted (FAO-56 eq. 60)."""
    return np.asarray(wetted_fraction * kc_ini)


def depth_in_wetted_part(irrigation_mm: Given, wetted_fraction: Given) -> Floats:
    """Depth of water in the wetted part of the ground, I_w (FAO-56 eq. 61)."""
    return np.asarray(irrigation_mm / wetted_fraction)


def climate_term(wind_2m: Given, humidity_min: Given, height_m: Given) -> Floats:
    """What wind and dry air add to a coefficient of the tables, which hold for u2 = 2 m/s and RHmin = 45 % (eq. 62).

    wind_2m is held within 1 to 6 m/s and humidity_min within 20 to 80 %, as the book restricts them (p. 121).
    """
    wind, humidity = np.clip(wind_2m, 1, 6), np.clip(humidity_min, 20, 80)
    return np.asarray((0.04 * (wind - 2) - 0.004 * (humidity - 45)) * (np.asarray(height_m) / 3) ** 0.3)


def adjusted_kc(tabulated: Given, wind_2m: Given, humidity_min: Given, height_m: Given) -> Floats:
    """K_c mid, K_c end or K_cb in that climate (FAO-56 eq. 62, 65, 70); below 0.45 as in the table."""
    table = np.asarray(tabulated, np.float64)
    return np.where(table >= ADJUSTED_FROM, table + climate_term(wind_2m, humidity_min, height_m), table)


def alfalfa_ratio(wind_2m: Given, humidity_min: Given) -> Floats:
    """Alfalfa reference over grass reference (FAO-56 eq. 68)."""
    return np.asarray(1.2 + climate_term(wind_2m, humidity_min, 0.5))


def coefficient_on(day: Given, stage_days: tuple[float, ...], levels: tuple[float, float, float]) -> Floats:
    """K_c or K_cb on a day of the season (FAO-56 eq. 66), constant before its first and after its last day.

    stage_days: lengths of initial, development, mid and late season; levels: initial, mid, end.
    """
    ends = np.cumsum((0.0, *stage_days))
    initial, middle, end = levels
    return np.asarray(np.interp(day, ends, (initial, initial, middle, middle, end)))


def largest_kc(wind_2m: Given, humidity_min: Given, height_m: Given, basal: Given) -> Floats:
    """K_c max just after a wetting (FAO-56 eq. 72)."""
    return np.asarray(np.maximum(1.2 + climate_term(wind_2m, humidity_min, height_m), np.asarray(basal) + 0.05))


def total_evaporable(field_capacity: Given, wilting_point: Given, layer_m: Given) -> Floats:
    """TEW of the top layer that dries by evaporation (FAO-56 eq. 73)."""
    return np.asarray(1000 * (np.asarray(field_capacity) - 0.5 * np.asarray(wilting_point)) * layer_m)


def evaporation_reduction(depletion: Given, total: Given, readily: Given) -> Floats:
    """K_r: 1 until REW is gone, then falling to 0 at TEW (FAO-56 eq. 74)."""
    spare = np.maximum(np.asarray(total, np.float64) - readily, 1e-9)
    return np.asarray(np.clip((np.asarray(total) - depletion) / spare, 0, 1))


def exposed_wetted(cover: Given, wetted_fraction: Given) -> Floats:
    """f_ew, the part of the ground that is both bare and wetted (FAO-56 eq. 75)."""
    return np.asarray(np.minimum(1 - np.asarray(cover), wetted_fraction))


def ground_cover(basal: Given, smallest: Given, largest: Given, height_m: Given) -> Floats:
    """f_c, the part of the ground under leaves, from K_cb (FAO-56 eq. 76)."""
    share = np.maximum(np.asarray(basal) - smallest, 0.01) / np.maximum(np.asarray(largest) - smallest, 0.01)
    return np.asarray(np.clip(share ** (1 + 0.5 * np.asarray(height_m)), 0, COVER_LIMIT))


def evaporation_coefficient(reduction: Given, largest: Given, basal: Given, exposed: Given) -> Floats:
    """K_e, evaporation from the soil (FAO-56 eq. 71)."""
    energy = np.asarray(reduction) * (np.asarray(largest) - basal)
    return np.asarray(np.maximum(np.minimum(energy, exposed * np.asarray(largest)), 0))


def total_available(field_capacity: Given, wilting_point: Given, root_m: Given) -> Floats:
    """TAW of the root zone (FAO-56 eq. 82)."""
    return np.asarray(1000 * (np.asarray(field_capacity) - wilting_point) * root_m)


def readily_available(total: Given, fraction: Given) -> Floats:
    """RAW, what the crop takes without stress (FAO-56 eq. 83)."""
    return np.asarray(fraction * np.asarray(total))


def depletion_fraction(tabulated: Given, crop_et_mm: Given) -> Floats:
    """Depletion fraction p at that day's ETc, from the value of Table 22 for 5 mm a day (FAO-56 p. 162)."""
    return np.asarray(np.clip(np.asarray(tabulated) + 0.04 * (5 - np.asarray(crop_et_mm)), *P_LIMITS))


def stress_coefficient(depletion: Given, total: Given, fraction: Given) -> Floats:
    """K_s: 1 until RAW is gone, then falling to 0 at TAW (FAO-56 eq. 84)."""
    spare = np.maximum((1 - np.asarray(fraction)) * np.asarray(total, np.float64), 1e-9)
    return np.asarray(np.clip((np.asarray(total) - depletion) / spare, 0, 1))


def drained(depletion_before: Given, arriving_mm: Given) -> Floats:
    """Deep percolation of water that arrives early in the day (FAO-56 eq. 88 in the order of Example 38).

    The printed equation takes the day's ETc off first and does not reproduce the book's own table, in which water
    drains before the crop uses it.
    """
    return np.asarray(np.maximum(np.asarray(arriving_mm) - depletion_before, 0))


def salinity_stress(ece_ds_m: Given, threshold_ds_m: Given, slope_percent: Given, yield_response: Given) -> Floats:
    """K_s of salt alone, where water is not short (FAO-56 eq. 91); multiply with that of water for both (eq. 92)."""
    excess = np.maximum(np.asarray(ece_ds_m) - threshold_ds_m, 0)
    return np.asarray(np.clip(1 - np.asarray(slope_percent) / (np.asarray(yield_response) * 100) * excess, 0, 1))
