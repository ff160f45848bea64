"""A real InfluxDB 2 of a test's own: started in a folder, killed, started again; or the one that INFLUXDB_URL names."""

import os
import shutil
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest
from influxdb_client.client.influxdb_client import InfluxDBClient

from storage.influx.address import InfluxAddress
from tests.ports import free_port

READY_S = 60.0
STEP_S = 0.05
ORGANIZATION, TOKEN = "tests", "a-token/with+signs=="


def influxd_program() -> str:
    """The server's program; skips the test that asks where there is none."""
    if os.environ.get("WITHOUT_INFLUXDB") == "1":  # noqa: TID251 CI's own switch
        pytest.skip("InfluxDB is left out of this run (WITHOUT_INFLUXDB=1)")
    program = os.environ.get("INFLUXD") or shutil.which("influxd")  # noqa: TID251 tests find programs as CI tells them
    if not program:
        pytest.skip("influxd is not installed (.ci/build-influxd builds it; INFLUXD names it)")
    return program


def given_url() -> str | None:
    """The bucket that INFLUXDB_URL names, for tests that may use a server of somebody else."""
    return os.environ.get("INFLUXDB_URL") or None  # noqa: TID251 tests find servers as their environment tells them


@dataclass(slots=True)
class Influxd:
    """One server on loopback; its data outlive its process."""

    folder: Path
    program: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, bucket: str) -> str:
        return f"influxdb://:{quote(TOKEN, safe='')}@127.0.0.1:{self.port}/{ORGANIZATION}/{bucket}"

    def start(self) -> None:
        """It answers."""
        with (self.folder / "influxd.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    self.program,
                    f"--bolt-path={self.folder / 'bolt'}",
                    f"--sqlite-path={self.folder / 'sqlite'}",
                    f"--engine-path={self.folder / 'engine'}",
                    f"--http-bind-address=127.0.0.1:{self.port}",
                    "--reporting-disabled",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + READY_S
        while not self._answers():
            assert time.monotonic() < deadline, (self.folder / "influxd.log").read_text()[-4000:]
            time.sleep(STEP_S)

    def set_up(self) -> None:
        """There is an organization, and a token that may do everything."""
        account = {"username": "tests", "password": uuid.uuid4().hex, "org": ORGANIZATION, "bucket": "first"}
        told = httpx2.post(f"{self.address}/api/v2/setup", json={**account, "token": TOKEN}, trust_env=False)
        assert told.status_code == httpx2.codes.CREATED, told.text

    def new_bucket(self, *, keep_s: int = 0) -> str:
        """The address of an empty bucket."""
        name = f"bucket-{uuid.uuid4().hex[:12]}"
        create_bucket(self.url(name), keep_s=keep_s)
        return self.url(name)

    def kill(self) -> None:
        """It died by SIGKILL."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> None:
        """It ended."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)

    def _answers(self) -> bool:
        try:
            return httpx2.get(f"{self.address}/health", timeout=2, trust_env=False).is_success
        except httpx2.TransportError:
            return False


def create_bucket(url: str, *, keep_s: int = 0) -> None:
    """The bucket of that address is there."""
    address = InfluxAddress.parse(url)
    with InfluxDBClient(address.server, token=address.token, org=address.organization) as client:
        rules = [{"type": "expire", "everySeconds": keep_s}] if keep_s else []
        client.buckets_api().create_bucket(bucket_name=address.bucket, retention_rules=rules)


@contextmanager
def influxd_in(folder: Path) -> Iterator[Influxd]:
    """A server in that folder, set up and running; nothing of it runs afterwards."""
    server = Influxd(folder=folder, program=influxd_program())
    try:
        server.start()
        server.set_up()
        yield server
    finally:
        server.stop()
