import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs import senml_readings
from devices.codecs.senml import Resolved, parse, resolve
from devices.errors import DecodeError

Value = Callable[..., float | None]
Code = Callable[[Callable[[], object]], str]


def resolved(pack: str, now_s: float | None = None) -> list[Resolved]:
    return resolve(parse(pack.encode()), now_s=now_s)


def test_rfc_8428_section_5_1_1_single_data_point() -> None:
    found = resolved('[{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}]', now_s=2e9)
    assert found == [Resolved(name="urn:dev:ow:10e2073a01080063", time_s=2e9, unit="Cel", value=23.1, sum=None)]


def test_rfc_8428_section_5_1_2_multiple_data_points() -> None:
    pack = """[
      {"bn":"urn:dev:ow:10e2073a01080063:","n":"voltage","u":"V","v":120.1},
      {"n":"current","u":"A","v":1.2}
    ]"""
    assert [(r.name[-7:], r.unit, r.value) for r in resolved(pack, now_s=2e9)] == [
        ("voltage", "V", 120.1),
        ("current", "A", 1.2),
    ]


def test_rfc_8428_section_5_1_2_multiple_data_points_with_base_time_and_version() -> None:
    pack = """[
      {"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,
       "n":"voltage","u":"V","v":120.1},
      {"n":"current","t":-5,"v":1.2},
      {"n":"current","t":-4,"v":1.3},
      {"n":"current","t":-3,"v":1.4},
      {"n":"current","t":-2,"v":1.5},
      {"n":"current","t":-1,"v":1.6},
      {"n":"current","v":1.7}
    ]"""
    found = resolved(pack)
    base = 1.276020076001e09
    assert [(r.time_s, r.unit, r.value) for r in found] == [
        (base, "V", 120.1),
        *[
            (base + offset, "A", value)
            for offset, value in zip(range(-5, 1), (1.2, 1.3, 1.4, 1.5, 1.6, 1.7), strict=True)
        ],
    ]
    assert found[1].name == "urn:dev:ow:10e2073a0108006:current"


def test_rfc_8428_section_5_1_3_multiple_measurements() -> None:
    pack = """[
      {"bn":"urn:dev:ow:10e2073a01080063","bt":1.320067464e+09,"bu":"%RH","v":20},
      {"u":"lon","v":24.30621},
      {"u":"lat","v":60.07965},
      {"t":60,"v":20.3},
      {"u":"lon","t":60,"v":24.30622}
    ]"""
    assert [(r.time_s, r.unit, r.value) for r in resolved(pack)] == [
        (1_320_067_464, "%RH", 20),
        (1_320_067_464, "lon", 24.30621),
        (1_320_067_464, "lat", 60.07965),
        (1_320_067_524, "%RH", 20.3),
        (1_320_067_524, "lon", 24.30622),
    ]


def test_rfc_8428_section_5_1_5_different_data_types() -> None:
    pack = """[
      {"bn":"urn:dev:ow:10e2073a01080063:","n":"temp","u":"Cel","v":23.1},
      {"n":"label","vs":"Machine Room"},
      {"n":"open","vb":false},
      {"n":"nfc-reader","vd":"aGkgCg"}
    ]"""
    assert [r.value for r in resolved(pack, now_s=2e9)] == [23.1, "Machine Room", False, "aGkgCg"]


def test_base_value_and_base_sum_are_added() -> None:
    pack = '[{"bn":"tag-1:","bt":1.7e9,"bv":30,"bs":100,"n":"a","v":8.5,"s":1},{"n":"b","v":-1},{"n":"c","s":2}]'
    assert [(r.value, r.sum) for r in resolved(pack)] == [(38.5, 101), (29, None), (None, 102)]


def test_times_below_2_to_the_28_are_relative_to_now() -> None:
    found = resolved('[{"n":"a","v":1,"t":-30},{"n":"b","v":2},{"n":"c","v":3,"t":268435456}]', now_s=1.7e9)
    assert [r.time_s for r in found] == [1.7e9 - 30, 1.7e9, 268_435_456]


def test_a_pack_of_a_gateway_is_a_row_for_each_device_channel_and_time(value: Value) -> None:
    pack = json.dumps(
        [
            {"bn": "tag-1:", "bt": 1_795_352_400.5, "n": "ear_temperature", "u": "Cel", "v": 38.6},
            {"n": "battery", "u": "mV", "v": 3600},
            {"n": "ear_temperature", "t": 60, "u": "K", "v": 311.15},
            {"bn": "probe-1/20cm/", "n": "soil_ec", "u": "S/m", "v": 0.15},
            {"n": "soil_moisture", "v": 31.5},
            {"bn": "probe-1/", "n": "battery", "u": "V", "v": 3.5},
        ]
    )
    decoded = senml_readings.decode(pack.encode())
    assert decoded.device == ["tag-1", "tag-1", "probe-1", "probe-1"]
    assert decoded.channel == ["", "", "20cm", ""]
    assert decoded.phenomenon_ms == [1_795_352_400_500, 1_795_352_460_500, 1_795_352_400_500, 1_795_352_400_500]
    assert value(decoded, "battery") == 3.6
    assert value(decoded, "ear_temperature", 1) == pytest.approx(38.0)
    assert value(decoded, "soil_ec", 2) == 1.5
    assert value(decoded, "soil_moisture", 2) == 31.5


