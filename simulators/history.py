"""The devices' past, a local day at a time, in time order."""

from collections.abc import Iterator

from simulators.calendar_days import next_midnight
from simulators.messages import Message
from simulators.model import SitePlan
from simulators.telemetry import Pace, Telemetry, Window


def day_windows(since_s: int, until_s: int, *, pace_before: Pace) -> list[Window]:
    """The span (since, until] in windows that end at local midnights, at the devices' usual pace."""
    windows: list[Window] = []
    pace = Pace()
    while since_s < until_s:
        end = min(next_midnight(since_s), until_s)
        windows.append(Window(since_s=since_s, until_s=end, pace=pace, pace_before=pace_before))
        since_s, pace_before = end, pace
    return windows


def history_messages(plan: SitePlan, until_s: int) -> Iterator[Message]:
    """Everything the devices published until then, packed by device and local day, in order of days."""
    telemetry = Telemetry(plan)
    for window in day_windows(telemetry.begins_s - 1, until_s, pace_before=Pace()):
        yield from telemetry.messages(window)
