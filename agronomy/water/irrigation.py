"""When a field needs water and how much: what probes see now, carried on by the balance and the expected weather.

What is not known stays open: each texture and depth the field may have is computed, and the answer spans them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

import numpy as np

from agronomy.model import MU_PER_HA
from agronomy.table_rows import table_rows
from agronomy.water.balance import Balance, Ground, WaterDays, daily_balance
from agronomy.water.crop_water import CropWater, crop_days, in_climate, planted_in
from agronomy.water.soil_water import SoilWater
from agronomy.water_tables import assumption
from agronomy.weather.days import WeatherDay
from agronomy.weather.fao56 import Floats
from agronomy.weather.reference_et import reference_et

M3_PER_MM_MU = 10 / MU_PER_HA
"""1 mm on 1 mu is 0.667 cubic metres."""


class WaterNeed(StrEnum):
    """What the water says: give it now, on a day ahead, not within the look-ahead, or cannot tell."""

    NOW = "now"
    LATER = "later"
    ENOUGH = "enough"
    UNDECIDED = "undecided"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoistureAt:
    """A probe's moisture (% by volume) at a depth, of good quality."""

    depth_cm: float
    moisture_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """From low to high, both included; equal where nothing is left open."""

    low: float
    high: float

    @classmethod
    def of(cls, values: Floats) -> "Interval":
        """The interval that holds them all."""
        return cls(low=float(values.min()), high=float(values.max()))

    def times(self, factor: float) -> "Interval":
        """Both ends times a positive factor."""
        return Interval(low=self.low * factor, high=self.high * factor)


@dataclass(frozen=True, slots=True, kw_only=True)
class IrrigationMethod:
    """How water is brought: the part of the ground it wets, and the part of it that the roots get."""

    method: str
    zh: str
    en: str
    wetted_fraction: float
    efficiency: float
    confirmed: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IrrigationAdvice:
    """The answer for one field.

    depletion_mm: what the root zone lacks to field capacity today; raw_mm: what the crop bears to lack.
    net_mm: to bring it back on the first day of need; gross_m3_per_mu: the same with the losses of the method.
    due: first and last day on which the need may come, None beyond the look-ahead.
    unknown: what would narrow the answer, e.g. texture.
    """

    need: WaterNeed
    depletion_mm: Interval | None = None
    raw_mm: Interval | None = None
    net_mm: Interval | None = None
    gross_m3_per_mu: Interval | None = None
    due: tuple[date, date | None] | None = None
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterPlace:
    """Where the field is and what may be below it; soils as `soil_waters` gives them; depth None is unknown."""

    latitude_deg: float
    altitude_m: float
    soils: tuple[SoilWater, ...]
    soil_depth_m: float | None


def irrigation_methods() -> dict[str, IrrigationMethod]:
    """The methods of `irrigation_methods.csv` by name."""
    return {
        row["method"]: IrrigationMethod(
            method=row["method"],
            zh=row["zh"],
            en=row["en"],
            wetted_fraction=float(row["wetted_fraction"]),
            efficiency=float(row["efficiency"]),
            confirmed=row["confirmed"] == "yes",
            source=row["source"],
        )
        for row in table_rows("irrigation_methods")
    }


def irrigation_advice(
    crop: CropWater,
    place: WaterPlace,
    *,
    planted_on: date,
    today: date,
    probes: Sequence[MoistureAt],
    expected: Sequence[WeatherDay],
    method: str = "furrow",
) -> IrrigationAdvice:
    """Whether, when and how much water a field needs, from today's probes and the days expected from today on.

    expected: forecast and usual days as `filled_days` puts them together; a day without temperatures ends the look.
    UNKNOWN without a probe, without weather, outside the season, or for a crop without FAO-56 data (rice stands in
    water and has no such balance); UNDECIDED where the soils it may be disagree about today.
    """
    crop = planted_in(crop, planted_on.month)
    lacking = _lacking(crop, planted_on, today, probes, expected)
    if lacking:
        return IrrigationAdvice(need=WaterNeed.UNKNOWN, unknown=lacking)
    cases = _Cases(place)
    run = _look_ahead(crop, place, cases, planted_on=planted_on, today=today, probes=probes, expected=expected)
    dry = run.depletion_mm >= run.readily_available_mm
    unknown = cases.unknown()
    today_dry = dry[0]
    depletion, raw = Interval.of(run.depletion_mm[0]), Interval.of(run.readily_available_mm[0])
    if not dry.any():
        return IrrigationAdvice(need=WaterNeed.ENOUGH, depletion_mm=depletion, raw_mm=raw, unknown=unknown)
    first = np.where(dry.any(axis=0), dry.argmax(axis=0), len(dry))
    wanted = run.depletion_mm[np.minimum(first, len(dry) - 1), np.arange(dry.shape[1])][first < len(dry)]
    net = Interval.of(np.maximum(wanted, assumption("least_useful_mm")))
    latest = int(first.max())
    return IrrigationAdvice(
        need=_need(today_dry),
        depletion_mm=depletion,
        raw_mm=raw,
        net_mm=net,
        gross_m3_per_mu=net.times(M3_PER_MM_MU / irrigation_methods()[method].efficiency),
        due=(today + timedelta(days=int(first.min())), today + timedelta(days=latest) if latest < len(dry) else None),
        unknown=unknown,
    )


