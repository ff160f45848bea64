from dataclasses import replace
from datetime import UTC, datetime

import pytest

from devices.errors import DeviceError
from devices.model import Device, DeviceKind
from observations.identifiers import DeviceId, SiteId
from storage.records.records import Records
from traceability.model import CapturedEvent

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
EVENT = CapturedEvent(
    event_id="urn:uuid:1",
    event_type="ObjectEvent",
    event_time=NOON,
    record_time=NOON,
    biz_step="sensor_reporting",
    epcs=("urn:a",),
    document="{}",
)


def test_a_followers_cursor_is_empty_at_first_then_where_it_was_saved(records: Records) -> None:
    assert records.cursors.load("daily") == {}
    records.cursors.save("daily", {"w1": 5, "写": 2**63 - 1})
    records.cursors.save("alarms", {"w1": 1})
    records.cursors.save("daily", {"w1": 6})
    assert records.cursors.load("daily") == {"w1": 6}
    assert records.cursors.load("alarms") == {"w1": 1}


def test_a_cursor_is_committed_with_its_effects(records: Records) -> None:
    with records.together() as together:
        together.events.capture([EVENT])
        together.cursors.save("daily", {"w1": 7})
        assert together.events.about(["urn:a"]) == [EVENT]
    assert records.events.about(["urn:a"]) == [EVENT]
    assert records.cursors.load("daily") == {"w1": 7}


def test_where_one_of_several_calls_fails_none_has_happened(records: Records) -> None:
    def half_done() -> None:
        with records.together() as together:
            together.events.capture([EVENT])
            together.cursors.save("daily", {"w1": 7})
            msg = "power"
            raise RuntimeError(msg)

    with pytest.raises(RuntimeError, match="power"):
        half_done()
    assert records.events.about(["urn:a"]) == []
    assert records.cursors.load("daily") == {}


def test_a_call_that_fails_within_can_be_survived_by_the_others(records: Records) -> None:
    tag = Device(id=DeviceId.parse("tag-1"), site=SiteId.parse("s"), kind=DeviceKind.EAR_TAG)
    with records.together() as together:
        together.devices.add(tag)
        with pytest.raises(DeviceError):
            together.devices.add(replace(tag, label="again"))
        together.cursors.save("daily", {"w1": 1})
    assert records.devices.all() == [tag]
    assert records.cursors.load("daily") == {"w1": 1}
