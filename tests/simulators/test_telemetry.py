import json
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest

from observations.properties import observed_properties
from simulators.calendar_days import DAY_S, at_local, seconds
from simulators.history import day_windows, history_messages
from simulators.messages import Message
from simulators.model import SitePlan
from simulators.randomness import keys_of
from simulators.telemetry import Pace, Rhythm, Telemetry, Window, _slots

Key = tuple[str, str, int]
TRUTH_WORDS = (b"truth", b"illness", b"fever", b"fault", b"influenza", b"lung", b"stuck", b"drift", b"off", b"simul")


LONG_AGO = Rhythm(pace=Pace(), since_s=0, before=Pace())


def window(since_s: int, until_s: int, rhythm: Rhythm = LONG_AGO) -> Window:
    return Window(since_s=since_s, until_s=until_s, rhythm=rhythm)


@pytest.fixture
def noon(plan: SitePlan) -> int:
    return seconds(at_local(plan.today, 12))


def readings_of(messages: Iterator[Message]) -> dict[Key, dict[str, float]]:
    """Every native reading under its key; a key that comes twice must say the same."""
    found: dict[Key, dict[str, float]] = {}
    for message in messages:
        if message.topic.endswith("/observations"):
            for row in json.loads(message.payload):
                key = (message.device, row.pop("channel", ""), row.pop("t"))
                assert found.setdefault(key, row) == row
    return found


def test_the_same_window_is_the_same_bytes_in_a_new_process(plan: SitePlan, noon: int) -> None:
    span = window(noon - DAY_S, noon)
    first, again = (list(Telemetry(plan).messages(span)) for _ in range(2))
    assert first == again
    assert len(first) > 70


def test_a_reading_is_the_same_however_the_past_is_cut_into_windows(telemetry: Telemetry, noon: int) -> None:
    whole = readings_of(telemetry.messages(window(noon - DAY_S, noon)))
    cuts = [noon - DAY_S, noon - 70_001, noon - 40_000, noon - 39_999, noon - 11, noon]
    pieces: dict[Key, dict[str, float]] = {}
    for since, until in pairwise(cuts):
        pieces |= readings_of(telemetry.messages(window(since, until)))
    assert pieces == whole


def test_steps_are_counted_from_the_reading_before_even_where_the_pace_turns(noon: int) -> None:
    keys = keys_of(1, "slot", ["a", "b", "c"])
    rhythm = LONG_AGO
    moments, counted_since = [], []
    since = noon - 5 * 3_600
    spans = [(1_800, 4_000), (30, 1), (30, 1), (30, 7), (30, 1_999), (1_800, 5_000), (2, 1), (2, 1), (2, 5)]
    for pace_s, length in spans:
        rhythm = rhythm.turned(Pace(tag_s=pace_s, probe_s=pace_s), since)
        slots = _slots(keys, window(since, since + length, rhythm), rhythm.pace.tag_s, rhythm.before.tag_s)
        moments.append(np.where(slots.reports, slots.t_s, 0))
        counted_since.append(np.where(slots.reports, slots.before_s, 0))
        since += length
    for row in range(3):
        told = np.concatenate([part[row][part[row] > 0] for part in moments])
        counted = np.concatenate([part[row][part[row] > 0] for part in counted_since])
        assert (np.diff(told) > 0).all()
        assert counted[1:].tolist() == told[:-1].tolist()


def test_every_value_is_a_known_property_within_its_range_and_precision(telemetry: Telemetry, noon: int) -> None:
    table = observed_properties()
    for row in readings_of(telemetry.messages(window(noon - 2 * DAY_S, noon))).values():
        for name, value in row.items():
            assert round(value, table[name].decimals) == value
            if name != "ear_temperature":
                assert table[name].low <= value <= table[name].high


def test_probes_report_both_depths_and_themselves_at_one_moment(telemetry: Telemetry, noon: int) -> None:
    found = readings_of(telemetry.messages(window(noon - 7_200, noon)))
    probes = {key[0] for key in found if key[0].startswith("probe")}
    assert len(probes) > 10
    for probe in probes:
        moments = {key[2] for key in found if key[0] == probe}
        assert {key[1:] for key in found if key[0] == probe} == {
            (channel, t_s) for t_s in moments for channel in ("20cm", "40cm", "")
        }


def test_nothing_published_gives_the_truth_away(telemetry: Telemetry, noon: int) -> None:
    for message in telemetry.messages(window(noon - 3 * DAY_S, noon)):
        assert not any(word in message.payload for word in TRUTH_WORDS), message.topic


def test_a_tag_that_restarted_counts_from_1970_and_is_set_again(telemetry: Telemetry, noon: int) -> None:
    faults = telemetry.tag_faults.between(noon - 300 * DAY_S, noon)
    for fault in (fault for fault in faults if fault.kind == "clock"):
        span = window(fault.since_s - 7_200, fault.until_s + 7_200)
        times = [key[2] for key in readings_of(telemetry.messages(span)) if key[0] == fault.device]
        wrong = [t_s for t_s in times if t_s < DAY_S]
        if times:
            assert wrong
            assert len(wrong) < len(times)
            return
    pytest.fail("no clock fault within the lives of the tags")


def test_a_slaughtered_pig_publishes_nothing_after_its_end(telemetry: Telemetry, plan: SitePlan, noon: int) -> None:
    life = plan.lives[0]
    assert life.slaughtered_at is not None
    end = seconds(life.slaughtered_at)
    found = readings_of(telemetry.messages(window(end - DAY_S, noon)))
    assert max(key[2] for key in found if key[0] == life.tag) < end


def test_history_is_a_message_a_device_and_day_in_order_of_days(plan: SitePlan) -> None:
    until = Telemetry(plan).begins_s + 20 * DAY_S
    messages = list(history_messages(plan, until))
    firsts = [json.loads(message.payload)[0]["t"] for message in messages]
    days = [(t_s + 28_800) // DAY_S for t_s in firsts]
    assert days == sorted(days)
    assert len({(message.device, day) for message, day in zip(messages, days, strict=True)}) == len(messages)


def test_windows_cover_the_span_and_end_at_local_midnights(noon: int) -> None:
    windows = day_windows(noon - 3 * DAY_S, noon, LONG_AGO)
    assert windows[0].since_s == noon - 3 * DAY_S
    assert windows[-1].until_s == noon
    assert [one.until_s for one in windows[:-1]] == [one.since_s for one in windows[1:]]
    assert all((one.until_s + 28_800) % DAY_S == 0 for one in windows[:-1])


def test_devices_never_report_more_often_than_every_two_seconds() -> None:
    assert Pace().faster(1e9) == Pace(tag_s=2, probe_s=2)
    assert Pace().faster(60) == Pace(tag_s=30, probe_s=60)
