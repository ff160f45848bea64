"""What one writes by hand: an MQTT client, msgspec and SQLite; a consumer in a process of its own, as a peer.

Argument: one line of JSON (`PlainTask`). Prints one line of JSON (`PlainOutcome`).
Nothing is resolved or checked, nothing set aside.
"""

import asyncio
import queue
import resource
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
from aiomqtt import Client as AsyncClient
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from ingest.mqtt.client import end_loop

BATCH = 10_000
LINGER_S = 0.25
Payload = bytes | bytearray
TABLE = """CREATE TABLE readings (
 device TEXT, t INTEGER, ear_temperature REAL, ambient_temperature REAL, activity REAL, steps REAL, battery REAL,
 rssi REAL, illuminance REAL, PRIMARY KEY (device, t)) WITHOUT ROWID"""


class PlainTask(msgspec.Struct, frozen=True, kw_only=True):
    """What to take: so many messages of that topic filter, into that file."""

    client: Literal["paho", "aiomqtt"]
    host: str
    port: int
    client_id: str
    topic: str
    messages: int
    file: str


class PlainOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """seconds: from the connection until the last row was committed and, where the client can, acknowledged."""

    seconds: float
    cpu_s: float
    peak_mb: float
    values: int


class Reading(msgspec.Struct):
    """A message."""

    t: int
    ear_temperature: float
    ambient_temperature: float
    activity: float
    steps: float
    battery: float
    rssi: float
    illuminance: float


class Table:
    """A SQLite table that is on disk whenever `keep` has returned: WAL, synchronous FULL."""

    def __init__(self, file: str) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(TABLE)
        self._decode = msgspec.json.Decoder(Reading).decode

    def keep(self, messages: Sequence[tuple[str, Payload]]) -> None:
        rows = [
            (topic.split("/", 4)[3], *msgspec.structs.astuple(self._decode(payload))) for topic, payload in messages
        ]
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT OR IGNORE INTO readings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        self._connection.execute("COMMIT")

    def values(self) -> int:
        return 7 * int(self._connection.execute("SELECT count(*) FROM readings").fetchone()[0])


def take_with_paho(task: PlainTask, table: Table) -> None:
    """Every message was committed, then acknowledged."""
    waiting: queue.SimpleQueue[MQTTMessage] = queue.SimpleQueue()
    client = Client(CallbackAPIVersion.VERSION2, client_id=task.client_id, clean_session=False, manual_ack=True)
    client.on_message = lambda _client, _data, message: waiting.put(message)
    client.connect(task.host, task.port)
    client.loop_start()
    taken = 0
    while taken < task.messages:
        batch = _batch(waiting)
        table.keep([(message.topic, message.payload) for message in batch])
        for message in batch:
            client.ack(message.mid, message.qos)
        taken += len(batch)
    client.disconnect()
    end_loop(client)


def _batch(waiting: queue.SimpleQueue[MQTTMessage]) -> list[MQTTMessage]:
    batch, deadline = [waiting.get()], time.monotonic() + LINGER_S
    while len(batch) < BATCH:
        try:
            batch.append(waiting.get(timeout=max(0.0, deadline - time.monotonic())))
        except queue.Empty:
            break
    return batch


async def take_with_aiomqtt(task: PlainTask, table: Table) -> None:
    """Every message was committed; aiomqtt had acknowledged it before: what is in memory is lost by a kill."""
    taken = 0
    batch: list[tuple[str, Payload]] = []
    async with AsyncClient(task.host, task.port, identifier=task.client_id, clean_session=False) as client:
        async for message in client.messages:
            batch.append((message.topic.value, message.payload))
            if len(batch) == BATCH or taken + len(batch) == task.messages:
                await asyncio.to_thread(table.keep, batch)
                taken, batch = taken + len(batch), []
            if taken == task.messages:
                return


TAKE: dict[str, Callable[[PlainTask, Table], None]] = {
    "paho": take_with_paho,
    "aiomqtt": lambda task, table: asyncio.run(take_with_aiomqtt(task, table)),
}


def main() -> None:
    """The outcome is on standard output."""
    task = msgspec.json.decode(sys.argv[1], type=PlainTask)
    table = Table(task.file)
    began, cpu_began = time.perf_counter(), time.process_time()
    TAKE[task.client](task, table)
    outcome = PlainOutcome(
        seconds=time.perf_counter() - began,
        cpu_s=time.process_time() - cpu_began,
        peak_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        values=table.values(),
    )
    print(msgspec.json.encode(outcome).decode(), flush=True)


if __name__ == "__main__":
    main()
