import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.codecs.topics import MessageFormat, Topic, parse_topic
from devices.errors import DecodeError


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("tiantou/v1/site-1/tag_7/observations", Topic(format=MessageFormat.NATIVE, site="site-1", sender="tag_7")),
        ("tiantou/v1/site-1/gw-1/senml", Topic(format=MessageFormat.SENML, site="site-1", sender="gw-1")),
        (
            "application/17c82e96/device/24E124126A123456/event/up",
            Topic(format=MessageFormat.CHIRPSTACK, site="", sender="24e124126a123456"),
        ),
        (
            "application/17c82e96/device/24e124126a123456/event/join",
            Topic(format=MessageFormat.IGNORED, site="", sender="24e124126a123456"),
        ),
    ],
)
def test_a_topic_says_format_site_and_sender(topic: str, expected: Topic) -> None:
    assert parse_topic(topic) == expected


@pytest.mark.parametrize(
    ("topic", "code"),
    [
        ("", "unknown_topic"),
        ("tiantou/v2/s/d/observations", "unknown_topic"),
        ("tiantou/v1/s/d/observations/x", "unknown_topic"),
        ("tiantou/v1/s/a b/observations", "bad_topic"),
        ("tiantou/v1//d/observations", "bad_topic"),
        ("tiantou/v1/s/" + "d" * 65 + "/senml", "bad_topic"),
        ("application/1/device/probe/event/up", "bad_topic"),
    ],
)
def test_a_topic_that_names_nobody_is_refused(topic: str, code: str) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_topic(topic)
    assert caught.value.code == code


def bare(text: str) -> str:
    """Without what people add to an identifier."""
    return re.sub(r"[\s:-]", "", text).lower()


LEVELS = st.sampled_from(["tiantou", "v1", "observations", "senml", "application", "device", "event", "up"]) | st.text()


@given(st.lists(LEVELS, max_size=8).map("/".join))
def test_any_topic_is_a_sender_or_a_decode_error(topic: str) -> None:
    try:
        sender = parse_topic(topic).sender
    except DecodeError:
        return
    assert bare(sender) in bare(topic)
