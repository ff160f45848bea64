"""The devices' past, a local day at a time, in time order."""

from collections.abc import Iterator

from simulators.calendar_days import next_midnight
from simulators.messages import Message
from simulators.model import SitePlan
from simulators.telemetry import Pace, Rhythm, Telemetry, Window


def day_windows(since_s: int, until_s: int, rhythm: Rhythm) -> list[Window]:
    """The span (since, until] in windows that end at local midnights."""
    windows: list[Window] = []
    while since_s < until_s:
        end = min(next_midnight(since_s), until_s)
        windows.append(Window(since_s=since_s, until_s=end, rhythm=rhythm))
        since_s = end
    return windows


def first_rhythm(telemetry: Telemetry) -> Rhythm:
    """The rhythm from before the first device was put in its place."""
    return Rhythm(pace=Pace(), since_s=telemetry.begins_s - 1, before=Pace())


def history_messages(plan: SitePlan, until_s: int) -> Iterator[Message]:
    """Everything the devices published until then, packed by device and local day, in order of days."""
    telemetry = Telemetry(plan)
    rhythm = first_rhythm(telemetry)
    for window in day_windows(rhythm.since_s, until_s, rhythm):
        yield from telemetry.messages(window)
