"""Implausible content is kept and flagged; identifiers that name nothing are refused."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.traceability.conformance import documents, needs_conformance
from tests.traceability.one_life import EventsInMemory
from traceability.epcis.capture import capture_event
from traceability.epcis.documents import read_document
from traceability.epcis.plausibility import rule_words
from traceability.errors import EventError
from traceability.history import standing_flags, with_history
from traceability.model import CapturedEvent

NOW = datetime(2026, 9, 3, tzinfo=UTC)
PIG = "https://id.gs1.org/8004/9526000143018200000123"
CARCASS = "https://id.gs1.org/01/09526000000013/21/143018200000123"
PACK = "https://id.gs1.org/01/09526000100010/21/1"
BASE: dict[str, Any] = {
    "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    "type": "ObjectEvent",
    "eventTime": "2026-07-02T08:00:00.000+08:00",
    "eventTimeZoneOffset": "+08:00",
    "epcList": [PIG],
    "action": "OBSERVE",
    "bizStep": "inspecting",
}
NO_FLAG = 12
BY_CLASS = {
    "mean_below_minimum": 5,
    "sensor_after_event": 16,
    "report_outside_window": 5,
    "percentile_outside_range": 5,
    "document_before_content": 18,
    "member_repeated": 1,
    "corrective_event_missing": 8,
}


def event(**changes: object) -> CapturedEvent:
    value = {name: part for name, part in {**BASE, **changes}.items() if part is not None}
    return capture_event(json.dumps(value).encode(), record_time=NOW)


def rules(captured: CapturedEvent) -> list[str]:
    return [flag.rule for flag in captured.flags]


def sensed(report: dict[str, Any], **metadata: str) -> CapturedEvent:
    return event(sensorElementList=[{"sensorMetadata": metadata, "sensorReport": [report]}])


def captured_from(path: Path, repository: EventsInMemory) -> list[CapturedEvent]:
    document = read_document(path.read_bytes())
    events = [capture_event(each, record_time=NOW, created=document.created) for each in document.events]
    return with_history(events, repository)


@needs_conformance
def test_gs1s_documents_carry_exactly_the_faults_that_were_read_in_them() -> None:
    flags: Counter[str] = Counter()
    without = 0
    for path in documents("epcis/valid"):
        found = [flag.rule for each in captured_from(path, EventsInMemory()) for flag in each.flags]
        flags.update(found)
        without += not found
    assert dict(flags) == BY_CLASS
    assert without == NO_FLAG


@needs_conformance
def test_an_event_id_with_two_contents_is_flagged_and_the_same_event_is_not() -> None:
    repository = EventsInMemory()
    shared = 0
    for path in documents("epcis/valid"):
        events = captured_from(path, repository)
        shared += sum(flag.rule == "event_id_shared" for each in events for flag in each.flags)
        repository.capture(events)
    assert shared == 2


def test_every_rule_is_said_in_both_languages() -> None:
    assert all(rule.en and rule.zh for rule in rule_words().values())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"eventTime": "1970-01-01T00:00:00Z"}, ["long_ago"]),
        ({"eventTime": "2999-01-01T00:00:00Z"}, ["in_the_future"]),
        ({"eventTime": "2026-07-02T00:00:00Z"}, []),
        ({"eventTime": "2026-07-02T00:00:00-00:00"}, []),
        ({"eventTime": "2026-07-02T08:00:00+07:00"}, ["offset_contradiction"]),
        ({"eventTime": "2026-07-02T08:00:00-08:00"}, ["offset_contradiction"]),
        ({"epcList": []}, ["about_nothing"]),
        ({"recordTime": "2026-07-01T00:00:00Z"}, ["recorded_before_event"]),
        ({"errorDeclaration": {"declarationTime": "2026-07-01T00:00:00Z"}}, ["declared_before_event"]),
        ({"persistentDisposition": {"set": ["active"], "unset": ["active"]}}, ["disposition_set_and_unset"]),
        ({"quantityList": [{"epcClass": "https://id.gs1.org/01/09526000100010/10/L", "quantity": -1.0}]},
         ["negative_quantity"]),
        ({"quantityList": [{"epcClass": "https://id.gs1.org/01/09526000100010/10/L", "quantity": 0.0}]}, []),
        ({"type": "TransformationEvent", "action": None, "epcList": None, "inputEPCList": [PIG],
          "outputEPCList": [PIG]}, ["input_is_output"]),
        ({"type": "AggregationEvent", "epcList": None, "parentID": PIG, "childEPCs": [PIG]}, ["parent_is_child"]),
    ],
)  # fmt: skip
def test_what_one_event_says_is_flagged(changes: dict[str, Any], expected: list[str]) -> None:
    assert rules(event(**changes)) == expected


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ({"type": "Temperature", "value": 38.5, "uom": "CEL"}, []),
        ({"type": "Temperature", "value": 38.5, "uom": "KGM"}, ["unit_of_another_kind"]),
        ({"type": "Mass", "value": 38.5, "uom": "CEL"}, ["unit_of_another_kind"]),
        ({"type": "Temperature", "value": 38.5}, ["unit_missing"]),
        ({"type": "Count", "value": 3.0}, []),
        ({"type": "Temperature", "value": 38.5, "uom": "XYZ"}, []),
        ({"type": "Temperature", "minValue": 3.0, "maxValue": 2.0, "uom": "CEL"}, ["maximum_below_minimum"]),
        ({"type": "Temperature", "meanValue": 3.0, "maxValue": 2.0, "uom": "CEL"}, ["maximum_below_mean"]),
    ],
)
def test_what_was_sensed_is_flagged(report: dict[str, Any], expected: list[str]) -> None:
    assert rules(sensed(report)) == expected


def test_a_window_that_ends_before_it_begins_is_flagged() -> None:
    report = {"type": "Count", "value": 3.0}
    times = {"startTime": "2026-07-01T02:00:00Z", "endTime": "2026-07-01T01:00:00Z"}
    assert rules(sensed(report, **times)) == ["window_reversed"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"epcList": ["https://id.gs1.org/01/09526000100011/21/1"]}, "$.epcList[0]"),
        ({"epcList": ["https://id.gs1.org/01/9526000100010/21/1"]}, "$.epcList[0]"),
        ({"epcList": ["https://shop.example/01/09526000100011/21/1"]}, "$.epcList[0]"),
        ({"epcList": ["https://id.gs1.org/01/09526000100010/10/L"]}, "$.epcList[0]"),
        ({"epcList": ["urn:epc:class:lgtin:4012345.012345.998877"]}, "$.epcList[0]"),
        ({"epcList": ["urn:epc:id:sgtin:4012345.01234.9"]}, "$.epcList[0]"),
        ({"epcList": ["urn:x:" + "a" * 3000]}, "$.epcList[0]"),
        ({"eventID": "urn:x:" + "a" * 2000}, "$.eventID"),
        ({"readPoint": {"id": "https://id.gs1.org/414/9526000100011"}}, "$.readPoint.id"),
        ({"quantityList": [{"epcClass": "https://id.gs1.org/01/09526000100010/21/1"}]}, "$.quantityList[0].epcClass"),
        ({"quantityList": [{"epcClass": "urn:epc:id:sgtin:4012345.011111.9"}]}, "$.quantityList[0].epcClass"),
        ({"sourceList": [{"type": "location", "source": "https://id.gs1.org/414/1"}]}, "$.sourceList[0].source"),
    ],
)
def test_an_identifier_that_names_nothing_is_refused_at_its_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(EventError) as caught:
        event(**changes)
    assert caught.value.field == field


@pytest.mark.parametrize(
    "epc",
    [
        "https://shop.example/pigs/12",
        "https://shop.example/01/pig",
        "urn:epc:id:adi:2S194..12345678901",
        "urn:uuid:1",
        "https://id.gs1.org/8003/09526000000001",
        "https://id.gs1.org/01/09526000100010/22/2A/10/L/21/S",
    ],
)
def test_identifiers_of_other_kinds_are_taken(epc: str) -> None:
    assert event(epcList=[epc]).epcs == (epc,)


def born(time: str = "2026-01-01T08:00:00+08:00", **more: object) -> CapturedEvent:
    return event(action="ADD", bizStep="commissioning", eventTime=time, **more)


def slaughter(time: str, **more: object) -> CapturedEvent:
    names = {"type": "TransformationEvent", "action": None, "epcList": None, "bizStep": "commissioning"}
    return event(**names, inputEPCList=[PIG], outputEPCList=[CARCASS], eventTime=time, **more)


def packing(time: str) -> CapturedEvent:
    names = {"type": "TransformationEvent", "action": None, "epcList": None, "bizStep": "packing"}
    return event(**names, inputEPCList=[CARCASS], outputEPCList=[PACK], eventTime=time)


def moved(time: str, **more: object) -> CapturedEvent:
    return event(bizStep="shipping", eventTime=time, **more)


def died(time: str) -> CapturedEvent:
    return event(action="DELETE", bizStep="decommissioning", eventTime=time)


MORNING, NOON, EVENING = (f"2026-07-02T{hour}:00:00+08:00" for hour in ("08", "12", "18"))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (born(), born("2026-01-02T08:00:00+08:00"), ["came_to_be_twice"]),
        (slaughter(MORNING), slaughter(NOON), ["came_to_be_twice", "consumed_twice"]),
        (slaughter(MORNING), slaughter(NOON, transformationID="urn:uuid:1"), ["came_to_be_twice", "consumed_twice"]),
        (slaughter(NOON), packing(MORNING), ["before_it_existed"]),
        (packing(MORNING), slaughter(NOON), ["before_it_existed"]),
        (slaughter(MORNING), packing(NOON), []),
        (slaughter(MORNING), moved(NOON), ["after_its_end"]),
        (moved(NOON), slaughter(MORNING), ["after_its_end"]),
        (died(MORNING), moved(NOON), ["after_its_end"]),
        (died(MORNING), moved(NOON, disposition="disposed"), []),
        (moved(MORNING), slaughter(NOON), []),
        (born("2026-07-02T18:00:00+08:00"), moved(NOON), ["before_it_existed"]),
        (moved(MORNING), moved(EVENING), []),
    ],
)
def test_what_contradicts_what_is_known_is_flagged_whichever_came_first(
    before: CapturedEvent, after: CapturedEvent, expected: list[str]
) -> None:
    (flagged,) = with_history([after], EventsInMemory([before]))
    assert rules(flagged) == expected
    first, second = with_history([before, after], EventsInMemory())
    assert (rules(first), rules(second)) == ([], expected)


def test_an_event_declared_in_error_contradicts_nothing() -> None:
    wrong = born(eventID="urn:uuid:1")
    declaration = born(eventID="urn:uuid:1", errorDeclaration={"declarationTime": "2026-02-01T00:00:00Z"})
    (again,) = with_history([born("2026-01-02T08:00:00+08:00")], EventsInMemory([wrong, declaration]))
    assert rules(again) == []
    assert [rules(each) for each in with_history([wrong, declaration], EventsInMemory())] == [[], []]


def test_declarations_and_corrections_are_found_however_their_names_are_spelled() -> None:
    def spelled(captured: CapturedEvent) -> CapturedEvent:
        document = captured.document.replace('"errorDeclaration"', '"\\u0065rrorDeclaration"')
        document = document.replace('"correctiveEventIDs"', '"correctiveEventID\\u0073"')
        return capture_event(document.encode(), record_time=NOW)

    stated = {"declarationTime": "2026-02-01T00:00:00Z", "correctiveEventIDs": ["urn:uuid:9"]}
    declaration = spelled(born(eventID="urn:uuid:1", errorDeclaration=stated))
    later = born("2026-01-03T08:00:00+08:00", eventID="urn:uuid:2")
    declared, other = with_history([declaration, later], EventsInMemory([born(eventID="urn:uuid:1")]))
    assert "corrective_event_missing" in rules(declared)
    assert rules(other) == []


def test_a_missing_corrective_event_lifts_the_flag_when_it_comes() -> None:
    declaration = {"declarationTime": "2026-08-01T00:00:00Z", "correctiveEventIDs": ["urn:uuid:2"]}
    repository = EventsInMemory()
    (flagged,) = with_history([event(eventID="urn:uuid:1", errorDeclaration=declaration)], repository)
    assert rules(flagged) == ["corrective_event_missing"]
    assert standing_flags(flagged, repository) == flagged.flags
    repository.capture([event(eventID="urn:uuid:2")])
    assert standing_flags(flagged, repository) == ()


def test_a_member_that_stands_twice_is_flagged_and_the_last_counts() -> None:
    text = json.dumps(BASE)[:-1] + ', "disposition": "active", "disposition": "inactive"}'
    captured = capture_event(text.encode(), record_time=NOW)
    assert [(flag.rule, flag.path) for flag in captured.flags] == [("member_repeated", "$.disposition")]
    assert captured.document == text
