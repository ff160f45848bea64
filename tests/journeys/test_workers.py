"""Workers join under load, are killed and leave: every PUBACKed reading is stored once, each device's in order."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from devices.model import Device, DeviceKind
from observations.identifiers import DeviceId, SiteId
from observations.ports import ObservationStore
from storage.observations.clickhouse import open_clickhouse_store
from storage.records.records import Records
from tests.journeys.house import ROOT, JourneyHouse, house_in
from tests.ports import free_port
from tests.storage.observations.http_front import Front, served

PUBLISHER = Path(__file__).with_name("publisher.py")
DEVICES = {"n-1": "north", "n-2": "north", "s-1": "south", "s-2": "south", "l-1": "lab"}
EACH = 4_000
RATE = 60.0  # 67 s: longer than it takes until a site has come back
KILLS = 4
PATIENCE_S = 120.0
FIRST_MS = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp() * 1000)

pytestmark = pytest.mark.journey


@dataclass(slots=True)
class FleetHouse(JourneyHouse):
    """A house whose store is on a server, with workers."""

    store_url: str = ""
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        before = {
            **os.environ,  # noqa: TID251 a child process gets this one and more
            "TIANTOU_DATA_DIR": str(self.folder.root),
            "TIANTOU_HTTP_PORT": str(self.http_port),
            "TIANTOU_MQTT_URL": self.mqtt_url or "",
        }
        return {**before, "TIANTOU_STORE_URL": self.store_url, "TIANTOU_HANDOVER_S": "1"}

    def start_worker(self, site: str) -> None:
        with (self.folder.logs / f"worker-{site}.log").open("ab") as log:
            command = [sys.executable, "-m", "bootstrap", "work", "--sites", site]
            self.workers[site] = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def kill_worker(self, site: str) -> None:
        self.workers[site].kill()
        self.workers[site].wait(10)

    def tiantou(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "bootstrap", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed")
    port = free_port()
    configuration = folder / "mosquitto.conf"
    configuration.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\nmax_queued_messages 0\n"
    )
    broker = subprocess.Popen([program, "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        yield port
    finally:
        broker.terminate()
        broker.wait(10)


@contextmanager
def fleet(folder: Path, address: str, port: int) -> Iterator[FleetHouse]:
    with house_in(folder / "var") as prepared:
        house = FleetHouse(folder=prepared.folder, mqtt_url=f"mqtt://127.0.0.1:{port}", store_url=address)
        records = Records.open(f"sqlite:///{house.folder.records}")
        for device, site in DEVICES.items():
            records.devices.add(Device(id=DeviceId.parse(device), site=SiteId.parse(site), kind=DeviceKind.EAR_TAG))
        records.close()
        try:
            house.start()
            yield house
        finally:
            for worker in house.workers.values():
                worker.send_signal(signal.SIGTERM)
                worker.wait(30)
            house.stop()


def until(done: Callable[[], bool], house: FleetHouse, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    pause = threading.Event()
    while not done():
        assert time.monotonic() < deadline, f"waited too long for {what}\n{house.logs()}"
        pause.wait(0.2)


def publish(port: int, logs: Path) -> list[subprocess.Popen[bytes]]:
    publishers = []
    for device, site in DEVICES.items():
        topic, log = f"tiantou/v1/{site}/{device}/observations", str(logs / f"{device}.puback")
        words = ["127.0.0.1", str(port), device, "", topic, str(EACH), str(FIRST_MS), str(RATE), log]
        publishers.append(subprocess.Popen([sys.executable, str(PUBLISHER), *words]))
    return publishers


def state_of(house: FleetHouse, site: str) -> str:
    rows = [row.split("\t") for row in house.tiantou("workers", "list").splitlines()]
    return next(f"{row[1]}: {row[2]}" for row in rows if row[0] == site)


def arrivals(store: ObservationStore) -> list[tuple[str, int]]:
    cursor: dict[str, int] = {}
    found: list[tuple[str, int]] = []
    while True:
        batch, reached = store.since(cursor, limit=50_000)
        if dict(reached) == cursor:
            return found
        cursor = dict(reached)
        found += zip(batch.device, batch.phenomenon_ms.tolist(), strict=True)


def stored_by(front: Front, device: str) -> dict[str, list[int]]:
    """The times of the device's rows in order of arrival, by writer: every row as it was inserted, none merged."""
    query = (
        "SELECT splitByChar('-', writer)[2], phenomenon_ms FROM farms.observations"
        " WHERE device = {device:String} ORDER BY sequence, phenomenon_ms"
    )
    answer = front.answer({"query": query, "param_device": device}, b"").decode()
    found: dict[str, list[int]] = {}
    for writer, ms in (row.split("\t") for row in answer.splitlines()):
        found.setdefault(writer, []).append(int(ms))
    return found


def test_workers_join_die_and_leave_and_every_reading_is_stored_once(tmp_path: Path) -> None:
    chance = random.Random(20261123)  # noqa: S311 a seed makes the order repeatable
    with ExitStack() as stack:
        port = stack.enter_context(mosquitto(tmp_path))
        front, address = stack.enter_context(served(tmp_path / "engine"))
        house = stack.enter_context(fleet(tmp_path, address, port))
        publishers = publish(port, tmp_path)
        for site in ("north", "south"):
            house.start_worker(site)
        for site in ("north", "south"):
            until(lambda site=site: state_of(house, site) == f"{site}: stores", house, f"{site} to be handed over")  # type: ignore[misc]
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.5, 2.0))
            site = chance.choice(["north", "south"])
            house.kill_worker(site)
            house.start_worker(site)
        house.tiantou("workers", "release", "south")
        until(lambda: state_of(house, "south").startswith("main service"), house, "south to be taken back")
        assert house.workers["south"].wait(30) == 0
        assert [publisher.wait(180) for publisher in publishers] == [0] * len(DEVICES), house.logs()

        store = open_clickhouse_store(
            address, writer="after", snapshot_file=tmp_path / "after", now_ms=lambda: FIRST_MS + EACH * 1000
        )
        stack.callback(store.close)
        until(lambda: len(arrivals(store)) >= EACH * len(DEVICES), house, "all to be stored")
        arrived = arrivals(store)
        expected = [(device, FIRST_MS + n * 1000) for device in DEVICES for n in range(EACH)]
        assert sorted(arrived) == sorted(expected)
        assert max(Counter(arrived).values()) == 1
        for device in DEVICES:
            acknowledged = (tmp_path / f"{device}.puback").read_text(encoding="ascii").split()
            assert len(acknowledged) == EACH
            assert store.conflict_count(device) == 0
        for device, site in DEVICES.items():
            found = stored_by(front, device)
            assert sum(map(len, found.values())) == EACH, f"{device} was stored twice"
            late = {
                writer: [later for earlier, later in pairwise(times) if later < earlier]
                for writer, times in found.items()
            }
            assert not any(late.values()), f"{device} out of order: {late}\n{house.logs()}"
            assert site == "lab" or len(found[site]) > 0
