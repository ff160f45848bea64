"""MQTT → pipeline: one connection at a time, acknowledged only after the store has it.

Three threads: paho's network thread only puts messages into the inbox; the writer takes batches, gives them to the
pipeline and acknowledges; the keeper makes connections, one after the other, and ends them when nothing can be stored.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import structlog

from devices.codecs.topics import FILTERS
from ingest.message import Message
from ingest.monitor import Link
from ingest.mqtt.absence import Absence
from ingest.mqtt.backoff import Backoff
from ingest.mqtt.client import new_bulk_client
from ingest.mqtt.connection import Connection, NewClient
from ingest.mqtt.inbox import Bounds, Inbox, Parcel, parcel
from ingest.mqtt.url import MqttUrl
from ingest.pipeline import Pipeline
from ingest.sieve import Sieve
from observations.errors import StoreUnavailableError

log = structlog.get_logger()

MIB = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for what. Seconds.

    first_s, most_s: before trying again, doubling. subscribe_s: for the broker's SUBACK.
    pause_s: how long a pause keeps the connection; a broker that waits longer would deliver everything again.
    """

    first_s: float = 1.0
    most_s: float = 60.0
    subscribe_s: float = 30.0
    pause_s: float = 8.0


class MqttIngest:
    """Takes messages from a broker for as long as it is started.

    url, client_id: the broker, and the persistent session there (`identity.client_id`).
    on_subscribed: is called after each connection's SUBACK for every filter, from the keeper thread.
    disk_free_fraction: how much of the store's disk is free, 0 to 1; below `disk_free_least` nothing is taken.
    inbox_messages, inbox_bytes: how much may wait in memory; batch_messages, batch_bytes: what is stored at once,
        or whatever has come when the oldest has waited `linger_s`.
    sieve: what of the session is stored here. shown: this is the link that the pipeline's monitor tells of.
    """

    def __init__(
        self,
        url: MqttUrl,
        client_id: str,
        pipeline: Pipeline,
        *,
        on_subscribed: Callable[[], None],
        disk_free_fraction: Callable[[], float],
        disk_free_least: float = 0.05,
        filters: Sequence[str] = FILTERS,
        batch_messages: int = 10_000,
        batch_bytes: int = 4 * MIB,
        inbox_messages: int = 20_000,
        inbox_bytes: int = 24 * MIB,
        linger_s: float = 0.25,
        patience: Patience | None = None,
        client: NewClient = new_bulk_client,
        sieve: Sieve | None = None,
        shown: bool = True,
    ) -> None:
        self._url, self._client_id, self._filters = url, client_id, tuple(filters)
        self._pipeline, self._on_subscribed = pipeline, on_subscribed
        self._disk_free_fraction, self._disk_free_least = disk_free_fraction, disk_free_least
        self._patience = patience or Patience()
        self._new_client = client
        self._sieve = sieve or Sieve()
        self._storing = threading.Lock()
        self._inbox = Inbox(
            bounds=Bounds(messages=inbox_messages, payload_bytes=inbox_bytes),
            batch=Bounds(messages=batch_messages, payload_bytes=batch_bytes),
            linger_s=linger_s,
        )
        self._broker_backoff = Backoff(first_s=self._patience.first_s, most_s=self._patience.most_s)
        self._store_backoff = Backoff(first_s=self._patience.first_s, most_s=self._patience.most_s)
        self._broker_absence, self._store_absence = Absence(pipeline.now_ms), Absence(pipeline.now_ms)
        self._stopping = threading.Event()
        self._unpaused = threading.Event()
        self._unpaused.set()
        self._attention = threading.Event()
        self._connection: Connection | None = None
        self._epoch = 0
        self._problem = "not started"
        self._held = ""
        self._in_hand_ms = 0
        self._writer = threading.Thread(target=self._write, name="ingest-writer", daemon=True)
        self._keeper = threading.Thread(target=self._keep_connected, name="ingest-keeper", daemon=True)
        if shown:
            pipeline.monitor.tally.link = self._link

    def start(self) -> None:
        """Messages come in from now on, or as soon as the broker is there."""
        self._problem = f"connecting to the broker at {self._url}"
        self._writer.start()
        self._keeper.start()

    def stop(self) -> None:
        """Nothing more is read; what was read is stored and acknowledged; the connection has ended.

        Where the store is away or ingest is paused, what was read is left to the broker.
        """
        if self._writer.ident is None:
            return
        self._stopping.set()
        self._pipeline.resume()
        connection = self._connection
        if connection is not None:
            connection.abandoned = True
        self._inbox.close()
        self._writer.join()
        self._attention.set()
        self._keeper.join()
        self._problem = "stopped"

    def pause(self) -> None:
        """Nothing is being stored when this returns, and nothing will be before `resume`."""
        self._unpaused.clear()
        self._pipeline.pause()
        self._problem = "paused"

    def resume(self) -> None:
        """Storing goes on."""
        self._problem = self._held
        self._pipeline.resume()
        self._unpaused.set()
        self._attention.set()

    @property
    def connected_since(self) -> int | None:
        """The number of the connection that is subscribed now; None where none is, or it is about to end."""
        connection = self._connection
        if self._held or connection is None or not connection.subscribed or connection.ended:
            return None
        return connection.epoch

    def finish_batch(self) -> None:
        """What the sieve was asked for before this call is stored, or given up: then `connected_since` has changed."""
        with self._storing:
            pass

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Meanwhile nothing of this session is stored or passed over: it waits in the inbox. Not for long."""
        with self._storing:
            yield

    def _link(self) -> Link:
        messages, size, oldest_ms = self._inbox.level()
        connection = self._connection
        connected = connection is not None and connection.subscribed and not connection.ended
        return Link(
            connected=connected,
            problem=self._problem or ("" if connected else f"the connection to the broker at {self._url} has ended"),
            queued_messages=messages,
            queued_bytes=size,
            oldest_ms=self._in_hand_ms or oldest_ms,
        )

    # --- the network thread

    def _deliver(self, connection: Connection, packet_ids: Sequence[int], messages: Sequence[Message]) -> None:
        self._inbox.put(parcel(connection, packet_ids, messages), abandoned=lambda: connection.abandoned)

    # --- the writer thread

    def _write(self) -> None:
        while True:
            parcels = self._inbox.take()
            if not parcels:
                return
            messages = [message for each in parcels for message in each.messages]
            self._in_hand_ms = messages[0].received_ms
            try:
                if self._may_store():
                    with self._storing:
                        self._store(parcels, messages)
            finally:
                self._in_hand_ms = 0

    def _store(self, parcels: Sequence[Parcel], messages: Sequence[Message]) -> None:
        """They are stored and acknowledged, or held: then the connection that brought them is about to end."""
        try:
            self._pipeline.process(self._sieve(messages))
            self._acknowledge(parcels)
            self._store_backoff.reset()
            self._store_absence.over()
        except StoreUnavailableError as error:
            self._hold(f"the store is away: {error}")
        except Exception as error:
            log.exception("batch_failed", messages=len(messages))
            self._hold(f"storing failed: {type(error).__name__}: {error}")

    def _may_store(self) -> bool:
        """Whether now is a time to store; waits while ingest is paused."""
        while not self._unpaused.wait(0.2):
            if self._stopping.is_set():
                return False
        if self._held:
            return False
        problem = self._disk_problem()
        if problem:
            self._hold(problem)
        return not problem

    def _disk_problem(self) -> str:
        free = self._disk_free_fraction()
        if free >= self._disk_free_least:
            return ""
        return f"the disk is nearly full: {free:.1%} free, {self._disk_free_least:.0%} needed"

    def _acknowledge(self, parcels: Sequence[Parcel]) -> None:
        for connection, group in groupby(parcels, key=attrgetter("connection")):
            packet_ids = [packet_id for each in group for packet_id in each.packet_ids if packet_id]
            if packet_ids and not connection.acknowledge(packet_ids):
                self._pipeline.metrics.stale_acknowledgements.inc(len(packet_ids))
                log.info("stale_acknowledgements_dropped", epoch=connection.epoch, messages=len(packet_ids))

    def _hold(self, problem: str) -> None:
        """The keeper will end the connection, so that the broker keeps what cannot be stored."""
        log.warning("ingest_held", problem=problem)
        self._problem = self._held = self._store_absence.told(problem)
        self._attention.set()

    # --- the keeper thread

    def _keep_connected(self) -> None:
        while not self._stopping.is_set():
            try:
                self._keep_one_connection()
            except Exception as error:
                log.exception("connection_failed", broker=str(self._url))
                self._problem = f"connecting failed: {type(error).__name__}: {error}"
                self._rest(self._broker_backoff.next_s())

    def _keep_one_connection(self) -> None:
        """A connection was made, attended to and closed; or it was too early for one, or the broker is away."""
        wait_s = self._obstacle_wait_s()
        if wait_s:
            self._rest(wait_s)
            return
        self._epoch += 1
        try:
            connection = self._new_connection()
            connection.open()
        except OSError as error:
            wait_s = self._broker_backoff.next_s()
            problem = self._broker_absence.told(f"the broker at {self._url} does not answer: {error}")
            self._problem = f"{problem}; next try in {wait_s:.0f} s"
            log.warning("broker_away", problem=self._problem)
            self._rest(wait_s)
            return
        self._connection = connection
        self._attend(connection)
        self._close(connection)

    def _new_connection(self) -> Connection:
        return Connection(
            self._url,
            client_id=self._client_id,
            epoch=self._epoch,
            filters=self._filters,
            deliver=self._deliver,
            on_change=self._attention.set,
            now_ms=self._pipeline.now_ms,
            client=self._new_client,
        )

    def _obstacle_wait_s(self) -> float:
        """Seconds to wait because nothing could be stored now; 0 where it could."""
        if not self._unpaused.is_set():
            return 1.0
        if not self._held:
            return 0.0
        problem = self._disk_problem() or self._pipeline.store_problem()
        if not problem:
            self._held = ""
            return 0.0
        wait_s = self._store_backoff.next_s()
        self._problem = self._held = f"{self._store_absence.told(problem)}; next try in {wait_s:.0f} s"
        return wait_s

    def _attend(self, connection: Connection) -> None:
        """Returns when the connection has ended or is to be ended."""
        told, waited_s, paused_s = False, 0.0, 0.0
        while not (self._stopping.is_set() or connection.ended or self._held):
            if connection.subscribed and not told:
                told = True
                self._tell_subscribed(connection)
            timely = self._attention.wait(0.5)
            self._attention.clear()
            step_s = 0.0 if timely else 0.5
            # A broker may hand over a long backlog before it comes to the SUBACK.
            waited_s = 0.0 if told or self._in_hand_ms or self._inbox.level()[0] else waited_s + step_s
            paused_s = 0.0 if self._unpaused.is_set() else paused_s + step_s
            if paused_s >= self._patience.pause_s:
                return
            if waited_s >= self._patience.subscribe_s:
                self._problem = f"the broker at {self._url} does not confirm the subscriptions"
                return

    def _tell_subscribed(self, connection: Connection) -> None:
        log.info("broker_subscribed", broker=str(self._url), epoch=connection.epoch, filters=self._filters)
        self._problem = ""
        self._broker_backoff.reset()
        self._broker_absence.over()
        try:
            self._on_subscribed()
        except Exception:
            log.exception("on_subscribed_failed")

    def _close(self, connection: Connection) -> None:
        """The connection has ended; what it left unstored is with the broker."""
        if self._stopping.is_set():
            # What the writer still has in hand is acknowledged over this connection first.
            self._writer.join()
        unstored = bool(self._held) or not self._unpaused.is_set()
        connection.abandoned = True
        self._inbox.wake()
        if unstored:
            self._inbox.clear()
        connection.close()
        self._connection = None
        if self._held or self._stopping.is_set():
            if self._held:
                self._rest(self._store_backoff.next_s())
            return
        if self._unpaused.is_set():
            wait_s = self._broker_backoff.next_s()
            reason = str(connection.failure) if connection.failure else self._problem or "the connection ended"
            problem = self._broker_absence.told(f"the broker at {self._url} is away: {reason}")
            self._problem = f"{problem}; next try in {wait_s:.0f} s"
            log.warning("broker_connection_lost", problem=self._problem)
            self._rest(wait_s)

    def _rest(self, wait_s: float) -> None:
        self._stopping.wait(wait_s)
