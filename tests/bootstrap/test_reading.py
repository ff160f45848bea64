import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bootstrap.cli.arguments import parse_time
from bootstrap.errors import RequestError
from bootstrap.mqtt_login import Account
from bootstrap.nats_config import MAX_PAYLOAD_BYTES
from bootstrap.reading import message_of, parse_values, publish_once

AT = datetime(2026, 11, 22, 0, 30, 0, 250_000, UTC)


def test_words_become_values_by_property() -> None:
    assert parse_values(["ear_temperature=38.6", "steps=12"]) == {"ear_temperature": 38.6, "steps": 12.0}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "at least one"),
        (["38.6"], "PROPERTY=NUMBER"),
        (["ear_temprature=38.6"], "did you mean ear_temperature"),
        (["wool=1"], "known are ear_temperature"),
        (["steps=many"], "'many' is no number"),
        (["steps=1", "steps=2"], "given twice"),
    ],
)
def test_words_that_are_no_reading_are_told_what_to_write(words: list[str], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        parse_values(words)


@given(st.lists(st.text(max_size=20), max_size=4))
def test_any_words_are_values_or_the_one_error(words: list[str]) -> None:
    with contextlib.suppress(RequestError):
        assert parse_values(words)


def test_a_message_is_native_with_whole_numbers_kept_whole() -> None:
    message = json.loads(message_of({"ear_temperature": 38.6, "steps": 12.0}, at=AT, channel=""))
    assert message == {"t": "2026-11-22T00:30:00.250+00:00", "ear_temperature": 38.6, "steps": 12}
    assert isinstance(message["steps"], int)


def test_a_channel_is_named_where_there_is_one() -> None:
    assert json.loads(message_of({"soil_ph": 6.5}, at=AT, channel="20cm"))["channel"] == "20cm"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_sent(value: float) -> None:
    with pytest.raises(RequestError, match="no readings"):
        message_of({"steps": value}, at=AT, channel="")


def test_a_message_no_broker_takes_is_not_sent() -> None:
    with pytest.raises(RequestError, match="at most 1,048,576"):
        message_of({"steps": 1.0}, at=AT, channel="x" * MAX_PAYLOAD_BYTES)


def test_a_broker_that_is_not_there_is_told(free_port: int) -> None:
    account = Account(host="127.0.0.1", port=free_port, user="u", password="p")
    with pytest.raises(RequestError, match=f"no broker answers at 127.0.0.1:{free_port}"):
        publish_once(account, "t", b"{}")


def test_times_carry_their_offset() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert parse_time("2026-11-22T08:30:00+08:00") == datetime(2026, 11, 22, 8, 30, tzinfo=shanghai)
    with pytest.raises(RequestError, match="says no zone"):
        parse_time("2026-11-22T08:30:00")
    with pytest.raises(RequestError, match="no time"):
        parse_time("yesterday")
