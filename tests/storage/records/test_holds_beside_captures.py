"""Whoever places a hold and whoever captures a declaration of error at the same time take turns."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import text

from storage.records.records import Records
from tests.storage.records.guarded_house import capture, reasons, with_places
from tests.traceability.one_life import FARM, at, event
from tests.traceability.pig_records import DAY, PACK, PIG_URI, compliant, declared_wrong, slaughtered
from tests.traceability.pig_records import treated as treated_on
from traceability.gs1.keys import Sscc, check_digit
from traceability.holds import Hold
from traceability.model import CapturedEvent

CRATE = Sscc.parse("09526000000000001" + check_digit("09526000000000001")).uri
BY_HAND = Hold(
    subject=PIG_URI, reason="by_hand", cause="case-1", since=at(DAY), detail_zh="", detail_en="", by="inspector"
)
BOXED = event("AggregationEvent", at(DAY, 4), FARM, action="ADD", parentID=CRATE, childEPCs=[PIG_URI])
CUT = slaughtered(at(DAY, 8), inputEPCList=[CRATE], outputEPCList=[PACK])
AT_MOST_S = 20.0

First = Callable[[Records], object]


def placed(records: Records) -> None:
    assert len(records.holds.place([BY_HAND])) == 1


def treated(records: Records) -> None:
    assert records.events.capture([replace(treated_on(DAY), record_time=at(DAY, 20))]) == 1


@pytest.fixture
def house(records: Records) -> Records:
    house = with_places(records)
    capture(house, *compliant(), BOXED, CUT)
    return house


@pytest.mark.parametrize("first", [placed, treated])
def test_a_declaration_waits_for_the_hold_that_is_just_being_placed(house: Records, first: First) -> None:
    declaration = threading.Thread(target=house.events.capture, args=([declared_wrong(BOXED)],))
    with house.together() as together:
        first(together)
        declaration.start()
        waits_or_ends(house, declaration)
    declaration.join(AT_MOST_S)
    assert not declaration.is_alive()
    assert "declared_error" in reasons(house, PACK)


def test_a_hold_waits_for_the_declaration_that_is_just_being_captured(house: Records) -> None:
    wrong: CapturedEvent = declared_wrong(CUT)
    place = threading.Thread(target=house.holds.place, args=([replace(BY_HAND, subject=CRATE)],))
    with house.together() as together:
        together.events.capture([wrong])
        place.start()
        waits_or_ends(house, place)
    place.join(AT_MOST_S)
    assert not place.is_alive()
    assert reasons(house, PACK) == ["declared_error"]


def waits_or_ends(house: Records, other: threading.Thread) -> None:
    """The other thread waits for its turn to write, or was let through."""
    if house.engine.dialect.name == "sqlite":
        return
    deadline = time.monotonic() + AT_MOST_S
    with house.engine.connect() as connection:
        while other.is_alive() and not connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            assert time.monotonic() < deadline
            other.join(0.01)
