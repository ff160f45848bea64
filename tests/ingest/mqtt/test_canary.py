from contextlib import nullcontext as does_not_raise
from pathlib import Path

import pytest

from ingest.errors import BrokerRefusedError
from ingest.mqtt.canary import run_canary
from ingest.mqtt.url import MqttUrl
from tests.ingest.mqtt.brokers import Broker, Mosquitto, Nats
from tests.ingest.mqtt.conftest import needs


def test_a_broker_with_wide_windows_is_accepted(broker: Broker) -> None:
    with does_not_raise():
        run_canary(broker.url)


def test_a_mosquitto_as_it_comes_is_refused_with_the_lines_it_needs(tmp_path: Path) -> None:
    needs("mosquitto")
    refusal = refused(Mosquitto(tmp_path, Mosquitto.STOCK))
    assert "handed over 20 while none was acknowledged" in refusal
    for line in ("max_inflight_messages 0", "max_queued_messages 0", "persistence true"):
        assert line in refusal


def test_a_nats_as_it_comes_is_refused_with_the_line_it_needs(tmp_path: Path) -> None:
    needs("nats-server")
    refusal = refused(Nats(tmp_path, mqtt='ack_wait: "30s"'))
    assert "handed over 1,024 while none was acknowledged" in refusal
    assert "max_ack_pending: 20000" in refusal


def test_a_user_who_may_not_hear_the_canary_is_told_so(tmp_path: Path) -> None:
    needs("nats-server")
    permissions = '{ publish: ">", subscribe: ["tiantou.>", "$MQTT.sub.>"] }'
    users = f'authorization {{ users = [ {{ user: "u", password: "u", permissions: {permissions} }} ] }}'
    assert "does not let this user subscribe" in refused(Nats(tmp_path, more=users), "u")


def test_a_user_whose_publishing_is_dropped_is_told_what_is_needed(tmp_path: Path) -> None:
    needs("nats-server")
    permissions = '{ publish: "$MQTT.>", subscribe: ">" }'
    users = f'authorization {{ users = [ {{ user: "u", password: "u", permissions: {permissions} }} ] }}'
    refusal = refused(Nats(tmp_path, more=users), "u")
    assert "handed over 0 while" in refusal
    assert "allowed to publish and subscribe tiantou-canary/#" in refusal


def test_a_wrong_password_is_said_clearly(tmp_path: Path) -> None:
    needs("nats-server")
    users = 'authorization { users = [ { user: "u", password: "other" } ] }'
    assert "refuses the connection" in refused(Nats(tmp_path, more=users), "u")


def test_a_broker_that_is_not_there_is_said_clearly() -> None:
    with pytest.raises(BrokerRefusedError, match=r"mqtt://127\.0\.0\.1:9 does not answer"):
        run_canary(MqttUrl(host="127.0.0.1", port=9))


def refused(broker: Mosquitto | Nats, user: str = "") -> str:
    broker.start()
    url = MqttUrl(host=broker.url.host, port=broker.url.port, username=user, password=user)
    try:
        with pytest.raises(BrokerRefusedError) as caught:
            run_canary(url, messages=2000, quiet_s=0.5)
    finally:
        broker.stop()
    return str(caught.value)
