"""Clients of the engine: one that writes, a small pool that reads, and its errors in the house's words."""

import fcntl
import io
import os
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import clickhouse_connect
import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, Error

from observations.errors import BatchRefusedError, StoreUnavailableError
from storage.observations.location import StoreLocation
from storage.observations.placement import CLUSTER_SETTINGS, altering

READERS = 2
FOLLOWERS = 2
"""Readers of what arrived, batch after batch: beside a draining backlog a page would wait behind them (p99 of a series
114 ms where they took the readers of pages, 57 ms where they do not; 2 cores). Where several processes share a store,
who asks for latest values follows the others' too."""
READ_SECONDS = 10
WAIT_SECONDS = 30
LOCK_FILE = "opened-by"

WRITE_SETTINGS = {
    "do_not_merge_across_partitions_select_final": 1,  # a key lies in one partition by construction
    "optimize_on_insert": 0,  # rows of one key in one insert are put together by merges and FINAL like all others
    "prefer_column_name_to_alias": 1,  # max(x) AS x must not become a filter on the maximum
}
READ_SETTINGS = {**WRITE_SETTINGS, "max_threads": 1, "max_execution_time": READ_SECONDS}
"""One thread a query: a wide query with all cores starves ingest and the pages."""
UPKEEP_SETTINGS = {
    **WRITE_SETTINGS,
    "max_threads": 1,
    "max_bytes_before_external_group_by": 200_000_000,  # what does not fit goes through the disk
    "mutations_sync": 1,
}
"""Of what runs beside ingest and pages for as long as it takes."""

REFUSALS = {
    6: "CANNOT_PARSE_TEXT",
    16: "NO_SUCH_COLUMN_IN_TABLE",
    27: "CANNOT_PARSE_INPUT_ASSERTION_FAILED",
    33: "CANNOT_READ_ALL_DATA",
    44: "ILLEGAL_COLUMN",
    50: "UNKNOWN_TYPE",
    53: "TYPE_MISMATCH",
    69: "ARGUMENT_OUT_OF_BOUND",
    70: "CANNOT_CONVERT_TYPE",
    72: "CANNOT_PARSE_NUMBER",
    117: "INCORRECT_DATA",
    131: "TOO_LARGE_STRING_SIZE",
    321: "VALUE_IS_OUT_OF_RANGE_OF_DATA_TYPE",
    349: "CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN",
}
"""Engine error codes (ClickHouse, src/Common/ErrorCodes.cpp) that blame the data. Every other is the store's trouble:
to call a full disk a bad batch would quarantine good readings, the reverse only repeats."""


