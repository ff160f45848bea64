"""Where a climate belongs (Trewartha's zones, which FAO ECOCROP uses), how far apart zones lie, and how arid it is."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np

from agronomy.suitability.parameters import parameter
from agronomy.table_rows import table_rows
from agronomy.weather.climate import MONTHS, Climate

# Trewartha & Horn 1980: thermal zones by months with a mean of 10 degrees or more
WARM_C = 10.0
TROPICAL_C = 18.0
_SUBTROPICAL_MONTHS = 8
_TEMPERATE_MONTHS = 4
_WET_MM = 60.0
_DRY_SUMMER_MM = 30.0
_DRY_WINTER_RATIO = 10.0
_MONTH_DAYS = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def zone_of(climate: Climate) -> str:
    """The zone by its letters in `tables/climate_zones.csv`, e.g. Cf (Trewartha & Horn 1980; Patton's dry limit)."""
    rain, mean = np.array(climate.rain_mm), np.array(climate.tmean_c)
    dryness = _dry_limit_mm(climate)
    if rain.sum() < dryness:
        return "Bw" if rain.sum() < dryness / 2 else "Bs"
    warm = int((mean >= WARM_C).sum())
    if mean.min() >= TROPICAL_C:
        return "Ar" if (rain < _WET_MM).sum() <= 2 else "Aw"  # noqa: PLR2004 - Trewartha: at most two dry months
    if warm >= _SUBTROPICAL_MONTHS:
        return f"C{_rain_season(climate)}"
    if warm >= _TEMPERATE_MONTHS:
        return "Do" if mean.min() >= 0 else "Dc"
    return "E" if warm else "F"


def aridity_index(climate: Climate) -> float:
    """Rain of a year over potential evapotranspiration (UNEP 1992)."""
    return float(sum(climate.rain_mm) / max(1.0, thornthwaite_mm(climate)))


def thornthwaite_mm(climate: Climate) -> float:
    """Potential evapotranspiration of a year, mm (Thornthwaite 1948; Willmott et al. 1985 above 26.5 degrees)."""
    mean = np.clip(np.array(climate.tmean_c), 0.0, None)
    heat = float(((mean / 5) ** 1.514).sum())
    power = 6.75e-7 * heat**3 - 7.71e-5 * heat**2 + 1.792e-2 * heat + 0.49239
    cool = 16 * (10 * mean / max(heat, 1e-9)) ** power
    hot = -415.85 + 32.24 * mean - 0.43 * mean**2
    monthly = np.where(mean > 26.5, hot, cool)  # noqa: PLR2004 - the limit of the published formula
    return float((monthly * _MONTH_DAYS / 30 * _day_hours(climate.latitude_deg) / 12).sum())


@cache
def zone_likeness() -> Mapping[tuple[str, str], float]:
    """1 for a zone and itself, less the more a crop of the second zone meets in the first that it does not know."""
    rows = {row["zone"]: row for row in table_rows("climate_zones")}
    return MappingProxyType({(here, home): _likeness(rows[here], rows[home]) for here in rows for home in rows})


def _likeness(here: Mapping[str, str], home: Mapping[str, str]) -> float:
    if here["zone"] == home["zone"]:
        return 1.0
    arid = {here["moisture"], home["moisture"]} & {"arid"}
    if arid:
        return parameter("zone_step") if here["moisture"] == home["moisture"] else parameter("zone_arid")
    step = parameter("zone_step") ** abs(int(here["thermal"]) - int(home["thermal"]))
    return step * _seasons(here["moisture"], home["moisture"])


def _seasons(here: str, home: str) -> float:
    if here == home:
        return 1.0
    return parameter("zone_dry_summer") if "dry summer" in {here, home} else parameter("zone_dry_winter")


def _dry_limit_mm(climate: Climate) -> float:
    """Rain of a year below which a climate is dry (Patton 1962 in Trewartha & Horn 1980), mm."""
    rain = np.array(climate.rain_mm)
    winter = _winter(climate)
    share = 100 * rain[winter].sum() / max(rain.sum(), 1e-9)
    return float(max(0.0, 23 * float(np.mean(climate.tmean_c)) - 6.4 * share + 410))


def _rain_season(climate: Climate) -> str:
    rain = np.array(climate.rain_mm)
    winter = _winter(climate)
    summer = np.setdiff1d(np.arange(MONTHS), winter)
    driest, wettest = rain[summer].min(), rain[winter].max()
    if driest < _DRY_SUMMER_MM and wettest >= 3 * driest and rain.sum() < 890:  # noqa: PLR2004 - Trewartha's Cs
        return "s"
    return "w" if rain[summer].max() >= _DRY_WINTER_RATIO * max(rain[winter].min(), 1e-9) else "f"


def _winter(climate: Climate) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Index of the six winter months of that hemisphere."""
    october_to_march = np.array([0, 1, 2, 9, 10, 11])
    return october_to_march if climate.latitude_deg >= 0 else (october_to_march + 6) % MONTHS


def _day_hours(latitude_deg: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Hours of daylight in the middle of each month (FAO-56 eq. 24, 25, 34)."""
    day = np.array([15, 46, 75, 105, 135, 162, 198, 228, 258, 288, 318, 344])
    declination = 0.409 * np.sin(2 * np.pi / 365 * day - 1.39)
    sunset = np.clip(-np.tan(np.radians(latitude_deg)) * np.tan(declination), -1, 1)
    return np.asarray(24 / np.pi * np.arccos(sunset))
