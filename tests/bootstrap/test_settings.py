from pathlib import Path

import pytest

from bootstrap.errors import SettingsError
from bootstrap.settings import Settings


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"TIANTOU_{name.upper()}", raising=False)


def test_the_defaults_are_a_whole_product_on_loopback() -> None:
    settings = Settings.read()
    assert settings.embedded_broker
    assert (settings.http_host, settings.http_port, settings.mqtt_port) == ("127.0.0.1", 8000, 1883)
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.data_dir == Path.cwd() / "var"


def test_what_is_wrong_is_told_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIANTOU_HTTP_PORT", "eighty")
    monkeypatch.setenv("TIANTOU_SPEED", "0")
    with pytest.raises(SettingsError, match=r"TIANTOU_HTTP_PORT: .*'eighty'.*TIANTOU_SPEED: .*greater than 0"):
        Settings.read()


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIANTOU_MQTT_URL", "")
    assert Settings.read().embedded_broker


def test_a_server_on_every_interface_is_reached_over_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIANTOU_HTTP_HOST", "0.0.0.0")  # noqa: S104 nothing is bound
    monkeypatch.setenv("TIANTOU_BASE_URL", "https://tiantou.example/")
    assert Settings.read().local_url == "http://127.0.0.1:8000"
    assert Settings.read().public_url == "https://tiantou.example"


def test_passwords_in_addresses_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIANTOU_MQTT_URL", "mqtt://u:topsecret@broker:1883")
    monkeypatch.setenv("TIANTOU_RECORDS_URL", "postgresql://u:topsecret@db/tiantou")
    assert "topsecret" not in repr(Settings.read())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BASE_URL", "tiantou.example"),
        ("MQTT_URL", "http://u:topsecret@broker"),
        ("STORE_URL", "http://u:topsecret@store:8123"),
        ("RECORDS_URL", "mysql://u:topsecret@db/tiantou"),
    ],
)
def test_an_address_of_another_kind_is_refused_with_what_it_has_to_begin_with(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"TIANTOU_{name}", value)
    with pytest.raises(SettingsError, match=rf"TIANTOU_{name}: has to begin with [a-z+]+://") as caught:
        Settings.read()
    assert "topsecret" not in str(caught.value)


def test_a_misspelt_variable_is_told_with_the_one_that_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIANTOU_HTPP_PORT", "8080")
    with pytest.raises(SettingsError, match=r"TIANTOU_HTPP_PORT is no setting; did you mean TIANTOU_HTTP_PORT\?"):
        Settings.read()


def test_pages_and_broker_need_two_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIANTOU_HTTP_PORT", "1883")
    with pytest.raises(SettingsError, match="both 1883"):
        Settings.read()
    monkeypatch.setenv("TIANTOU_MQTT_URL", "mqtt://broker")
    assert Settings.read().http_port == 1883
