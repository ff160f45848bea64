"""Sites change hands at a real mosquitto, step by step, under a clock that the test turns."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from bootstrap.fleet import Fleet
from devices.model import Device, DeviceKind
from ingest.message import Message
from ingest.mqtt.receiver import MqttIngest
from ingest.mqtt.session import keep_for
from ingest.pipeline import Pipeline
from ingest.sieve import Sieve
from ingest.sites import MARKER, site_filters
from observations.batch import ObservationBatch
from observations.errors import StoreUnavailableError
from observations.identifiers import DeviceId, SiteId
from observations.model import Appended, Stream
from storage.observations.memory import InMemoryObservationStore
from storage.records.records import Records
from tests.ingest.mqtt.brokers import Broker, Mosquitto, publish
from tests.ingest.mqtt.conftest import needs

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TAG = DeviceId.parse("tag-1")


class Watched(InMemoryObservationStore):
    """A store of which a test waits for rows."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived: list[int] = []

    def append(self, batch: ObservationBatch) -> Appended:
        before = set(self.rows())
        appended = super().append(batch)
        self.arrived += [ms for ms in batch.phenomenon_ms.tolist() if ms not in before]
        return appended

    def rows(self) -> list[int]:
        return [*self.series([Stream(device=TAG)], "battery", limit=10_000).phenomenon_ms.tolist()]


class MainService:
    """Ingest of everything, and the fleet beside it, not on its thread."""

    def __init__(self, url: Broker, records: Records, *, linger_s: float) -> None:
        self.linger_s = linger_s
        self.url, self.records, self.store = url.url, records, Watched()
        records.devices.add(Device(id=TAG, site=SiteId.parse("north"), kind=DeviceKind.EAR_TAG))
        self.now, self.metrics = NOW, CollectorRegistry()
        self.pipeline = Pipeline(
            registry=records.devices,
            store=self.store,
            quarantine=records.quarantine,
            now_ms=lambda: int(NOW.timestamp() * 1000),
            metrics=CollectorRegistry(),
        )
        self.sieve = Sieve()
        self.ingest = self.adopt("main", None, self.sieve)
        self.fleet = Fleet(
            records,
            self.store,
            self.ingest,
            self.sieve,
            url=self.url,
            adopt=self.adopt,
            handover_s=0.3,
            metrics=self.metrics,
            now=lambda: self.now,
        )

    def adopt(self, client_id: str, filters: Sequence[str] | None, sieve: Sieve) -> MqttIngest:
        chosen = {} if filters is None else {"filters": filters, "shown": False}
        return MqttIngest(
            self.url,
            client_id,
            self.pipeline,
            on_subscribed=lambda: None,
            disk_free_fraction=lambda: 1.0,
            linger_s=self.linger_s,
            sieve=sieve,
            **chosen,  # type: ignore[arg-type] # by name
        )

    def publish(self, *numbers: int) -> None:
        topic = "tiantou/v1/north/tag-1/observations"
        publish(self.url, [(topic, b'{"t":%d,"battery":3.1}' % (1_700_000_000 + n)) for n in numbers])


@pytest.fixture
def main(tmp_path: Path, records: Records, request: pytest.FixtureRequest) -> Iterator[MainService]:
    """With the linger that the test asks for."""
    needs("mosquitto")
    broker = Mosquitto(tmp_path)
    broker.start()
    made = MainService(broker, records, linger_s=getattr(request, "param", 0.01))
    made.ingest.start()
    until(lambda: made.ingest.connected_since is not None)
    yield made
    made.ingest.stop()
    broker.stop()


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        threading.Event().wait(0.02)


def numbers(main: MainService) -> list[int]:
    return [ms // 1000 - 1_700_000_000 for ms in main.store.rows()]


def join(main: MainService) -> None:
    """A worker as it stands when the broker keeps its messages and it waits for the hand-over."""
    main.records.site_claims.claim(["north"], worker="w", client_id="worker", at=main.now)
    keep_for(main.url, "worker", site_filters(["north"]))
    main.records.site_claims.subscribed("w")


def test_a_site_is_handed_over_and_taken_back_and_nothing_is_stored_twice_or_lost(main: MainService) -> None:
    main.fleet.look()
    main.publish(1)
    join(main)
    main.publish(2)
    main.fleet.look()
    (claim,) = main.records.site_claims.all()
    assert claim.handed_over
    assert numbers(main) == [1, 2]
    passed = main.sieve.passed

    main.publish(3, 4)
    main.fleet._came_through(main.ingest, main.sieve, [f"tiantou/v1/x/{MARKER}/{last}" for last in ("senml",)])
    assert main.sieve.passed >= passed + 2
    assert numbers(main) == [1, 2], "the worker's now, and waiting in its session"

    main.records.site_claims.leave("w")
    main.fleet.look()
    assert main.records.site_claims.all(), "the worker lives still"
    main.records.site_claims.heard("w", None)
    main.publish(5)
    main.fleet.look()
    assert main.records.site_claims.all() == []
    main.publish(6)
    main.fleet._came_through(main.ingest, main.sieve, [f"tiantou/v1/x/{MARKER}/observations"])
    assert numbers(main) == [1, 2, 3, 4, 5, 6]
    assert main.records.quarantine.list() == []


def test_a_worker_that_died_is_told_and_its_sites_stay_its_own(main: MainService) -> None:
    join(main)
    main.fleet.look()
    assert main.fleet.problems() == {}
    main.now += timedelta(minutes=2)
    main.fleet.look()
    assert list(main.fleet.problems()) == ["worker w"]
    assert "what comes of north waits" in main.fleet.problems()["worker w"]
    assert main.metrics.get_sample_value("tiantou_worker_silent_seconds", {"worker": "w"}) == 120
    assert main.records.site_claims.of("w")[0].handed_over
    main.records.site_claims.leave("w")
    main.fleet.look()
    assert main.records.site_claims.all() == [], "two minutes of silence are an end, too"


def test_readings_keep_their_order_while_a_site_comes_back(main: MainService) -> None:
    join(main)
    main.fleet.look()
    main.publish(*range(100))
    until(lambda: main.sieve.passed >= 100)
    main.records.site_claims.leave("w")
    main.records.site_claims.heard("w", None)
    ended = threading.Event()

    def go_on() -> None:
        for n in range(100, 2_000, 5):
            main.publish(*range(n, n + 5))
            if ended.is_set():
                return

    publisher = threading.Thread(target=go_on)
    publisher.start()
    main.fleet.look()
    ended.set()
    publisher.join()
    main.fleet._came_through(main.ingest, main.sieve, [f"tiantou/v1/x/{MARKER}/observations"])
    assert main.records.site_claims.all() == []
    arrived = [ms // 1000 - 1_700_000_000 for ms in main.store.arrived]
    assert len(arrived) > 100, "some were published while the site came back"
    assert arrived == list(range(len(arrived)))


@pytest.mark.parametrize("main", [1.0], indirect=True, ids=["reading and marker in one batch"])
def test_what_came_with_the_marker_and_could_not_be_stored_is_not_handed_over(
    main: MainService, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, go = main.pipeline.process, threading.Event()

    def fail_once(messages: Sequence[Message]) -> None:
        if messages and not go.is_set():
            go.wait(4)  # longer than a site is watched: a store may well be slower
            go.set()
            message = "the disk went away"
            raise StoreUnavailableError(message)
        process(messages)

    monkeypatch.setattr(main.pipeline, "process", fail_once)
    main.fleet.look()
    join(main)
    main.publish(1)
    main.fleet.look()
    assert not main.records.site_claims.all()[0].handed_over
    until(lambda: numbers(main) == [1])
