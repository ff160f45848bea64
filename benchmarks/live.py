"""The whole house under a steady load: how late readings are, what the service costs, what lies on disk meanwhile.

`python -m benchmarks.live --rate 100 --minutes 1`: real broker, real store, real service process, one publisher
process. Two latencies are told, both from handing a reading to the MQTT client: until the broker holds ingest's
acknowledgement, which comes after the reading is durable, and until the JSON API shows it: the user's.
"""

import argparse
import contextlib
import multiprocessing
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path

import httpx2
import paho.mqtt.client as mqtt
import psutil
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.ack_floor import AckFloor
from benchmarks.figures import quantiles
from benchmarks.results import Recording, add_out, program_version
from bootstrap.broker import NatsBroker
from bootstrap.credentials import SiteSecret
from bootstrap.process import marked_process
from ingest.mqtt.client import end_loop
from tests.journeys.house import TAGS, JourneyHouse, house_in, pig, tag

STEP_S = 0.002
PROBE_TAG = 0
SETTLE_S = 5.0
SAMPLE_S = 10.0
PAUSE_S = (0.05, 0.55)
"""Before a probe: evenly over two lingers of a batch, else probes keep step with the batches."""
VALUES = 6


def main() -> None:
    """The figures are on standard output, and in the file of `--out`."""
    options = _options()
    recording = Recording(
        {
            "readings_per_s": options.rate,
            "values_a_reading": VALUES,
            "minutes": options.minutes,
            "senders": TAGS - 1,
        }
    )
    recording.versions["nats"] = program_version("nats-server", "--version")
    with tempfile.TemporaryDirectory(prefix="tiantou-bench-") as folder, house_in(Path(folder) / "var") as house:
        house.start()
        stop = multiprocessing.Event()
        accounts = [(str(tag(i)), house.password(i)) for i in range(1, TAGS)]
        load = multiprocessing.Process(target=publish_steadily, args=(accounts, house.mqtt_port, options.rate, stop))
        load.start()
        try:
            time.sleep(SETTLE_S)
            watch(house, options.rate, options.minutes * 60, recording)
            probe(house, options.rate, options.probes, recording)
        finally:
            stop.set()
            load.join()
        house.stop()
    recording.finish(options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=100.0, help="readings a second")
    parser.add_argument("--minutes", type=float, default=1.0, help="over how long CPU is averaged and the disk watched")
    parser.add_argument("--probes", type=int, default=200, help="readings whose latency is measured, of each kind")
    add_out(parser)
    return parser.parse_args()


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


def watch(house: JourneyHouse, rate: float, seconds: float, recording: Recording) -> None:
    """The service's cores and memory as means and maxima over that time; the store's folder by the minute."""
    service = marked_process(house.folder.run / "service.pid")
    if service is None:
        sys.exit(f"the service does not run\n{house.logs()}")
    begin, before, peak = time.monotonic(), _cpu_s(service), 0
    files, size, minute = 0, 0, 1
    while (passed := time.monotonic() - begin) < seconds:
        time.sleep(min(SAMPLE_S, seconds - passed))
        peak = max(peak, service.memory_info().rss)
        found = on_disk(house.folder.observations)
        files, size = max(files, found[0]), max(size, found[1])
        if time.monotonic() - begin >= min(60 * minute, seconds):
            recording.add("disk", {"minute": minute, "most_files": files, "most_mb": size / 2**20})
            files, size, minute = 0, 0, minute + 1
    seconds = time.monotonic() - begin
    row = {"readings_per_s": rate, "seconds": seconds, "cores": (_cpu_s(service) - before) / seconds}
    recording.add("service", row | {"peak_mb": peak / 2**20})


def on_disk(folder: Path) -> tuple[int, int]:
    """How many files the folder holds, and their bytes; what is deleted meanwhile counts as gone."""
    files = size = 0
    for parent, _, names in os.walk(folder):  # unlike rglob it bears that folders vanish
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                size += Path(parent, name).lstat().st_size
                files += 1
    return files, size


def probe(house: JourneyHouse, rate: float, probes: int, recording: Recording) -> None:
    """Both latencies, each measured by itself: asking costs the broker and the service something."""
    broker = NatsBroker(folder=house.folder, secret=SiteSecret.of(house.folder), port=house.mqtt_port)
    floor = AckFloor.open(broker)
    client = connected(str(tag(PROBE_TAG)), house.password(PROBE_TAG), house.mqtt_port)
    headers = {"Authorization": f"Bearer {house.token}"}
    with httpx2.Client(base_url=f"http://127.0.0.1:{house.http_port}", headers=headers, trust_env=False) as pages:
        stored = [latency(client, number, lambda _: floor.wait()) for number in range(probes)]
        shown = [latency(client, number, lambda wanted: until_shown(pages, wanted)) for number in range(probes)]
    client.disconnect()
    end_loop(client)
    floor.close()
    for until, found in {"stored and acknowledged": stored, "shown by the API": shown}.items():
        recording.add("latency", {"readings_per_s": rate, "until": until, **quantiles(found)})


def latency(client: mqtt.Client, number: int, arrived: Callable[[float], None]) -> float:
    """Milliseconds of one reading; when it comes has nothing to do with when the last batch was stored."""
    time.sleep(random.Random(number).uniform(*PAUSE_S))  # noqa: S311 - no secret
    wanted = 36 + number / 100
    begin = time.monotonic()
    message = client.publish(f"tiantou/v1/lab/{tag(PROBE_TAG)}/observations", reading(number, wanted), qos=1)
    message.wait_for_publish(30)
    arrived(wanted)
    return (time.monotonic() - begin) * 1000


def until_shown(pages: httpx2.Client, temperature: float) -> None:
    """The API answers with that ear temperature."""
    deadline = time.monotonic() + 30
    while not shows(pages, temperature):
        if time.monotonic() > deadline:
            sys.exit("a reading was not shown within 30 s")
        time.sleep(STEP_S)


def shows(pages: httpx2.Client, temperature: float) -> bool:
    """The newest ear temperature is this one."""
    latest = pages.get(f"/api/v1/animals/{pig(PROBE_TAG)}/latest").json()["latest"]
    return any(
        row["observed_property"] == "ear_temperature" and abs(row["value"] - temperature) < 1e-6 for row in latest
    )


def _cpu_s(process: psutil.Process) -> float:
    return float(sum(process.cpu_times()[:2]))


if __name__ == "__main__":
    main()
