"""The stores an experiment may use: embedded in the service, or a server of our own that can be killed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import httpx2
import pytest

from bootstrap.clock import now_ms
from chaos.errors import CannotRunError, NotFinishedError
from observations.ports import ObservationStore
from storage.influx.address import is_influx_url
from storage.influx.store import open_influx_store
from storage.observations.clickhouse import open_clickhouse_store
from tests.journeys.house import ROOT
from tests.ports import free_port
from tests.storage.influx.server import Influxd, influxd_in, influxd_program

READY_S = 60.0
STEP_S = 0.05


class StoreKind(StrEnum):
    """Where observations are kept."""

    EMBEDDED = "embedded"
    CLICKHOUSE_FRONT = "clickhouse-front"
    INFLUX = "influx"


class Server(Protocol):
    """A server with a store; its data outlive its process."""

    @property
    def url(self) -> str:
        """What TIANTOU_STORE_URL has to be."""

    def kill(self) -> None:
        """It died by SIGKILL."""

    def start(self) -> None:
        """It answers again."""


@dataclass(slots=True, kw_only=True)
class FrontServer:
    """ClickHouse's HTTP interface in front of the embedded engine, in a process of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of a database there."""
        return f"clickhouse+http://default:@127.0.0.1:{self.port}/farms"

    def start(self) -> None:
        """It answers."""
        command = [sys.executable, "-m", "chaos.front", str(self.folder / "engine"), str(self.port)]
        with (self.folder / "front.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + READY_S
        while not self._answers():
            if time.monotonic() > deadline or self.process.poll() is not None:
                msg = f"the ClickHouse front does not come up; see {self.folder / 'front.log'}"
                raise NotFinishedError(msg)
            time.sleep(STEP_S)

    def kill(self) -> None:
        """It died by SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _answers(self) -> bool:
        try:
            return httpx2.get(f"http://127.0.0.1:{self.port}/ping", timeout=2, trust_env=False).is_success
        except httpx2.TransportError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class InfluxServer:
    """A real InfluxDB 2 with one bucket for the experiment."""

    server: Influxd
    url: str

    def start(self) -> None:
        """It answers."""
        self.server.start()

    def kill(self) -> None:
        """It died by SIGKILL."""
        self.server.kill()


@contextmanager
def server_for(kind: StoreKind, folder: Path) -> Iterator[Server | None]:
    """The server of that kind of store runs in the block; None for the embedded one. Raises CannotRunError."""
    if kind is StoreKind.EMBEDDED:
        yield None
    elif kind is StoreKind.INFLUX:
        try:
            influxd_program()
        except pytest.skip.Exception as missing:
            raise CannotRunError(str(missing)) from missing
        with influxd_in(folder) as server:
            yield InfluxServer(server=server, url=server.new_bucket())
    else:
        front = FrontServer(folder=folder)
        try:
            front.start()
            yield front
        finally:
            front.kill()


@contextmanager
def opened(place: Path | str, folder: Path) -> Iterator[ObservationStore]:
    """The store there, opened afresh by this process; `folder` takes what the opening leaves."""
    opener = open_influx_store if is_influx_url(str(place)) else open_clickhouse_store
    store = opener(place, writer="after", snapshot_file=folder / "latest-after", now_ms=now_ms)
    try:
        yield store
    finally:
        store.close()
