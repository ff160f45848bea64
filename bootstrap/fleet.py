"""The main service beside ingest workers: it hears every site, stores what no worker has, and hands sites over.

A site changes hands only through here, so that two processes never store the same message (ADR 0012):

- handed over: the worker's session exists at the broker. Only then a marker is published; when it has come through our
  own session, and everything that may be delivered again has had its time, all that was published before the worker
  subscribed is stored. From then on the site's messages are passed over here, and the worker begins.
- taken back: the worker has ended. What its session holds is stored here, up to a marker, while our own session goes on
  passing over the site. Then our own session stands still until the worker's has come through another marker, and from
  there on stores the site again: so each device's readings stay in order. Then the worker's session is ended.
"""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

import structlog
from prometheus_client import CollectorRegistry, Gauge

from ingest.errors import IngestError
from ingest.mqtt.receiver import MqttIngest
from ingest.mqtt.session import forget, publish_markers
from ingest.mqtt.url import MqttUrl
from ingest.sieve import Sieve
from ingest.sites import MARKER, marker_topics, site_filters
from observations.errors import StoreUnavailableError
from observations.ports import ObservationStore
from storage.records.records import Records
from storage.records.site_claims import SiteClaim

LOOK_S = 1.0
SILENT = timedelta(seconds=60)
"""A worker says every second that it lives; one that has not for so long has ended without a word."""
MARKER_S = 600.0
"""How long a marker may take through a backlog before another is sent after it."""
SWITCH_S = 10.0
"""How long our own session may stand still while a site comes back; where that is too short it is tried again."""
OTHERS_S = 2.5
"""Longer than the store takes to notice what other writers stored."""

log = structlog.get_logger("bootstrap.fleet")

AdoptedIngest = Callable[[str, Sequence[str], Sieve], MqttIngest]
"""Ingest into our own store under another client id, with these filters and sieve; not started."""


