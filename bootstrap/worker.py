"""An ingest worker: a process that takes the messages of some sites off the main service's hands."""

import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import structlog
from prometheus_client import CollectorRegistry, start_http_server

from bootstrap.assignment import Assignment, known_sites
from bootstrap.clock import utc_now
from bootstrap.errors import RequestError
from bootstrap.house import House
from bootstrap.intake import pauses, reach
from bootstrap.serve import SWITCH_INTERVAL_S
from bootstrap.supervisor import sole_user
from bootstrap.wiring import build_metrics, build_pipeline, disk_free_fraction, ingest_url, open_store
from ingest.errors import IngestError
from ingest.mqtt.canary import run_canary
from ingest.mqtt.identity import client_id
from ingest.mqtt.receiver import MqttIngest
from ingest.mqtt.session import keep_for
from ingest.sites import site_filters
from observations.errors import StoreUnavailableError
from storage.records.errors import ClaimTakenError
from storage.records.records import Records
from storage.records.site_claims import SiteClaim

TEND_S = 1.0
"""How often a worker says that it lives and looks whether its sites have changed."""
REFRESH_EVERY = 5
"""Devices registered meanwhile are known after so many looks."""

log = structlog.get_logger("bootstrap.worker")


def run_worker(house: House, assignment: Assignment, *, metrics_port: int | None = None) -> None:
    """The worker ran until SIGTERM or Ctrl-C, or until its sites were released; all it acknowledged is stored.

    metrics_port: where `/metrics` is served on loopback. Raises IngestError where the broker is unfit, and
    RequestError where the store is embedded: that one belongs to a single process.
    """
    if house.settings.store_url is None:
        msg = (
            "the embedded store is opened by one process only, so it has no workers: "
            "set TIANTOU_STORE_URL to a server, such as clickhouse+http://host:8123/tiantou, for all processes"
        )
        raise RequestError(msg)
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as stack:
        stack.enter_context(sole_user(house.folder, f"worker-{assignment.name}.lock"))
        records = stack.enter_context(house.records())
        registry = build_metrics(house)
        if metrics_port is not None:
            server, _ = start_http_server(metrics_port, addr="127.0.0.1", registry=registry)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
        _require_fit_broker(house, stop)
        worker = Worker(house, records, assignment, build_ingest=_IngestOver(house, records, assignment.name, registry))
        stack.callback(worker.stop)
        worker.run(stop)
    log.info("worker_stopped", worker=assignment.name)


