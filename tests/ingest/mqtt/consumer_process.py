"""An ingest that can be killed: a pipeline whose store is a file, each append written and synced before it returns.

Arguments: the broker's port, the client id, the file, which client. Prints "subscribed" and runs until it is killed.
"""

import json
import os
import sys
import threading
from pathlib import Path

from ingest.mqtt.client import new_bulk_client, new_client
from ingest.mqtt.receiver import MqttIngest, Patience
from ingest.mqtt.url import MqttUrl
from observations.batch import ObservationBatch
from observations.model import Appended
from tests.ingest.house import House, ListStore

CLIENTS = {client.__name__: client for client in (new_bulk_client, new_client)}


class FileStore(ListStore):
    """The store of the tests, whose values outlive the process."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self._file = file.open("a", encoding="utf-8")
        self._file.write("\n")  # ends a line that the process before was killed in

    def append(self, batch: ObservationBatch) -> Appended:
        times = batch.phenomenon_ms.tolist()
        self._file.write(json.dumps(times) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())
        return super().append(batch)


def main(port: int, client_id: str, file: Path, client: str) -> None:
    house = House(FileStore(file))
    ingest = MqttIngest(
        MqttUrl(host="127.0.0.1", port=port),
        client_id,
        house.pipeline,
        on_subscribed=lambda: print("subscribed", flush=True),  # noqa: T201 - the parent waits for it
        disk_free_fraction=lambda: 1.0,
        linger_s=0.02,
        batch_messages=200,
        patience=Patience(first_s=0.05, most_s=0.2),
        client=CLIENTS[client],
    )
    ingest.start()
    threading.Event().wait(600)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4])
