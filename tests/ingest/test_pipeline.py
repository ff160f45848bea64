import hashlib
import json
import logging
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.identifiers import DevEui
from devices.model import Device, DeviceKind
from ingest.message import KEPT_BYTES, LARGEST_BYTES, received
from observations.errors import StoreUnavailableError
from observations.identifiers import DeviceId, SiteId
from observations.quality import Quality
from storage.records.records import Records
from tests.ingest.house import NOW_MS, TAG, House, tag_message
from tests.storage.records.databases import PlaceRecords

SENML = "tiantou/v1/hill/gw-1/senml"
UPLINK = "application/1/device/24e124126a123456/event/up"


def test_a_reading_is_stored_under_its_device_property_and_time(house: House) -> None:
    house.send(TAG, b'{"t": 1795352399, "ear_temperature": 38.6, "steps": 12}')
    assert house.store.values == {
        ("tag-1", "", "ear_temperature", 1_795_352_399_000): 38.6,
        ("tag-1", "", "steps", 1_795_352_399_000): 12.0,
    }
    assert house.quarantine.kept == {}
    assert len(house.heard) == 1
    assert (house.metric("values_total"), house.metric("messages_total", format="native")) == (2, 1)


def test_many_messages_of_all_formats_are_one_append(house: House) -> None:
    uplink = {
        "time": "2026-11-22T13:00:00Z",
        "deviceInfo": {"devEui": "24e124126a123456"},
        "object": {"soil_moisture": 30},
    }
    pack = [{"bn": "tag-2:", "bt": 1_795_352_390, "n": "ear_temperature", "u": "Cel", "v": 38.1}]
    house.pipeline.process(
        [
            tag_message(1),
            received(SENML, json.dumps(pack).encode(), NOW_MS),
            received(UPLINK, json.dumps(uplink).encode(), NOW_MS),
        ]
    )
    assert {key[:3] for key in house.store.values} == {
        ("tag-1", "", "ear_temperature"),
        ("tag-2", "", "ear_temperature"),
        ("probe-1", "", "soil_moisture"),
    }
    assert house.store.appends == 1


