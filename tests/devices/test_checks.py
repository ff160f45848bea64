from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from devices.checks import CLOCK_AHEAD_MS, CLOCK_FROM_MS, HOUR_MS, Checked, check
from devices.runs import Run, Runs
from observations.batch import ObservationBatch
from observations.quality import Quality

NOW_MS = 1_795_352_400_000


def batch(
    name: str, values: Sequence[float], times_ms: Sequence[int] | None = None, device: Sequence[str] | None = None
) -> ObservationBatch:
    times = np.array(times_ms if times_ms is not None else [NOW_MS] * len(values), np.int64)
    return ObservationBatch(
        device=device or ["tag-1"] * len(values),
        channel=[""] * len(values),
        phenomenon_ms=times,
        received_ms=np.full(len(values), NOW_MS, np.int64),
        corrected_ms=times.copy(),
        values={name: np.array(values, np.float64)},
    )


def flags(checked: Checked, name: str) -> list[Quality]:
    column = checked.batch.quality.get(name, np.zeros(len(checked.batch), np.uint8))
    return [Quality(int(flag)) for flag in column]


def test_values_outside_the_plausible_range_are_marked_and_kept() -> None:
    checked = check(batch("ear_temperature", [19.9, 20, 45, 45.1, 300, np.nan]), Runs())
    bad, good = Quality.OUT_OF_RANGE, Quality.GOOD
    assert flags(checked, "ear_temperature") == [bad, good, good, bad, bad, good]
    assert checked.batch.values["ear_temperature"][4] == 300


def test_good_values_need_no_quality_column() -> None:
    assert check(batch("ear_temperature", [38.5]), Runs()).batch.quality == {}


def test_derived_values_are_marked_as_estimated() -> None:
    assert flags(check(batch("soil_nitrogen", [120, np.nan]), Runs()), "soil_nitrogen") == [
        Quality.ESTIMATED,
        Quality.GOOD,
    ]


def test_a_wrong_clock_is_marked_and_shown_at_the_time_received() -> None:
    times = [
        0,
        CLOCK_FROM_MS - 1,
        CLOCK_FROM_MS,
        NOW_MS + CLOCK_AHEAD_MS,
        NOW_MS + CLOCK_AHEAD_MS + 1,
        32_472_144_000_000,
    ]
    checked = check(batch("battery", [3.6] * 6, times), Runs())
    wrong, good = Quality.CLOCK_WRONG, Quality.GOOD
    assert flags(checked, "battery") == [wrong, wrong, good, good, wrong, wrong]
    assert checked.batch.corrected_ms.tolist() == [NOW_MS, NOW_MS, *times[2:4], NOW_MS, NOW_MS]
    assert checked.batch.phenomenon_ms.tolist() == times


def newest(remembered: Runs) -> Run:
    run = remembered.newest("tag-1", "", "ear_temperature")
    assert run is not None
    return run


def hours(*at: float) -> list[int]:
    return [NOW_MS - 24 * HOUR_MS + round(hour * HOUR_MS) for hour in at]


def test_a_value_that_stays_longer_than_its_property_may_is_stuck() -> None:
    times = hours(0, 1, 2, 3, 4, 5, 6, 6.5, 7)
    checked = check(batch("ear_temperature", [38.5] * 9, times), Runs())
    assert flags(checked, "ear_temperature") == [Quality.GOOD] * 7 + [Quality.STUCK] * 2


def test_one_change_begins_anew() -> None:
    checked = check(batch("ear_temperature", [38.5] * 5 + [38.6] * 5, hours(*range(10))), Runs())
    assert flags(checked, "ear_temperature") == [Quality.GOOD] * 10


def test_two_equal_values_with_a_silence_between_them_are_chance() -> None:
    checked = check(batch("ear_temperature", [38.5, 38.5], hours(0, 12)), Runs())
    assert flags(checked, "ear_temperature") == [Quality.GOOD] * 2


def test_a_property_without_a_limit_is_never_stuck() -> None:
    checked = check(batch("soil_ph", [6.0] * 24, hours(*range(24))), Runs())
    assert (checked.batch.quality, checked.runs) == ({}, {})


def test_devices_do_not_make_each_other_stuck() -> None:
    device = ["tag-1", "tag-2"] * 5
    values = [38.5, 38.5, 38.5, 38.7] * 2 + [38.5, 38.6]
    checked = check(batch("ear_temperature", values, hours(*range(0, 20, 2)), device), Runs())
    assert flags(checked, "ear_temperature")[::2] == [Quality.GOOD] * 4 + [Quality.STUCK]
    assert flags(checked, "ear_temperature")[1::2] == [Quality.GOOD] * 5


def test_what_was_stuck_in_one_message_stays_stuck_in_the_next() -> None:
    remembered = Runs()
    found = []
    for hour in range(9):
        checked = check(batch("ear_temperature", [38.5], hours(hour)), remembered)
        remembered.take(checked.runs)
        found += flags(checked, "ear_temperature")
    assert found == [Quality.GOOD] * 7 + [Quality.STUCK] * 2


def test_a_wrong_clock_does_not_disturb_the_run() -> None:
    times = [*hours(0, 1, 2, 3), 32_472_144_000_000, *hours(4, 7)]
    remembered = Runs()
    checked = check(batch("ear_temperature", [38.5] * 7, times), remembered)
    remembered.take(checked.runs)
    assert flags(checked, "ear_temperature")[-1] == Quality.STUCK
    assert newest(remembered).until_ms == times[-1]


@given(
    st.lists(st.tuples(st.sampled_from([38.5, 38.6]), st.integers(1, 4)), min_size=1, max_size=30),
    st.lists(st.integers(0, 30), max_size=4),
)
def test_how_readings_are_cut_into_batches_changes_no_flag(steps: list[tuple[float, int]], cuts: list[int]) -> None:
    values = [value for value, _ in steps]
    times = [int(t) for t in CLOCK_FROM_MS + np.cumsum([hour * HOUR_MS for _, hour in steps])]
    whole = check(batch("ear_temperature", values, times), Runs())
    remembered = Runs()
    found: list[Quality] = []
    edges = sorted({0, len(values), *(cut for cut in cuts if cut < len(values))})
    for begin, end in pairwise(edges):
        checked = check(batch("ear_temperature", values[begin:end], times[begin:end]), remembered)
        remembered.take(checked.runs)
        found += flags(checked, "ear_temperature")
        again = check(batch("ear_temperature", values[:end], times[:end]), remembered)
        assert not len(again.runs["ear_temperature"].slots), "a redelivery changes nothing that is remembered"
    assert found == flags(whole, "ear_temperature")
    at_once = Runs()
    at_once.slots_of([("tag-1", "")])
    at_once.take(whole.runs)
    assert newest(remembered) == newest(at_once)
