"""Every store, each empty; a test that takes `store` runs on all of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from observations.ports import ObservationStore
from storage.influx.store import InfluxObservationStore, open_influx_store
from storage.observations.clickhouse import ClickHouseObservationStore, open_clickhouse_store
from storage.observations.memory import InMemoryObservationStore
from tests.storage.observations.rows import NOON_MS

OpenStore = Callable[[], ClickHouseObservationStore]
OpenInflux = Callable[[], InfluxObservationStore]


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


@pytest.fixture
def open_influx(tmp_path: Path, influx_url: str) -> Iterator[OpenInflux]:
    """Opens the InfluxDB store of this test, again and again; what was opened is closed at the end."""
    opened: list[InfluxObservationStore] = []

    def open_() -> InfluxObservationStore:
        store = open_influx_store(
            influx_url, writer="w1", snapshot_file=tmp_path / "latest-influx", now_ms=lambda: NOON_MS
        )
        opened.append(store)
        return store

    yield open_
    for store in opened:
        store.close()


@pytest.fixture(params=["clickhouse", "influx", "memory"])
def store(request: pytest.FixtureRequest) -> ObservationStore:
    """An empty store of each kind."""
    if request.param == "memory":
        return InMemoryObservationStore(writer="w1")
    opener = {"clickhouse": "open_store", "influx": "open_influx"}[request.param]
    opened: ObservationStore = request.getfixturevalue(opener)()
    return opened
