import numpy as np
import pytest

from simulators.calendar_days import DAY_S, HOUR_S, at_local, day_number, seconds
from simulators.faults import Faults
from simulators.model import SitePlan
from simulators.soil import Soil
from simulators.weather import Weather


@pytest.fixture
def soil(plan: SitePlan) -> Soil:
    return Soil(plan, weather=Weather(plan.seed), faults=Faults(plan, "soil_probe"))


def hours_before(plan: SitePlan, days: int) -> "np.ndarray[tuple[int, int], np.dtype[np.int64]]":
    end = seconds(at_local(plan.today, 0))
    return np.tile(np.arange(end - days * DAY_S, end, HOUR_S), (len(plan.plots), 1))


def test_water_stays_between_dry_and_saturated_and_moves_with_rain(soil: Soil, plan: SitePlan) -> None:
    t_s = hours_before(plan, 120)
    moisture = soil.measure("20cm", t_s).soil_moisture
    assert 8 < moisture.min() < moisture.max() < 52
    days = np.arange(day_number(plan.today) - 120, day_number(plan.today))
    rain = Weather(plan.seed).days(days).rain_mm
    change = np.diff(np.median(moisture, axis=0)[::24])
    assert change[rain[:-1] > 15].mean() > 0 > change[rain[:-1] == 0].mean()


def test_the_deep_probe_feels_the_day_less_and_later(soil: Soil, plan: SitePlan) -> None:
    t_s = hours_before(plan, 30)
    top, deep = (soil.measure(channel, t_s).soil_temperature[0].reshape(30, 24) for channel in ("20cm", "40cm"))
    assert np.ptp(deep - deep.mean(axis=1, keepdims=True), axis=1).mean() < np.ptp(top, axis=1).mean()
    assert 8 < top.mean() < 25


def test_nutrients_follow_conductivity_as_in_a_cheap_probe(soil: Soil, plan: SitePlan) -> None:
    readings = soil.measure("20cm", hours_before(plan, 60))
    assert np.corrcoef(readings.soil_ec[0], readings.soil_nitrogen[0])[0, 1] > 0.999
    assert 4.5 < readings.soil_ph.min() < readings.soil_ph.max() < 7


def test_the_same_moment_has_the_same_value_whenever_it_is_asked_for(soil: Soil, plan: SitePlan) -> None:
    t_s = hours_before(plan, 10)
    late = soil.measure("40cm", t_s[:, -1:]).soil_moisture
    fresh = Soil(plan, weather=Weather(plan.seed), faults=Faults(plan, "soil_probe"))
    assert fresh.measure("40cm", t_s).soil_moisture[:, -1:].tolist() == late.tolist()