def test_the_same_measurement_twice_is_two_rows_so_that_the_store_sees_the_conflict() -> None:
    pack = b'[{"bn":"tag-1:","bt":1.7e9,"n":"battery","v":3.6},{"n":"battery","v":3.7}]'
    assert len(senml_readings.decode(pack).rows) == 2


def test_unknown_properties_and_labels_leave_the_known_values_standing(value: Value) -> None:
    pack = b'[{"bn":"tag-1:","bt":1.7e9,"n":"battery","v":3.6,"vendor":1},{"n":"tempC","v":38}]'
    decoded = senml_readings.decode(pack)
    assert value(decoded, "battery") == 3.6
    assert decoded.unknown == ("tempC",)


@pytest.mark.parametrize(
    ("pack", "expected"),
    [
        (b"", "empty"),
        (b"{", "not_json"),
        (b"[]", "no_values"),
        (b'[{"bn":"tag-1:","bt":1.7e9}]', "no_values"),
        (b'{"n":"tag-1:battery","v":3.6}', "wrong_type"),
        (b'[{"n":"tag-1:battery","v":"3.6"}]', "wrong_type"),
        (b'[{"n":"tag-1:battery","t":1.7e9,"vs":"full"}]', "wrong_type"),
        (b'[{"n":"tag-1:battery","t":1.7e9,"vb":true}]', "wrong_type"),
        (b'[{"n":"tag-1:battery","t":1.7e9,"s":5}]', "wrong_type"),
        (b'[{"n":"tag-1:battery","t":1.7e9,"v":NaN}]', "not_finite"),
        (b'[{"n":"tag-1:battery","t":1.7e9,"v":1e999}]', "number_range"),
        (b'[{"n":"tag-1:battery","t":1.7e9,"v":3.6,"v":3.7}]', "duplicate_keys"),
        (b'[{"n":"tag-1:battery","t":1.7e9,"v":3.6,"x":"\xff"}]', "not_utf8"),
        (b'[{"n":"tag-1:battery","t":1.7e9,"v":3.6,"x":' + b"[" * 100_000, "too_deep"),
        (b'[{"n":"tag-1:battery","t":1.7e9,"v":3.6,"crypt_":1}]', "senml_must_understand"),
        (b'[{"bver":11,"n":"tag-1:battery","t":1.7e9,"v":3.6}]', "senml_version"),
        (b'[{"n":"","t":1.7e9,"v":3.6}]', "senml_name"),
        (b'[{"n":"tag 1:battery","t":1.7e9,"v":3.6}]', "senml_name"),
        (b'[{"n":"urn:dev:ow:1:battery","t":1.7e9,"v":3.6}]', "senml_name"),
        (b'[{"n":"battery","t":1.7e9,"v":3.6}]', "senml_name"),
        (b'[{"n":"tag-1:battery","t":1.7e9,"v":3.6,"vs":"x"}]', "senml_values"),
        (b'[{"n":"tag-1:battery","v":3.6}]', "relative_time"),
        (b'[{"n":"tag-1:battery","t":-5,"v":3.6}]', "relative_time"),
        (b'[{"n":"tag-1:battery","t":1e300,"v":3.6}]', "bad_time"),
        (b'[{"bt":1.7e308,"n":"tag-1:battery","t":1.7e308,"v":3.6}]', "bad_time"),
        (b'[{"bv":1.7e308,"n":"tag-1:battery","t":1.7e9,"v":1.7e308}]', "number_range"),
        (b'[{"n":"tag-1:battery","t":1.7e9,"u":"A","v":3.6}]', "wrong_unit"),
        (b'[{"bu":"Cel","n":"tag-1:battery","t":1.7e9,"v":3.6}]', "wrong_unit"),
        (b'[{"n":"tag-1:tempC","t":1.7e9,"v":38}]', "unknown_keys"),
    ],
)
def test_what_is_wrong_has_a_stable_code(code: Code, pack: bytes, expected: str) -> None:
    assert code(lambda: senml_readings.decode(pack)) == expected


LABELS = st.sampled_from(["bn", "bt", "bu", "bv", "bs", "bver", "n", "u", "v", "vs", "vb", "vd", "s", "t", "ut", "x_"])
VALUES = st.floats() | st.integers() | st.booleans() | st.sampled_from(["tag-1:", "battery", "V", "Cel"]) | st.none()


@given(st.lists(st.dictionaries(LABELS, VALUES, max_size=6), max_size=4).map(lambda pack: json.dumps(pack).encode()))
def test_any_pack_is_readings_or_a_decode_error(pack: bytes) -> None:
    _readings_or_error(pack)


@given(st.binary(max_size=300))
def test_any_bytes_are_readings_or_a_decode_error(payload: bytes) -> None:
    _readings_or_error(payload)


def _readings_or_error(payload: bytes) -> None:
    try:
        decoded = senml_readings.decode(payload)
    except DecodeError:
        return
    assert len(decoded.device) == len(decoded.channel) == len(decoded.phenomenon_ms) == len(decoded.rows) > 0
