"""A real InfluxDB for every test that takes one."""

from collections.abc import Iterator

import pytest

from tests.storage.influx.server import Influxd, influxd_in


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """One server for all tests that do not kill it."""
    with influxd_in(tmp_path_factory.mktemp("influxd")) as server:
        yield server


@pytest.fixture
def influx_url(influxd: Influxd) -> str:
    """An empty bucket."""
    return influxd.new_bucket()
