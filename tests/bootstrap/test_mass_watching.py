"""What cannot be by mass is found as records come, told once, and gone when the records are mended."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bootstrap.mass_watching import NAME, MassWatching
from storage.records.records import Records
from storage.records.schema import migrate
from tests.traceability.balance.test_steps import GTIN, LOT, born, packed, slaughtered, weighed
from tests.traceability.pig_records import declared_wrong
from traceability.context import CONTEXT
from traceability.epcis.capture import capture_event
from traceability.mass_alarms import Weighed
from traceability.mass_watch import weigh
from traceability.model import CapturedEvent
from traceability.recorded import RecordedEvent

NOW = datetime(2026, 9, 20, tzinfo=UTC)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    made = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    migrate(made.engine)
    yield made
    made.close()


def watching(records: Records, *, at_once: int = 2) -> MassWatching:
    return MassWatching(records, now=lambda: NOW, at_once=at_once, period_s=0.01)


def weigh_all(records: Records, *, at_once: int = 2) -> list[str]:
    """The rules that were told of meanwhile."""
    running = watching(records, at_once=at_once)
    with capture_logs() as logs:
        while running.step():
            pass
    return [each["rule"] for each in logs if each["event"] == "mass_flagged"]


def rules(records: Records) -> list[str]:
    return sorted(alarm.rule for alarm in records.mass_alarms.list(ended=False, after=0, limit=99))


def one_pig(carcass_kg: float, packs: int) -> list[CapturedEvent]:
    told = [born(), weighed(70), slaughtered(carcass_kg), packed(packs, 0.5)]
    return [each.captured for each in told]


def sold(*numbers: int) -> CapturedEvent:
    body: dict[str, Any] = {
        "@context": CONTEXT,
        "type": "ObjectEvent",
        "eventTime": (NOW - timedelta(days=1)).isoformat(),
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "retail_selling",
        "disposition": "retail_sold",
        "epcList": [f"{GTIN}/21/P{number}" for number in numbers],
    }
    return capture_event(json.dumps(body).encode(), record_time=NOW)


def test_what_can_be_raises_no_alarm(records: Records) -> None:
    records.events.capture(one_pig(50, 90))
    assert weigh_all(records) == []
    assert rules(records) == []
    assert records.cursors.load(NAME)["event"] == records.event_queries.newest()


@pytest.mark.parametrize("at_once", [1, 2, 50])
def test_more_packs_than_a_pig_gives_are_told_once_whatever_comes_together(records: Records, at_once: int) -> None:
    records.events.capture(one_pig(50, 200))
    told = weigh_all(records, at_once=at_once)
    assert told.count("more_out_than_in") == 1
    assert len(told) == len(set(told))
    assert weigh_all(records) == []
    assert "more_out_than_in" in rules(records)
    # more news of the same raises no second alarm
    records.events.capture([sold(1, 2)])
    assert weigh_all(records) == []


def test_an_alarm_ends_when_the_records_are_mended(records: Records) -> None:
    wrong = one_pig(50, 200)
    records.events.capture(wrong)
    weigh_all(records)
    records.events.capture([declared_wrong(wrong[-1]), packed(90, 0.5, hour=6).captured])
    weigh_all(records)
    assert rules(records) == []
    ended = records.mass_alarms.list(ended=True, after=0, limit=9)
    assert [each.ended for each in ended] == [NOW] * len(ended)
    assert "more_out_than_in" in {each.rule for each in ended}


def test_a_lot_of_which_more_was_sold_than_made_is_told(records: Records) -> None:
    records.events.capture(one_pig(50, 10))
    assert weigh_all(records) == []
    loose = {
        "@context": CONTEXT,
        "type": "ObjectEvent",
        "eventTime": NOW.isoformat(),
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "retail_selling",
        "quantityList": [{"epcClass": LOT, "quantity": 40, "uom": "KGM"}],
    }
    records.events.capture([capture_event(json.dumps(loose).encode(), record_time=NOW)])
    assert weigh_all(records) == ["lot_oversold"]
    (alarm,) = records.mass_alarms.open_about([LOT])
    assert alarm.thing == LOT


def test_events_that_cannot_be_weighed_do_not_keep_those_behind_them_waiting(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    records.events.capture(one_pig(50, 200))

    def broken(*_: object, **__: object) -> None:
        msg = "a record nobody thought of"
        raise ValueError(msg)

    running = watching(records, at_once=50)
    with monkeypatch.context() as patched:
        patched.setattr("bootstrap.mass_watching.weigh", broken)
        assert running.step()
        assert rules(records) == []
    records.events.capture([sold(1)])
    assert running.step()
    assert records.cursors.load(NAME)["event"] == records.event_queries.newest()


def test_an_event_that_cannot_be_weighed_is_passed_over_alone(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    records.events.capture([*one_pig(50, 200), sold(1)])
    culprit = sold(1).event_id

    def fails_at_one(news: Iterable[RecordedEvent], **members: Any) -> Weighed:  # noqa: ANN401 what weigh takes
        told = list(news)
        if culprit in {event.captured.event_id for event in told}:
            msg = "a record nobody thought of"
            raise ValueError(msg)
        return weigh(told, **members)

    monkeypatch.setattr("bootstrap.mass_watching.weigh", fails_at_one)
    with capture_logs() as logs:
        assert watching(records, at_once=50).step()
    assert "more_out_than_in" in rules(records)
    assert [each["events"] for each in logs if each["event"] == "masses.passed_over"] == [[culprit]]


def test_a_backlog_is_weighed_with_a_share_of_a_core(records: Records) -> None:
    records.events.capture(one_pig(50, 90))
    clock = iter([10.0, 12.0, 20.0, 20.0])
    running = MassWatching(records, now=lambda: NOW, at_once=2, period_s=1.0, worked=lambda: next(clock))
    assert running.turn() == 6.0
    assert running.turn() == 0.01


def test_it_runs_until_it_is_stopped(records: Records) -> None:
    running = watching(records)
    running.start()
    running.stop()
    assert rules(records) == []
