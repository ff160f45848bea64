import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.decoded import property_names
from devices.codecs.native import decode
from devices.codecs.native_many import ManyReadings, decode_many
from devices.errors import DecodeError

PLAIN = b'{"t": 1795352400, "ear_temperature": 38.6, "steps": 12}'
Reading = tuple[str, int, dict[str, float]]
NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**70), 2**70)
TIMES = (
    st.integers(-(10**15), 10**15)
    | st.floats(-1e12, 1e12)
    | st.just("2026-11-22T13:00:00Z")
    | st.just("2026-11-22T21:00:00.123456+08:00")
    | st.sampled_from([None, "yesterday", 1e300, 10**400, 99_999_999_999, 100_000_000_000, 1_795_352_400.0005])
)
READINGS = st.fixed_dictionaries(
    {"t": TIMES},
    optional={
        "channel": st.sampled_from(["", "20cm", "20 cm", "猪", None]),
        "unit": st.sampled_from([{"battery": "mV"}, {}, None]),
        "battery": NUMBERS | st.none(),
        "ear_temperature": NUMBERS,
        "soil_ph": NUMBERS,
        "tempC": NUMBERS,
    },
)
MESSAGES = (READINGS | st.lists(READINGS, max_size=3)).map(lambda found: json.dumps(found).encode())


def of_message(found: ManyReadings, position: int) -> list[Reading]:
    return [
        (
            found.channel[row],
            int(found.phenomenon_ms[row]),
            {name: float(column[row]) for name, column in found.values.items() if not np.isnan(column[row])},
        )
        for row in np.flatnonzero(found.message == position).tolist()
    ]


def singly(payload: bytes) -> list[Reading]:
    decoded = decode(payload, device="d")
    assert not decoded.unknown
    rows = zip(decoded.channel, decoded.phenomenon_ms, decoded.rows, strict=True)
    return [
        (channel, ms, {name: v for name, v in zip(property_names(), row, strict=True) if v is not None})
        for channel, ms, row in rows
    ]


@given(st.lists(MESSAGES | st.binary(max_size=60), max_size=6))
def test_what_is_decoded_together_is_what_is_decoded_singly(payloads: list[bytes]) -> None:
    found, odd = decode_many(payloads)
    left = set(odd.tolist())
    assert set(found.message.tolist()) == set(range(len(payloads))) - left
    for position, payload in enumerate(payloads):
        if position not in left:
            assert of_message(found, position) == singly(payload)


@given(
    st.lists(st.sampled_from([PLAIN, b'[{"t": "2026-11-22T13:00:00Z", "channel": "20cm", "soil_ph": 6}]']), max_size=5)
)
def test_plain_messages_are_all_decoded_together(payloads: list[bytes]) -> None:
    found, odd = decode_many(payloads)
    assert odd.tolist() == []
    assert len(found.phenomenon_ms) == len(payloads)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"rubbish",
        b"[]",
        b"[" * 100_000,
        b'{"t": 1795352400}',
        b'{"t": 1795352400, "battery": 3.6, "battery": 3.7}',
        b'{"t": 1795352400, "battery": null, "battery": 3.7}',
        b'{"t": 1795352400, "battery": 3.6, "tempC": 38.6}',
        b'{"t": 1795352400, "battery": 3.6, "unit": {"battery": "V"}}',
        b'{"t": 1795352400, "battery": 3.6, "channel": "20\\u0063m"}',
        b'{"t": 1795352400, "battery": 3.6, "channel": "\xff"}',
        b'{"battery": 3.6}',
        b'{"t": "yesterday", "battery": 3.6}',
        b'{"t": 1e300, "battery": 3.6}',
        b'{"t": ' + b"9" * 5000 + b', "battery": 3.6}',
        b'{"t": 1795352400, "battery": 1e999}',
        b'{"t": "2026-11-22T13\\u003a00:00Z", "t": 1, "battery": 3.7}',
    ],
)
def test_whatever_is_not_plain_is_left_and_disturbs_nothing(payload: bytes) -> None:
    found, odd = decode_many([PLAIN, payload, PLAIN])
    assert odd.tolist() == [1]
    assert of_message(found, 2) == singly(PLAIN)
    with_an_error = payload
    try:
        decode(with_an_error, device="d")
    except DecodeError:
        assert of_message(found, 1) == []


def test_no_message_at_all_is_no_reading() -> None:
    found, odd = decode_many([])
    assert (len(found.phenomenon_ms), odd.tolist()) == (0, [])
