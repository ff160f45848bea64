"""One reading as a device would send it: made from words of the command line, published, acknowledged."""

import difflib
import json
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import datetime

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from bootstrap.errors import RequestError
from bootstrap.mqtt_login import Account
from bootstrap.nats_config import MAX_PAYLOAD_BYTES
from ingest.mqtt.client import end_loop
from observations.errors import UnknownPropertyError
from observations.properties import observed_properties, observed_property

PATIENCE_S = 15.0


def parse_values(words: Iterable[str]) -> dict[str, float]:
    """Values by property name from words such as `ear_temperature=38.6`; raises RequestError."""
    values: dict[str, float] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            msg = f"{word!r} is no reading: write PROPERTY=NUMBER, for example ear_temperature=38.6"
            raise RequestError(msg)
        _require_property(name)
        if name in values:
            msg = f"{name} is given twice"
            raise RequestError(msg)
        try:
            values[name] = float(text)
        except ValueError as error:
            msg = f"{text!r} is no number (in {word!r})"
            raise RequestError(msg) from error
    if not values:
        msg = "a reading has at least one PROPERTY=NUMBER, for example ear_temperature=38.6"
        raise RequestError(msg)
    return values


def message_of(values: Mapping[str, float], *, at: datetime, channel: str) -> bytes:
    """The native message of that reading; raises RequestError where it is larger than a broker takes."""
    numbers = {name: int(value) if value.is_integer() else value for name, value in values.items()}
    document = {"t": at.isoformat(timespec="milliseconds"), **({"channel": channel} if channel else {}), **numbers}
    try:
        payload = json.dumps(document, allow_nan=False, ensure_ascii=False).encode()
    except ValueError as error:
        msg = "NaN and infinity are no readings"
        raise RequestError(msg) from error
    if len(payload) > MAX_PAYLOAD_BYTES:
        msg = f"the message has {len(payload):,} bytes; brokers take at most {MAX_PAYLOAD_BYTES:,}"
        raise RequestError(msg)
    return payload


def publish_once(account: Account, topic: str, payload: bytes, *, patience_s: float = PATIENCE_S) -> float:
    """Seconds until the broker had acknowledged (QoS 1); raises RequestError where it does not or refuses the user."""
    acknowledged = threading.Event()
    answers: list[ReasonCode] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
    client.username_pw_set(account.user, account.password)

    def on_connect(_client: object, _data: object, _flags: object, reason: ReasonCode, _properties: object) -> None:
        answers.append(reason)
        if reason.is_failure:
            acknowledged.set()
        else:
            client.publish(topic, payload, qos=1)

    client.on_connect = on_connect
    client.on_publish = lambda *_: acknowledged.set()
    began = time.monotonic()
    try:
        client.connect(account.host, account.port)
    except OSError as error:
        msg = f"no broker answers at {account.host}:{account.port} ({error.strerror or error}): is tiantou running?"
        raise RequestError(msg) from error
    client.loop_start()
    came = acknowledged.wait(patience_s)
    client.disconnect()
    end_loop(client)
    if answers and answers[0].is_failure:
        msg = f"the broker refuses user {account.user} ({answers[0]}): does it run on the same data folder?"
        raise RequestError(msg)
    if not came:
        msg = f"the broker did not acknowledge within {patience_s:g} s"
        raise RequestError(msg)
    return time.monotonic() - began


def _require_property(name: str) -> None:
    try:
        observed_property(name)
    except UnknownPropertyError as error:
        known = list(observed_properties())
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
        msg = f"{name!r} is no observed property; {hint}"
        raise RequestError(msg) from error
