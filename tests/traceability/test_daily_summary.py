import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import jsonschema_rs
import pytest

from tests.traceability.one_life import BORN, daily_events, farm_events, house_events, summary
from traceability.daily_summary import sensor_reporting_event
from traceability.errors import KeyFormatError

SCHEMA = Path(__file__).parents[3] / "shared/conformance/epcis/standard/EPCIS-JSON-Schema-2.0.1.json"
NOW = datetime(2026, 9, 3, tzinfo=UTC)


@pytest.mark.skipif(not SCHEMA.exists(), reason=f"{SCHEMA} is not there")
def test_everything_written_here_passes_gs1s_schema() -> None:
    schema = jsonschema_rs.validator_for(json.loads(SCHEMA.read_text()), validate_formats=True)
    events = [*daily_events()[:40], *farm_events(), *house_events(recalled=True)]
    bare = sensor_reporting_event(
        replace(summary(30), temperature=None, activity=None, steps=None, distance=None), record_time=NOW
    )
    for event in [*events, bare]:
        assert [error.message for error in schema.iter_errors(json.loads(event.document))] == []


def test_a_days_summary_says_what_when_by_which_method_and_how_complete() -> None:
    event = sensor_reporting_event(summary(30), record_time=NOW)
    document = json.loads(event.document)
    (element,) = document["sensorElementList"]
    assert element["sensorMetadata"]["deviceID"] == "https://id.gs1.org/8004/9526000Ttag-0123"
    assert element["sensorMetadata"]["startTime"] == "2025-12-03T00:00:00.000+08:00"
    assert element["sensorMetadata"]["dataProcessingMethod"].endswith("/daily-summary/1")
    units = {report["tt:observedProperty"]: (report["type"], report["uom"]) for report in element["sensorReport"]}
    assert units == {
        "ear_temperature": ("Temperature", "CEL"),
        "activity": ("Dimensionless", "C62"),
        "steps": ("Count", "C62"),
        "distance_walked": ("Length", "MTR"),
    }
    assert (document["tt:readings"], document["tt:expected"], document["eventTimeZoneOffset"]) == (140, 144, "+08:00")


def test_a_day_of_an_animal_has_one_id_however_often_it_is_told() -> None:
    first = sensor_reporting_event(summary(30), record_time=NOW)
    again = sensor_reporting_event(replace(summary(30), readings=144), record_time=NOW)
    assert first.event_id == again.event_id
    assert sensor_reporting_event(summary(31), record_time=NOW).event_id != first.event_id


def test_a_device_with_a_long_name_is_still_named() -> None:
    event = sensor_reporting_event(replace(summary(30), device="x" * 64), record_time=NOW)
    assert "https://ns.tiantou.example/device/" + "x" * 64 in event.document


def test_a_gln_that_is_none_is_refused() -> None:
    with pytest.raises(KeyFormatError):
        sensor_reporting_event(replace(summary(30), gln="123"), record_time=NOW)


def test_the_day_told_is_the_local_day() -> None:
    assert json.loads(sensor_reporting_event(summary(0), record_time=NOW).document)["tt:day"] == BORN.isoformat()
