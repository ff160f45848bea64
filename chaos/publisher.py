"""An outside publisher: plain paho, QoS 1, a record in a file for every PUBACK; knows nothing of the house.

Run as a program: publisher.py HOST PORT USER PASSWORD TOPIC FIRST_MS RATE LOG
Reading i has time FIRST_MS + i * 1000 and value 36 + (i % 40) / 10. LOG gains two little-endian int64 for each PUBACK:
i, and the milliseconds since 1970 when it came. SIGTERM ends the publishing; the program ends once all are confirmed.
"""

import json
import signal
import struct
import sys
import threading
import time
from collections import deque
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

RECORD = struct.Struct("<qq")
WINDOW = 2_000
"""Unconfirmed messages at most: like a gateway that waits with its spool while the broker is away."""
STEP_S = 0.01
PATIENCE_S = 180.0


def payload(i: int, first_ms: int) -> bytes:
    """Reading number i."""
    return json.dumps({"t": first_ms + i * 1000, "ear_temperature": value(i), "steps": i % 50}).encode()


def value(i: int) -> float:
    """The temperature of reading number i, °C."""
    return 36 + (i % 40) / 10


class Publisher:
    """Publishes at a steady rate until told to stop, through broker deaths."""

    def __init__(self, client: mqtt.Client, *, topic: str, first_ms: int, rate: float, log: Path) -> None:
        self._client, self._topic, self._first_ms, self._rate, self._log = client, topic, first_ms, rate, log
        # filled on paho's thread under a lock of its own: only emptied here, so that neither waits for the other
        self._confirmed: deque[tuple[int, int]] = deque()
        self._numbers: dict[int, int] = {}
        self.stop = threading.Event()
        client.on_publish = self._on_publish

    def run(self) -> int:
        """Everything that was published is confirmed and in the log; returned is how many."""
        begin, sent, late_s = time.monotonic(), 0, 0.0
        with self._log.open("wb", buffering=0) as log:
            while not self.stop.is_set():
                due = int((time.monotonic() - begin - late_s) * self._rate)
                while sent < due and len(self._numbers) < WINDOW:
                    mid = self._client.publish(self._topic, payload(sent, self._first_ms), qos=1).mid
                    self._numbers[mid] = sent
                    sent += 1
                late_s += max(0, due - sent) / self._rate  # what was not sent is not caught up: the load is steady
                log.write(self._told())
                time.sleep(STEP_S)
            deadline = time.monotonic() + PATIENCE_S
            while self._numbers:
                if time.monotonic() > deadline:
                    sys.exit(f"{len(self._numbers)} of {sent} were not confirmed within {PATIENCE_S:g} s")
                log.write(self._told())
                time.sleep(STEP_S)
        return sent

    def _told(self) -> bytes:
        records = bytearray()
        for _ in range(len(self._confirmed)):
            mid, ms = self._confirmed.popleft()
            records += RECORD.pack(self._numbers.pop(mid), ms)
        return bytes(records)

    def _on_publish(self, _client: object, _data: object, mid: int, _code: object, _properties: object) -> None:
        self._confirmed.append((mid, time.time_ns() // 1_000_000))


def main() -> None:
    """The publisher ran until SIGTERM."""
    _, host, port, user, password, topic, first_ms, rate, log = sys.argv
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2, client_id=f"outside-{user}", clean_session=False, protocol=mqtt.MQTTv311
    )
    client.username_pw_set(user, password)
    client.max_inflight_messages_set(200)
    client.max_queued_messages_set(0)
    client.reconnect_delay_set(1, 1)
    publisher = Publisher(client, topic=topic, first_ms=int(first_ms), rate=float(rate), log=Path(log))
    signal.signal(signal.SIGTERM, lambda *_: publisher.stop.set())
    client.connect_async(host, int(port))
    client.loop_start()
    publisher.run()
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main()
