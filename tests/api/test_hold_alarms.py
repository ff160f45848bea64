"""Every hold that a capture places is told once."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from api.hold_alarms import AT_ONCE, HoldAlarms
from tests.traceability.graph_in_memory import GraphInMemory
from tests.traceability.holds_in_memory import HoldsInMemory
from traceability.holds import Hold


def hold(number: int) -> Hold:
    return Hold(
        subject=f"https://id.gs1.org/8004/{9526000143018200000000 + number}",
        reason="no_certificate",
        cause=f"urn:x:{number}",
        since=datetime(2026, 7, 1, tzinfo=UTC),
        detail_zh="",
        detail_en="",
        by="guards",
    )


def book() -> HoldsInMemory:
    return HoldsInMemory(GraphInMemory(tuple))


def _refuse() -> None:
    msg = "refused"
    raise ValueError(msg)


def told(logs: Sequence[object]) -> list[object]:
    return [entry["number"] for entry in logs if isinstance(entry, dict) and entry["event"] == "hold_placed"]


def test_captures_that_overlap_tell_each_hold_once() -> None:
    holds = book()
    alarms = HoldAlarms(holds)
    with capture_logs() as logs, alarms.told():
        with alarms.told():
            holds.place([hold(1), hold(2)])
        holds.place([hold(3)])
    assert told(logs) == [1, 2, 3]


def test_what_others_placed_before_and_in_between_is_not_told_again() -> None:
    holds = book()
    holds.place([hold(1)])
    alarms = HoldAlarms(holds)
    with capture_logs() as logs:
        with alarms.told():
            pass
        holds.place([hold(2)])
        with alarms.told():
            holds.place([hold(3)])
    assert told(logs) == [3]


def test_however_many_they_are_all_are_told() -> None:
    holds = book()
    with capture_logs() as logs, HoldAlarms(holds).told():
        holds.place([hold(number) for number in range(AT_ONCE + 5)])
    assert told(logs) == [*range(1, AT_ONCE + 6)]


def test_a_capture_that_fails_keeps_nobody_elses_alarm_back() -> None:
    holds = book()
    alarms = HoldAlarms(holds)
    with capture_logs() as logs, alarms.told():
        with pytest.raises(ValueError, match="refused"), alarms.told():
            _refuse()
        holds.place([hold(1)])
    assert told(logs) == [1]
