"""Every hold that a capture places is told once."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs

from api.hold_alarms import AT_ONCE, HoldAlarms
from observations.errors import StoreUnavailableError
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


def told(logs: Sequence[object]) -> list[object]:
    return [entry["number"] for entry in logs if isinstance(entry, dict) and entry["event"] == "hold_placed"]


def test_captures_that_overlap_tell_each_hold_once() -> None:
    holds = book()
    alarms = HoldAlarms(holds)
    with capture_logs() as logs, alarms.telling():
        with alarms.telling():
            holds.place([hold(1), hold(2)])
        holds.place([hold(3)])
    assert told(logs) == [1, 2, 3]


def test_what_others_placed_before_and_in_between_is_not_told_again() -> None:
    holds = book()
    holds.place([hold(1)])
    alarms = HoldAlarms(holds)
    with capture_logs() as logs:
        with alarms.telling():
            pass
        holds.place([hold(2)])
        with alarms.telling():
            holds.place([hold(3)])
    assert told(logs) == [3]


def test_however_many_they_are_all_are_told() -> None:
    holds = book()
    with capture_logs() as logs, HoldAlarms(holds).telling():
        holds.place([hold(number) for number in range(AT_ONCE + 5)])
    assert told(logs) == [*range(1, AT_ONCE + 6)]


def test_what_was_put_on_hold_before_a_capture_failed_is_told_all_the_same() -> None:
    holds = book()

    def fail() -> None:
        with HoldAlarms(holds).telling():
            holds.place([hold(1)])
            raise ValueError(hold(1).cause)

    with capture_logs() as logs, pytest.raises(ValueError, match="urn:x:1"):
        fail()
    assert told(logs) == [1]


class Away(HoldsInMemory):
    """Cannot be read once something was captured."""

    def placed_after(self, number: int, *, limit: int) -> Sequence[Hold]:
        msg = f"{limit} after {number} cannot be read"
        raise StoreUnavailableError(msg)


def test_a_capture_is_not_undone_because_its_alarms_cannot_be_told_now() -> None:
    with capture_logs() as logs, HoldAlarms(Away(GraphInMemory(tuple))).telling():
        pass
    assert [entry["event"] for entry in logs] == ["holds_not_told"]
