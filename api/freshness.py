"""Which devices are on time, late, silent, or were never heard."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from api.access import VisibleDevice
from api.readings import age_in_s, fresh_at
from devices.model import Device
from observations.model import Latest
from observations.ports import ObservationStore

LATE_AFTER_INTERVALS = 3
SILENT_AFTER_INTERVALS = 12
SILENT_AFTER_AT_LEAST_S = 6 * 3600.0
"""A device is silent after 12 missed intervals, but not before six hours: a gateway without power holds some back."""


class Punctuality(StrEnum):
    """How a device keeps to its reporting interval."""

    ON_TIME = "on_time"
    LATE = "late"
    SILENT = "silent"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How new a device's data are.

    last_good: time of its newest good value, at most its arrival. last_arrived: when anything of it was stored last.
    late_after_s, silent_after_s: the ages at which it counts as late and as silent.
    """

    device: Device
    last_good: datetime | None
    last_arrived: datetime | None
    age_s: float | None
    late_after_s: float
    silent_after_s: float

    @property
    def punctuality(self) -> Punctuality:
        """Judged by the age of the newest good value."""
        if self.age_s is None:
            return Punctuality.NEVER
        if self.age_s > self.silent_after_s:
            return Punctuality.SILENT
        return Punctuality.LATE if self.age_s > self.late_after_s else Punctuality.ON_TIME


def freshness_of(store: ObservationStore, visible: Sequence[VisibleDevice], now: datetime) -> list[Freshness]:
    """How new the data of each device are, in the order given; what it sent before it was visible does not count.

    A gateway has no readings of its own: it is as fresh as the freshest device it reports for.
    """
    devices = [each.device for each in visible]
    latest = store.latest({device.id for device in devices})
    good, arrived = _newest(latest, {str(each.device.id): each.since for each in visible})
    for device in devices:
        if device.gateway is not None:
            _raise_to(good, device.gateway, good.get(device.id))
            _raise_to(arrived, device.gateway, arrived.get(device.id))
    return [_freshness(device, good.get(device.id), arrived.get(device.id), now) for device in devices]


def counted(fresh: Iterable[Freshness]) -> dict[Punctuality, int]:
    """How many devices are in each state."""
    counts = dict.fromkeys(Punctuality, 0)
    for each in fresh:
        counts[each.punctuality] += 1
    return counts


def without_data(fresh: Iterable[Freshness]) -> list[Freshness]:
    """Those silent or never heard, longest silence first."""
    gone = [each for each in fresh if each.punctuality in {Punctuality.SILENT, Punctuality.NEVER}]
    return sorted(gone, key=lambda each: float("inf") if each.age_s is None else each.age_s, reverse=True)


def _newest(
    latest: Collection[Latest], since: Mapping[str, datetime]
) -> tuple[dict[str, datetime], dict[str, datetime]]:
    good: dict[str, datetime] = {}
    arrived: dict[str, datetime] = {}
    for each in latest:
        device = each.arrived.device
        start = since[device]
        if each.arrived.received_time >= start:
            _raise_to(arrived, device, each.arrived.received_time)
        if each.good is not None and each.good.corrected_time >= start:
            _raise_to(good, device, fresh_at(each.good))
    return good, arrived


def _raise_to(times: dict[str, datetime], device: str, moment: datetime | None) -> None:
    if moment is not None and (device not in times or times[device] < moment):
        times[device] = moment


def _freshness(device: Device, good: datetime | None, arrived: datetime | None, now: datetime) -> Freshness:
    interval_s = device.report_interval_s
    return Freshness(
        device=device,
        last_good=good,
        last_arrived=arrived,
        age_s=None if good is None else age_in_s(good, now),
        late_after_s=float(LATE_AFTER_INTERVALS * interval_s),
        silent_after_s=max(float(SILENT_AFTER_INTERVALS * interval_s), SILENT_AFTER_AT_LEAST_S),
    )