def test_a_failing_listener_is_counted_and_stops_nothing(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    pack = b'[{"bn":"tag-2:","bt":1795352390,"n":"battery","v":3.6}]'
    house.send(SENML, pack)
    assert len(house.store.values) == 1
    assert house.metric("listener_failures_total") == 1


def test_a_redelivery_changes_nothing_and_is_counted(house: House) -> None:
    house.send(TAG, b'{"t": 1795352399, "ear_temperature": 38.6}')
    house.now_ms += 60_000
    house.send(TAG, b'{"t": 1795352399, "ear_temperature": 38.6}')
    house.send(TAG, b'{"t": 1795352399, "ear_temperature": 38.7}')
    assert house.store.values == {("tag-1", "", "ear_temperature", 1_795_352_399_000): 38.6}
    assert (house.metric("redelivered_total"), house.metric("conflicts_total")) == (1, 1)


@pytest.mark.parametrize(
    ("topic", "payload", "code", "stored"),
    [
        (TAG, b"ear_temperature=38.6", "not_json", 0),
        (TAG, b'{"t": 1795352399, "ear_temperature": NaN}', "not_finite", 0),
        (TAG, b'{"t": 1795352399, "battery": 3.6, "tempC": 38.6}', "unknown_keys", 1),
        (TAG, b'{"t": 1795352399, "tempC": 38.6}', "unknown_keys", 0),
        (TAG, b'{"t": 1795352399, "battery": 3.6, "battery": 3.7}', "duplicate_keys", 0),
        (TAG, b'{"t": 1795352399, "battery": 3.6, "note": "\xff"}', "not_utf8", 0),
        (TAG, b'{"t": 1795352399, "battery": 36, "unit": {"battery": "dV"}}', "wrong_unit", 0),
        (TAG, b'{"battery": 3.6}', "no_time", 0),
        (TAG, b"[" * 100_000, "too_deep", 0),
        (TAG, b"", "empty", 0),
        ("tiantou/v1/hill/tag-77/observations", b'{"t": 1795352399, "battery": 3.6}', "unknown_device", 0),
        ("tiantou/v1/valley/tag-1/observations", b'{"t": 1795352399, "battery": 3.6}', "wrong_site", 0),
        ("tiantou/v1/hill/t g/observations", b'{"t": 1795352399, "battery": 3.6}', "bad_topic", 0),
        ("tiantou/v2/hill/tag-1/observations", b'{"t": 1795352399, "battery": 3.6}', "unknown_topic", 0),
        ("application/1/device/24e124126a999999/event/up", b"{}", "unknown_device", 0),
        (SENML, b'[{"bn":"tag-1:","bt":1795352390,"n":"battery","v":3.6}]', "not_granted", 0),
        (SENML, b'[{"bn":"tag-9:","bt":1795352390,"n":"battery","v":3.6}]', "wrong_site", 0),
        (SENML, b'[{"bn":"tag-8:","bt":1795352390,"n":"battery","v":3.6}]', "unknown_device", 0),
        (SENML, b'[{"bn":"tag-2:","bt":1795352390,"n":"battery","u":"A","v":3.6}]', "wrong_unit", 0),
        (
            SENML,
            b'[{"bn":"gw-1:","bt":1795352390,"n":"battery","v":3.6},{"bn":"tag-1:","n":"battery","v":3.7}]',
            "not_granted",
            1,
        ),
        ("tiantou/v1/hill/tag-1/senml", b'[{"n":"tag-2:battery","t":1795352390,"v":3.6}]', "not_granted", 0),
    ],
)
def test_rubbish_is_set_aside_with_its_reason_and_the_stream_goes_on(
    house: House, topic: str, payload: bytes, code: str, stored: int
) -> None:
    house.pipeline.process([tag_message(1), received(topic, payload, NOW_MS), tag_message(2)])
    (aside,) = house.quarantine.kept.values()
    assert (aside.code, aside.topic, aside.payload) == (code, topic, payload[:KEPT_BYTES])
    assert aside.digest == hashlib.sha256(topic.encode() + b"\0" + payload).hexdigest()
    assert aside.reason
    assert aside.first_received == datetime.fromtimestamp(NOW_MS / 1000, UTC)
    assert house.metric("quarantined_total", code=code) == 1
    assert len(house.store.values) == 2 + stored


def test_a_payload_over_1_mib_is_kept_by_its_beginning_size_and_digest(house: House) -> None:
    payload = b"[" + b" " * LARGEST_BYTES + b"]"
    house.send(TAG, payload)
    (aside,) = house.quarantine.kept.values()
    assert (aside.code, aside.size, aside.payload) == ("too_large", len(payload), payload[:KEPT_BYTES])
    assert aside.digest == hashlib.sha256(TAG.encode() + b"\0" + payload).hexdigest()
    assert "cannot be replayed" in house.pipeline.replay(aside.digest)


@pytest.mark.parametrize(("t", "flag"), [(0, Quality.CLOCK_WRONG), (32_472_144_000, Quality.CLOCK_WRONG)])
def test_the_years_1970_and_2999_are_stored_and_flagged(house: House, t: int, flag: Quality) -> None:
    house.send(TAG, f'{{"t": {t}, "battery": 3.6}}'.encode())
    key = ("tag-1", "", "battery", t * 1000)
    assert (house.store.values[key], house.store.quality[key]) == (3.6, flag)
    assert house.store.corrected_ms["tag-1", "", t * 1000] == NOW_MS


def test_values_out_of_range_are_stored_and_flagged(house: House) -> None:
    house.send(TAG, b'{"t": 1795352399, "ear_temperature": 85.0}')
    assert list(house.store.quality.values()) == [Quality.OUT_OF_RANGE]
    assert house.quarantine.kept == {}


def test_other_events_of_a_network_server_are_counted_and_nothing_else(house: House) -> None:
    house.send("application/1/device/24e124126a123456/event/join", b"{}")
    house.send("application/1/device/24e124126a999999/event/status", b"{}")
    assert house.metric("messages_total", format="ignored") == 2
    assert (house.quarantine.kept, house.store.values) == ({}, {})


def test_a_message_that_the_store_refuses_is_found_and_set_aside(house: House) -> None:
    house.store.refuses = lambda batch: bool((batch.values["ear_temperature"] == 44.4).any())
    messages = [tag_message(second, 44.4 if second == 37 else 38.5) for second in range(100)]
    house.pipeline.process(messages)
    assert len(house.store.values) == 99
    assert house.codes() == ["store_refused"]


def test_when_the_store_is_away_nothing_may_be_acknowledged_and_repeating_is_safe(house: House) -> None:
    messages = [tag_message(1), received(TAG, b"rubbish", NOW_MS), tag_message(2)]
    house.store.away = True
    with pytest.raises(StoreUnavailableError):
        house.pipeline.process(messages)
    assert house.codes() == ["not_json"], "quarantine comes first"
    house.store.away = False
    house.pipeline.process(messages)
    assert len(house.store.values) == 2
    assert house.codes() == ["not_json"]


def test_when_quarantine_is_away_nothing_is_stored_or_acknowledged(house: House) -> None:
    house.quarantine.away = True
    with pytest.raises(OSError, match="locked"):
        house.pipeline.process([tag_message(1), received(TAG, b"rubbish", NOW_MS)])
    assert house.store.values == {}


def test_a_replay_stores_what_was_unknown_once_it_is_registered(house: House) -> None:
    house.send("tiantou/v1/hill/tag-3/observations", b'{"t": 1795352399, "battery": 3.6}')
    (aside,) = house.quarantine.kept.values()
    assert "no device tag-3" in house.pipeline.replay(aside.digest[:12])
    house.devices.add(Device(id=DeviceId.parse("tag-3"), site=SiteId.parse("hill"), kind=DeviceKind.EAR_TAG))
    house.pipeline.refresh()
    assert house.pipeline.replay(aside.digest[:12]) == ""
    assert house.store.values == {("tag-3", "", "battery", 1_795_352_399_000): 3.6}
    assert house.quarantine.list() == []
    assert house.pipeline.replay("0" * 64) == f"no message {'0' * 64} is in quarantine"


def test_a_replay_of_a_message_with_unknown_keys_does_no_harm(house: House) -> None:
    house.send(TAG, b'{"t": 1795352399, "battery": 3.6, "tempC": 38}')
    (aside,) = house.quarantine.kept.values()
    assert "the rest is stored" in house.pipeline.replay(aside.digest)
    assert house.store.values == {("tag-1", "", "battery", 1_795_352_399_000): 3.6}
    assert len(house.quarantine.list()) == 1


def test_a_replay_that_the_store_refuses_says_so(house: House) -> None:
    house.store.refuses = lambda _: True
    house.send(TAG, b'{"t": 1795352399, "battery": 3.6}')
    (aside,) = house.quarantine.kept.values()
    assert "the store refuses it" in house.pipeline.replay(aside.digest)
    house.store.refuses = lambda _: False
    assert house.pipeline.replay(aside.digest) == ""


def test_a_device_registered_with_a_dev_eui_is_found_after_a_refresh(house: House) -> None:
    uplink = {"time": "2026-11-22T13:00:00Z", "deviceInfo": {"devEui": "24e124126a999999"}, "object": {"soil_ph": 6}}
    topic = "application/1/device/24e124126a999999/event/up"
    house.send(topic, json.dumps(uplink).encode())
    probe = Device(
        id=DeviceId.parse("probe-9"),
        site=SiteId.parse("hill"),
        kind=DeviceKind.SOIL_PROBE,
        dev_eui=DevEui.parse("24e124126a999999"),
    )
    house.devices.add(probe)
    house.pipeline.refresh()
    house.send(topic, json.dumps(uplink).encode())
    assert house.codes() == ["unknown_device"]
    assert [key[0] for key in house.store.values] == ["probe-9"]


def test_the_monitor_tells_what_a_device_said_last_and_what_was_wrong(house: House) -> None:
    house.send(TAG, b"rubbish")
    house.now_ms += 1000
    house.send(TAG, b'{"t": 1795352399, "battery": 3.6}')
    heard, problem = house.pipeline.monitor.heard("tag-1"), house.pipeline.monitor.last_problem("tag-1")
    assert heard is not None
    assert problem is not None
    assert (heard.payload, heard.problem) == (b'{"t": 1795352399, "battery": 3.6}', "")
    assert problem.payload == b"rubbish"
    assert "not JSON" in problem.problem
    assert heard.received > problem.received
    assert house.pipeline.monitor.heard("tag-2") is None


def test_the_monitor_hears_the_devices_behind_a_gateway_and_a_network_server(house: House) -> None:
    house.send(SENML, b'[{"bn":"gw-1:","bt":1795352390,"n":"battery","v":3.6},{"bn":"tag-2:","n":"tempC","v":3.7}]')
    house.send(SENML, b'[{"bn":"tag-2:","bt":1795352390,"n":"battery","v":3.6},{"bn":"gw-1:","n":"battery","v":3.6}]')
    house.send(UPLINK, b"{}")
    for device in ("gw-1", "tag-2", "probe-1"):
        assert house.pipeline.monitor.heard(device) is not None


def test_the_state_counts_what_came(house: House) -> None:
    house.pipeline.process([tag_message(1), tag_message(2), tag_message(1), received(TAG, b"", NOW_MS)])
    house.now_ms += 2500
    house.send(TAG, b'{"t": 1795352399, "battery": 3.6}')
    state = house.pipeline.monitor.state()
    assert (state.messages, state.values, state.redelivered, state.quarantined) == (5, 3, 1, 1)
    assert (state.connected, state.problem) == (False, "not started")


def test_what_was_stuck_before_a_restart_is_known_to_be(house: House) -> None:
    house.pipeline.process([tag_message(second * 60 - 25_000) for second in range(10)])
    restarted = House(house.store)
    restarted.pipeline.recall()
    restarted.pipeline.process([tag_message(4000)])
    assert list(house.store.quality.values())[-1] == Quality.STUCK


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(max_size=60) | st.sampled_from([TAG, SENML, UPLINK]), st.binary(max_size=200))
def test_any_topic_and_any_bytes_are_stored_or_set_aside(house: House, topic: str, payload: bytes) -> None:
    before = len(house.store.values) + len(house.quarantine.kept)
    house.pipeline.process([received(topic, payload, NOW_MS), received(topic, payload, NOW_MS)])
    assert len(house.store.values) + len(house.quarantine.kept) >= before
    assert "decoder_failed" not in house.codes()


