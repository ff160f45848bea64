"""Records read back: their times are those of the place, however the event wrote them."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from api.console.record_shown import told_by
from storage.records.records import Records
from tests.api.console.form_posts import HOME, keep_all
from tests.traceability.pig_life import birth, treatment
from tests.traceability.pig_records import PIG_URI
from traceability.epcis.capture import capture_event
from traceability.lives.kinds import event_kinds
from traceability.model import CapturedEvent


@pytest.fixture
def treated(operator: TestClient, records: Records) -> CapturedEvent:
    keep_all(operator, birth(), treatment())
    return max(records.events.about([PIG_URI]), key=lambda event: event.event_time)


def rewritten(event: CapturedEvent, time: str, offset: str) -> CapturedEvent:
    body = {**json.loads(event.document), "eventID": "urn:uuid:1", "eventTime": time, "eventTimeZoneOffset": offset}
    return capture_event(json.dumps(body).encode(), record_time=event.record_time)


@pytest.mark.parametrize(
    ("time", "offset"),
    [
        ("2026-08-01T01:00:00Z", "+08:00"),
        ("2026-08-01T01:00:00.000Z", "+08:00"),
        ("2026-08-01T09:00:00+08:00", "+08:00"),
        ("2026-07-31T21:30:00-03:30", "+08:00"),
    ],
)
def test_a_time_stands_in_the_zone_that_the_event_names(treated: CapturedEvent, time: str, offset: str) -> None:
    told = told_by(event_kinds()["treatment"], [rewritten(treated, time, offset)])
    assert told["time"] == "2026-08-01T09:00"


def test_a_time_stands_in_the_farms_zone_where_the_event_names_another(treated: CapturedEvent) -> None:
    elsewhere = rewritten(treated, "2026-08-01T01:00:00Z", "+00:00")
    kind = event_kinds()["treatment"]
    assert told_by(kind, [elsewhere])["time"] == "2026-08-01T01:00"
    assert told_by(kind, [elsewhere], zone=ZoneInfo("Asia/Shanghai"))["time"] == "2026-08-01T09:00"


def test_what_was_captured_in_utc_is_recorded_anew_at_the_same_moment(
    operator: TestClient, records: Records, treated: CapturedEvent
) -> None:
    elsewhere = rewritten(treated, "2026-08-02T01:00:00Z", "+00:00")
    records.events.capture([elsewhere])
    page = operator.get(f"{HOME}/treatment/done?event={elsewhere.event_id}").text
    assert "2026-08-02 09:00" in page
    told = told_by(event_kinds()["treatment"], [elsewhere], zone=ZoneInfo("Asia/Shanghai"))
    keep_all(operator, {"kind": "treatment", **told, "batch": "B2", "last_dose": "2026-08-02"})
    moments = [event.event_time for event in records.events.about([PIG_URI])]
    assert moments.count(datetime(2026, 8, 2, 1, 0, tzinfo=UTC)) == 2