class Connection:
    """The engine at one location. Statements go through `write` and `read`; both raise only the house's errors."""

    def __init__(self, location: StoreLocation) -> None:
        self.location = location
        self._lock = _lock(location.folder) if location.folder is not None else None
        opened: list[Client] = []
        try:
            with _translated(location):
                self._writer = _writing_client(location, opened)
                self._upkeep = _client(location, UPKEEP_SETTINGS, location.database)
                opened.append(self._upkeep)
                opened.extend(_client(location, READ_SETTINGS, location.database) for _ in range(READERS + FOLLOWERS))
        except BaseException:
            self._release(opened)
            raise
        self._clients = opened
        self._readers, self._followers = _pool(opened[2 : 2 + READERS]), _pool(opened[2 + READERS :])
        self._one_upkeep = threading.Lock()

    def execute(self, statement: str) -> None:
        """The statement (DDL) took effect."""
        with _translated(self.location):
            self._writer.command(statement)

    def insert(self, table: str, rows: pa.Table) -> None:
        """The rows are durable, all or none; raises BatchRefusedError where the engine does not take the data."""
        with _translated(self.location, refusals=REFUSALS):
            self._writer.insert_arrow(table, rows)

    def alter(self, table: str, change: str, parameters: Mapping[str, Any] | None = None) -> None:
        """The change to what is on disk took effect, on every server of a cluster; ingest goes on meanwhile."""
        for statement in altering(table, change, self.location.cluster, stored_only=True):
            self.maintain(statement, parameters)

    def insert_aside(self, table: str, rows: pa.Table) -> None:
        """The rows are durable; for threads other than the one that appends."""
        with self._one_upkeep, _translated(self.location):
            self._upkeep.insert_arrow(table, rows)

    def look_up(self, statement: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """What the statement selects, asked by the writer itself (it never waits for readers)."""
        with _translated(self.location):
            return _select(self._writer, statement, parameters)

    def read(self, statement: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """What the statement selects; at most `READERS` run at once, each no longer than `READ_SECONDS`."""
        return self._select_by(self._readers, statement, parameters)

    def follow(self, statement: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """What the statement selects, for those who go through what arrived: at most `FOLLOWERS` at once.

        They wait for each other and hold no other reader up.
        """
        return self._select_by(self._followers, statement, parameters)

    def _select_by(
        self, readers: queue.LifoQueue[Client], statement: str, parameters: Mapping[str, Any] | None
    ) -> pa.Table:
        try:
            client = readers.get(timeout=WAIT_SECONDS)
        except queue.Empty:
            msg = f"the observation store at {self.location} is busy: no reader became free in {WAIT_SECONDS} s"
            raise StoreUnavailableError(msg) from None
        try:
            with _translated(self.location):
                return _select(client, statement, parameters)
        finally:
            readers.put(client)

    def maintain(self, statement: str, parameters: Mapping[str, Any] | None = None) -> None:
        """The statement (one that rolls up, deletes or moves) took effect; one at a time, on a client of its own."""
        with self._one_upkeep, _translated(self.location):
            self._upkeep.raw_query(statement, parameters=dict(parameters or {}))

    def close(self) -> None:
        """No client is open; the folder may be opened by another process."""
        self._release(self._clients)

    def _release(self, clients: list[Client]) -> None:
        for client in clients:
            with suppress(ClickHouseError):
                client.close()
        if self._lock is not None:
            self._lock.close()


def _pool(clients: Sequence[Client]) -> queue.LifoQueue[Client]:
    free: queue.LifoQueue[Client] = queue.LifoQueue()
    for client in clients:
        free.put(client)
    return free


def _select(client: Client, statement: str, parameters: Mapping[str, Any] | None) -> pa.Table:
    # raw_query, not query_arrow: the latter wraps every call into SET statements on the embedded engine.
    answer = client.raw_query(statement, parameters=dict(parameters or {}), fmt="Arrow")
    return pa.ipc.open_file(io.BytesIO(answer)).read_all()


def _writing_client(location: StoreLocation, opened: list[Client]) -> Client:
    first = _client(location, {}, None)
    opened.append(first)
    everywhere = f" ON CLUSTER `{location.cluster}`" if location.cluster else ""
    first.command(f"CREATE DATABASE IF NOT EXISTS `{location.database}`{everywhere}{_engine(location)}")
    first.close()
    opened[0] = _client(location, WRITE_SETTINGS, location.database)
    return opened[0]


def _engine(location: StoreLocation) -> str:
    # The embedded engine's default database has no table identities; Atomic has.
    return " ENGINE = Atomic" if location.folder is not None else ""


def _client(location: StoreLocation, settings: Mapping[str, Any], database: str | None) -> Client:
    if location.folder is not None:
        return clickhouse_connect.get_client(
            interface="chdb", path=str(location.folder), database=database, settings=dict(settings)
        )
    parts = urlsplit(location.server or "")
    return clickhouse_connect.get_client(
        dsn=f"{parts.scheme}://{parts.netloc}",
        interface=parts.scheme,
        database=database or "default",
        settings={**settings, **(CLUSTER_SETTINGS if location.cluster else {})},
        form_encode_query_params=True,  # keys of a look-up outgrow an address line
        autogenerate_session_id=False,  # a session would make the pool's queries wait for each other
    )


def _lock(folder: Path) -> IO[str]:
    """The open, locked file that says which process has the folder; the lock ends with the process, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK_FILE).open("a+", encoding="ascii")
    except OSError as error:
        msg = f"the observation store's folder {folder} cannot be used: {error.strerror}"
        raise StoreUnavailableError(msg) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        msg = f"another process has the observation store open: {folder} (process {owner}); stop it, or ask it"
        raise StoreUnavailableError(msg) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


@contextmanager
def _translated(location: StoreLocation, refusals: Mapping[int, str] | None = None) -> Iterator[None]:
    try:
        yield
    except Error as error:
        if error.code in (refusals or {}):
            msg = f"the observation store refuses this batch: {error}"
            raise BatchRefusedError(msg) from error
        msg = f"the observation store at {location} cannot answer: {_reason(error)}"
        raise StoreUnavailableError(msg) from error
    except OSError as error:
        msg = f"the observation store at {location} cannot be reached: {error}"
        raise StoreUnavailableError(msg) from error


def _reason(error: Error) -> object:
    """Why, in the network's words where it is the network: the driver's hold the whole address line, twice."""
    return getattr(error.__cause__, "reason", error)
