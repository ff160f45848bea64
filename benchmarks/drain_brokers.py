"""The brokers of the drain benchmark, each in a folder of its own, with the configuration that ingest asks for."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.load import SITE, Address
from bootstrap.credentials import SiteSecret
from bootstrap.nats_config import part_user, part_users, sender_users, server_text, simulator_part, users_text

SECRET = SiteSecret(text="benchmark")
MOSQUITTO = """listener {port} 127.0.0.1
allow_anonymous true
max_inflight_messages 0
max_queued_messages 0
persistence true
autosave_interval 0
persistence_location {folder}/
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """A broker that runs. ingest, publisher: how each of them signs in."""

    process: psutil.Process
    ingest: Address
    publisher: Address

    def cpu_s(self) -> float:
        """Seconds of CPU it has used."""
        times = self.process.cpu_times()
        return float(times.user + times.system)


@contextmanager
def running(name: str, folder: Path) -> Iterator[Broker]:
    """That broker (mosquitto or nats) runs in the block."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = int(sock.getsockname()[1])
    folder.mkdir(parents=True)
    command, ingest, publisher = {"mosquitto": _mosquitto, "nats": _nats}[name](folder, port)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_until_it_listens(port)
        yield Broker(process=psutil.Process(process.pid), ingest=ingest, publisher=publisher)
    finally:
        process.kill()
        process.wait()


def _mosquitto(folder: Path, port: int) -> tuple[list[str], Address, Address]:
    (folder / "mosquitto.conf").write_text(MOSQUITTO.format(port=port, folder=folder))
    anybody = Address(host="127.0.0.1", port=port)
    return [_program("mosquitto"), "-c", str(folder / "mosquitto.conf")], anybody, anybody


def _nats(folder: Path, port: int) -> tuple[list[str], Address, Address]:
    (folder / "users.conf").write_text(users_text([*part_users(SECRET), *sender_users([SITE], SECRET)]))
    text = server_text(folder=folder, host="127.0.0.1", port=port, store_bytes=8 << 30, name="bench")
    (folder / "nats.conf").write_text(text)

    def account(part: str) -> Address:
        return Address(host="127.0.0.1", port=port, user=part_user(part), password=SECRET.part_password(part))

    return [_program("nats-server"), "-c", str(folder / "nats.conf")], account("ingest"), account(simulator_part(SITE))


def _program(name: str) -> str:
    beside = f"{Path(sys.executable).parent}:/usr/sbin:/usr/local/sbin"
    found = shutil.which(name) or shutil.which(name, path=beside)
    if found is None:
        sys.exit(f"{name} is not installed")
    return found


def _wait_until_it_listens(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    sys.exit(f"nothing listens on port {port}")
