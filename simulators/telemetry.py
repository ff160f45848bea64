"""Everything the devices of a plan publish during a span of time, exactly the same each time it is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulators.calendar_days import seconds
from simulators.facts import fact
from simulators.faults import Fault, Faults
from simulators.herd import Herd
from simulators.illness import Illnesses
from simulators.messages import Message, Reading, Uplink, Value, native, rounded, senml, uplink
from simulators.model import PROBE_REPORT_S, TAG_REPORT_S, Device, SitePlan
from simulators.randomness import keys_of, uniform
from simulators.soil import DEPTHS_M, Soil
from simulators.weather import Integers, Weather

SHORTEST_REPORT_S = 2
CLOCK_STARTS_S = 60
TAG_PROPERTIES = ("ear_temperature", "ambient_temperature", "activity", "steps", "battery", "rssi")
SOIL_PROPERTIES = (
    "soil_moisture",
    "soil_temperature",
    "soil_ec",
    "soil_ph",
    "soil_nitrogen",
    "soil_phosphorus",
    "soil_potassium",
)
STATION_PROPERTIES = ("illuminance", "battery")
GATEWAY_EUI = "a84041fe00000001"
OPEN_END_S = 2**62


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many seconds lie between two reports of a tag and of a probe."""

    tag_s: int = TAG_REPORT_S
    probe_s: int = PROBE_REPORT_S

    def faster(self, speed: float) -> "Pace":
        """The pace of devices that report `speed` times as often, at most every two seconds."""
        return Pace(
            tag_s=max(SHORTEST_REPORT_S, round(self.tag_s / speed)),
            probe_s=max(SHORTEST_REPORT_S, round(self.probe_s / speed)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Reports come at `pace` since `since_s`, and came at `before` until then.

    The first steps after the turn are counted from the last report before it. A pace must be kept long enough for
    every device to report once (an hour at the usual pace).
    """

    pace: Pace
    since_s: int
    before: Pace

    def turned(self, pace: Pace, at_s: int) -> "Rhythm":
        """This rhythm where the pace stays, otherwise the new pace from `at_s` on."""
        return self if pace == self.pace else Rhythm(pace=pace, since_s=at_s, before=self.pace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The span (since, until] in seconds since 1970 UTC, and the rhythm of reports in it."""

    since_s: int
    until_s: int
    rhythm: Rhythm


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slots:
    """Moments of report: (devices, moments) with those that do not report masked out."""

    t_s: Integers
    before_s: Integers
    reports: NDArray[np.bool_]


class Telemetry:
    """The devices of one plan."""

    def __init__(self, plan: SitePlan) -> None:
        weather = Weather(plan.seed)
        self.plan = plan
        self.illnesses = Illnesses(plan)
        self.tag_faults, self.probe_faults = Faults(plan, "ear_tag"), Faults(plan, "soil_probe")
        self._herd = Herd(plan, weather=weather, illnesses=self.illnesses, faults=self.tag_faults)
        self._soil = Soil(plan, weather=weather, faults=self.probe_faults)
        devices = {device.id: device for device in plan.devices}
        self._tags = [devices[life.tag] for life in plan.lives]
        self._probes = [devices[plot.probe] for plot in plan.plots]
        self._tag_keys = keys_of(plan.seed, "slot", [tag.id for tag in self._tags])
        self._probe_keys = keys_of(plan.seed, "slot", [probe.id for probe in self._probes])
        self._tag_since = np.array([seconds(life.tagged_at) for life in plan.lives])
        self._tag_until = np.array(
            [OPEN_END_S if life.slaughtered_at is None else seconds(life.slaughtered_at) for life in plan.lives]
        )
        self._probe_since = np.array([seconds(plot.since) for plot in plan.plots])

    @property
    def begins_s(self) -> int:
        """When the first device was put in its place."""
        return int(min(self._tag_since.min(), self._probe_since.min()))

    def messages(self, window: Window) -> Iterator[Message]:
        """What the devices publish in that window: a message a device, except LoRaWAN tags: one a reading."""
        yield from self._tag_messages(window)
        yield from self._probe_messages(window)

    def devices_between(self, since_s: int, until_s: int) -> int:
        """How many devices were in place at some moment of that span."""
        tags = np.count_nonzero((self._tag_since < until_s) & (self._tag_until > since_s))
        return int(tags + np.count_nonzero(self._probe_since < until_s))

    def _tag_messages(self, window: Window) -> Iterator[Message]:
        slots = _slots(self._tag_keys, window, window.rhythm.pace.tag_s, window.rhythm.before.tag_s)
        in_place = (slots.t_s >= self._tag_since[:, None]) & (slots.t_s < self._tag_until[:, None])
        faults = self.tag_faults.between(window.since_s, window.until_s + 1)
        heard = _heard(slots, self._tag_keys, self._tags, faults) & in_place
        if not heard.any():
            return
        measured = self._herd.measure(slots.t_s, slots.before_s)
        for row in np.flatnonzero(heard.any(axis=1)).tolist():
            mask = heard[row]
            tag = self._tags[row]
            columns = [rounded(name, getattr(measured, name)[row, mask].tolist()) for name in TAG_PROPERTIES]
            moments = _by_own_clock(slots.t_s[row, mask].tolist(), tag, faults)
            readings = [
                Reading(t_s=t_s, values=dict(zip(TAG_PROPERTIES, values, strict=True)))
                for t_s, *values in zip(moments, *columns, strict=True)
            ]
            if tag.dev_eui is None:
                yield native(tag.site, tag.id, readings)
            else:
                yield from (self._uplink(tag, tag.dev_eui, row, reading) for reading in readings)

    def _uplink(self, tag: Device, dev_eui: str, row: int, reading: Reading) -> Message:
        values: dict[str, Value] = {name: value for name, value in reading.values.items() if name != "rssi"}
        link = Uplink(
            application=self.plan.lora_application,
            dev_eui=dev_eui,
            frame=int((reading.t_s - self._tag_since[row]) // 60),
            gateway_id=GATEWAY_EUI,
            rssi=int(reading.values["rssi"]),
        )
        return uplink(tag.id, Reading(t_s=reading.t_s, values=values), link)

    def _probe_messages(self, window: Window) -> Iterator[Message]:
        slots = _slots(self._probe_keys, window, window.rhythm.pace.probe_s, window.rhythm.before.probe_s)
        faults = self.probe_faults.between(window.since_s, window.until_s + 1)
        heard = _heard(slots, self._probe_keys, self._probes, faults) & (slots.t_s >= self._probe_since[:, None])
        if not heard.any():
            return
        columns = self._probe_columns(slots.t_s)
        for row in np.flatnonzero(heard.any(axis=1)).tolist():
            probe, mask = self._probes[row], heard[row]
            moments = slots.t_s[row, mask].tolist()
            by_channel = []
            for channel, names in columns.items():
                values = [rounded(name, column[row, mask].tolist()) for name, column in names.items()]
                by_channel.append(
                    [
                        Reading(t_s=t_s, channel=channel, values=dict(zip(names, cells, strict=True)))
                        for t_s, *cells in zip(moments, *values, strict=True)
                    ]
                )
            readings = [reading for together in zip(*by_channel, strict=True) for reading in together]
            if probe.gateway is None:
                yield native(probe.site, probe.id, readings)
            else:
                yield senml(probe.site, probe.gateway, probe.id, readings)

    def _probe_columns(self, t_s: Integers) -> dict[str, dict[str, NDArray[np.float64]]]:
        columns = {}
        for channel in DEPTHS_M:
            measured = self._soil.measure(channel, t_s)
            columns[channel] = {name: getattr(measured, name) for name in SOIL_PROPERTIES}
        station = (self._soil.illuminance_lx(t_s), self._soil.battery_v(t_s))
        columns[""] = dict(zip(STATION_PROPERTIES, station, strict=True))
        return columns


def _slots(keys: NDArray[np.uint64], window: Window, pace_s: int, pace_before_s: int) -> _Slots:
    """Each device reports at its own seconds of the pace, so that they do not all speak at once."""
    phase = (uniform(keys, 0) * PROBE_REPORT_S).astype(np.int64)[:, None]
    own = phase % pace_s
    first = (window.since_s - own) // pace_s + 1
    count = int((window.until_s - own - first * pace_s).max()) // pace_s + 1
    t_s = own + (first + np.arange(max(count, 1))[None, :]) * pace_s
    turn = window.rhythm.since_s
    own_before = phase % pace_before_s
    last_before_turn = own_before + (turn - own_before) // pace_before_s * pace_before_s
    before = np.where(t_s - pace_s <= turn, last_before_turn, t_s - pace_s)
    return _Slots(t_s=t_s, before_s=before, reports=t_s <= window.until_s)


def _heard(slots: _Slots, keys: NDArray[np.uint64], devices: list[Device], faults: list[Fault]) -> NDArray[np.bool_]:
    arrives = uniform(keys[:, None], slots.t_s) > fact("lost_reading_share")
    rows: dict[str, int] = {device.id: row for row, device in enumerate(devices)}
    for fault in faults:
        if fault.kind == "gap":
            row = rows[fault.device]
            arrives[row] &= (slots.t_s[row] < fault.since_s) | (slots.t_s[row] >= fault.until_s)
    heard: NDArray[np.bool_] = arrives & slots.reports
    return heard


def _by_own_clock(moments: list[int], tag: Device, faults: list[Fault]) -> list[int]:
    """The moments as the tag's clock has them; after a restart it counts from 1970 until it is set again."""
    own = [fault for fault in faults if fault.kind == "clock" and fault.device == tag.id]
    for fault in own:
        moments = [
            t_s - fault.since_s + CLOCK_STARTS_S if fault.since_s <= t_s < fault.until_s else t_s for t_s in moments
        ]
    return moments
