"""Why is nothing arriving: battery, radio, gateway, service, each with what is known of it."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from api.access import Viewer, VisibleDevice
from api.console.words import duration_words
from api.freshness import Freshness, Punctuality
from api.readings import Reading, newest_of


@dataclass(frozen=True, slots=True, kw_only=True)
class HopLimit:
    """Below which value a hop asks to be looked at, and how that is said."""

    watch_below: float
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One step of a reading's way. mark: good, watch, offline or unknown."""

    mark: str
    zh: str
    en: str
    detail: str
    age_s: float | None = None


@cache
def hop_limits() -> Mapping[str, HopLimit]:
    """The limits by property, from `hop_limits.csv`."""
    text = files("api.console").joinpath("hop_limits.csv").read_text(encoding="utf-8")
    return {
        row["property"]: HopLimit(watch_below=float(row["watch_below"]), zh=row["zh"], en=row["en"])
        for row in csv.DictReader(text.splitlines())
    }


def hops_of(
    viewer: Viewer, device: VisibleDevice, readings: Sequence[Reading], fresh: Sequence[Freshness]
) -> list[Hop]:
    """The hops from the device to the store; readings: the device's newest, fresh: of all the viewer's devices."""
    return [
        _measured("battery", "电池", "Battery", readings),
        _measured("rssi", "信号", "Radio", readings),
        _gateway(device, fresh),
        _service(viewer),
    ]


def _measured(name: str, zh: str, en: str, readings: Sequence[Reading]) -> Hop:
    reading = newest_of(readings, name)
    if reading is None:
        return Hop(mark="unknown", zh=zh, en=en, detail="设备没有报过")
    limit = hop_limits()[name]
    shown = f"{reading.text} {reading.observed_property.symbol}"
    if reading.value < limit.watch_below:
        return Hop(mark="watch", zh=zh, en=en, detail=f"{shown}，{limit.zh}", age_s=reading.age_s)
    mark = "stale" if reading.stale else "good"
    return Hop(mark=mark, zh=zh, en=en, detail=shown, age_s=reading.age_s)


def _gateway(device: VisibleDevice, fresh: Sequence[Freshness]) -> Hop:
    gateway = device.device.gateway
    if gateway is None:
        return Hop(mark="good", zh="网关", en="Gateway", detail="不经网关，设备自己上报")
    others = [each for each in fresh if each.device.gateway == gateway]
    gone = sum(each.punctuality in {Punctuality.SILENT, Punctuality.NEVER} for each in others)
    newest = min((each.age_s for each in others if each.age_s is not None), default=None)
    detail = f"{gateway}：{len(others)} 台经过它，{gone} 台没有数据"
    mark = "offline" if gone == len(others) else "watch" if gone else "good"
    return Hop(mark=mark, zh="网关", en="Gateway", detail=detail, age_s=newest)


def _service(viewer: Viewer) -> Hop:
    state = viewer.services.monitor.state()
    if state.problem or not state.connected:
        return Hop(mark="offline", zh="收数服务", en="Ingest", detail=state.problem or "和消息服务器断开了，正在重连")
    if state.queued_messages:
        waiting = duration_words(state.oldest_unacknowledged_s).zh
        return Hop(
            mark="good", zh="收数服务", en="Ingest", detail=f"在收，{state.queued_messages} 条在排队，最久 {waiting}"
        )
    return Hop(mark="good", zh="收数服务", en="Ingest", detail="在收，没有积压")
