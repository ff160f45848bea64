"""`tiantou demo` as its user meets it: what it prints works when pasted, Ctrl-C ends it, and a second start goes on."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.journeys.house import ROOT
from tests.ports import free_port

READY_S = 120.0
SHOWN_S = 15.0
END_OF_GREETING = "Ctrl-C stops everything"

pytestmark = pytest.mark.journey


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demonstration and what it printed."""

    process: subprocess.Popen[str]
    printed: str
    environment: dict[str, str]

    def found(self, pattern: str) -> str:
        match = re.search(pattern, self.printed, re.MULTILINE)
        assert match, f"{pattern} is not in\n{self.printed}"
        return match[1]

    def run(self, command: str) -> None:
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def signed_in(self) -> httpx2.Client:
        client = httpx2.Client(
            base_url=self.found(r"Console +(http\S+)/console"), follow_redirects=True, trust_env=False
        )
        login, password = self.found(r"sign in as (\S+) / \S+"), self.found(r"sign in as \S+ / (\S+)")
        form = client.get("/console/login").text
        token = re.search(r'name="csrf" value="([^"]+)"', form)
        assert token
        answer = client.post("/console/login", data={"login": login, "password": password, "csrf": token[1]})
        assert "Sign out" in answer.text
        return client


@contextmanager
def demo(folder: Path, http_port: int, mqtt_port: int) -> Iterator[Demo]:
    """The demonstration runs and has greeted; afterwards it was ended with Ctrl-C and left no process."""
    environment = {
        **os.environ,  # noqa: TID251 a child process gets this one and more
        "TIANTOU_DATA_DIR": str(folder),
        "TIANTOU_HTTP_PORT": str(http_port),
        "TIANTOU_MQTT_PORT": str(mqtt_port),
    }
    output = folder.with_suffix(".out")
    with output.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "bootstrap", "demo"], cwd=ROOT, env=environment, stdout=stream, text=True
        )
    try:
        deadline = time.monotonic() + READY_S
        while END_OF_GREETING not in output.read_text(encoding="utf-8"):
            assert process.poll() is None, output.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, output.read_text(encoding="utf-8")
            time.sleep(0.2)
        family = psutil.Process(process.pid).children(recursive=True)
        yield Demo(process, output.read_text(encoding="utf-8"), environment)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert not psutil.wait_procs(family, timeout=5)[1]
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def newest(client: httpx2.Client, animal: str) -> dict[str, float]:
    answer = client.get(f"/api/v1/animals/{animal}/latest")
    assert answer.is_success, answer.text
    return {row["observed_property"]: row["value"] for row in answer.json()["latest"]}


def assert_shown_soon(client: httpx2.Client, animal: str, temperature: float) -> None:
    deadline = time.monotonic() + SHOWN_S
    while newest(client, animal)["ear_temperature"] != temperature:
        assert time.monotonic() < deadline, newest(client, animal)
        time.sleep(0.02)


def test_what_the_demonstration_prints_works_and_a_second_start_goes_on(tmp_path: Path) -> None:
    ports = free_port(), free_port()
    with demo(tmp_path / "var", *ports) as first:
        animal = first.found(r"reading of pig (\d{15})")
        trace = first.found(r"Trace +(http\S+)")
        page = httpx2.get(trace, trust_env=False)
        assert page.status_code == 200
        assert "演示数据" in page.text
        assert len(page.content) <= 30 * 1024
        assert httpx2.get(trace[:-1] + "x", trust_env=False).status_code == 404
        with closing(first.signed_in()) as console:
            first.run(first.found(r"^ +(TIANTOU_DATA_DIR=.* publish .*)$").replace("=38.6", "=38.7"))
            assert_shown_soon(console, animal, 38.7)
            assert "38.7" in console.get(f"/console/animals/{animal}").text
    with demo(tmp_path / "var", *ports) as second:
        assert second.found(r"sign in as (\S+ / \S+)") == first.found(r"sign in as (\S+ / \S+)")
        assert second.found(r"Trace +(http\S+)") == trace
        with closing(second.signed_in()) as console:
            raw = {"property": "ear_temperature", "bucket": "raw"}
            series = console.get(f"/api/v1/animals/{animal}/series", params=raw).json()
            assert 38.7 in [point["value"] for point in series["points"]]


def test_a_client_nobody_here_wrote_publishes_and_the_reading_is_shown(tmp_path: Path) -> None:
    if shutil.which("mosquitto_pub") is None:
        pytest.skip("mosquitto_pub is not installed")
    with demo(tmp_path / "var", free_port(), free_port()) as running, closing(running.signed_in()) as console:
        running.run(running.found(r"^ +(mosquitto_pub .*)$").replace(":38.6", ":38.4"))
        assert_shown_soon(console, running.found(r"reading of pig (\d{15})"), 38.4)