class Fleet:
    """Hands sites over to workers and takes them back, on a thread of its own."""

    def __init__(
        self,
        records: Records,
        store: ObservationStore,
        ingest: MqttIngest,
        sieve: Sieve,
        *,
        url: MqttUrl,
        adopt: AdoptedIngest,
        handover_s: float,
        metrics: CollectorRegistry,
        now: Callable[[], datetime],
    ) -> None:
        self._records, self._store = records, store
        self._ingest, self._sieve = ingest, sieve
        self._url, self._adopt = url, adopt
        self._handover_s, self._now = handover_s, now
        self._silent: set[str] = set()
        self._sites = Gauge("tiantou_worker_sites", "Sites of the worker", ["worker"], registry=metrics)
        self._silence = Gauge(
            "tiantou_worker_silent_seconds", "Since when the worker has not been heard", ["worker"], registry=metrics
        )
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fleet")

    def start(self) -> None:
        """Sites that workers have are passed over; others will be."""
        self._pass_over(self._records.site_claims.all())
        self._thread.start()

    def stop(self) -> None:
        """The thread has ended; a change of hands that was under way begins anew at the next start."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def problems(self) -> Mapping[str, str]:
        """Workers that are not heard of, and what waits for them."""
        claims = self._records.site_claims.all()
        return {
            f"worker {worker}": f"silent; what comes of {', '.join(sites)} waits at the broker until it starts again"
            for worker, sites in _by_worker(claims).items()
            if worker in self._silent
        }

    def look(self) -> None:
        """One look at the claims, and what follows from it."""
        claims = self._records.site_claims.all()
        self._note_silence(claims)
        self._pass_over(claims)
        self._store.latest(())  # so that the store meets what other writers stored, whoever looks at pages or not
        new = [claim.site for claim in claims if claim.subscribed and not claim.handed_over and not claim.leaving]
        if new:
            self._hand_over(new, claims)
        for worker in sorted({claim.worker for claim in claims if self._is_back(claim)}):
            self._take_back(worker, [claim for claim in claims if claim.worker == worker])

    def _pass_over(self, claims: Sequence[SiteClaim], also: Collection[str] = ()) -> None:
        self._sieve.leave({claim.site for claim in claims if claim.handed_over} | set(also))

    def _is_back(self, claim: SiteClaim) -> bool:
        """The site is ours again: it is to be, and its worker stores nothing any more."""
        return claim.leaving and (claim.heard is None or self._now() - claim.heard > SILENT)

    def _note_silence(self, claims: Sequence[SiteClaim]) -> None:
        workers = _by_worker(claims)
        heard = {claim.worker: claim.heard for claim in claims}
        silent = {name for name, at in heard.items() if at is None or self._now() - at > SILENT}
        for name in silent - self._silent:
            log.warning("worker_silent", worker=name, sites=workers[name])
        self._silent = silent
        for name, sites in workers.items():
            at = heard[name]
            self._sites.labels(name).set(len(sites))
            self._silence.labels(name).set((self._now() - at).total_seconds() if at else -1)

    def _hand_over(self, sites: Sequence[str], claims: Sequence[SiteClaim]) -> None:
        """These sites are their workers', or nothing has changed and it is tried again at the next look."""
        log.info("handing_over", sites=sites)
        if not self._came_through(self._ingest, self._sieve, marker_topics(MARKER)):
            return
        self._pass_over(claims, also=sites)
        self._ingest.finish_batch()
        self._records.site_claims.handed_over(sites)
        log.info("handed_over", sites=sites)

    def _take_back(self, worker: str, claims: Sequence[SiteClaim]) -> None:
        """The worker's sites are ours, and everything its session held is stored; or it is tried again."""
        sites, session = [claim.site for claim in claims], claims[0].client_id
        log.info("taking_back", worker=worker, sites=sites)
        self._let_store_catch_up()
        sieve = Sieve()
        ingest = self._adopt(session, site_filters(sites), sieve)
        ingest.start()
        try:
            topics = [topic for site in sites for topic in marker_topics(site)]
            done = self._came_through(ingest, sieve, topics) and self._switch(worker, ingest, sieve, topics)
        finally:
            ingest.stop()
        if done:
            forget(self._url, session)
            self._records.site_claims.forget(worker)
            self._sites.remove(worker)
            self._silence.remove(worker)
            log.info("taken_back", worker=worker, sites=sites)

    def _switch(self, worker: str, ingest: MqttIngest, sieve: Sieve, topics: Sequence[str]) -> bool:
        """Our own session stores what comes from the worker's sites: all that it passed over is stored by now.

        What both sessions deliver from here on is stored by the one that comes first, and is a repetition in the other.
        """
        with self._ingest.holding():
            connection = ingest.connected_since
            markers = sieve.expect(topics)
            publish_markers(self._url, topics, markers.token)
            if connection is None or not self._until(lambda: not markers.waited_for, SWITCH_S):
                return False
            ingest.finish_batch()
            if ingest.connected_since != connection:
                return False
            self._records.site_claims.taken_back(worker)
            self._pass_over(self._records.site_claims.all())
        return True

    def _let_store_catch_up(self) -> None:
        self._store.latest(())
        self._stop.wait(OTHERS_S)
        self._store.latest(())

    def _came_through(self, ingest: MqttIngest, sieve: Sieve, topics: Sequence[str]) -> bool:
        """Everything published before this call is stored: markers came after it, and nothing can come again.

        What was delivered over an earlier connection and not acknowledged comes again within `handover_s`.
        """
        if not self._until(lambda: ingest.connected_since is not None, MARKER_S):
            return False
        connection = ingest.connected_since
        markers = sieve.expect(topics)
        publish_markers(self._url, topics, markers.token)

        def lost() -> bool:
            return ingest.connected_since != connection

        if not self._until(lambda: not markers.waited_for or lost(), MARKER_S):
            return False
        ingest.finish_batch()  # a marker that was met is not stored yet, nor is what came with it
        return not self._until(lost, self._handover_s) and not self._stop.is_set()

    def _until(self, done: Callable[[], bool], patience_s: float) -> bool:
        waited_s = 0.0
        while not done():
            if waited_s >= patience_s or self._stop.wait(0.1):
                return False
            waited_s += 0.1
        return True

    def _run(self) -> None:
        waiting = False
        while not self._stop.is_set():
            try:
                self.look()
                waiting = False
            except (StoreUnavailableError, IngestError, OSError) as error:
                if not waiting:  # told once: a look a second would fill the log while something is away
                    log.warning("fleet_waiting", reason=str(error))
                waiting = True
            except Exception:  # an entry-point loop: without it no site would ever change hands again
                log.exception("fleet_failed")
            self._stop.wait(LOOK_S)


def _by_worker(claims: Sequence[SiteClaim]) -> Mapping[str, Sequence[str]]:
    return {worker: [claim.site for claim in group] for worker, group in groupby(claims, attrgetter("worker"))}
