"""Real brokers on loopback, each in a folder of its own; and a publisher that is not ours to trust."""

import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from ingest.mqtt.url import MqttUrl
from tests.ports import free_port

DEADLINE_S = 120.0


class Broker(Protocol):
    """A broker as the tests use it."""

    url: MqttUrl

    def start(self) -> None: ...
    def kill(self) -> None: ...
    def stop(self) -> None: ...


def program(name: str) -> str | None:
    """Where that program is: on the PATH, beside Python, or where Debian puts servers."""
    return shutil.which(name) or shutil.which(name, path=f"{Path(sys.executable).parent}:/usr/sbin:/usr/local/sbin")


class _Process:
    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.url = MqttUrl(host="127.0.0.1", port=free_port())
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise AssertionError(self.name)

    def start(self) -> None:
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(self.command(), cwd=self.folder, stdout=log, stderr=log)
        _wait_until_it_listens(self.url.port, self._process)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(DEADLINE_S)
            self._process = None


class Mosquitto(_Process):
    """mosquitto; `lines` go into its configuration."""

    TUNED = ("max_inflight_messages 0", "max_queued_messages 0", "persistence true", "allow_anonymous true")
    STOCK = ("allow_anonymous true",)

    def __init__(self, folder: Path, lines: Iterable[str] = TUNED) -> None:
        super().__init__(folder, "mosquitto")
        settings = [f"listener {self.url.port} 127.0.0.1", *lines]
        if "persistence true" in lines:
            settings.append(f"persistence_location {folder}/")
        (folder / "mosquitto.conf").write_text("\n".join(settings) + "\n")

    def command(self) -> list[str]:
        return [program("mosquitto") or "mosquitto", "-c", str(self.folder / "mosquitto.conf")]


class Nats(_Process):
    """nats-server with JetStream; `mqtt` and `more` go into its configuration."""

    def __init__(self, folder: Path, mqtt: str = 'max_ack_pending: 20000, ack_wait: "2s"', more: str = "") -> None:
        super().__init__(folder, "nats-server")
        (folder / "nats.conf").write_text(
            "listen: 127.0.0.1:-1\nserver_name: test\n"
            f'jetstream {{ store_dir: "{folder}/jetstream", max_file_store: 1G }}\n'
            f'mqtt {{ listen: "127.0.0.1:{self.url.port}", {mqtt} }}\n{more}\n'
        )

    def command(self) -> list[str]:
        return [program("nats-server") or "nats-server", "-c", str(self.folder / "nats.conf")]


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the broker ended with {process.returncode}"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            pause.wait(0.02)
        else:
            return
    msg = f"nothing listens on port {port}"
    raise AssertionError(msg)


def publish(url: MqttUrl, messages: Iterable[tuple[str, bytes]], *, user: str = "") -> None:
    """All messages are published with QoS 1, and the broker has confirmed each."""
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"publisher-{free_port()}")
    client.max_inflight_messages_set(500)
    if user:
        client.username_pw_set(user, user)
    client.connect(url.host, url.port)
    client.loop_start()
    infos = [client.publish(topic, payload, qos=1) for topic, payload in messages]
    for info in infos:
        info.wait_for_publish(DEADLINE_S)
        assert info.is_published()
    client.disconnect()
    client.loop_stop()