def root_zone_depletion(probes: Sequence[MoistureAt], field_capacity: Floats, root_m: Floats) -> Floats:
    """What the root zone lacks to field capacity (mm), one value a soil, never below 0.

    Each probe speaks for the soil from half way to the one above to half way to the one below, the lowest one down to
    the roots' end.
    """
    ordered = sorted(probes, key=lambda probe: probe.depth_cm)
    depths = [probe.depth_cm / 100 for probe in ordered]
    edges = [0.0, *((upper + lower) / 2 for upper, lower in pairwise(depths)), np.inf]
    lacking = np.zeros(np.broadcast_shapes(field_capacity.shape, root_m.shape))
    for probe, (top, bottom) in zip(ordered, pairwise(edges), strict=True):
        thickness = np.clip(root_m, top, bottom) - top
        lacking += 1000 * thickness * (field_capacity - probe.moisture_percent / 100)
    return np.asarray(np.maximum(lacking, 0))


class _Cases:
    """Every soil the field may have at every depth it may have, as columns of one balance."""

    def __init__(self, place: WaterPlace) -> None:
        known = place.soil_depth_m is not None
        depths = [place.soil_depth_m] if known else [assumption("unknown_depth_m"), np.inf]
        both = [(soil, depth) for soil in place.soils for depth in depths]
        self.depth_m = np.array([depth for _, depth in both], np.float64)
        self.ground = Ground(
            field_capacity=np.array([soil.field_capacity for soil, _ in both]),
            wilting_point=np.array([soil.wilting_point for soil, _ in both]),
            readily_evaporable_mm=np.array([soil.readily_evaporable_mm for soil, _ in both]),
        )
        self._texture_known, self._depth_known = len(place.soils) == 1, known

    def unknown(self) -> tuple[str, ...]:
        both = (("texture", self._texture_known), ("soil_depth", self._depth_known))
        return tuple(name for name, known in both if not known)


def _lacking(
    crop: CropWater, planted_on: date, today: date, probes: Sequence[MoistureAt], expected: Sequence[WeatherDay]
) -> tuple[str, ...]:
    season = crop.season_days
    checks = (
        ("crop_water_data", crop_days(crop, np.zeros(1)) is None),
        ("season", season is not None and not 0 <= (today - planted_on).days <= season),
        ("soil_moisture", not probes),
        ("weather", not expected or expected[0].tmin_c is None or expected[0].tmax_c is None),
    )
    return tuple(name for name, lacks in checks if lacks)


def _look_ahead(
    crop: CropWater,
    place: WaterPlace,
    cases: _Cases,
    *,
    planted_on: date,
    today: date,
    probes: Sequence[MoistureAt],
    expected: Sequence[WeatherDay],
) -> Balance:
    """The balance of every case from this evening on, beginning with what the probes see."""
    known = _known_days(expected)
    et = reference_et(known, latitude_deg=place.latitude_deg, altitude_m=place.altitude_m)
    after = np.array([float((day.day - planted_on).days) for day in known])
    days = crop_days(crop, after, soil_depth_m=cases.depth_m)
    if days is None or known[0].day != today:
        msg = f"the expected days must begin today ({today}) for a crop with water data, not {known[0].day}"
        raise ValueError(msg)
    days = in_climate(days, wind_2m=et.wind_2m[:, np.newaxis], humidity_min=et.humidity_min[:, np.newaxis])
    rain = np.array([day.rain_mm or 0.0 for day in known])[:, np.newaxis]
    water = WaterDays(
        et0_mm=et.et0_mm[:, np.newaxis],
        rain_mm=rain,
        wind_2m=et.wind_2m[:, np.newaxis],
        humidity_min=et.humidity_min[:, np.newaxis],
    )
    start = root_zone_depletion(probes, cases.ground.field_capacity, days.root_m[0])
    seen = np.full((len(known), len(cases.depth_m)), np.nan)
    seen[0] = start
    return daily_balance(cases.ground, days, water, start_depletion_mm=start, observed_depletion_mm=seen)


def _known_days(expected: Sequence[WeatherDay]) -> list[WeatherDay]:
    known: list[WeatherDay] = []
    for day in expected[: int(assumption("balance_days"))]:
        if day.tmin_c is None or day.tmax_c is None:
            break
        known.append(day)
    return known


def _need(today_dry: "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]") -> WaterNeed:
    if today_dry.all():
        return WaterNeed.NOW
    return WaterNeed.UNDECIDED if today_dry.any() else WaterNeed.LATER
