"""Both stores, each empty; a test that takes `store` runs on either."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from observations.ports import ObservationStore
from storage.observations.clickhouse import ClickHouseObservationStore, open_clickhouse_store
from storage.observations.memory import InMemoryObservationStore
from tests.storage.observations.rows import NOON_MS

OpenStore = Callable[[], ClickHouseObservationStore]


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[OpenStore]:
    """Opens the embedded store of this test, again and again; what was opened is closed at the end."""
    opened: list[ClickHouseObservationStore] = []

    def open_() -> ClickHouseObservationStore:
        store = open_clickhouse_store(
            tmp_path / "data", writer="w1", snapshot_file=tmp_path / "latest", now_ms=lambda: NOON_MS
        )
        opened.append(store)
        return store

    yield open_
    for store in opened:
        store.close()


@pytest.fixture(params=["clickhouse", "memory"])
def store(request: pytest.FixtureRequest) -> ObservationStore:
    """An empty store of each kind."""
    if request.param == "memory":
        return InMemoryObservationStore(writer="w1")
    opened: ObservationStore = request.getfixturevalue("open_store")()
    return opened
