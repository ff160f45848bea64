"""When which device really fails, and how."""

from dataclasses import dataclass

from simulators.calendar_days import HOUR_S, at_local, seconds
from simulators.episodes import BLOCK_S, Draws, Rate
from simulators.facts import rows
from simulators.model import SitePlan

STAGED = (("off", 5.0, 60.0), ("gap", 52.0, 24.0 * 365 * 10))
"""Faults of the first day: kind, hours before it began, hours it lasts. A tag lies in the straw; a tag fell silent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One device's fault during [since, until), in seconds since 1970 UTC.

    kind: off (the tag is no longer on the animal), gap (nothing arrives), stuck (one value repeats),
    clock (it counts from 1970), drift (its temperature or moisture slides).
    """

    device: str
    kind: str
    since_s: int
    until_s: int


class Faults:
    """All faults of a plan's devices of one kind (ear_tag, soil_probe)."""

    def __init__(self, plan: SitePlan, kind_of_device: str) -> None:
        lora = {device.id for device in plan.devices if device.dev_eui}
        self._subjects = tuple(device.id for device in plan.devices if device.kind == kind_of_device)
        # A LoRaWAN uplink is stamped by the network server: its clock cannot fail.
        self._network_clock = frozenset(lora)
        table = [row for row in rows("faults") if row["kinds_of_device"] == kind_of_device]
        self._hours = {row["kind"]: (float(row["hours_low"]), float(row["hours_high"])) for row in table}
        self._draws = Draws(
            seed=plan.seed,
            what=f"fault/{kind_of_device}",
            subjects=self._subjects,
            rates=tuple(Rate(kind=row["kind"], per_month=float(row["rate_per_month"])) for row in table),
        )
        self._staged = _staged(plan) if kind_of_device == "ear_tag" else []

    def between(self, since_s: int, until_s: int) -> list[Fault]:
        """Every fault that touches [since, until)."""
        drawn = []
        for draw in self._draws.within(since_s - BLOCK_S, until_s):
            low, high = self._hours[draw.kind]
            device = self._subjects[draw.subject]
            end = draw.start_s + round((low + (high - low) * draw.length) * HOUR_S)
            if draw.kind != "clock" or device not in self._network_clock:
                drawn.append(Fault(device=device, kind=draw.kind, since_s=draw.start_s, until_s=end))
        touching = [fault for fault in (*drawn, *self._staged) if fault.since_s < until_s and fault.until_s > since_s]
        return sorted(touching, key=lambda fault: (fault.since_s, fault.device, fault.kind))


def _staged(plan: SitePlan) -> list[Fault]:
    today = seconds(at_local(plan.today, 0))
    showcase = plan.showcase_life()
    worn = [life.tag for life in plan.lives if life.slaughtered_at is None and life.tag != showcase.tag]
    faults = []
    for (kind, before_h, hours), place in zip(STAGED, (3, 2), strict=True):
        since = today - round(before_h * HOUR_S)
        device = worn[len(worn) * place // 4]
        faults.append(Fault(device=device, kind=kind, since_s=since, until_s=since + round(hours * HOUR_S)))
    return faults
