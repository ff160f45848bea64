import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from chirpstack_api.integration import UplinkEvent
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.chirpstack import decode
from devices.codecs.decoded import Decoded
from devices.errors import DecodeError
from devices.identifiers import DevEui
from devices.model import DeviceKind
from observations.properties import observed_properties

Value = Callable[..., float | None]
Code = Callable[[Callable[[], object]], str]
DEV_EUI = DevEui.parse("24E124126A123456")


def uplink(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": "2026-11-22T13:00:00.123456789+00:00",
        "deviceInfo": {
            "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
            "tenantName": "ChirpStack",
            "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97",
            "applicationName": "fields",
            "deviceProfileId": "14855bf7-d10d-4aee-b618-ebfcb64dc7ad",
            "deviceProfileName": "probe",
            "deviceName": "probe-1",
            "devEui": "24e124126a123456",
            "tags": {"plot": "3"},
        },
        "devAddr": "00189440",
        "adr": True,
        "dr": 1,
        "fCnt": 7,
        "fPort": 85,
        "confirmed": False,
        "data": base64.b64encode(b"\x01\x75\x5c").decode(),
        "object": {"soil_moisture": 31.5, "temperature": 18.25, "ec": 1500.0},
        "rxInfo": [
            {"gatewayId": "0016c001f153a14c", "uplinkId": 4217106255, "rssi": -97, "snr": 5.5},
            {"gatewayId": "0016c001f153a14d", "uplinkId": 4217106256, "rssi": -61, "snr": 9.75},
        ],
        "txInfo": {
            "frequency": 470300000,
            "modulation": {"lora": {"bandwidth": 125000, "spreadingFactor": 11, "codeRate": "CR_4_5"}},
        },
    } | changes


def decoded(message: object, kind: DeviceKind = DeviceKind.SOIL_PROBE) -> Decoded:
    return decode(json.dumps(message).encode(), device="probe-1", dev_eui=DEV_EUI, kind=kind)


def test_an_uplink_is_one_reading_with_the_rssi_of_the_best_gateway(value: Value) -> None:
    found = decoded(uplink())
    assert (found.device, found.channel, found.phenomenon_ms) == (["probe-1"], [""], [1_795_352_400_123])
    assert value(found, "soil_moisture") == 31.5
    assert value(found, "soil_temperature") == 18.25
    assert value(found, "soil_ec") == 1.5
    assert value(found, "rssi") == -61
    assert found.unknown == ()


def test_chirpstacks_own_message_class_reads_the_same(value: Value) -> None:
    text = json.dumps(uplink())
    oracle = json_format.Parse(text, UplinkEvent())
    printed = json_format.MessageToJson(oracle)
    found = decode(printed.encode(), device="probe-1", dev_eui=DEV_EUI, kind=DeviceKind.SOIL_PROBE)
    assert oracle.device_info.dev_eui == DEV_EUI
    assert found.phenomenon_ms == [oracle.time.ToMilliseconds()]
    assert value(found, "soil_moisture") == oracle.object["soil_moisture"]
    assert value(found, "rssi") == max(info.rssi for info in oracle.rx_info)


@given(
    moment=st.datetimes().map(lambda at: at.isoformat() + "Z"),
    values=st.dictionaries(st.sampled_from(list(observed_properties())), st.floats(-1e6, 1e6), min_size=1),
    rssi=st.lists(st.integers(-140, 0), max_size=3),
)
def test_whatever_chirpstack_prints_of_a_reading_is_decoded(
    moment: str, values: dict[str, float], rssi: list[int]
) -> None:
    oracle = json_format.ParseDict(
        uplink(time=moment, object=values, rxInfo=[{"gatewayId": "0016c001f153a14c", "rssi": r} for r in rssi]),
        UplinkEvent(),
    )
    found = decode(json_format.MessageToJson(oracle).encode(), device="d", dev_eui=DEV_EUI, kind=DeviceKind.EAR_TAG)
    row = dict(zip(observed_properties(), found.rows[0], strict=True))
    assert found.phenomenon_ms == [oracle.time.ToMilliseconds()]
    assert {name: row[name] for name in values} == values


