import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.decoded import Decoded, property_names, property_positions
from devices.codecs.native import decode
from devices.errors import DecodeError

Value = Callable[..., float | None]
Code = Callable[[Callable[[], object]], str]
NOW_S = 1_795_352_400


def test_one_object_is_one_reading(value: Value) -> None:
    decoded = decode(b'{"t": 1795352400, "ear_temperature": 38.6, "steps": 12}', device="tag-1")
    assert (decoded.device, decoded.channel) == (["tag-1"], [""])
    assert decoded.phenomenon_ms == [1_795_352_400_000]
    assert value(decoded, "ear_temperature") == 38.6
    assert value(decoded, "steps") == 12.0
    assert value(decoded, "activity") is None
    assert decoded.unknown == ()


def test_a_list_is_as_many_readings(value: Value) -> None:
    readings = [{"t": NOW_S + i, "channel": f"{i}0cm", "soil_moisture": 20 + i} for i in range(3)]
    decoded = decode(json.dumps(readings).encode(), device="probe-1")
    assert decoded.channel == ["00cm", "10cm", "20cm"]
    assert [value(decoded, "soil_moisture", i) for i in range(3)] == [20, 21, 22]


@pytest.mark.parametrize(
    ("sent", "milliseconds"),
    [
        ("1795352400", 1_795_352_400_000),
        ("1795352400.25", 1_795_352_400_250),
        ("1795352400250", 1_795_352_400_250),
        ("0", 0),
        ("-1", -1000),
        ("99999999999", 99_999_999_999_000),
        ("100000000000", 100_000_000_000),
        ('"2026-11-22T21:00:00+08:00"', 1_795_352_400_000),
        ('"2026-11-22T13:00:00.123456789Z"', 1_795_352_400_123),
        ('"2999-01-01T00:00:00Z"', 32_472_144_000_000),
    ],
)
def test_time_is_seconds_or_milliseconds_or_iso_8601(sent: str, milliseconds: int) -> None:
    decoded = decode(f'{{"t": {sent}, "battery": 3.6}}'.encode(), device="tag-1")
    assert decoded.phenomenon_ms == [milliseconds]


@pytest.mark.parametrize(
    ("name", "unit", "sent", "stored"),
    [
        ("ear_temperature", "CEL", 38.5, 38.5),
        ("ear_temperature", "℃", 38.5, 38.5),
        ("ear_temperature", "FAH", 212.0, 100.0),
        ("ear_temperature", "°F", 32.0, 0.0),
        ("ear_temperature", "KEL", 311.15, 38.0),
        ("soil_ec", "µS/cm", 1500.0, 1.5),
        ("soil_ec", "μS/cm", 1500.0, 1.5),
        ("soil_ec", "mS/cm", 1.5, 1.5),
        ("soil_ec", "S/m", 0.15, 1.5),
        ("battery", "mV", 3600.0, 3.6),
    ],
)
def test_a_named_unit_is_converted_exactly(value: Value, name: str, unit: str, sent: float, stored: float) -> None:
    payload = json.dumps({"t": NOW_S, name: sent, "unit": {name: unit}}, ensure_ascii=False).encode()
    assert value(decode(payload, device="d"), name) == pytest.approx(stored, abs=1e-12)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"", "empty"),
        (b"ear_temperature=38.6", "not_json"),
        (b'{"t": 1795352400, "battery": 3.6', "not_json"),
        (b'{"t": 1795352400, "battery": 3.6} x', "not_json"),
        (b'\xef\xbb\xbf{"t": 1795352400, "battery": 3.6}', "not_json"),
        (b'{"t": 1795352400, "battery": NaN}', "not_finite"),
        (b'{"t": 1795352400, "battery": Infinity}', "not_finite"),
        (b'{"t": 1795352400, "battery": -Infinity}', "not_finite"),
        (b'{"t": 1795352400, "note": NaN, "battery": 3.6}', "not_finite"),
        (b'{"t": 1795352400, "battery": 1e999}', "number_range"),
        (b'{"t": 1795352400, "battery": ' + b"9" * 5000 + b"}", "number_range"),
        (b'{"t": ' + b"9" * 5000 + b', "battery": 3.6}', "number_range"),
        (b'{"t": ' + b"9" * 30 + b', "battery": 3.6}', "bad_time"),
        (b'{"t": 1795352400, "battery": "3.6"}', "wrong_type"),
        (b'{"t": 1795352400, "battery": true}', "wrong_type"),
        (b'{"t": true, "battery": 3.6}', "wrong_type"),
        (b"null", "wrong_type"),
        (b"3.6", "wrong_type"),
        (b"[1, 2]", "wrong_type"),
        (b'{"t": 1795352400, "battery": 3.6, "battery": 3.7}', "duplicate_keys"),
        (b'{"t": 1795352400, "t": 1795352401, "battery": 3.6}', "duplicate_keys"),
        (b'{"t": 1795352400, "battery": null, "battery": 3.7}', "duplicate_keys"),
        (b'{"t": "2026-11-22T13\\u003a00:00Z", "t": 1, "battery": 3.7}', "duplicate_keys"),
        (b'{"t": 1795352400, "battery": 3.6, "x": {"a": 1, "a": 2}}', "duplicate_keys"),
        (b'{"t": 1, "battery": 3.6, "unit": {"battery": "V", "battery": "VLT"}}', "duplicate_keys"),
        (b'{"t": 1795352400, "channel": "\xff", "battery": 3.6}', "not_utf8"),
        (b'{"t": 1795352400, "note": "\xc3\x28", "battery": 3.6}', "not_utf8"),
        (b'{"t": 1795352400, "\xff": 1, "battery": 3.6}', "not_utf8"),
        (b"[" * 200_000, "too_deep"),
        (b'{"t":1,"x":' * 100_000, "too_deep"),
        (b'{"t":1,"battery":3.6,"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_deep"),
        (b"[]", "no_values"),
        (b'{"t": 1795352400}', "no_values"),
        (b'{"t": 1795352400, "battery": null}', "no_values"),
        (b'{"battery": 3.6}', "no_time"),
        (b'{"t": null, "battery": 3.6}', "no_time"),
        (b'{"t": "yesterday", "battery": 3.6}', "bad_time"),
        (b'{"t": "2026-11-22T21:00:00", "battery": 3.6}', "bad_time"),
        (b'{"t": 1e300, "battery": 3.6}', "bad_time"),
        (b'{"t": 1795352400, "channel": "20 cm", "soil_ph": 6}', "bad_channel"),
        (b'{"t": 1795352400, "channel": 20, "soil_ph": 6}', "wrong_type"),
        (b'{"t": 1795352400, "tempC": 38.6}', "unknown_keys"),
        (b'{"t": 1, "battery": 3.6, "unit": {"battery": "A"}}', "wrong_unit"),
        (b'{"t": 1, "ear_temperature": 38, "unit": {"ear_temperature": "Cel"}}', "wrong_unit"),
        (b'{"t": 1, "battery": 3.6, "unit": {"bat": "V"}}', "wrong_unit"),
        (b'{"t": 1, "battery": 3.6, "unit": "V"}', "wrong_type"),
        (b'{"t": 1, "ear_temperature": 1.7e308, "unit": {"ear_temperature": "FAH"}}', "number_range"),
    ],
)
def test_what_is_wrong_has_a_stable_code(code: Code, payload: bytes, expected: str) -> None:
    assert code(lambda: decode(payload, device="tag-1")) == expected


