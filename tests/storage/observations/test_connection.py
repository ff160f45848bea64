"""Who waits for whom at the engine."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from observations.errors import StoreUnavailableError
from storage.observations.connection import FOLLOWERS, READERS, Connection
from storage.observations.location import StoreLocation

SLOW = "SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_block_size = 1"
RUNNING = "SELECT count() AS running FROM system.processes WHERE query LIKE 'SELECT sleepEachRow%'"
SOON_S = 0.2


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    opened = Connection(StoreLocation(folder=tmp_path / "data"))
    yield opened
    opened.close()


@contextmanager
def all_busy(ask: Callable[[str], object], count: int, connection: Connection) -> Iterator[None]:
    """So many slow queries of that kind run in the block."""
    threads = [threading.Thread(target=ask, args=[SLOW]) for _ in range(count)]
    for thread in threads:
        thread.start()
    while connection.look_up(RUNNING).to_pylist() != [{"running": count}]:
        assert all(thread.is_alive() for thread in threads), "they were over before all of them ran"
    try:
        yield
    finally:
        for thread in threads:
            thread.join()


def test_no_page_waits_behind_those_who_follow_what_arrived(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.observations.connection.WAIT_SECONDS", SOON_S)
    with all_busy(connection.follow, FOLLOWERS, connection):
        assert connection.read("SELECT 1 AS one").to_pylist() == [{"one": 1}]
        with pytest.raises(StoreUnavailableError, match="busy: no reader became free"):
            connection.follow("SELECT 1 AS one")


def test_nobody_who_follows_waits_behind_pages(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.observations.connection.WAIT_SECONDS", SOON_S)
    with all_busy(connection.read, READERS, connection):
        assert connection.follow("SELECT 1 AS one").to_pylist() == [{"one": 1}]
        with pytest.raises(StoreUnavailableError, match="busy: no reader became free"):
            connection.read("SELECT 1 AS one")
