import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulators.calendar_days import at_local
from simulators.events import DatedEvent, site_events
from simulators.illness import Illnesses
from simulators.model import SitePlan

SCHEMA = Path(__file__).parents[3] / "shared/conformance/epcis/standard/EPCIS-JSON-Schema-2.0.1.json"


def until(plan: SitePlan) -> datetime:
    return at_local(plan.today, 12)


@pytest.fixture
def events(plan: SitePlan) -> list[DatedEvent]:
    return site_events(plan, Illnesses(plan), until(plan))


def documents(events: list[DatedEvent], about: str = "") -> list[dict[str, Any]]:
    return [json.loads(event.document) for event in events if about.encode() in event.document]


def test_every_event_is_valid_by_gs1s_schema_with_formats(events: list[DatedEvent]) -> None:
    jsonschema_rs = pytest.importorskip("jsonschema_rs", reason="jsonschema-rs is not installed")
    if not SCHEMA.exists():
        pytest.skip(f"GS1's schema is not at {SCHEMA}")
    validator = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text(encoding="utf-8")), validate_formats=True)
    refused = [(event, error.message) for event in documents(events) for error in validator.iter_errors(event)]
    assert refused == []


def test_the_same_events_come_as_the_same_bytes_in_order_and_none_from_the_future(
    plan: SitePlan, events: list[DatedEvent]
) -> None:
    assert site_events(plan, Illnesses(plan), until(plan)) == events
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert all(event.at <= until(plan) for event in events)
    assert len({event.event_id for event in events}) == len(events) > 600


def test_life_goes_on_and_nothing_told_is_told_otherwise_later(plan: SitePlan, events: list[DatedEvent]) -> None:
    later = site_events(plan, Illnesses(plan), until(plan) + timedelta(days=40))
    assert {event.document for event in events} < {event.document for event in later}
    new = [event for event in later if event not in events]
    assert all(event.at > until(plan) for event in new)
    assert len(new) > 50


def test_a_slaughtered_pig_has_a_whole_life(plan: SitePlan, events: list[DatedEvent]) -> None:
    pig = plan.showcase_pack().animal
    steps = Counter(event["bizStep"].rpartition("/")[2] for event in documents(events, pig))
    assert steps["installing"] == steps["removing"] == steps["weaning"] == steps["treating"] == 1
    assert steps["vaccinating"] == 4
    assert steps["inspecting"] >= 8
    assert steps["commissioning"] == 5


def test_a_pack_leads_back_to_its_pig(plan: SitePlan, events: list[DatedEvent]) -> None:
    pack = plan.showcase_pack()
    uri = f"https://id.gs1.org/01/{pack.gtin}/21/{pack.serial}"
    packed = next(event for event in documents(events) if uri in event.get("outputEPCList", []))
    carcass = packed["inputEPCList"]
    slaughtered = next(event for event in documents(events) if event.get("outputEPCList") == carcass)
    assert slaughtered["inputEPCList"] == [f"https://id.gs1.org/8004/9526000{pack.animal}"]
    assert packed["ilmd"]["cbvmda:lotNumber"] == pack.lot
    assert packed["ilmd"]["tt:packedTotalKg"] < slaughtered["ilmd"]["tt:carcassWeightKg"]


def test_no_treated_pig_was_sold_before_its_withdrawal_ended(plan: SitePlan, events: list[DatedEvent]) -> None:
    ends = {life.animal: life.slaughtered_at for life in plan.lives}
    treated = [event for event in documents(events) if event["bizStep"].endswith("/treating")]
    assert treated
    for event in treated:
        assert event["tt:withdrawalDays"] == 28
        last, free = date.fromisoformat(event["tt:lastDose"]), date.fromisoformat(event["tt:withdrawalUntil"])
        assert free - last == timedelta(days=28)
        sold = next(end for animal, end in ends.items() if event["epcList"][0].endswith(animal))
        assert sold is None or free < sold.date()


def test_weights_climb_as_the_breed_does(plan: SitePlan, events: list[DatedEvent]) -> None:
    pig = plan.showcase_pack().animal
    weights = [
        element["sensorReport"][0]["value"]
        for event in documents(events, pig)
        for element in event.get("sensorElementList", [])
    ]
    assert 0.6 < weights[0] < 1.1
    assert 65 < weights[-1] < 85
    assert len(weights) > 8


def test_a_treatment_names_no_disease(events: list[DatedEvent]) -> None:
    for event in documents(events):
        assert not {"influenza_like", "bacterial_lung"} & set(map(str, event.values()))


def test_times_carry_the_local_offset_and_milliseconds(events: list[DatedEvent]) -> None:
    for dated, event in zip(events, documents(events), strict=True):
        assert event["eventTime"].endswith("+08:00")
        assert datetime.fromisoformat(event["eventTime"]).astimezone(UTC) == dated.at
        assert event["eventTime"][19] == "."
