from simulators.calendar_days import DAY_S, at_local, seconds
from simulators.faults import Faults
from simulators.model import SitePlan


def test_every_kind_of_fault_happens_to_tags_in_a_year(plan: SitePlan) -> None:
    end = seconds(at_local(plan.today, 12))
    kinds = {fault.kind for fault in Faults(plan, "ear_tag").between(end - 350 * DAY_S, end)}
    assert kinds == {"off", "gap", "stuck", "clock", "drift"}


def test_a_lorawan_tag_keeps_the_time_of_its_network(plan: SitePlan) -> None:
    lora = {device.id for device in plan.devices if device.dev_eui}
    end = seconds(at_local(plan.today, 12))
    faults = Faults(plan, "ear_tag").between(end - 3_650 * DAY_S, end)
    assert lora & {fault.device for fault in faults}
    assert not any(fault.device in lora for fault in faults if fault.kind == "clock")


def test_on_the_first_day_one_tag_lies_in_the_straw_and_one_is_silent(plan: SitePlan) -> None:
    now = seconds(at_local(plan.today, 8))
    kinds = {fault.kind for fault in Faults(plan, "ear_tag").between(now, now + 1)}
    assert {"off", "gap"} <= kinds
    showcase = plan.showcase_life().tag
    staged = Faults(plan, "ear_tag")._staged
    assert showcase not in {fault.device for fault in staged}
