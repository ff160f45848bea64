"""What was captured before guards judged as they do now is judged once, from where it came to."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete
from structlog.testing import capture_logs

from bootstrap.hold_judging import NAME, HoldJudging, judge_all
from storage.records.guard_book import judge_events
from storage.records.hold_tables import disputed_makings, holds
from storage.records.records import Records
from storage.records.schema import migrate
from tests.storage.records.guarded_house import capture, reasons, with_places
from tests.traceability.pig_records import (
    DAY,
    PACK,
    compliant,
    declared_wrong,
    packed,
    slaughtered,
    treated,
)
from traceability.holds import Hold, HoldRelease, ReleaseKind
from traceability.model import CapturedEvent

NOW = datetime(2026, 9, 20, tzinfo=UTC)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """Records of a house whose events were captured when nothing was judged."""
    made = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    migrate(made.engine)
    with_places(made)
    capture(made, *compliant(), treated(DAY - timedelta(days=2)), slaughtered(), packed())
    forget_judgement(made)
    yield made
    made.close()


def forget_judgement(records: Records) -> None:
    with records.engine.begin() as connection:
        connection.execute(delete(holds))
        connection.execute(delete(disputed_makings))


def judging(records: Records) -> HoldJudging:
    return HoldJudging(records, now=lambda: NOW, at_once=2, pause_s=0)


def test_everything_is_judged_once_piece_by_piece_and_then_never_again(records: Records) -> None:
    assert reasons(records, PACK) == []
    first = judging(records)
    assert first.step()
    noted = records.cursors.load(NAME)
    assert 0 < noted["done"] < noted["until"]
    # another run goes on where the first came to
    second = judging(records)
    while second.step():
        pass
    assert reasons(records, PACK) == ["withdrawal"]
    (hold,) = records.holds.list(ended=False, after=0, limit=9)
    assert hold.since == NOW
    forget_judgement(records)
    assert not judging(records).step()
    assert reasons(records, PACK) == []


def test_what_comes_while_it_is_judged_is_judged_as_it_comes(records: Records) -> None:
    running = judging(records)
    running.step()
    until = records.cursors.load(NAME)["until"]
    capture(records, declared_wrong(packed()))
    while running.step():
        pass
    assert records.cursors.load(NAME) == {"version": 1, "done": until, "until": until}
    assert reasons(records, PACK) == ["declared_error"]


def test_it_runs_to_the_end_by_itself(records: Records) -> None:
    running = judging(records)
    running.start()
    assert running.ended.wait(30)
    running.stop()
    assert reasons(records, PACK) == ["withdrawal"]


def test_all_can_be_judged_again_with_the_same_effect(records: Records) -> None:
    come: list[tuple[int, int]] = []
    assert judge_all(records, now=lambda: NOW, tell_progress=lambda done, until: come.append((done, until))) == 1
    assert judge_all(records, now=lambda: NOW, tell_progress=lambda _done, _until: None) == 0
    assert come[-1][0] == come[-1][1] == records.hold_judge.newest()
    assert reasons(records, PACK) == ["withdrawal"]


def test_what_was_declared_wrong_before_is_held_too(records: Records) -> None:
    capture(records, declared_wrong(slaughtered()))
    forget_judgement(records)
    judge_all(records, now=lambda: NOW, tell_progress=lambda _done, _until: None)
    assert reasons(records, PACK) == ["declared_error"]


def test_a_hold_that_a_veterinarian_ended_stays_ended(records: Records) -> None:
    wrong = treated(DAY - timedelta(days=2))
    capture(records, declared_wrong(wrong, licence="A012026430182"))
    judge_all(records, now=lambda: NOW, tell_progress=lambda _done, _until: None)
    assert reasons(records, PACK) == []
    release = HoldRelease(at=NOW, by="x", kind=ReleaseKind.CORRECTION, why="x")
    assert records.holds.release(slaughtered().event_id, release) == 0


@pytest.fixture
def unjudgeable(records: Records, monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of an event, between others, at which judging fails."""
    last = slaughtered(inputEPCList=["urn:x:a"], outputEPCList=["urn:x:b"])
    capture(records, last, declared_wrong(packed()))
    forget_judgement(records)

    def failing(connection: Connection, judged: Mapping[int, CapturedEvent], *, at: datetime) -> list[Hold]:
        if last.event_id in {event.event_id for event in judged.values()}:
            msg = "a record nobody thought of"
            raise ValueError(msg)
        return judge_events(connection, judged, at=at)

    monkeypatch.setattr("storage.records.judging.judge_events", failing)
    return last.event_id


@pytest.mark.parametrize("at_once", [1, 2, 50])
def test_an_event_that_cannot_be_judged_is_passed_over_alone(
    records: Records,
    unjudgeable: str,
    at_once: int,
) -> None:
    running = HoldJudging(records, now=lambda: NOW, at_once=at_once, pause_s=0)
    with capture_logs() as logs:
        while running.step():
            pass
    assert [each["event"] for each in logs].count("holds_judged.passed_over") == 1
    assert reasons(records, PACK) == ["declared_error"], unjudgeable
    noted = records.cursors.load(NAME)
    assert noted["done"] == noted["until"] == records.hold_judge.newest()


def test_judging_all_passes_over_what_cannot_be_judged(records: Records, unjudgeable: str) -> None:
    come: list[tuple[int, int]] = []
    judge_all(records, now=lambda: NOW, tell_progress=lambda done, until: come.append((done, until)))
    assert come[-1][0] == come[-1][1]
    assert reasons(records, PACK) == ["declared_error"], unjudgeable


@pytest.mark.usefixtures("unjudgeable")
def test_the_thread_goes_on_behind_what_cannot_be_judged(records: Records) -> None:
    running = judging(records)
    running.start()
    assert running.ended.wait(30)
    running.stop()
    assert reasons(records, PACK) == ["declared_error"]