@pytest.mark.parametrize(
    ("kind", "name"), [(DeviceKind.EAR_TAG, "ear_temperature"), (DeviceKind.SOIL_PROBE, "soil_temperature")]
)
def test_an_alias_means_what_that_kind_of_device_measures(value: Value, kind: DeviceKind, name: str) -> None:
    assert value(decoded(uplink(object={"temperature": 38.5}), kind), name) == 38.5


def test_a_dragino_probe_is_read_with_its_texts_for_numbers(value: Value) -> None:
    sent = {"Bat": 3.35, "TempC_DS18B20": "0.0", "water_SOIL": "27.61", "temp_SOIL": "18.20", "conduct_SOIL": 1200}
    found = decoded(uplink(object=sent))
    assert [value(found, name) for name in ("battery", "soil_moisture", "soil_temperature", "soil_ec")] == [
        3.35,
        27.61,
        18.2,
        1.2,
    ]
    assert found.unknown == ()


def test_a_propertys_own_name_wins_over_an_alias_in_any_order(value: Value) -> None:
    assert value(decoded(uplink(object={"ec": 900, "soil_ec": 1.5})), "soil_ec") == 1.5
    assert value(decoded(uplink(object={"soil_ec": 1.5, "ec": 900})), "soil_ec") == 1.5


def test_what_is_no_number_or_no_property_is_listed() -> None:
    found = decoded(uplink(object={"soil_ph": 6.1, "soil_ec": "high", "alarm": True, "depths": [1, 2]}))
    assert found.unknown == ("soil_ec", "alarm", "depths")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ([], "wrong_type"),
        (uplink(deviceInfo=None), "wrong_type"),
        (uplink(deviceInfo={"devEui": "24e124126a123457"}), "wrong_device"),
        (uplink(deviceInfo={"devEui": "probe"}), "wrong_device"),
        (uplink(time=None), "no_time"),
        (uplink(time="yesterday"), "bad_time"),
        (uplink(object=None), "no_object"),
        (uplink(object=[1]), "wrong_type"),
        (uplink(object={}), "no_values"),
        (uplink(object={"soil_ec": None}), "no_values"),
        (uplink(object={"level": 3}), "unknown_keys"),
        (uplink(object={"soil_ec": float("nan")}), "not_finite"),
    ],
)
def test_what_is_wrong_has_a_stable_code(code: Code, message: object, expected: str) -> None:
    assert code(lambda: decoded(message)) == expected


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"", "empty"),
        (b"{", "not_json"),
        (b'{"x": "\xff"}', "not_utf8"),
        (b'{"x":' * 100_000, "too_deep"),
        (json.dumps(uplink()).encode().replace(b'"soil_moisture": 31.5', b'"ec": 1'), "duplicate_keys"),
        (json.dumps(uplink()).encode()[:-1] + b', "object": {"soil_moisture": 1}}', "duplicate_keys"),
        (json.dumps(uplink()).encode()[:-1] + b', "time": "2026-11-22T14:00:00+00:00"}', "duplicate_keys"),
    ],
)
def test_bytes_that_are_wrong_have_a_stable_code(code: Code, payload: bytes, expected: str) -> None:
    assert code(lambda: decode(payload, device="d", dev_eui=DEV_EUI, kind=DeviceKind.SOIL_PROBE)) == expected


@given(st.binary(max_size=300))
def test_any_bytes_are_a_reading_or_a_decode_error(payload: bytes) -> None:
    _reading_or_error(payload)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(["time", "deviceInfo", "object", "rxInfo", "fCnt"])


@given(st.dictionaries(FIELDS, ANYTHING))
def test_any_field_of_any_type_is_a_reading_or_a_decode_error(changes: dict[str, Any]) -> None:
    _reading_or_error(json.dumps(uplink(**changes)).encode())


def _reading_or_error(payload: bytes) -> None:
    try:
        found = decode(payload, device="d", dev_eui=DEV_EUI, kind=DeviceKind.SOIL_PROBE)
    except DecodeError:
        return
    assert len(found.rows) == 1
