"""The whole service as its users start it: broker, service, commands beside it, kills, backup, an ordered end."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from bootstrap.broker import program
from bootstrap.data_folder import DataFolder
from bootstrap.errors import ProgramMissingError
from bootstrap.process import marked_process
from bootstrap.settings import PREFIX

pytestmark = pytest.mark.journey
START_S = 90
COMMAND_S = 60
ROOT = Path(__file__).parents[2]


class Installation:
    """A data folder with its ports, and the `tiantou` command on it."""

    def __init__(self, folder: Path, *, http_port: int, mqtt_port: int) -> None:
        self.data = DataFolder(root=folder)
        self.http_port = http_port
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(PREFIX)},  # noqa: TID251 handed on
            "TIANTOU_DATA_DIR": str(folder),
            "TIANTOU_HTTP_PORT": str(http_port),
            "TIANTOU_MQTT_PORT": str(mqtt_port),
            "PYTHONUNBUFFERED": "1",
        }

    def tiantou(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "bootstrap", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def serve(self) -> subprocess.Popen[bytes]:
        self.data.create()
        with (self.data.logs / "supervisor.log").open("wb") as log:
            command = [sys.executable, "-m", "bootstrap", "serve"]
            return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=log, stderr=log)

    def is_ready(self) -> bool:
        try:
            return httpx2.get(f"http://127.0.0.1:{self.http_port}/readyz", trust_env=False).is_success
        except httpx2.TransportError:
            return False

    def pid(self, child: str) -> int | None:
        process = marked_process(self.data.run / f"{child}.pid")
        return None if process is None else process.pid


def eventually(done: Callable[[], bool], *, patience_s: float = START_S) -> None:
    deadline = time.monotonic() + patience_s
    waiting = threading.Event()
    while not done():
        assert time.monotonic() < deadline, "waited too long"
        waiting.wait(0.1)


@pytest.fixture
def installation(tmp_path: Path, free_port: int, other_free_port: int) -> Installation:
    try:
        program()
    except ProgramMissingError as error:
        pytest.skip(str(error))
    return Installation(tmp_path / "var", http_port=free_port, mqtt_port=other_free_port)


@pytest.fixture
def running(installation: Installation) -> Iterator[subprocess.Popen[bytes]]:
    supervisor = installation.serve()
    yield supervisor
    if supervisor.poll() is None:
        supervisor.send_signal(signal.SIGTERM)
        supervisor.wait(START_S)


def latest(installation: Installation, device: str, token: str) -> dict[str, float]:
    answer = httpx2.get(
        f"http://127.0.0.1:{installation.http_port}/api/v1/devices/{device}",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    assert answer.is_success, answer.text
    found = json.loads(answer.text)
    return {one["observed_property"]: one["value"] for one in found["latest"]}


def register(installation: Installation) -> str:
    installation.tiantou("site", "add", "s1", "--name", "一号点")
    installation.tiantou("user", "add", "ops", "--operator", "--generate")
    added = installation.tiantou("device", "add", "tag-1", "--site", "s1", "--kind", "ear_tag")
    assert re.search(r"user\s+tag-1\n\s+password\s+[a-z2-7]{26}\n", added)
    return installation.tiantou("user", "token", "ops").strip()


def test_a_reading_is_stored_whatever_is_killed_and_a_backup_brings_it_back(
    installation: Installation, running: subprocess.Popen[bytes], tmp_path: Path, free_port: int, other_free_port: int
) -> None:
    eventually(installation.is_ready)
    token = register(installation)
    installation.tiantou("publish", "tag-1", "ear_temperature=38.6", "steps=12")
    eventually(lambda: latest(installation, "tag-1", token).get("ear_temperature") == 38.6)

    for child in ("service", "broker"):
        before = installation.pid(child)
        assert before is not None
        os.kill(before, signal.SIGKILL)
        eventually(lambda child=child, before=before: installation.pid(child) not in {before, None})  # type: ignore[misc]
    eventually(installation.is_ready)
    installation.tiantou("publish", "tag-1", "battery=3.1")
    eventually(lambda: latest(installation, "tag-1", token).get("battery") == 3.1)
    installation.tiantou("backup", str(tmp_path / "backup"))

    children = [installation.pid(child) for child in ("broker", "service")]
    running.send_signal(signal.SIGTERM)
    assert running.wait(START_S) == 0
    assert not any(pid is not None and Path(f"/proc/{pid}").exists() for pid in children)

    restored = Installation(tmp_path / "restored", http_port=free_port, mqtt_port=other_free_port)
    restored.tiantou("restore", str(tmp_path / "backup"))
    again = restored.serve()
    try:
        eventually(restored.is_ready)
        assert latest(restored, "tag-1", token) == {"ear_temperature": 38.6, "steps": 12, "battery": 3.1}
        restored.tiantou("publish", "tag-1", "battery=3.0")  # with the password it had before
    finally:
        again.send_signal(signal.SIGTERM)
        assert again.wait(START_S) == 0
