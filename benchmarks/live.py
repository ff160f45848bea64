"""The whole house under a steady load: latency until a page shows a reading, and what the service costs meanwhile.

`python -m benchmarks.live [readings a second] [seconds]`: real broker, real store, real service process, one
publisher process. A probe reading counts as stored when the JSON API answers with it: that is the user's latency,
and above the time to the durable store.
"""

import multiprocessing
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

import httpx2
import paho.mqtt.client as mqtt
import psutil
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.figures import machine, quantiles
from bootstrap.process import marked_process
from ingest.mqtt.client import end_loop
from tests.journeys.house import TAGS, JourneyHouse, house_in, pig, tag

PROBES = 120
STEP_S = 0.002
PROBE_TAG = 0
SETTLE_S = 5.0


def main(rate: float = 100.0, seconds: float = 60.0) -> None:
    """The figures are on standard output."""
    print(machine())
    with tempfile.TemporaryDirectory(prefix="tiantou-bench-") as folder, house_in(Path(folder) / "var") as house:
        house.start()
        stop = multiprocessing.Event()
        load = multiprocessing.Process(target=publish_steadily, args=(*sign_ins(house), house.mqtt_port, rate, stop))
        load.start()
        try:
            time.sleep(SETTLE_S)
            print(f"{rate:,.0f} readings/s of 6 values, {seconds:,.0f} s, no page open")
            print(f"  service {cores(house, seconds):.3f} cores (broker excluded, followers on)")
            shown = latencies(house, PROBES)
            print(f"  publish → shown by the API, {PROBES} probes: {quantiles(shown)}")
        finally:
            stop.set()
            load.join()
        house.stop()


def sign_ins(house: JourneyHouse) -> tuple[list[tuple[str, str]]]:
    """User and password of every tag that makes load."""
    return ([(str(tag(i)), house.password(i)) for i in range(1, TAGS)],)


def publish_steadily(accounts: list[tuple[str, str]], port: int, rate: float, stop: Event) -> None:
    """Readings go out at that rate, spread over the accounts, until told to stop."""
    clients = [connected(user, password, port) for user, password in accounts]
    begin, sent = time.monotonic(), 0
    while not stop.is_set():
        due = int((time.monotonic() - begin) * rate)
        for number in range(sent, due):
            client, user = clients[number % len(clients)], accounts[number % len(accounts)][0]
            client.publish(f"tiantou/v1/lab/{user}/observations", reading(number), qos=1)
        sent = max(sent, due)
        stop.wait(0.01)
    for client in clients:
        client.disconnect()
        end_loop(client)


def connected(user: str, password: str, port: int) -> mqtt.Client:
    """A client that is connected and runs its loop."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"bench-{user}", protocol=mqtt.MQTTv311)
    client.username_pw_set(user, password)
    client.max_inflight_messages_set(1000)
    up = threading.Event()
    client.on_connect = lambda *_: up.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    if not up.wait(10):
        sys.exit(f"{user} could not connect")
    return client


def reading(number: int, temperature: float = 38.5) -> bytes:
    """A reading of now with six values."""
    now_ms = time.time_ns() // 1_000_000
    values = f'"ambient_temperature":24.1,"activity":{number % 100},"steps":{number % 30},"battery":3.6,"rssi":-91'
    return f'{{"t":{now_ms},"ear_temperature":{temperature},{values}}}'.encode()


def cores(house: JourneyHouse, seconds: float) -> float:
    """CPU seconds of the service process in each second, as a mean."""
    service = marked_process(house.folder.run / "service.pid")
    if service is None:
        sys.exit(f"the service does not run\n{house.logs()}")
    return measured_cores(service, seconds)


def measured_cores(process: psutil.Process, seconds: float) -> float:
    """The mean over that time."""
    before, begin = sum(process.cpu_times()[:2]), time.monotonic()
    time.sleep(seconds)
    return float((sum(process.cpu_times()[:2]) - before) / (time.monotonic() - begin))


def latencies(house: JourneyHouse, probes: int) -> list[float]:
    """Milliseconds from handing a reading to the client until the API shows it."""
    client = connected(str(tag(PROBE_TAG)), house.password(PROBE_TAG), house.mqtt_port)
    headers = {"Authorization": f"Bearer {house.token}"}
    with httpx2.Client(base_url=f"http://127.0.0.1:{house.http_port}", headers=headers, trust_env=False) as pages:
        found = [
            until_shown(
                lambda number=number: client.publish(  # type: ignore[misc]  # bound in the loop on purpose
                    f"tiantou/v1/lab/{tag(PROBE_TAG)}/observations", reading(number, 36 + number / 100), qos=1
                ),
                lambda number=number: shows(pages, 36 + number / 100),  # type: ignore[misc]
            )
            for number in range(probes)
        ]
    client.disconnect()
    end_loop(client)
    return found


def until_shown(publish: Callable[[], object], shown: Callable[[], bool]) -> float:
    """Milliseconds between the two; a reading a random part of the batch's linger after the one before."""
    time.sleep(0.05 + time.monotonic() % 0.2)
    begin = time.monotonic()
    publish()
    while not shown():
        if time.monotonic() - begin > 30:
            sys.exit("a reading was not shown within 30 s")
        time.sleep(STEP_S)
    return (time.monotonic() - begin) * 1000


def shows(pages: httpx2.Client, temperature: float) -> bool:
    """The newest ear temperature is this one."""
    latest = pages.get(f"/api/v1/animals/{pig(PROBE_TAG)}/latest").json()["latest"]
    return any(
        row["observed_property"] == "ear_temperature" and abs(row["value"] - temperature) < 1e-6 for row in latest
    )


if __name__ == "__main__":
    print(datetime.now(UTC).date())
    main(*(float(argument) for argument in sys.argv[1:]))
