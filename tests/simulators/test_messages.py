import json

import pytest
from google.protobuf import json_format
from hypothesis import example, given
from hypothesis import strategies as st

from simulators.messages import MAXIMUM_PAYLOAD, Message, Reading, Uplink, native, rounded, senml, unpublishable, uplink

READING = Reading(t_s=1_795_000_000, values={"soil_moisture": 23.4, "soil_temperature": 18.1}, channel="20cm")
LINK = Uplink(application="app-1", dev_eui="a84041ff00000071", frame=16, gateway_id="a84041fe00000001", rssi=-91)


def test_a_native_message_is_a_list_of_readings_with_whole_seconds() -> None:
    message = native("s", "probe-0001", [READING, Reading(t_s=1_795_000_000, values={"battery": 3.9})])
    assert message.topic == "tiantou/v1/s/probe-0001/observations"
    assert json.loads(message.payload) == [
        {"t": 1_795_000_000, "channel": "20cm", "soil_moisture": 23.4, "soil_temperature": 18.1},
        {"t": 1_795_000_000, "battery": 3.9},
    ]


def test_a_pack_resolves_to_the_same_readings_by_the_rules_of_rfc_8428() -> None:
    message = senml("s", "gw-01", "probe-0001", [READING, Reading(t_s=1_795_000_000, values={"battery": 3.9})])
    base, base_time, resolved = "", 0, []
    for record in json.loads(message.payload):
        base, base_time = record.get("bn", base), record.get("bt", base_time)
        resolved.append((base + record["n"], base_time, record["v"], record.get("u")))
    assert message.topic == "tiantou/v1/s/gw-01/senml"
    assert resolved == [
        ("probe-0001/20cm/soil_moisture", 1_795_000_000, 23.4, "%"),
        ("probe-0001/20cm/soil_temperature", 1_795_000_000, 18.1, "Cel"),
        ("probe-0001:battery", 1_795_000_000, 3.9, "V"),
    ]


def test_an_uplink_is_what_chirpstack_itself_reads() -> None:
    integration = pytest.importorskip("chirpstack_api.integration", reason="chirpstack-api is not installed")
    message = uplink("tag-00000113", Reading(t_s=1_795_000_000, values={"ear_temperature": 38.2, "steps": 12}), LINK)
    event = json_format.Parse(message.payload, integration.UplinkEvent())
    assert message.topic == "application/app-1/device/a84041ff00000071/event/up"
    assert event.device_info.dev_eui == "a84041ff00000071"
    assert event.time.ToSeconds() == 1_795_000_000
    assert dict(event.object) == {"ear_temperature": 38.2, "steps": 12}
    assert event.rx_info[0].rssi == -91


def test_values_have_the_precision_of_their_property() -> None:
    assert rounded("ear_temperature", [38.2499]) == [38.2]
    assert rounded("steps", [11.0]) == [11]
    assert rounded("battery", [3.598]) == [3.6]


def test_what_no_broker_takes_is_named() -> None:
    big = Message(topic="tiantou/v1/s/d/observations", payload=b"x" * (MAXIMUM_PAYLOAD + 1), device="d", readings=1)
    assert "1048576" in unpublishable(big)
    assert "topic level" in unpublishable(
        Message(topic="tiantou/v1/s/a b/observations", payload=b"", device="", readings=0)
    )


@given(st.text(max_size=70))
@example("0/0")
def test_a_device_name_is_taken_only_if_it_is_a_plain_topic_level(name: str) -> None:
    message = native("site", name, [])
    plain = 0 < len(name) <= 64 and all(ch.isascii() and (ch.isalnum() or ch in "_-") for ch in name)
    assert (unpublishable(message) == "") == plain
