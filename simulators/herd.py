"""What every ear tag of the herd measures at any moments: one row of arrays a tag, one column a moment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.calendar_days import DAY_S, HOUR_S, LOCAL_OFFSET_S, seconds
from simulators.facts import fact
from simulators.faults import Fault, Faults
from simulators.illness import Illness, Illnesses
from simulators.model import SitePlan
from simulators.pig import PROFILE, barn_c, core_c, ear_c, stride_m, walked_m_per_d
from simulators.randomness import Floats, keys_of, normal, smooth, uniform
from simulators.weather import Integers, Weather

DRIFT_C_PER_D = 0.05
HOT_BARN_C = 27.0
KEPT_DAYS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TagReadings:
    """What the tags measured, each array of shape (tags, moments); `steps` since the moment before."""

    ear_temperature: Floats
    ambient_temperature: Floats
    activity: Floats
    steps: NDArray[np.int64]
    battery: Floats
    rssi: Floats


class Herd:
    """The pigs of a plan with their tags, in the order of `plan.lives`; times are seconds since 1970 UTC."""

    def __init__(self, plan: SitePlan, *, weather: Weather, illnesses: Illnesses, faults: Faults) -> None:
        self._weather, self._illnesses, self._faults = weather, illnesses, faults
        self._row: dict[str, int] = {life.tag: row for row, life in enumerate(plan.lives)}
        names = [life.animal for life in plan.lives]
        self._keys = {
            what: keys_of(plan.seed, what, names)
            for what in ("core", "slow", "ear", "air", "activity", "hour", "body", "radio")
        }
        self._born_s = np.array([seconds(life.born_at) for life in plan.lives])
        self._tagged_s = np.array([seconds(life.tagged_at) for life in plan.lives])
        body = self._keys["body"]
        self._core_offset = fact("core_individual_sd_c") * normal(body, 0)
        self._loss = fact("ear_loss") * (0.8 + 0.4 * uniform(body, 10))
        self._walker = 0.88 + 0.24 * uniform(body, 11)
        self._stride = 1 + fact("stride_individual_share") * (2 * uniform(body, 13) - 1)
        self._radio_dbm = -72 - 30 * uniform(body, 12)
        self._days: dict[int, NDArray[np.int64]] = {}

    def measure(self, t_s: Integers, before_s: Integers) -> TagReadings:
        """What each tag measures at `t_s` (tags, moments), and its steps since `before_s` (same shape)."""
        since, until = int(t_s.min()), int(t_s.max()) + 1
        illnesses = self._illnesses.between(since - DAY_S, until)
        faults = self._faults.between(since, until)
        air = self._air_c(t_s)
        return TagReadings(
            ear_temperature=self._ear_c(t_s, air, illnesses, faults),
            ambient_temperature=air,
            activity=self._activity(t_s, illnesses, faults),
            steps=self._steps(t_s, before_s),
            battery=self._battery_v(t_s, air),
            rssi=self._radio_dbm[:, None] + 3.5 * normal(self._keys["radio"][:, None], t_s),
        )

    def _air_c(self, t_s: Integers) -> Floats:
        pen = self._keys["air"][:, None]
        return barn_c(self._weather.temperature_c(t_s)) + 0.6 * smooth(pen, t_s, knot_s=2 * HOUR_S)

    def _ear_c(self, t_s: Integers, air: Floats, illnesses: list[Illness], faults: list[Fault]) -> Floats:
        felt = self._healthy_ear_c(t_s, air)
        for illness in illnesses:
            felt[illness.animal] += illness.rise_c * illness.level(t_s[illness.animal])
        felt += fact("tag_noise_c") * normal(self._keys["ear"][:, None], t_s)
        for fault in faults:
            row = self._row[fault.device]
            inside = (t_s[row] >= fault.since_s) & (t_s[row] < fault.until_s)
            age_s = t_s[row] - fault.since_s
            if fault.kind == "off":
                warm = np.exp(-np.clip(age_s, 0, None) / fact("loose_tag_cooling_s"))
                felt[row] = np.where(inside, air[row] + (felt[row] - air[row]) * warm, felt[row])
            elif fault.kind == "drift":
                felt[row] += inside * DRIFT_C_PER_D * age_s / DAY_S
            elif fault.kind == "stuck":
                felt[row] = np.where(inside, self._value_at(row, fault.since_s), felt[row])
        return felt

    def _healthy_ear_c(self, t_s: Integers, air: Floats) -> Floats:
        age_d = (t_s - self._born_s[:, None]) / DAY_S
        hour = (t_s + LOCAL_OFFSET_S) % DAY_S / HOUR_S
        core = core_c(age_d, hour) + self._core_offset[:, None]
        core += 0.1 * smooth(self._keys["slow"][:, None], t_s, knot_s=6 * HOUR_S)
        return ear_c(core, air, self._loss[:, None])

    def _value_at(self, row: int, t_s: int) -> float:
        """The value at which a sensor stuck: that of the moment when it did."""
        moment = np.full((len(self._born_s), 1), t_s)
        return float(self._healthy_ear_c(moment, self._air_c(moment))[row, 0])

    def _activity(self, t_s: Integers, illnesses: list[Illness], faults: list[Fault]) -> Floats:
        hour = (t_s + LOCAL_OFFSET_S) % DAY_S / HOUR_S
        usual = np.interp(hour, np.arange(24) + 0.5, PROFILE, period=24)
        noise = np.exp(0.3 * smooth(self._keys["activity"][:, None], t_s, knot_s=HOUR_S))
        level = 26.0 * usual * self._walker[:, None] * noise
        for illness in illnesses:
            level[illness.animal] *= illness.activity_factor(t_s[illness.animal])
        for fault in faults:
            if fault.kind == "off":
                row = self._row[fault.device]
                level[row] *= (t_s[row] < fault.since_s) | (t_s[row] >= fault.until_s)
        clipped: Floats = np.clip(level, 0, 100)
        return clipped

    def _battery_v(self, t_s: Integers, air: Floats) -> Floats:
        used_d = (t_s - self._tagged_s[:, None]) / DAY_S
        cold = 0.002 * np.clip(15 - air, 0, None)
        values: Floats = fact("battery_start_v") - fact("battery_fall_v_per_d") * used_d - cold
        return values

    def _steps(self, t_s: Integers, before_s: Integers) -> NDArray[np.int64]:
        """Whole steps in (before, t]: what the counter of the local day shows now, less what it showed then."""
        day, now = self._counted(t_s)
        day_before, then = self._counted(before_s)
        closed = np.zeros_like(now)
        first, last = int(day_before.min()), int(day.max())
        for number in range(first, last):
            total = self._day(number)[:, -1][:, None]
            closed += np.where((day_before <= number) & (number < day), total, 0)
        return closed + now - then

    def _counted(self, t_s: Integers) -> tuple[Integers, Integers]:
        local = t_s + LOCAL_OFFSET_S
        day = local // DAY_S
        hour, second = (local % DAY_S) // HOUR_S, local % HOUR_S
        counted = np.zeros(t_s.shape, dtype=np.int64)
        rows = np.broadcast_to(np.arange(len(t_s))[:, None], t_s.shape)
        for number in np.unique(day).tolist():
            table = self._day(number)
            start, end = table[rows, hour], table[rows, hour + 1]
            here = start + (end - start) * second // HOUR_S
            counted = np.where(day == number, here, counted)
        return day, counted

    def _day(self, number: int) -> NDArray[np.int64]:
        """Steps of each pig since local midnight at the full hours 0 to 24 of that local day."""
        if number not in self._days:
            while len(self._days) >= KEPT_DAYS:
                self._days.pop(next(iter(self._days)))
            self._days[number] = self._walk_day(number)
        return self._days[number]

    def _walk_day(self, number: int) -> NDArray[np.int64]:
        midnight = number * DAY_S - LOCAL_OFFSET_S
        middle = np.broadcast_to(midnight + np.arange(24) * HOUR_S + HOUR_S // 2, (len(self._born_s), 24))
        age_d = (middle - self._born_s[:, None]) / DAY_S
        stride = stride_m(np.clip(age_d, 0, None)) * self._stride[:, None]
        pace = walked_m_per_d(age_d) / stride / 24 * PROFILE[None, :]
        whim = 0.5 + uniform(self._keys["hour"][:, None], middle // HOUR_S)
        hot = np.where(barn_c(self._weather.temperature_c(middle)) > HOT_BARN_C, 0.8, 1.05)
        steps = np.where(age_d > 0, pace * whim * hot * self._walker[:, None], 0.0)
        for illness in self._illnesses.between(midnight - DAY_S, midnight + 2 * DAY_S):
            steps[illness.animal] *= illness.activity_factor(middle[illness.animal])
        for fault in self._faults.between(midnight, midnight + DAY_S):
            if fault.kind == "off":
                row = self._row[fault.device]
                steps[row] *= (middle[row] < fault.since_s) | (middle[row] >= fault.until_s)
        table = np.zeros((len(self._born_s), 25), dtype=np.int64)
        table[:, 1:] = np.floor(np.cumsum(steps, axis=1))
        return table
