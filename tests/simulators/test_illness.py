import numpy as np

from simulators.calendar_days import DAY_S, HOUR_S, at_local, seconds
from simulators.illness import Illnesses
from simulators.model import SitePlan


def test_the_same_illnesses_are_found_in_whatever_order_they_are_asked_for(plan: SitePlan) -> None:
    end = seconds(at_local(plan.today, 12))
    whole = Illnesses(plan).between(end - 300 * DAY_S, end)
    pieces = Illnesses(plan)
    found = {
        (illness.animal, illness.onset_s)
        for day in range(300)
        for illness in pieces.between(end - (day + 1) * DAY_S, end - day * DAY_S)
    }
    assert {(illness.animal, illness.onset_s) for illness in whole} == found


def test_fever_rises_holds_and_goes_and_movement_falls_before_it(plan: SitePlan) -> None:
    end = seconds(at_local(plan.today, 12))
    illness = Illnesses(plan).between(end - 100 * DAY_S, end)[0]
    moments = np.array([illness.onset_s - HOUR_S, illness.peak_s, illness.falling_s, illness.until_s])
    assert illness.level(moments).tolist() == [0.0, 1.0, 1.0, 0.0]
    assert illness.activity_factor(moments)[0] < 0.95


def test_no_pig_was_ill_or_treated_shortly_before_slaughter(plan: SitePlan) -> None:
    end = seconds(at_local(plan.today, 12))
    for illness in Illnesses(plan).between(end - 400 * DAY_S, end):
        slaughtered = plan.lives[illness.animal].slaughtered_at
        if slaughtered is not None:
            assert illness.until_s + 35 * DAY_S < seconds(slaughtered)


def test_one_pig_is_ill_on_the_first_day_and_the_pig_shown_first_was_cured(plan: SitePlan) -> None:
    today = seconds(at_local(plan.today, 8))
    now = Illnesses(plan).between(today, today + 1)
    assert any(float(illness.level(np.array([today]))[0]) > 0.5 for illness in now)
    shown = plan.showcase_pack().animal
    lived = Illnesses(plan).between(today - 300 * DAY_S, today)
    assert any(plan.lives[illness.animal].animal == shown and illness.treated for illness in lived)
