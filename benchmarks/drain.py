"""How fast a backlog comes out of a broker into the store: `python -m benchmarks.drain BROKER [options]`.

The broker is filled while ingest is away. Then ingest drains it: every message resolved, decoded, checked, stored
durably in the embedded engine, acknowledged; the clock stops when the broker has read the last acknowledgement.
In the same run `mosquitto_sub` takes the same backlog, storing nothing.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import msgspec
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from benchmarks.drain_brokers import Broker, running
from benchmarks.drain_consumer import Outcome, Task
from benchmarks.figures import machine
from benchmarks.load import DEVICES, Address, Load, payloads, publish_all
from devices.codecs.topics import FILTERS
from ingest.mqtt.client import end_loop

CLIENT_ID = "tiantou-bench"


def main() -> None:
    """The figures are on standard output."""
    options = _options()
    load = Load(messages=options.messages, readings=options.readings)
    size = sum(len(payload) for _, payload in payloads(Load(messages=200, readings=load.readings), 0, 1)) // 200
    print(f"{machine()}; load before: {os.getloadavg()[0]:.1f}")
    print(f"{load.messages:,} messages of {load.readings} readings, {size:,} bytes each, {DEVICES:,} devices, QoS 1")
    for name in options.broker:
        for _ in range(options.repeat):
            _drain(name, load, options.batch)
        if options.peer and shutil.which("mosquitto_sub"):
            _peer(name, load)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("broker", nargs="+", choices=["mosquitto", "nats"])
    parser.add_argument("--messages", type=int, default=400_000)
    parser.add_argument("--readings", type=int, default=1)
    parser.add_argument("--batch", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--peer", action="store_true")
    return parser.parse_args()


def _drain(name: str, load: Load, batch: int) -> None:
    with tempfile.TemporaryDirectory(prefix="tiantou-drain-") as root, running(name, Path(root, "broker")) as broker:
        _fill(broker, load)
        broker_began = broker.cpu_s()
        task = Task(
            host=broker.ingest.host,
            port=broker.ingest.port,
            user=broker.ingest.user,
            password=broker.ingest.password,
            client_id=CLIENT_ID,
            messages=load.messages,
            devices=load.devices,
            folder=root,
            batch_messages=batch,
        )
        command = [sys.executable, "-m", "benchmarks.drain_consumer", msgspec.json.encode(task).decode()]
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        outcome = msgspec.json.decode(answer.stdout, type=Outcome)
        _report(name, load, outcome, broker.cpu_s() - broker_began)


def _report(name: str, load: Load, outcome: Outcome, broker_cpu_s: float) -> None:
    rate = load.messages / outcome.seconds
    hundred_thousand = load.messages / 100_000
    print(
        f"{name}: {rate:,.0f} messages/s, {rate * load.readings:,.0f} readings/s,"
        f" {outcome.values / outcome.seconds:,.0f} values/s;"
        f" CPU-s per 100,000 messages: {outcome.cpu_s / hundred_thousand:.2f}"
        f" + broker {broker_cpu_s / hundred_thousand:.2f};"
        f" peak {outcome.peak_mb:.0f} MB; {outcome.redelivered:,} values redelivered"
    )


def _peer(name: str, load: Load) -> None:
    """What `mosquitto_sub` alone takes of the same backlog."""
    with tempfile.TemporaryDirectory(prefix="tiantou-drain-") as root, running(name, Path(root, "broker")) as broker:
        _fill(broker, load)
        address = broker.ingest
        command = ["mosquitto_sub", "-h", address.host, "-p", str(address.port), "-c", "-i", CLIENT_ID, "-q", "1"]
        command += [word for topic in FILTERS for word in ("-t", topic)] + ["-C", str(load.messages)]
        if address.user:
            command += ["-u", address.user, "-P", address.password]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        print(
            f"{name}, mosquitto_sub alone: {load.messages / seconds:,.0f} messages/s;"
            f" CPU-s per 100,000 messages: {cpu_s / load.messages * 100_000:.2f}"
        )


def _fill(broker: Broker, load: Load) -> None:
    _subscribe(broker.ingest)
    seconds = publish_all(broker.publisher, load)
    print(f"  filled at {load.messages / seconds:,.0f} messages/s", file=sys.stderr)


def _subscribe(address: Address) -> None:
    """The broker keeps what is published from now on for the consumer."""
    subscribed = threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, client_id=CLIENT_ID, clean_session=False)
    if address.user:
        client.username_pw_set(address.user, address.password)

    def on_connect(*_: object) -> None:
        client.subscribe([(topic, 1) for topic in FILTERS])

    client.on_connect = on_connect
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect(address.host, address.port)
    client.loop_start()
    if not subscribed.wait(20):
        sys.exit("the broker does not confirm the subscription")
    client.disconnect()
    end_loop(client)


if __name__ == "__main__":
    main()
