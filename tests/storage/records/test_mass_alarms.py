"""Alarms about masses are kept once each, also about things whose names are longer than an index takes."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.records.records import Records
from traceability.mass_alarms import MassAlarm, Weighed

NOW = datetime(2026, 7, 1, tzinfo=UTC)
NOTHING = Weighed(things=frozenset(), alarms=())
NAMES = [
    "https://id.gs1.org/01/09526000100010/10/L1",
    "urn:x:lot:" + "".join(f"{number:05}" for number in range(4_000)),
    "urn:x:lot:" + "猪" * 3_000,
]


def weighed(thing: str) -> Weighed:
    alarm = MassAlarm(thing=thing, rule="lot_oversold", zh="卖多了", en="oversold", since=NOW)
    return Weighed(things=frozenset({thing}), alarms=(alarm,))


@pytest.mark.parametrize("thing", NAMES, ids=["short", "long", "long in few characters"])
def test_an_alarm_is_told_once_found_by_its_thing_and_ends(records: Records, thing: str) -> None:
    book = records.mass_alarms
    (told,) = book.settle(weighed(thing), at=NOW)
    assert book.settle(weighed(thing), at=NOW) == []
    assert book.open_about([thing, thing[:-1]]) == [told]
    assert book.settle(NOTHING, at=NOW) == []
    assert book.open_about([thing]) == [told]
    later = NOW + timedelta(days=1)
    assert book.settle(Weighed(things=frozenset({thing}), alarms=()), at=later) == []
    assert book.open_about([thing]) == []
    assert [alarm.ended for alarm in book.list(ended=True, after=0, limit=9)] == [later]
