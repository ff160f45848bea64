"""The soil of every plot: two layers of water that rain fills and sun and drainage empty, hour by hour."""

from dataclasses import dataclass

import numpy as np

from simulators.calendar_days import DAY_S, HOUR_S, LOCAL_OFFSET_S, day_number, local_day
from simulators.facts import fact, rows
from simulators.faults import Faults
from simulators.model import SitePlan
from simulators.randomness import Floats, keys_of, normal, smooth, uniform
from simulators.weather import Integers, Weather

DEPTHS_M = {"20cm": 0.20, "40cm": 0.40}
LAYER_MM = 300.0
WARM_UP_D = 30
TOP_SHARE_OF_ROOTS = 0.7
CROP_COEFFICIENT = 0.9
DRAINAGE_PER_H = (0.12, 0.05)
MEAN_OVER_D = {"20cm": 3, "40cm": 7}
SURFACE_SHARE = 0.85
DRIFT_PER_D = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class SoilReadings:
    """What the probes measured at one depth, each array of shape (probes, moments), in the units of the properties."""

    soil_moisture: Floats
    soil_temperature: Floats
    soil_ec: Floats
    soil_ph: Floats
    soil_nitrogen: Floats
    soil_phosphorus: Floats
    soil_potassium: Floats


class Soil:
    """The plots of a plan, in their order; times are seconds since 1970 UTC."""

    def __init__(self, plan: SitePlan, *, weather: Weather, faults: Faults) -> None:
        self._weather, self._faults = weather, faults
        self._row: dict[str, int] = {plot.probe: row for row, plot in enumerate(plan.plots)}
        textures = {row["texture"]: row for row in rows("soils")}
        kinds = [textures[plot.texture] for plot in plan.plots]
        self._capacity = np.array([float(row["field_capacity"]) for row in kinds])
        self._wilting = np.array([float(row["wilting_point"]) for row in kinds])
        probes = [plot.probe for plot in plan.plots]
        self._keys = {what: keys_of(plan.seed, what, probes) for what in ("soil", "noise", "battery")}
        self._ground = uniform(self._keys["soil"][:, None], np.arange(8)[None, :])
        self._first_day = min(day_number(local_day(plot.since)) for plot in plan.plots) - WARM_UP_D
        self._water: list[Floats] = []
        self._state = np.stack([self._capacity * 0.9, self._capacity * 0.95])

    def measure(self, channel: str, t_s: Integers) -> SoilReadings:
        """What each probe measures at that depth at `t_s` (probes, moments)."""
        water = self._water_at(channel, t_s)
        noise = normal(self._keys["noise"][:, None] + np.uint64(len(channel) + ord(channel[0])), t_s)
        temperature = self._temperature_c(channel, t_s)
        share = water / self._capacity[:, None]
        salt = 0.15 + 0.35 * self._ground[:, 0][:, None] + (0.05 if channel == "40cm" else 0.0)
        conductivity = salt * share * (1 + 0.019 * (temperature - 25)) + 0.004 * noise
        acidity = 5.0 + 1.6 * self._ground[:, 1][:, None] + 0.02 * noise
        return SoilReadings(
            soil_moisture=np.clip(100 * water + 0.15 * noise, 0, 100),
            soil_temperature=temperature + 0.05 * noise,
            soil_ec=np.clip(conductivity, 0, None),
            soil_ph=acidity,
            soil_nitrogen=np.clip(160 * conductivity + 20, 0, None),
            soil_phosphorus=np.clip(18 * conductivity + 2, 0, None),
            soil_potassium=np.clip(190 * conductivity + 30, 0, None),
        )

    def battery_v(self, t_s: Integers) -> Floats:
        """Supply voltage of the probes: a solar cell fills it by day."""
        hour = (t_s + LOCAL_OFFSET_S) % DAY_S / HOUR_S
        sun = 0.08 * np.cos(2 * np.pi * (hour - 15) / 24)
        values: Floats = 3.95 + sun + 0.03 * smooth(self._keys["battery"][:, None], t_s, knot_s=DAY_S)
        return values

    def illuminance_lx(self, t_s: Integers) -> Floats:
        """Light at the probes: the sky's, with a passing cloud over each."""
        cloud = 0.9 + 0.1 * np.tanh(smooth(self._keys["noise"][:, None], t_s, knot_s=HOUR_S))
        values: Floats = self._weather.illuminance_lx(t_s) * cloud
        return values

    def _temperature_c(self, channel: str, t_s: Integers) -> Floats:
        """Soil temperature: the mean of the days before, and the day's wave, later and smaller with depth."""
        local = t_s + LOCAL_OFFSET_S
        noons = (local - DAY_S // 2) // DAY_S
        share = (local - DAY_S // 2) / DAY_S - noons
        first, span = int(noons.min()), MEAN_OVER_D[channel]
        days = self._weather.days(np.arange(first - 4 * span, int(noons.max()) + 2))
        weights = np.exp(-np.arange(4 * span) / span)
        means = np.convolve(days.mean_c, weights / weights.sum(), mode="valid")[1:]
        row = noons - first
        mean = means[row] * (1 - share) + means[row + 1] * share
        half = ((days.maximum_c - days.minimum_c) / 2)[4 * span :]
        lag = DEPTHS_M[channel] / fact("damping_depth_m")
        hour = local % DAY_S / HOUR_S
        wave = np.exp(-lag) * np.cos(2 * np.pi * (hour - 14.5) / 24 - lag)
        swing = half[row] * (1 - share) + half[row + 1] * share
        values: Floats = mean + 1.0 + SURFACE_SHARE * swing * wave + 0.8 * (self._ground[:, 2][:, None] - 0.5)
        return values

    def _water_at(self, channel: str, t_s: Integers) -> Floats:
        t_s = self._as_stuck(t_s)
        hour = (t_s + LOCAL_OFFSET_S) / HOUR_S - self._first_day * 24
        self._fill(int(hour.max()) + 2)
        before = np.floor(hour).astype(np.int64)
        share = hour - before
        layer = list(DEPTHS_M).index(channel)
        probe = np.broadcast_to(np.arange(len(t_s))[:, None], t_s.shape)
        first, last = int(before.min()), int(before.max()) + 2
        table = np.stack(self._water[first:last])[:, layer, :]
        water: Floats = table[before - first, probe] * (1 - share) + table[before - first + 1, probe] * share
        return self._drifted(water, t_s)

    def _as_stuck(self, t_s: Integers) -> Integers:
        moved = t_s.copy()
        for fault in self._faults.between(int(t_s.min()), int(t_s.max()) + 1):
            if fault.kind == "stuck":
                row = self._row[fault.device]
                inside = (t_s[row] >= fault.since_s) & (t_s[row] < fault.until_s)
                moved[row] = np.where(inside, fault.since_s, t_s[row])
        return moved

    def _drifted(self, water: Floats, t_s: Integers) -> Floats:
        for fault in self._faults.between(int(t_s.min()), int(t_s.max()) + 1):
            if fault.kind == "drift":
                row = self._row[fault.device]
                inside = (t_s[row] >= fault.since_s) & (t_s[row] < fault.until_s)
                water[row] += inside * DRIFT_PER_D * (t_s[row] - fault.since_s) / DAY_S
        return water

    def _fill(self, hours: int) -> None:
        """The water of the first `hours` hours since the warm-up began is known."""
        while len(self._water) < hours:
            day = np.array([self._first_day + len(self._water) // 24])
            rain = self._weather.rain_mm_h(day)[0]
            loss = float(CROP_COEFFICIENT * self._weather.reference_evapotranspiration_mm(day)[0]) / 24
            for hour in range(24):
                self._water.append(self._state)
                self._state = self._next(self._state, float(rain[hour]), loss)

    def _next(self, state: Floats, rain_mm: float, loss_mm: float) -> Floats:
        """The two layers an hour later: rain in, evapotranspiration and drainage out (m³ of water a m³ of soil)."""
        available = (state - self._wilting) / (0.5 * (self._capacity - self._wilting))
        roots = np.array([TOP_SHARE_OF_ROOTS, 1 - TOP_SHARE_OF_ROOTS])[:, None]
        drunk = loss_mm * roots * np.clip(available, 0, 1)
        surplus = np.clip(state - self._capacity, 0, None)
        drained = surplus * np.array(DRAINAGE_PER_H)[:, None]
        top = np.minimum(state[0] + (rain_mm - drunk[0]) / LAYER_MM - drained[0], self._capacity + 0.12)
        deep = np.minimum(state[1] - drunk[1] / LAYER_MM + drained[0] - drained[1], self._capacity + 0.10)
        return np.stack([top, deep])
