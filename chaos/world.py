"""A house under load with its broker and store, each of which can be killed."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import httpx2
import psutil

from bootstrap.clock import now_ms
from bootstrap.process import marked_process
from chaos.crowd import Crowd, crowd_at
from chaos.errors import CannotRunError, NotFinishedError
from chaos.ledger import HOUR_MS, PROPERTY, STEP_MS, Verdict, judge
from chaos.stores import Server, StoreKind, opened, server_for
from tests.journeys.house import TAGS, JourneyHouse, house_in, pig
from tests.ports import free_port

PAST_MS = 24 * 24 * HOUR_MS
"""The first reading is that old: at a reading a second and tag, days of publishing fit before today."""
STEP_S = 0.5
MOSQUITTO = """listener {port} 127.0.0.1
allow_anonymous true
max_inflight_messages 0
max_queued_messages 0
persistence true
autosave_interval 0
persistence_location {folder}/
"""


class BrokerKind(StrEnum):
    """Which broker: our own, which can be killed, or one that runs already, as far as the house knows."""

    NATS = "nats"
    MOSQUITTO = "mosquitto"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """folder: outside the house, for logs of publishers. server: that of the store, None where it is embedded."""

    folder: Path
    house: JourneyHouse
    server: Server | None
    mosquitto: psutil.Process | None
    port: int
    first_ms: int

    @property
    def parts(self) -> list[str]:
        """What can be killed."""
        broker = ["broker"] if self.mosquitto is None else []
        return ["service", *broker, *(["store"] if self.server is not None else [])]

    @contextmanager
    def load(self, rate: float) -> Iterator[Crowd]:
        """`rate` readings a second come from outside while the block lasts."""
        with crowd_at(self.house, self.port, self.folder, rate=rate, first_ms=self.first_ms) as crowd:
            yield crowd

    def broker(self) -> psutil.Process | None:
        """The broker's process, where it lives."""
        return self.mosquitto or marked_process(self.house.folder.run / "broker.pid")

    def stored(self) -> int:
        """How many readings the pages show; raises NotFinishedError where the pages do not answer."""
        return sum(stored_of(self.house, i, self.first_ms) for i in range(TAGS))

    def await_stored(self, wanted: int, *, within_s: float) -> float:
        """At least that many are shown; the seconds it took. Raises NotFinishedError."""
        began = time.monotonic()
        while (count := self.stored()) < wanted:
            if time.monotonic() - began > within_s:
                msg = f"{count:,} of {wanted:,} readings are shown after {within_s:g} s\n{self.house.logs()}"
                raise NotFinishedError(msg)
            time.sleep(STEP_S)
        return time.monotonic() - began

    def verdict(self, crowd: Crowd) -> Verdict:
        """What is in the store, opened afresh, now that the house has ended."""
        place = self.house.folder.observations if self.server is None else self.server.url
        with opened(place, self.folder) as store:
            return judge(store, crowd.told(), first_ms=self.first_ms)


def stored_of(house: JourneyHouse, i: int, first_ms: int) -> int:
    """How many readings of that tag's animal the chart counts; 0 while the pages cannot tell."""
    try:
        answer = house.get(
            f"/api/v1/animals/{pig(i)}/series",
            property=PROPERTY,
            since=iso(first_ms),
            until=iso(now_ms() + HOUR_MS),
            bucket="1h",
        )
    except httpx2.TransportError:
        return 0
    return sum(bucket["count"] for bucket in answer.json()["buckets"]) if answer.is_success else 0


def iso(ms: int) -> str:
    """That moment in ISO 8601, UTC."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms / 1000))


@contextmanager
def world_in(folder: Path, *, store: StoreKind, broker: BrokerKind) -> Iterator[World]:
    """A house with these parts runs in the block. Raises CannotRunError."""
    with ExitStack() as stack:
        (folder / "store").mkdir(parents=True)
        server = stack.enter_context(server_for(store, folder / "store"))
        process = url = None
        if broker is BrokerKind.MOSQUITTO:
            process, url = stack.enter_context(mosquitto_in(folder))
        store_url = server.url if server is not None else None
        house = stack.enter_context(house_in(folder / "var", mqtt_url=url, store_url=store_url))
        house.start()
        port = int(url.rpartition(":")[2]) if url else house.mqtt_port
        yield World(folder=folder, house=house, server=server, mosquitto=process, port=port, first_ms=first_reading())


def first_reading() -> int:
    """The time of reading 0, ms since 1970, to the second."""
    return (now_ms() - PAST_MS) // STEP_MS * STEP_MS


@contextmanager
def mosquitto_in(folder: Path) -> Iterator[tuple[psutil.Process, str]]:
    """A mosquitto, set up as ingest asks for, and its address; raises CannotRunError where it is not installed."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        msg = "mosquitto is not installed: install it, or use --broker nats"
        raise CannotRunError(msg)
    port = free_port()
    configuration = folder / "mosquitto.conf"
    configuration.write_text(MOSQUITTO.format(port=port, folder=folder), encoding="utf-8")
    with (folder / "mosquitto.log").open("wb") as log:
        process = subprocess.Popen([program, "-c", str(configuration)], stderr=log)
    try:
        yield psutil.Process(process.pid), f"mqtt://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
