"""An outside publisher: plain paho, QoS 1, a line in a file for every PUBACK; knows nothing of the house.

Run as a program: publisher.py HOST PORT USER PASSWORD TOPIC COUNT FIRST_MS RATE LOG
Reading i has time FIRST_MS + i * 1000 and value 36 + (i % 40) / 10; LOG gains the line "i" when its PUBACK came.
"""

import json
import sys
import threading
import time
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion


def payload(i: int, first_ms: int) -> bytes:
    """Reading number i."""
    return json.dumps({"t": first_ms + i * 1000, "ear_temperature": value(i), "steps": i % 50}).encode()


def value(i: int) -> float:
    """The temperature of reading number i, °C."""
    return 36 + (i % 40) / 10


def main(
    host: str, port: int, user: str, password: str, topic: str, count: int, first_ms: int, rate: float, log: Path
) -> None:
    """Publishes all, through broker deaths, and returns when every PUBACK is in the log."""
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=f"outside-{user}", clean_session=False, protocol=mqtt.MQTTv311
    )
    client.username_pw_set(user, password)
    client.max_inflight_messages_set(200)
    client.max_queued_messages_set(0)
    client.reconnect_delay_set(1, 1)
    done = threading.Event()
    acknowledged = 0
    with log.open("w", encoding="ascii") as lines:

        def on_publish(_client: object, _data: object, mid: int, _code: object, _properties: object) -> None:
            nonlocal acknowledged
            lines.write(f"{mid - 1}\n")  # a fresh client numbers its messages from 1 on; count stays below 65,535
            lines.flush()
            acknowledged += 1
            if acknowledged == count:
                done.set()

        client.on_publish = on_publish
        client.connect_async(host, port)
        client.loop_start()
        begin = time.monotonic()
        for i in range(count):
            client.publish(topic, payload(i, first_ms), qos=1)
            ahead = begin + i / rate - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
        if not done.wait(120):
            sys.exit(f"only {acknowledged} of {count} were acknowledged within two minutes of the last publish")
        client.disconnect()
        client.loop_stop()


if __name__ == "__main__":
    _, host, port, user, password, topic, count, first_ms, rate, log = sys.argv
    main(host, int(port), user, password, topic, int(count), int(first_ms), float(rate), Path(log))
