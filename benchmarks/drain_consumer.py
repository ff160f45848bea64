"""The consumer of the drain benchmark, in a process of its own: ingest as the service has it, over the embedded store.

Argument: one line of JSON (`Task`). Prints one line of JSON (`Outcome`).
"""

import resource
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
import structlog
from prometheus_client import CollectorRegistry

from benchmarks.load import SITE, device_ids
from devices.identifiers import DevEui
from devices.model import Device, DeviceKind, SetAsideMessage
from ingest.mqtt.receiver import MqttIngest
from ingest.mqtt.url import MqttUrl
from ingest.pipeline import Pipeline
from observations.identifiers import DeviceId, SiteId
from storage.influx.store import open_influx_store
from storage.observations.clickhouse import open_clickhouse_store

SWITCH_INTERVAL_S = 0.0005
"""As the service sets it."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What to drain. batch_messages: how many are stored at once; store_url: an InfluxDB, "" for the embedded one."""

    host: str
    port: int
    user: str
    password: str
    client_id: str
    messages: int
    devices: int
    folder: str
    batch_messages: int
    store_url: str = ""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """seconds: from the start until everything was stored and the broker had read every acknowledgement."""

    seconds: float
    cpu_s: float
    values: int
    redelivered: int
    quarantined: int
    peak_mb: float


class Registered:
    """Every device of the load."""

    def __init__(self, devices: int) -> None:
        self._devices = [
            Device(id=DeviceId.parse(device), site=SiteId.parse(SITE), kind=DeviceKind.EAR_TAG)
            for device in device_ids(devices)
        ]

    def add(self, device: Device) -> None:
        self._devices.append(device)

    def find(self, device: str) -> Device | None:
        return next((each for each in self._devices if each.id == device), None)

    def find_by_dev_eui(self, dev_eui: DevEui) -> Device | None:
        return next((each for each in self._devices if each.dev_eui == dev_eui), None)

    def all(self) -> Sequence[Device]:
        return self._devices


class Empty:
    """A quarantine that must stay empty."""

    def set_aside(self, messages: Iterable[SetAsideMessage]) -> None:
        sys.exit(f"set aside: {next(iter(messages)).reason}")

    def list(self, *, device: str | None = None, limit: int = 100) -> Sequence[SetAsideMessage]:
        return [][: limit if device else 0]

    def find(self, digest: str) -> SetAsideMessage | None:
        raise AssertionError(digest)

    def mark_replayed(self, digest: str, at: datetime) -> None:
        raise AssertionError(digest, at)

    def counts(self) -> dict[str, int]:
        return {}

    def dropped(self) -> dict[str, int]:
        return {}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def drain(task: Task) -> Outcome:
    """The broker's backlog is in the store, and acknowledged."""
    folder = Path(task.folder)
    opener = open_influx_store if task.store_url else open_clickhouse_store
    place = task.store_url or folder / "data"
    store = opener(place, writer="bench", snapshot_file=folder / "latest", now_ms=now_ms)
    pipeline = Pipeline(
        registry=Registered(task.devices), store=store, quarantine=Empty(), now_ms=now_ms, metrics=CollectorRegistry()
    )
    ingest = MqttIngest(
        MqttUrl(host=task.host, port=task.port, username=task.user, password=task.password),
        task.client_id,
        pipeline,
        on_subscribed=lambda: None,
        disk_free_fraction=lambda: 1.0,
        batch_messages=task.batch_messages,
    )
    pause = threading.Event()
    began, cpu_began = time.perf_counter(), time.process_time()
    ingest.start()
    while pipeline.monitor.tally.messages < task.messages:
        pause.wait(0.01)
    ingest.stop()
    seconds, cpu_s = time.perf_counter() - began, time.process_time() - cpu_began
    tally = pipeline.monitor.tally
    store.close()
    return Outcome(
        seconds=seconds,
        cpu_s=cpu_s,
        values=tally.values,
        redelivered=tally.redelivered,
        quarantined=tally.quarantined,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def main() -> None:
    """The outcome is on standard output."""
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    task = msgspec.json.decode(sys.argv[1], type=Task)
    print(msgspec.json.encode(drain(task)).decode(), flush=True)


if __name__ == "__main__":
    main()
