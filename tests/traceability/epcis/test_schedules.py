from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.epcis.schedules import RANGES, Schedule
from traceability.errors import SubscriptionError

WEDNESDAY = datetime(2026, 7, 1, 12, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "first", "second"),
    [
        ({"hour": "1", "minute": "5"}, "2026-07-02T01:05:00", "2026-07-03T01:05:00"),
        ({"second": "0/30"}, "2026-07-01T12:30:30", "2026-07-01T12:31:00"),
        ({"minute": "5"}, "2026-07-01T13:05:00", "2026-07-01T14:05:00"),
        ({"minute": "[29-31]"}, "2026-07-01T12:31:00", "2026-07-01T13:29:00"),
        ({"hour": "8,18"}, "2026-07-01T18:00:00", "2026-07-02T08:00:00"),
        ({"dayOfWeek": "1"}, "2026-07-06T00:00:00", "2026-07-13T00:00:00"),
        ({"dayOfWeek": "[1-5]", "hour": "7"}, "2026-07-02T07:00:00", "2026-07-03T07:00:00"),
        ({"month": "2", "dayOfMonth": "29"}, "2028-02-29T00:00:00", "2032-02-29T00:00:00"),
        ({"dayOfMonth": "31"}, "2026-07-31T00:00:00", "2026-08-31T00:00:00"),
        ({"month": "12"}, "2026-12-01T00:00:00", "2026-12-02T00:00:00"),
        ({"second": "15", "hour": "12", "minute": "30"}, "2026-07-02T12:30:15", "2026-07-03T12:30:15"),
    ],
)
def test_a_schedule_names_moments_in_utc(fields: dict[str, object], first: str, second: str) -> None:
    schedule = Schedule.parse(fields)
    found = schedule.next_after(WEDNESDAY)
    assert found == datetime.fromisoformat(first).replace(tzinfo=UTC)
    assert schedule.next_after(found) == datetime.fromisoformat(second).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({}, "schedule"),
        ({"weekday": "1"}, "schedule"),
        ({"hour": 1}, "schedule.hour"),
        ({"hour": "24"}, "schedule.hour"),
        ({"hour": ""}, "schedule.hour"),
        ({"minute": "[9-3]"}, "schedule.minute"),
        ({"minute": "0/0"}, "schedule.minute"),
        ({"dayOfWeek": "0"}, "schedule.dayOfWeek"),
        ({"dayOfMonth": "30", "month": "2"}, "schedule"),
    ],
)
def test_what_is_no_moment_is_refused_by_its_field(fields: dict[str, object], place: str) -> None:
    with pytest.raises(SubscriptionError) as refused:
        Schedule.parse(fields)
    assert refused.value.field == place


@given(st.dictionaries(st.sampled_from([*RANGES, "year"]), st.text(alphabet="0123456789[]-,/ *x", max_size=12)))
def test_any_fields_are_a_schedule_or_the_one_error(fields: dict[str, object]) -> None:
    try:
        schedule = Schedule.parse(fields)
    except SubscriptionError:
        return
    following = schedule.next_after(WEDNESDAY)
    assert following is not None
    assert following > WEDNESDAY
    assert following.hour in schedule.values["hour"]
    assert following.isoweekday() in schedule.values["dayOfWeek"]
