"""How fast a backlog comes out of a broker into the store: `python -m benchmarks.drain BROKER [options]`.

The broker is filled while ingest is away. Then ingest drains it: every message resolved, decoded, checked, stored
durably in the embedded engine, acknowledged; the clock stops when the broker has read the last acknowledgement.
In the same run `mosquitto_sub` takes the same backlog, storing nothing.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from benchmarks.backlog import CLIENT_ID, backlogged, message_bytes
from benchmarks.drain_brokers import PLANS, Broker
from benchmarks.drain_consumer import Outcome, Task
from benchmarks.load import DEVICES, Load
from benchmarks.results import Recording, Row, add_out, middle, program_version
from devices.codecs.topics import FILTERS

VERSION_OF = {
    "mosquitto": ("mosquitto", "-h"),
    "nats": ("nats-server", "--version"),
    "nats-r3": ("nats-server", "--version"),
}
"""Which program a broker is, and how it tells its version."""
VALUES = {1: 7}
"""Values of a reading by how many readings a message has; three where it has many."""


def main() -> None:
    """The figures are on standard output, and in the file of `--out`."""
    options = _options()
    load = Load(messages=options.messages, readings=options.readings)
    recording = Recording(
        {
            "messages": load.messages,
            "readings_a_message": load.readings,
            "values_a_reading": VALUES.get(load.readings, 3),
            "payload_bytes": message_bytes(load),
            "devices": DEVICES,
            "batch_messages": options.batch,
        }
    )
    for name in options.broker:
        recording.versions[name] = program_version(*VERSION_OF[name])
        recording.add("drained", middle([tiantou(name, load, options.batch) for _ in range(options.repeat)]))
        if options.peer and shutil.which("mosquitto_sub"):
            recording.add("drained", middle([_mosquitto_sub(name, load) for _ in range(options.repeat)]))
    recording.finish(options.out)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("broker", nargs="+", choices=sorted(PLANS))
    parser.add_argument("--messages", type=int, default=400_000)
    parser.add_argument("--readings", type=int, default=1)
    parser.add_argument("--batch", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=1, help="the median of so many runs is told")
    parser.add_argument("--peer", action="store_true", help="let mosquitto_sub take the same backlog too")
    add_out(parser)
    return parser.parse_args()


def tiantou(name: str, load: Load, batch: int) -> Row:
    """The figures of our own ingest over the embedded store, in a process of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="tiantou-drain-") as root,
        backlogged(name, load, Path(root, "broker")) as broker,
    ):
        before = broker.cpu_s()
        outcome = consumed(broker, load, Path(root), batch=batch)
        rate, hundred_thousand = load.messages / outcome.seconds, load.messages / 100_000
        return {
            "broker": name,
            "consumer": "tiantou",
            "messages_per_s": rate,
            "readings_per_s": rate * load.readings,
            "values_per_s": outcome.values / outcome.seconds,
            "cpu_s_per_100k": outcome.cpu_s / hundred_thousand,
            "broker_cpu_s_per_100k": (broker.cpu_s() - before) / hundred_thousand,
            "peak_mb": outcome.peak_mb,
            "redelivered": outcome.redelivered,
        }


def consumed(broker: Broker, load: Load, folder: Path, *, batch: int, store_url: str = "") -> Outcome:
    """What our ingest took from that broker; store_url: "" for the embedded store under `folder`."""
    task = Task(
        host=broker.ingest.host,
        port=broker.ingest.port,
        user=broker.ingest.user,
        password=broker.ingest.password,
        client_id=CLIENT_ID,
        messages=load.messages,
        devices=load.devices,
        folder=str(folder),
        batch_messages=batch,
        store_url=store_url,
    )
    command = [sys.executable, "-m", "benchmarks.drain_consumer", msgspec.json.encode(task).decode()]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return msgspec.json.decode(answer.stdout, type=Outcome)


def _mosquitto_sub(name: str, load: Load) -> Row:
    """What `mosquitto_sub` alone takes of the same backlog."""
    with (
        tempfile.TemporaryDirectory(prefix="tiantou-drain-") as root,
        backlogged(name, load, Path(root, "broker")) as broker,
    ):
        address, broker_before = broker.ingest, broker.cpu_s()
        command = ["mosquitto_sub", "-h", address.host, "-p", str(address.port), "-c", "-i", CLIENT_ID, "-q", "1"]
        command += [word for topic in FILTERS for word in ("-t", topic)] + ["-C", str(load.messages)]
        if address.user:
            command += ["-u", address.user, "-P", address.password]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        seconds = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s, hundred_thousand = (
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            load.messages / 1e5,
        )
        return {
            "broker": name,
            "consumer": "mosquitto_sub, storing nothing",
            "messages_per_s": load.messages / seconds,
            "readings_per_s": load.messages * load.readings / seconds,
            "values_per_s": None,
            "cpu_s_per_100k": cpu_s / hundred_thousand,
            "broker_cpu_s_per_100k": (broker.cpu_s() - broker_before) / hundred_thousand,
            "peak_mb": None,
            "redelivered": None,
        }


if __name__ == "__main__":
    main()