def test_a_fault_of_a_decoder_sets_the_message_aside(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        msg = "a fault"
        raise ZeroDivisionError(msg)

    monkeypatch.setattr("ingest.reading.DECODERS", {"native": broken})
    monkeypatch.setattr("ingest.haul.decode_many", broken)
    house.pipeline.process([tag_message(1)])
    assert house.codes() == ["decoder_failed"]


POISON = [
    (TAG, b'{"t": 1795352399, "battery": 3.6, "\\u0000": 1}'),
    (TAG, b'{"t": 1795352399, "battery": 3.6, "\\ud800": 1}'),
    (TAG, b'{"t": 1795352399, "battery": 3.6, "unit": {"battery": "\\u0000"}}'),
    (TAG, b'{"t": "\\u0000", "battery": 3.6}'),
    (SENML, b'[{"n":"\\ud800","t":1795352390,"v":3.6}]'),
    (SENML, b'[{"n":"tag-2:battery","t":1795352390,"v":3.6,"\\ud800_":1}]'),
    (UPLINK, b'{"time":"2026-11-22T13:00:00Z","deviceInfo":{"devEui":"24e124126a123456"},"object":{"\\ud800":1}}'),
]


@pytest.mark.parametrize(("topic", "payload"), POISON)
def test_no_text_of_a_device_can_make_quarantine_itself_fail(
    house: House, tmp_path: Path, place_sqlite: PlaceRecords, topic: str, payload: bytes
) -> None:
    """A message that quarantine refused would be delivered for ever, and everything behind it with it."""
    house.send(topic, payload)
    (aside,) = house.quarantine.kept.values()
    assert aside.reason.isprintable()
    records = Records.open(place_sqlite(tmp_path / "records.sqlite"))
    records.quarantine.set_aside([aside])
    assert [message.reason for message in records.quarantine.list()] == [aside.reason]
    records.close()
