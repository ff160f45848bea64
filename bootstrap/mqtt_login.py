"""Whether a broker lets a user in."""

import time
from dataclasses import dataclass
from enum import Enum

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

STEP_S = 0.05


class Answer(Enum):
    """What came of a sign-in."""

    LET_IN = "let in"
    REFUSED = "refused"
    AWAY = "away"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user at a broker."""

    host: str
    port: int
    user: str
    password: str


def sign_in(account: Account, *, patience_s: float = 2.0) -> Answer:
    """What the broker answers to that user; the connection is closed again and leaves no session."""
    answers: list[ReasonCode] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311, clean_session=True)
    client.username_pw_set(account.user, account.password)
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answers.append(reason)
    deadline = time.monotonic() + patience_s
    try:
        client.connect(account.host, account.port)
        while not answers and time.monotonic() < deadline:
            if client.loop(timeout=STEP_S) != mqtt.MQTT_ERR_SUCCESS:
                break
    except OSError:
        return Answer.AWAY
    finally:
        client.disconnect()
    if not answers:
        return Answer.AWAY
    return Answer.REFUSED if answers[0].is_failure else Answer.LET_IN
