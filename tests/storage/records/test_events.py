import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.records.errors import RecordRefusedError
from storage.records.records import Records
from traceability.model import CapturedEvent, Flag

NOON = datetime(2026, 7, 1, 12, 0, 0, 123000, tzinfo=UTC)
PIG = "https://id.gs1.org/8004/9526000143018200000001"
TAG = "https://id.gs1.org/8004/9526000Ttag-1"


def event(number: int, *epcs: str, document: str = "") -> CapturedEvent:
    return CapturedEvent(
        event_id=f"urn:uuid:00000000-0000-5000-8000-{number:012}",
        event_type="ObjectEvent",
        event_time=NOON + timedelta(minutes=number),
        record_time=NOON + timedelta(days=1),
        biz_step="commissioning",
        epcs=epcs,
        document=document or f'{{"n": {number},  "地": "流沙河", "e": 1.50}}\r\n',
    )


def test_an_event_comes_back_byte_for_byte_with_its_epcs_in_order(records: Records) -> None:
    born = event(1, PIG, TAG, PIG)
    assert records.events.capture([born]) == 1
    assert records.events.about([TAG]) == [born]
    assert records.events.find(born.event_id) == [born]
    assert records.events.find("urn:uuid:unknown") == []


def test_an_event_captured_before_is_passed_over_and_keeps_its_record_time(records: Records) -> None:
    first = event(1, PIG)
    assert records.events.capture([first]) == 1
    later = replace(first, record_time=NOON + timedelta(days=9))
    assert records.events.capture([later, event(2, PIG), later]) == 1
    assert records.events.about([PIG]) == [first, event(2, PIG)]


def test_of_the_same_event_twice_in_one_capture_the_first_is_kept(records: Records) -> None:
    first = event(1, PIG)
    assert records.events.capture([first, replace(first, record_time=NOON + timedelta(days=9))]) == 1
    assert records.events.find(first.event_id) == [first]


def test_an_error_declaration_stands_beside_the_event_it_declares_wrong(records: Records) -> None:
    wrong = event(1, PIG)
    declaration = replace(
        wrong, document='{"errorDeclaration": {}}', record_time=wrong.record_time + timedelta(microseconds=1)
    )
    records.events.capture([declaration])
    records.events.capture([wrong])
    assert records.events.find(wrong.event_id) == [wrong, declaration]
    assert records.events.about([PIG]) == [wrong, declaration]


def test_events_about_several_epcs_come_once_by_event_time(records: Records) -> None:
    both, tag_only, pig_only = event(3, PIG, TAG), event(1, TAG), event(2, PIG)
    records.events.capture([both, tag_only, pig_only, event(4, "urn:other")])
    assert records.events.about([PIG, TAG, PIG]) == [tag_only, pig_only, both]
    assert records.events.about([]) == []
    assert records.events.about([PIG.upper()]) == []


def test_events_are_found_by_many_ids_and_without_a_business_step(records: Records) -> None:
    summary = replace(event(3, PIG), biz_step="sensor_reporting")
    records.events.capture([event(1, PIG), event(2, PIG), summary])
    assert records.events.about([PIG], besides="sensor_reporting") == [event(1, PIG), event(2, PIG)]
    ids = [event(1).event_id, summary.event_id, *(f"urn:none:{number}" for number in range(2_000))]
    assert records.events.with_ids(ids) == [event(1, PIG), summary]


def test_flags_come_back_with_their_event_and_repetitions_are_known_by_their_digest(records: Records) -> None:
    flagged = replace(event(1, PIG), flags=(Flag(rule="long_ago", path="$.eventTime", detail="一九七〇"),), digest="d")
    assert records.events.capture([flagged]) == 1
    assert records.events.capture([replace(flagged, document="{}")]) == 0
    assert records.events.find(flagged.event_id) == [flagged]


def test_many_more_epcs_than_a_statement_takes_variables_are_looked_up(records: Records) -> None:
    packs = [f"https://id.gs1.org/01/09526000100010/21/{number:06}" for number in range(40_000)]
    packed = event(1, *packs)
    records.events.capture([packed])
    assert records.events.about(packs) == [packed]


def test_an_event_without_an_epc_is_kept(records: Records) -> None:
    assert records.events.capture([event(1)]) == 1
    assert records.events.find(event(1).event_id) == [event(1)]


def test_capturing_nothing_is_nothing(records: Records) -> None:
    assert records.events.capture([]) == 0


@pytest.mark.parametrize(
    "bad",
    [event(2, "urn:\x00"), event(2, PIG, document="\ud800"), replace(event(2, PIG), event_time=datetime(2026, 7, 1))],  # noqa: DTZ001 the naive time is what is refused
)
def test_one_event_that_cannot_be_kept_keeps_all_of_them_out(records: Records, bad: CapturedEvent) -> None:
    with pytest.raises(RecordRefusedError):
        records.events.capture([event(1, PIG), bad, event(3, PIG)])
    assert records.events.about([PIG]) == []
    assert records.events.capture([event(1, PIG)]) == 1


def test_a_thousand_events_are_captured_at_once(records: Records) -> None:
    batch = [event(number, PIG, f"{PIG}{number}") for number in range(1_000)]
    assert records.events.capture(batch) == 1_000
    assert records.events.capture(batch) == 0
    assert records.events.about([PIG]) == batch


@pytest.fixture
def numbers() -> Iterator[int]:
    """A new number for each example: the database is emptied by no one between them."""
    return count()


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    epcs=st.lists(text, min_size=1, max_size=4),
    document=text.map(lambda words: json.dumps({"地": words}, ensure_ascii=False)),
    # Offsets, not zones: a moment that a zone has twice equals none of any other zone (PEP 495).
    moment=st.datetimes(timezones=st.integers(-840, 840).map(lambda east: timezone(timedelta(minutes=east)))).filter(
        lambda moment: 2 < moment.year < 9998
    ),
)
def test_any_text_and_any_moment_come_back_unchanged(
    records: Records, numbers: Iterator[int], epcs: list[str], document: str, moment: datetime
) -> None:
    captured = replace(event(next(numbers), *epcs, document=document), event_time=moment)
    assert records.events.capture([captured]) == 1
    assert records.events.find(captured.event_id) == [captured]
    assert captured in records.events.about(epcs[:1])
