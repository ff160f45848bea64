import json
import subprocess
import sys
import threading
from pathlib import Path

from ingest.mqtt.connection import Connection, NewClient
from ingest.mqtt.url import MqttUrl
from tests.ingest.house import NOW_MS
from tests.ingest.mqtt.brokers import DEADLINE_S, Broker, publish
from tests.ingest.mqtt.test_receiver import eventually, reading

MESSAGES = 6000
KILLS = 4
CLIENT_ID = "tiantou-killed"
SCRIPT = Path(__file__).with_name("consumer_process.py")
ROOT = Path(__file__).parents[3]


class Consumer:
    """An ingest in a process of its own."""

    def __init__(self, url: MqttUrl, file: Path, client: NewClient) -> None:
        command = [sys.executable, str(SCRIPT), str(url.port), CLIENT_ID, str(file), client.__name__]
        environment = {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    def wait_subscribed(self) -> None:
        assert self.process.stdout is not None
        assert any("subscribed" in line for line in iter(self.process.stdout.readline, ""))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(DEADLINE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()


def stored(file: Path) -> set[int]:
    lines = file.read_text().splitlines() if file.exists() else []
    return {moment for line in lines if line.endswith("]") for moment in json.loads(line)}


def test_ingest_killed_again_and_again_loses_nothing_that_was_confirmed(
    broker: Broker, tmp_path: Path, client: NewClient
) -> None:
    file = tmp_path / "store.jsonl"
    sent = [reading(n) for n in range(MESSAGES)]
    expected = {(NOW_MS // 1000 - 100_000 + n) * 1000 for n in range(MESSAGES)}
    consumer = Consumer(broker.url, file, client)
    consumer.wait_subscribed()
    publisher = threading.Thread(target=publish, args=(broker.url, sent))
    publisher.start()
    for kill in range(1, KILLS + 1):
        eventually(lambda done=kill: len(stored(file)) >= MESSAGES * done // (KILLS + 2))  # type: ignore[misc] # a default binds the loop's value
        consumer.kill()
        consumer = Consumer(broker.url, file, client)
    publisher.join()
    eventually(lambda: stored(file) == expected)
    consumer.kill()
    assert stored(file) == expected


def test_a_connection_knows_its_own_number(broker: Broker, client: NewClient) -> None:
    connection = Connection(
        broker.url,
        client_id=CLIENT_ID,
        epoch=7,
        filters=["tiantou/v1/+/+/observations"],
        deliver=lambda *_: None,
        on_change=lambda: None,
        now_ms=lambda: NOW_MS,
        client=client,
    )
    connection.open()
    eventually(lambda: connection.subscribed)
    connection.close()
    assert (connection.epoch, connection.ended, connection.acknowledge([1])) == (7, True, 0)
