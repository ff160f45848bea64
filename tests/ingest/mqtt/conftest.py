"""Brokers for the tests of MQTT in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.mqtt.client import new_bulk_client, new_client
from ingest.mqtt.connection import NewClient
from tests.ingest.mqtt.brokers import Broker, Mosquitto, Nats, program

BROKERS = {"mosquitto": Mosquitto, "nats-server": Nats}


def needs(name: str) -> None:
    """Skips the test where that program is not installed."""
    if program(name) is None:
        pytest.skip(f"{name} is not installed")


@pytest.fixture(params=[new_bulk_client, new_client], ids=["bulk", "plain"])
def client(request: pytest.FixtureRequest) -> NewClient:
    """Both ways of reading: whole buffers, and paho's own."""
    made: NewClient = request.param
    return made


@pytest.fixture(params=sorted(BROKERS))
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    """Each broker, configured as ingest needs it, running."""
    needs(request.param)
    yield from _running(BROKERS[request.param](tmp_path))


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    """A mosquitto, running."""
    needs("mosquitto")
    yield from _running(Mosquitto(tmp_path))


@pytest.fixture
def nats(tmp_path: Path) -> Iterator[Broker]:
    """A nats-server, running."""
    needs("nats-server")
    yield from _running(Nats(tmp_path))


def _running(broker: Broker) -> Iterator[Broker]:
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()
