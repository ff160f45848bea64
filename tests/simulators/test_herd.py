import numpy as np
import pytest

from simulators.calendar_days import DAY_S, HOUR_S, at_local, seconds
from simulators.faults import Faults
from simulators.herd import Herd, TagReadings
from simulators.illness import Illnesses
from simulators.model import SitePlan
from simulators.pig import stride_m
from simulators.weather import Weather

STEP_S = 1_800


@pytest.fixture
def herd(plan: SitePlan) -> Herd:
    return Herd(plan, weather=Weather(plan.seed), illnesses=Illnesses(plan), faults=Faults(plan, "ear_tag"))


def day_of(herd: Herd, plan: SitePlan, days_ago: int, step_s: int = STEP_S) -> TagReadings:
    start = seconds(at_local(plan.today, 0)) - days_ago * DAY_S
    t_s = np.tile(start + np.arange(1, DAY_S // step_s + 1) * step_s, (len(plan.lives), 1))
    return herd.measure(t_s, t_s - step_s)


def test_a_life_of_three_hundred_days_is_forty_two_kilometres_give_or_take(herd: Herd, plan: SitePlan) -> None:
    slaughtered = [row for row, life in enumerate(plan.lives) if life.slaughtered_at is not None]
    walked = np.zeros(len(plan.lives))
    for row in slaughtered[:1]:
        born = seconds(plan.lives[row].born_at)
        for day in range(300):
            t_s = np.full((len(plan.lives), 24), born + day * DAY_S) + np.arange(1, 25) * HOUR_S
            walked += herd.measure(t_s, t_s - HOUR_S).steps.sum(axis=1) * stride_m(np.array([float(day)]))
    assert 33_000 < walked[slaughtered[0]] < 51_000


def test_steps_are_the_same_however_finely_a_day_is_cut(herd: Herd, plan: SitePlan) -> None:
    coarse, fine = day_of(herd, plan, 30), day_of(herd, plan, 30, step_s=30)
    assert coarse.steps.sum(axis=1).tolist() == fine.steps.sum(axis=1).tolist()
    assert coarse.steps.min() >= 0


def test_steps_over_midnight_and_over_days_count_every_day_once(herd: Herd, plan: SitePlan) -> None:
    midnight = seconds(at_local(plan.today, 0)) - 20 * DAY_S
    ends = np.full((len(plan.lives), 1), midnight + 3 * DAY_S + 3_600)
    whole = herd.measure(ends, np.full_like(ends, midnight - 3_600)).steps
    hours = np.tile(np.arange(midnight, midnight + 3 * DAY_S + 3_601, 3_600), (len(plan.lives), 1))
    pieces = herd.measure(hours, hours - 3_600).steps
    assert whole[:, 0].tolist() == pieces.sum(axis=1).tolist()


def test_ear_temperature_is_higher_in_the_evening_and_activity_by_day(herd: Herd, plan: SitePlan) -> None:
    days = [day_of(herd, plan, days_ago) for days_ago in range(20, 40)]
    ear = np.median([day.ear_temperature for day in days], axis=(0, 1))
    activity = np.median([day.activity for day in days], axis=(0, 1))
    assert ear[35] - ear[11] > 0.2
    assert activity[15] > 5 * activity[5]
    assert 37 < ear.min() < ear.max() < 39.5


def test_fever_shows_and_the_sick_pig_hardly_moves(herd: Herd, plan: SitePlan) -> None:
    now = seconds(at_local(plan.today, 8))
    sick = next(illness for illness in Illnesses(plan).between(now, now + 1) if illness.peak_s <= now)
    moments = np.full((len(plan.lives), 8), now) + np.arange(8) * STEP_S
    readings = herd.measure(moments, moments - STEP_S)
    herd_median = np.median(readings.ear_temperature, axis=0)
    assert (readings.ear_temperature[sick.animal] - herd_median).mean() > 0.8
    assert readings.activity[sick.animal].mean() < 0.7 * np.median(readings.activity)


def test_a_tag_in_the_straw_cools_to_the_air_and_counts_no_steps(herd: Herd, plan: SitePlan) -> None:
    now = seconds(at_local(plan.today, 8))
    fault = next(fault for fault in Faults(plan, "ear_tag").between(now, now + 1) if fault.kind == "off")
    row = [life.tag for life in plan.lives].index(fault.device)  # type: ignore[arg-type]  # an id is its text
    moments = np.full((len(plan.lives), 4), now) + np.arange(4) * STEP_S
    readings = herd.measure(moments, moments - STEP_S)
    assert np.abs(readings.ear_temperature[row] - readings.ambient_temperature[row]).max() < 1
    assert readings.steps[row].sum() == 0
    assert readings.activity[row].max() == 0


def test_the_battery_only_falls_over_months_and_the_radio_is_heard(herd: Herd, plan: SitePlan) -> None:
    old, new = day_of(herd, plan, 200), day_of(herd, plan, 1)
    grown = [
        row
        for row, life in enumerate(plan.lives)
        if seconds(life.tagged_at) < seconds(at_local(plan.today, 0)) - 220 * DAY_S
    ]
    assert (new.battery[grown].mean(axis=1) < old.battery[grown].mean(axis=1)).all()
    assert -125 < new.rssi.min() < new.rssi.max() < -50
