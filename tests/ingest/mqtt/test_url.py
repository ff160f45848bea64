from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.errors import MqttUrlError
from ingest.mqtt.url import MqttUrl


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mqtt://localhost", MqttUrl(host="localhost", port=1883)),
        ("mqtts://broker.example/", MqttUrl(host="broker.example", port=8883, tls=True)),
        ("mqtt://u:p%40ss@10.0.0.1:1884", MqttUrl(host="10.0.0.1", port=1884, username="u", password="p@ss")),
        ("mqtt://[::1]:1883", MqttUrl(host="::1", port=1883)),
    ],
)
def test_an_address_says_host_port_and_who_we_are(text: str, expected: MqttUrl) -> None:
    assert MqttUrl.parse(text) == expected


def test_an_address_shows_no_password() -> None:
    url = MqttUrl.parse("mqtts://user:secret@[::1]:9000", ca_file=Path("ca.pem"))
    assert str(url) == "mqtts://[::1]:9000"
    assert "secret" not in repr(url)
    assert url.ca_file == Path("ca.pem")


@pytest.mark.parametrize(
    "text",
    ["", "localhost:1883", "http://x", "mqtt://", "mqtt://h:0", "mqtt://h:99999", "mqtt://h/topic", "mqtt://[::1"],
)
def test_what_is_no_address_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(MqttUrlError, match="expected mqtt://"):
        MqttUrl.parse(text)


@given(st.text(max_size=60).map(lambda rest: "mqtt://" + rest) | st.text(max_size=60))
def test_any_text_is_an_address_or_the_named_error(text: str) -> None:
    try:
        url = MqttUrl.parse(text)
    except MqttUrlError:
        return
    assert url.host
    assert 0 < url.port < 65_536
