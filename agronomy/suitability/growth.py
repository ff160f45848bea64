"""How crops grow through a usual year: the best window of annuals, the winter of perennials, months to sow."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from agronomy.suitability.climate_zones import aridity_index, zone_of
from agronomy.suitability.crop_columns import Column, CropColumns, Flags, zone_likeness_of
from agronomy.suitability.parameters import parameter
from agronomy.weather.climate import MONTHS, Climate

STEPS = 2 * MONTHS
STEP_DAYS = 365.25 / STEPS
_LONGEST_SEASON_DAYS = 270
_NOTHING_GROWS = 0.01


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Growth:
    """What one climate does to n crops, each a factor from 0 to 1.

    temperature: mean response over the best window. winter_cold: what survives the frost of that window or winter.
    water_shortage: rain against need. too_wet: rain of the year above the optimum, before any drainage, 1 harmless.
    climate_zone: likeness of the nearest zone. annual: grown from seed each year, else as a stand.
    starts: n × 12, months in which it may be planted; empty for stands. growing: n × 12, months in which it grows.
    known: temperature limits are known.
    """

    temperature: Column
    winter_cold: Column
    water_shortage: Column
    too_wet: Column
    climate_zone: Column
    annual: Flags
    starts: Flags
    growing: Flags
    known: Flags


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Season:
    """The best window of each crop."""

    temperature: Column
    survival: Column
    water: Column
    by_start: Column

    @property
    def score(self) -> Column:
        return self.temperature * self.survival * self.water


@lru_cache(maxsize=64)
def growth(columns: CropColumns, climate: Climate, irrigated: bool) -> Growth:  # noqa: FBT001 - part of the cache's key
    """What this climate does to these crops; kept, as many fields share a climate."""
    response = _response(columns.temperature_c, _half_months(climate.tmean_c))
    supply = _local_water(climate) if irrigated else 0.0
    annual, stand = _annual(columns, climate, response, supply), _stand(columns, climate, response, supply)
    as_annual = np.where(columns.annual, annual.score, -1.0) >= np.where(columns.perennial, stand.score, -1.0)
    suited = columns.annual | columns.perennial
    growing: Flags = response > 0
    shape = (len(columns.crops), MONTHS, 2)
    best = annual.by_start.max(axis=1, keepdims=True)
    good = (annual.by_start >= parameter("good_start") * best) & (response >= parameter("start_warmth"))
    good &= (best > _NOTHING_GROWS) & (as_annual & suited)[:, None]
    return Growth(
        temperature=_chosen(suited, as_annual, annual.temperature, stand.temperature),
        winter_cold=_chosen(suited, as_annual, annual.survival, stand.survival),
        water_shortage=_chosen(suited, as_annual, annual.water, stand.water),
        too_wet=_too_wet(columns, climate),
        climate_zone=zone_likeness_of(columns, zone_of(climate)),
        annual=as_annual,
        starts=good.reshape(shape).any(axis=2),
        growing=np.asarray(growing.reshape(shape).any(axis=2), dtype=np.bool_),
        known=suited & np.isfinite(columns.temperature_c).all(axis=1),
    )


def _annual(columns: CropColumns, climate: Climate, response: Column, supply: float) -> _Season:
    """The best start and length of an annual: an early variety or one a third of the way to the longest cycle."""
    shortest, longest = columns.shortest_days, columns.longest_days
    seasons = [
        _windows(columns, climate, response, supply, days)
        for days in (shortest, (2 * shortest + np.minimum(longest, 3 * shortest)) / 3)
    ]
    early, late = seasons
    better = late.score > early.score
    return _Season(
        temperature=np.where(better, late.temperature, early.temperature),
        survival=np.where(better, late.survival, early.survival),
        water=np.where(better, late.water, early.water),
        by_start=np.maximum(early.by_start, late.by_start),
    )


def _windows(columns: CropColumns, climate: Climate, response: Column, supply: float, days: Column) -> _Season:
    steps = _steps(days)
    warmth = _window_mean(response, steps)
    coldest = _window_minimum(_half_months(climate.tmin_c), steps) - parameter("frost_margin_annual_c")
    survival = _survival(coldest - columns.killing_c[:, None])
    water = np.maximum(supply, _window_water(columns, climate, steps))
    by_start = np.nan_to_num(warmth * survival * water)
    best = by_start.argmax(axis=1)[:, None]
    temperature, survived, watered = (
        np.take_along_axis(values, best, axis=1)[:, 0] for values in (warmth, survival, water)
    )
    return _Season(temperature=temperature, survival=survived, water=watered, by_start=by_start)


def _stand(columns: CropColumns, climate: Climate, response: Column, supply: float) -> _Season:
    """A stand that lives on: its growing season is as long as it needs, and it must come through the winter.

    A crop without rest must grow all year; where the coldest month lies below its growth minimum it dies back.
    """
    middle = (columns.shortest_days + columns.longest_days) / 2
    days = np.where(columns.rests, np.minimum(middle, _LONGEST_SEASON_DAYS), columns.longest_days)
    season = _window_mean(response, _steps(days))
    winter = _survival(min(climate.tmin_c) - parameter("frost_margin_perennial_c") - columns.resting_c)
    awake = _survival(min(climate.tmean_c) - columns.temperature_c[:, 0])
    rain = _shortage(columns.rain_mm, np.full(len(columns.crops), float(sum(climate.rain_mm))))
    return _Season(
        temperature=np.nan_to_num(season.max(axis=1)),
        survival=np.where(columns.rests, winter, winter * np.nan_to_num(awake)),
        water=np.maximum(supply, rain),
        by_start=season,
    )


def _response(limits: Column, celsius: Column) -> Column:
    """How well each crop grows at each half-month's mean (n × 24), 0 where its limits are unknown."""
    low, best_low, best_high, high = (limits[:, i, None] for i in range(4))
    rising = (celsius - low) / np.maximum(best_low - low, 1e-9)
    falling = (high - celsius) / np.maximum(high - best_high, 1e-9)
    return np.asarray(np.nan_to_num(np.clip(np.minimum(rising, falling), 0.0, 1.0)))


