"""The brokers of the drain benchmark, each in a folder of its own, with the configuration that ingest asks for."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
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


NODES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """A broker that runs. ingest, publisher: how each of them signs in."""

    processes: Sequence[psutil.Process]
    ingest: Address
    publisher: Address

    def cpu_s(self) -> float:
        """Seconds of CPU it has used."""
        return float(sum(sum(process.cpu_times()[:2]) for process in self.processes))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    commands: Sequence[Sequence[str]]
    ports: Sequence[int]
    ingest: Address
    publisher: Address


@contextmanager
def running(name: str, folder: Path) -> Iterator[Broker]:
    """That broker runs in the block: mosquitto, nats, or nats-r3: three nodes that each keep every message."""
    folder.mkdir(parents=True)
    plan = PLANS[name](folder)
    with (folder / "log").open("ab") as log:
        started = [subprocess.Popen(command, stdout=log, stderr=log) for command in plan.commands]
    try:
        for port in plan.ports:
            _wait_until_it_listens(port)
        processes = [psutil.Process(process.pid) for process in started]
        yield Broker(processes=processes, ingest=plan.ingest, publisher=plan.publisher)
    finally:
        for process in started:
            process.kill()
            process.wait()


def _mosquitto(folder: Path) -> _Plan:
    port = _free_port()
    (folder / "mosquitto.conf").write_text(MOSQUITTO.format(port=port, folder=folder))
    anybody = Address(host="127.0.0.1", port=port)
    command = [_program("mosquitto"), "-c", str(folder / "mosquitto.conf")]
    return _Plan(commands=[command], ports=[port], ingest=anybody, publisher=anybody)


def _nats(folder: Path) -> _Plan:
    return _nats_nodes([folder], lambda _number, text: text)


def _nats_cluster(folder: Path) -> _Plan:
    routes = [_free_port() for _ in range(NODES)]
    known = ", ".join(f'"nats://127.0.0.1:{port}"' for port in routes)

    def clustered(number: int, text: str) -> str:
        cluster = f"cluster {{\n  name: bench\n  listen: 127.0.0.1:{routes[number]}\n  routes: [{known}]\n}}\n"
        return text.replace("mqtt {", f"mqtt {{\n  stream_replicas: {NODES}") + cluster

    return _nats_nodes([folder / str(number) for number in range(NODES)], clustered)


def _nats_nodes(folders: Sequence[Path], finished: Callable[[int, str], str]) -> _Plan:
    ports = [_free_port() for _ in folders]
    for number, (folder, port) in enumerate(zip(folders, ports, strict=True)):
        folder.mkdir(exist_ok=True)
        (folder / "users.conf").write_text(users_text([*part_users(SECRET), *sender_users([SITE], SECRET)]))
        text = server_text(folder=folder, host="127.0.0.1", port=port, store_bytes=8 << 30, name=f"bench-{number}")
        (folder / "nats.conf").write_text(finished(number, text))

    def account(part: str, port: int) -> Address:
        return Address(host="127.0.0.1", port=port, user=part_user(part), password=SECRET.part_password(part))

    return _Plan(
        commands=[[_program("nats-server"), "-c", str(folder / "nats.conf")] for folder in folders],
        ports=ports,
        ingest=account("ingest", ports[-1]),
        publisher=account(simulator_part(SITE), ports[0]),
    )


PLANS: dict[str, Callable[[Path], _Plan]] = {"mosquitto": _mosquitto, "nats": _nats, "nats-r3": _nats_cluster}
"""By the broker's name."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