class Worker:
    """Claims its sites, subscribes, waits until the main service has handed them over, and ingests them.

    A worker that is started again goes on with the session it had. It ends by itself when its sites are released.
    """

    def __init__(
        self,
        house: House,
        records: Records,
        assignment: Assignment,
        *,
        build_ingest: "Callable[[Sequence[str]], RunningIngest]",
    ) -> None:
        self._url = ingest_url(house)
        self._client_id = client_id(house.folder.secrets / f"worker-{assignment.name}-client-id")
        self._records, self._assignment = records, assignment
        self._build_ingest = build_ingest
        self._ingest: RunningIngest | None = None
        self._told = ""
        self._taken: list[str] = []

    def run(self, stop: threading.Event) -> None:
        """The worker worked until `stop`, or until it was released."""
        looks = 0
        while not stop.is_set():
            try:
                if not self.tend():
                    return
                looks += 1
                if self._ingest is not None and looks % REFRESH_EVERY == 0:
                    self._ingest.refresh()
            except (StoreUnavailableError, IngestError, OSError) as error:
                self._tell("worker_waiting", reason=str(error))
            stop.wait(TEND_S)

    def stop(self) -> None:
        """Nothing is read any more; what was read is stored and acknowledged; the claims stay."""
        self._end_ingest()
        self._records.site_claims.heard(self._assignment.name, None)

    def tend(self) -> bool:
        """One look at the claims and what follows from it; False where the worker has been released."""
        claims = self._claims()
        if any(claim.leaving for claim in claims):
            log.info("worker_released", worker=self._assignment.name, sites=[claim.site for claim in claims])
            return False
        if not claims:
            self._tell("worker_without_sites", reason="no known site falls to it yet")
        elif not all(claim.subscribed for claim in claims):
            self._end_ingest()
            keep_for(self._url, self._client_id, self._filters(claims))
            self._records.site_claims.subscribed(self._assignment.name)
        elif not all(claim.handed_over for claim in claims):
            waiting = [claim.site for claim in claims if not claim.handed_over]
            self._tell("worker_waiting", reason="the main service hands over", sites=waiting)
        elif self._ingest is None:
            # Not before: the store is opened when all that the main service stored of these sites is in it.
            self._ingest = self._build_ingest(self._filters(claims))
            self._tell("worker_ingests", sites=[claim.site for claim in claims])
        return True

    def _claims(self) -> Sequence[SiteClaim]:
        name, book = self._assignment.name, self._records.site_claims
        book.heard(name, utc_now())
        holders = {claim.site: claim for claim in book.all()}
        claims = [claim for claim in holders.values() if claim.worker == name]
        wanted = self._assignment.wanted(known_sites(self._records)) - {claim.site for claim in claims}
        if not wanted or any(claim.leaving for claim in claims):
            return claims
        taken = sorted(wanted & holders.keys())
        try:
            # Sites that were named are had together; of a group those that are free, whoever has the others.
            free = wanted if self._assignment.sites else wanted.difference(taken)
            book.claim(free, worker=name, client_id=self._client_id, at=utc_now())
        except ClaimTakenError as error:
            if self._assignment.sites:
                raise RequestError(str(error)) from error
            return claims  # taken in this moment: the next look passes it over
        if taken != self._taken:
            log.info("worker_sites_taken", worker=name, sites={site: holders[site].worker for site in taken})
            self._taken = taken
        return book.of(name)

    def _filters(self, claims: Sequence[SiteClaim]) -> Sequence[str]:
        return site_filters([claim.site for claim in claims])

    def _end_ingest(self) -> None:
        if self._ingest is not None:
            self._ingest.stop()
            self._ingest = None

    def _tell(self, event: str, **what: object) -> None:
        """What is the case, once and not with every look."""
        told = f"{event} {what}"
        if told != self._told:
            log.info(event, worker=self._assignment.name, **what)
            self._told = told


class RunningIngest:
    """Ingest under way over a store of its own; `stop` ends both."""

    def __init__(self, ingest: MqttIngest, *, refresh: Callable[[], None], close: Callable[[], None]) -> None:
        self._ingest, self.refresh, self._close = ingest, refresh, close
        ingest.start()

    def stop(self) -> None:
        """What was read is stored and acknowledged, and the store is closed."""
        try:
            self._ingest.stop()
        finally:
            self._close()


class _IngestOver:
    """Makes a running ingest of some filters, each time over a store that is opened anew."""

    def __init__(self, house: House, records: Records, name: str, registry: CollectorRegistry) -> None:
        self._house, self._records, self._name, self._registry = house, records, name, registry

    def __call__(self, filters: Sequence[str]) -> RunningIngest:
        house = self._house
        snapshot = house.folder.latest_snapshot_of(self._name)
        store = open_store(house, part=f"worker-{self._name}", snapshot=snapshot)
        metrics = CollectorRegistry()
        try:
            pipeline = build_pipeline(self._records, store, metrics)
        except BaseException:
            store.close()
            raise
        self._registry.register(metrics)

        def close() -> None:
            self._registry.unregister(metrics)
            store.close()

        ingest = MqttIngest(
            ingest_url(house),
            client_id(house.folder.secrets / f"worker-{self._name}-client-id"),
            pipeline,
            on_subscribed=pipeline.refresh,
            disk_free_fraction=lambda: disk_free_fraction(house),
            disk_free_least=house.settings.minimum_disk_free,
            filters=filters,
        )
        return RunningIngest(ingest, refresh=pipeline.refresh, close=close)


def _require_fit_broker(house: House, stop: threading.Event) -> None:
    """The broker is there and passed the canary, or `stop` is set; raises BrokerRefusedError."""
    url = ingest_url(house)
    for pause_s in pauses():
        try:
            reach(url)
        except OSError as error:
            log.warning("broker_away", problem=str(error), tries_again_in_s=pause_s)
            if stop.wait(pause_s):
                return
        else:
            run_canary(url)
            return