def _shortage(rain_limits: Column, rain_mm: Column) -> Column:
    """0 at the least rain a crop stands, 1 at what it needs for full growth; 1 where unknown."""
    least, enough = rain_limits[:, 0], rain_limits[:, 1]
    return np.nan_to_num(np.clip((rain_mm - least) / np.maximum(enough - least, 1e-9), 0.0, 1.0), nan=1.0)


def _window_water(columns: CropColumns, climate: Climate, steps: NDArray[np.intp]) -> Column:
    """Rain of each window and the month before it (n × 24) against the year's need shared out over both."""
    rain = np.repeat(np.array(climate.rain_mm) / 2, 2)
    spread = np.minimum(steps + 2, STEPS)
    falls = _window_sum(np.roll(rain, 2)[None, :].repeat(len(steps), axis=0), spread)
    share = (spread / STEPS)[:, None]
    least, enough = columns.rain_mm[:, 0, None] * share, columns.rain_mm[:, 1, None] * share
    return np.nan_to_num(np.clip((falls - least) / np.maximum(enough - least, 1e-9), 0.0, 1.0), nan=1.0)


def _too_wet(columns: CropColumns, climate: Climate) -> Column:
    most, best_most = columns.rain_mm[:, 3], columns.rain_mm[:, 2]
    excess = (most - sum(climate.rain_mm)) / np.maximum(most - best_most, 1e-9)
    return np.nan_to_num(np.clip(excess, 0.0, 1.0), nan=1.0)


def _local_water(climate: Climate) -> float:
    """Share of the shortage that ponds and canals fed by local rain can fill: none on arid land."""
    low, high = parameter("arid_index"), parameter("semi_arid_index")
    return float(np.clip((aridity_index(climate) - low) / (high - low), 0.0, 1.0))


def _survival(above_killing_c: Column | float) -> Column:
    """What survives a night so far above the killing temperature; a half at that temperature."""
    return np.asarray(1 / (1 + np.exp(-np.clip(np.asarray(above_killing_c) / parameter("frost_scale_c"), -50, 50))))


def _chosen(suited: Flags, as_annual: Flags, annual: Column, stand: Column) -> Column:
    return np.where(suited, np.where(as_annual, annual, stand), 0.0)


def _half_months(monthly: tuple[float, ...]) -> Column:
    """24 values on the line through the middles of the months."""
    middle = np.array(monthly)
    early, late = (3 * middle + np.roll(middle, 1)) / 4, (3 * middle + np.roll(middle, -1)) / 4
    return np.column_stack((early, late)).ravel()


def _steps(days: Column) -> NDArray[np.intp]:
    """Length in half-months, at least one and at most a year; half a year where unknown."""
    half_year = STEP_DAYS * MONTHS
    return np.clip(np.rint(np.nan_to_num(days, nan=half_year) / STEP_DAYS), 1, STEPS).astype(np.intp)


def _window_sum(values: Column, steps: NDArray[np.intp]) -> Column:
    """Sum over the window that starts at each half-month (n × 24), the year taken as a ring."""
    ring = np.concatenate((np.zeros((len(values), 1)), np.cumsum(np.tile(values, 2), axis=1)), axis=1)
    ends = np.arange(STEPS)[None, :] + steps[:, None]
    return np.asarray(np.take_along_axis(ring, ends, axis=1) - ring[:, :STEPS])


def _window_mean(values: Column, steps: NDArray[np.intp]) -> Column:
    return _window_sum(values, steps) / steps[:, None]


def _window_minimum(values: Column, steps: NDArray[np.intp]) -> Column:
    """Minimum over the window that starts at each half-month (n × 24)."""
    ring = np.tile(values, 2)
    by_length = np.array([[ring[start : start + n].min() for start in range(STEPS)] for n in range(1, STEPS + 1)])
    return np.asarray(by_length[steps - 1])
