"""Ending a paho client."""

from typing import NoReturn

import pytest
from paho.mqtt.client import Client

from ingest.mqtt.client import end_loop, new_client
from ingest.mqtt.url import MqttUrl


def test_a_thread_that_ends_while_it_is_being_ended_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    client = new_client(MqttUrl.parse("mqtt://127.0.0.1:1"), client_id="test", clean_session=True)
    asked = []

    def join_of_a_thread_that_forgot_itself(_: Client) -> NoReturn:
        asked.append(True)
        message = "'NoneType' object has no attribute 'join'"
        raise AttributeError(message)

    monkeypatch.setattr(Client, "loop_stop", join_of_a_thread_that_forgot_itself)
    end_loop(client)
    assert asked == [True]