def test_one_bad_reading_refuses_the_list_and_says_which() -> None:
    payload = b'[{"t": 1795352400, "battery": 3.6}, {"battery": 3.6}]'
    with pytest.raises(DecodeError, match="reading 2 of 2"):
        decode(payload, device="tag-1")


def test_unknown_keys_leave_the_known_values_standing(value: Value) -> None:
    decoded = decode(b'{"t": 1795352400, "tempC": 38.6, "battery": 3.6, "fw": {"v": [1]}}', device="tag-1")
    assert value(decoded, "battery") == 3.6
    assert decoded.unknown == ("tempC", "fw")


def test_escapes_nulls_and_colons_in_texts_are_no_duplicates(value: Value) -> None:
    payload = b'{"t": "2026-11-22T13:00:00Z", "channel": "20\\u0063m", "soil_ph": 6, "soil_ec": null, "activity": null}'
    decoded = decode(payload, device="probe-1")
    assert decoded.channel == ["20cm"]
    assert value(decoded, "soil_ph") == 6


@given(st.binary(max_size=400))
def test_any_bytes_are_readings_or_a_decode_error(payload: bytes) -> None:
    _readings_or_error(payload)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["t", "channel", "unit", "ear_temperature", "battery", "soil_ec", "tempC", ""])


@given(st.lists(st.dictionaries(KEYS, JSON_VALUES, max_size=6), max_size=3) | st.dictionaries(KEYS, JSON_VALUES))
def test_any_json_is_readings_or_a_decode_error(message: object) -> None:
    _readings_or_error(json.dumps(message).encode("utf-8", "surrogatepass"))


@given(
    st.lists(
        st.tuples(
            st.integers(-62_135_596_800, 99_999_999_999),
            st.dictionaries(
                st.sampled_from(property_names()), st.floats(allow_nan=False, allow_infinity=False), min_size=1
            ),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_sent_is_what_is_decoded(sent: list[tuple[int, dict[str, float]]]) -> None:
    decoded = decode(json.dumps([{"t": t, **values} for t, values in sent]).encode(), device="d")
    assert decoded.phenomenon_ms == [t * 1000 for t, _ in sent]
    for row, (_, values) in zip(decoded.rows, sent, strict=True):
        assert {name: row[i] for name, i in property_positions().items() if row[i] is not None} == values


def _readings_or_error(payload: bytes) -> None:
    try:
        decoded = decode(payload, device="d")
    except DecodeError:
        return
    _assert_whole(decoded)


def _assert_whole(decoded: Decoded) -> None:
    assert len(decoded.device) == len(decoded.channel) == len(decoded.phenomenon_ms) == len(decoded.rows) > 0
    for row in decoded.rows:
        assert len(row) == len(property_names())
        assert any(value is not None for value in row)
