"""Messages → store: decode, resolve, check, set aside what cannot be stored, append. Then they may be acknowledged.

The order of writes (ADR 0005): quarantine, then store, then acknowledgement. Each is idempotent, so a death between
any two of them repeats some work and doubles nothing.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog
from prometheus_client import CollectorRegistry

from devices.checks import check
from devices.model import SetAsideMessage
from devices.ports import DeviceRegistry, Quarantine
from devices.runs import Runs
from ingest.directory import Directory, Problem
from ingest.gate import Gate
from ingest.haul import Haul, batch_of, read_many, read_singly
from ingest.message import KEPT_BYTES, Message, digest
from ingest.metrics import Metrics
from ingest.monitor import Monitor
from ingest.reading import Read, read
from ingest.recall import recall
from observations.batch import ObservationBatch
from observations.errors import BatchRefusedError, StoreUnavailableError
from observations.model import Appended
from observations.ports import ObservationStore

Listener = Callable[[ObservationBatch], None]
"""Is given each batch that was appended; it may hold values that the store had already."""

log = structlog.get_logger()


class Pipeline:
    """The way of messages into the store; also the QuarantineReplay. Its `monitor` tells how it stands.

    Appends come one at a time, whoever asks: the ingest thread, or a replay.
    """

    def __init__(
        self,
        *,
        registry: DeviceRegistry,
        store: ObservationStore,
        quarantine: Quarantine,
        now_ms: Callable[[], int],
        metrics: CollectorRegistry,
        listeners: Sequence[Listener] = (),
    ) -> None:
        self.now_ms = now_ms
        self.monitor = Monitor(now_ms)
        self.metrics = Metrics(metrics, self.monitor)
        self._directory = Directory(registry)
        self._store = store
        self._quarantine = quarantine
        self._listeners = tuple(listeners)
        self._runs = Runs()
        self._gate = Gate()

    def refresh(self) -> None:
        """Devices registered or changed so far are known."""
        self._directory.refresh()

    def pause(self) -> None:
        """No append is under way when this returns, and none begins before `resume`."""
        self._gate.pause()

    def resume(self) -> None:
        """Appends go on; also where there was no pause."""
        self._gate.resume()

    def recall(self) -> None:
        """Values that were stuck before a restart are known to be. Call once, before the first message.

        Raises StoreUnavailableError.
        """
        self._runs = recall(self._store, self._directory.devices(), now_ms=self.now_ms())

    def store_problem(self) -> str:
        """Why the store cannot be used at this moment; empty where it answers."""
        try:
            self._store.head()
        except StoreUnavailableError as error:
            return f"the store is away: {error}"
        return ""

    def process(self, messages: Sequence[Message]) -> None:
        """All messages are durable, in the store or in quarantine: they may be acknowledged.

        Raises StoreUnavailableError; then none may be, and repeating them is safe.
        """
        if not messages:
            return
        with self._gate.turn():
            haul = self._read_many(messages)
            self._note(haul)
            self._set_aside([(each, each.problem) for _, each in haul.singly if each.problem is not None])
            self._append(haul)

    def take(self, batch: ObservationBatch) -> Appended:
        """The batch, checked already, is durable: readings that came by another way than a broker.

        Raises StoreUnavailableError and BatchRefusedError.
        """
        with self._gate.turn():
            return self._put(batch)

    def replay(self, digest: str) -> str:
        """Empty where that message is stored now (and marked replayed); otherwise why it still cannot be."""
        aside = self._quarantine.find(digest)
        if aside is None:
            return f"no message {digest} is in quarantine"
        if aside.size > len(aside.payload):
            return f"only the first {len(aside.payload):,} of {aside.size:,} bytes were kept: it cannot be replayed"
        message = Message(
            topic=aside.topic,
            payload=aside.payload,
            received_ms=int(aside.first_received.timestamp() * 1000),
            size=aside.size,
        )
        with self._gate.turn():
            found = self._read(message)
            refused = self._append_in_halves([found]) if found.decoded is not None else []
        problem = refused[0][1] if refused else found.problem
        if problem is not None:
            return problem.reason
        self._quarantine.mark_replayed(aside.digest, datetime.fromtimestamp(self.now_ms() / 1000, UTC))
        return ""

    def _read(self, message: Message) -> Read:
        try:
            return read(message, self._directory)
        except Exception as error:
            log.exception("decoder_failed", topic=message.topic)
            problem = Problem.of(
                code="decoder_failed", reason=f"this is a fault of tiantou: {type(error).__name__}: {error}"
            )
            return Read(message=message, route=self._directory.route(message.topic), problem=problem)

    def _read_many(self, messages: Sequence[Message]) -> Haul:
        try:
            return read_many(messages, self._directory, self._read)
        except Exception:
            log.exception("decoder_failed", messages=len(messages))
            return read_singly(messages, self._directory, self._read)

    def _note(self, haul: Haul) -> None:
        self.monitor.note(haul.heard())
        self.monitor.tally.messages += len(haul.messages)
        for name, count in haul.by_format().items():
            self.metrics.messages.labels(name).inc(count)

    def _set_aside(self, refused: Sequence[tuple[Read, Problem]]) -> None:
        if not refused:
            return
        self._quarantine.set_aside([_aside(each, problem) for each, problem in refused])
        self.monitor.tally.quarantined += len(refused)
        for _, problem in refused:
            self.metrics.quarantined.labels(problem.code).inc()

    def _append(self, haul: Haul) -> None:
        """All that can be stored is; what the store refuses is set aside."""
        try:
            self._store_batch(haul.batch)
        except BatchRefusedError:
            # Whose fault it is is found message by message; what was stored already is merely stored again.
            found = [self._read(message) for message in haul.messages]
            self._set_aside(self._append_in_halves([each for each in found if each.decoded is not None]))

    def _append_in_halves(self, found: Sequence[Read]) -> list[tuple[Read, Problem]]:
        """All are stored, but for those returned: the store refuses them, each by itself."""
        try:
            self._store_batch(batch_of(found))
        except BatchRefusedError as error:
            if len(found) == 1:
                log.warning("message_refused_by_store", topic=found[0].message.topic, reason=str(error))
                return [(found[0], Problem.of(code="store_refused", reason=f"the store refuses it: {error}"))]
            half = len(found) // 2
            return [*self._append_in_halves(found[:half]), *self._append_in_halves(found[half:])]
        return []

    def _store_batch(self, batch: ObservationBatch) -> None:
        if not len(batch):
            return
        checked = check(batch, self._runs)
        self._put(checked.batch)
        self.monitor.tally.lag_ms = max(0, self.now_ms() - int(checked.batch.received_ms.max()))
        self._runs.take(checked.runs)

    def _put(self, batch: ObservationBatch) -> Appended:
        began = time.perf_counter()
        appended = self._store.append(batch)
        self.metrics.append_seconds.observe(time.perf_counter() - began)
        self.metrics.batch_rows.observe(len(batch))
        self.metrics.values.inc(appended.stored)
        self.metrics.redelivered.inc(appended.redelivered)
        self.metrics.conflicts.inc(appended.conflicting)
        tally = self.monitor.tally
        tally.values += appended.stored
        tally.redelivered += appended.redelivered
        tally.conflicts += appended.conflicting
        for listener in self._listeners:
            self._tell(listener, batch)
        return appended

    def _tell(self, listener: Listener, batch: ObservationBatch) -> None:
        try:
            listener(batch)
        except Exception:
            log.exception("listener_failed", rows=len(batch))
            self.metrics.listener_failures.inc()


def _aside(each: Read, problem: Problem) -> SetAsideMessage:
    at = datetime.fromtimestamp(each.message.received_ms / 1000, UTC)
    return SetAsideMessage(
        digest=digest(each.message),
        topic=each.message.topic,
        payload=each.message.payload[:KEPT_BYTES],
        size=each.message.size,
        code=problem.code,
        reason=problem.reason,
        device=each.route.claimed,
        first_received=at,
        last_received=at,
    )
