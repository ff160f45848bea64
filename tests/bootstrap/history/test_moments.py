"""Times in tables: with an offset, local ones of a zone, numbers; and those that are none."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootstrap.history.moments import moments
from devices.codecs.times import milliseconds
from devices.errors import DecodeError

NOON = "2026-11-22T12:00:00+08:00"
EARLY, LATE = datetime(1970, 1, 2), datetime(2200, 1, 1)  # noqa: DTZ001 an offset is put behind what lies between
NOON_MS = int(datetime(2026, 11, 22, 4, tzinfo=UTC).timestamp() * 1000)


def read(text: str, zone: str | None = None) -> tuple[int, str]:
    found = moments(pa.array([text]), zone)
    return int(found.ms[0]), str(found.problem[0])


@pytest.mark.parametrize(
    "text",
    [NOON, "2026-11-22 12:00+08:00", "2026-11-22T04:00:00.000Z", str(NOON_MS), str(NOON_MS // 1000), f" {NOON} "],
)
def test_a_time_with_its_offset_or_as_a_number_needs_no_zone(text: str) -> None:
    assert read(text) == (NOON_MS, "")


def test_a_local_time_needs_its_zone() -> None:
    assert read("2026-11-22 12:00") == (0, "no_offset")
    assert read("2026-11-22 12:00", "Asia/Shanghai") == (NOON_MS, "")


@pytest.mark.parametrize(
    ("text", "problem"),
    [("2026-10-25 02:30", "ambiguous_time"), ("2026-03-29 02:30", "nonexistent_time"), ("2026-03-29 03:30", "")],
)
def test_a_local_time_that_came_twice_or_never_is_refused(text: str, problem: str) -> None:
    assert read(text, "Europe/Berlin")[1] == problem


@pytest.mark.parametrize(
    "text", ["22.11.2026", "2026-11-22", "noon", "2026-13-01 00:00", "1e400", "2026-11-22T12:00:00+99:00"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    assert read(text, "Asia/Shanghai") == (0, "bad_time")


def test_an_empty_cell_has_no_time() -> None:
    assert moments(pa.array(["", None]), None).problem.tolist() == ["no_time", "no_time"]


def test_columns_of_times_and_numbers_are_read_as_they_are() -> None:
    instant = datetime(2026, 11, 22, 4, tzinfo=UTC)
    assert moments(pa.array([instant, None]), None).ms.tolist() == [NOON_MS, 0]
    local = pa.array([datetime(2026, 11, 22, 12, 0)], pa.timestamp("us"))  # noqa: DTZ001 as a table without zones has it
    assert moments(local, None).problem.tolist() == ["no_offset"]
    assert moments(local, "Asia/Shanghai").ms.tolist() == [NOON_MS]
    assert moments(pa.array([NOON_MS, NOON_MS // 1000, None]), None).problem.tolist() == ["", "", "no_time"]


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_has_its_problem(text: str) -> None:
    ms, problem = read(text, "Europe/Berlin")
    assert problem or ms == 0 or isinstance(ms, int)


@given(
    st.datetimes(min_value=EARLY, max_value=LATE),
    st.sampled_from(["Z", "+08:00", "-03:30"]),
)
def test_a_table_and_a_message_mean_the_same_by_a_text(moment: datetime, offset: str) -> None:
    text = moment.isoformat() + offset
    assert read(text) == (milliseconds(text), "")


@given(st.floats(allow_nan=False))
def test_a_table_and_a_message_mean_the_same_by_a_number(number: float) -> None:
    try:
        expected = milliseconds(number)
    except DecodeError:
        return
    assert read(repr(number)) == (expected, "")
