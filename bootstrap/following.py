"""Following the observation store: what is to happen for a reading happens once, whatever dies at whatever moment."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from bootstrap.failed_rows import TOPIC, failed_rows, read_failed_rows
from bootstrap.periodic import Periodic
from devices.model import SetAsideMessage
from devices.ports import Quarantine, QuarantineReplay
from observations.batch import ObservationBatch
from observations.errors import StoreUnavailableError
from observations.model import Cursor
from observations.ports import ObservationStore
from storage.records.errors import CursorMovedError
from storage.records.records import Records

Effects = Callable[[Records], None]
"""Writes what follows from some rows, through the records it is given; these see all effects of earlier rows."""

ISOLATION_CALLS = 200
"""Tries that finding the rows at fault in one page may cost; what is not told apart by then is set aside together."""

log = structlog.get_logger()


def nothing() -> None:
    """Nothing happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Something that is to happen for every reading that is stored, exactly once.

    name: of its cursor; a follower under a new name begins with the oldest reading of the store.
    handle: rows in order of arrival → their effects, which are committed together with the cursor, or not at all.
        It may be asked for the same rows again: it writes nothing itself and remembers nothing that must be right.
        A row that gained a value later comes again, whole. What it raises sets the row aside (StoreUnavailableError:
        it is asked again later).
    afterwards: what time brings, not a reading; called when all that is stored was handled, once a period.
    period_s: how often the store is looked at, s. page_rows: about how many rows are one transaction.
    """

    name: str
    handle: Callable[[ObservationBatch], Effects]
    afterwards: Callable[[], None] = nothing
    period_s: float = 1.0
    page_rows: int = 20_000


class FollowerMetrics:
    """What `/metrics` shows of all followers."""

    def __init__(self, registry: CollectorRegistry) -> None:
        names = ["follower"]
        self.rows = Counter("tiantou_follower_rows", "Rows handled", names, registry=registry)
        self.set_aside = Counter(
            "tiantou_follower_set_aside", "Pieces that a follower failed on, in quarantine", names, registry=registry
        )
        self.interruptions = Counter(
            "tiantou_follower_interruptions", "Pages that were put off because a store was away", names,
            registry=registry,
        )  # fmt: skip
        self.lag = Gauge(
            "tiantou_follower_lag_seconds", "Since when the follower has not been through all that is stored", names,
            registry=registry,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowerState:
    """How a follower stands. lag_s: since when it has not been through all that is stored; problem: "" for none."""

    name: str
    lag_s: float
    rows: int
    set_aside: int
    problem: str


class Following:
    """One follower on its way through the store, on a thread of its own."""

    def __init__(
        self,
        follower: Follower,
        *,
        store: ObservationStore,
        records: Records,
        metrics: FollowerMetrics,
        now: Callable[[], datetime],
    ) -> None:
        self._follower = follower
        self._store, self._records = store, records
        self._metrics, self._now = metrics, now
        self._cursor: Cursor | None = None
        self._caught_up = now()
        self._rows = self._set_aside = 0
        self._problem = ""
        self._turn = threading.Lock()
        self._rounds = Periodic(follower.name, self._look, period_s=follower.period_s)
        metrics.lag.labels(follower.name).set_function(lambda: self.state().lag_s)

    def start(self) -> None:
        """Readings stored while nobody followed are handled, then those to come."""
        self._rounds.start()

    def stop(self) -> None:
        """The thread has ended; the next start goes on where the last commit was."""
        self._rounds.stop()

    def state(self) -> FollowerState:
        """How it stands at this moment."""
        return FollowerState(
            name=self._follower.name,
            lag_s=max(0.0, (self._now() - self._caught_up).total_seconds()),
            rows=self._rows,
            set_aside=self._set_aside,
            problem=self._problem,
        )

    def catch_up(self) -> None:
        """All that is stored was handled, or `stop` was called; raises StoreUnavailableError."""
        while not self._rounds.ending.is_set():
            with self._turn:
                newer = self.step()
            if not newer:
                self._caught_up = self._now()
                return

    def replay(self, aside: SetAsideMessage) -> str:
        """Empty where what follows from these rows is written now, once; otherwise why it still cannot be."""
        try:
            with self._turn, self._records.together() as together:
                known = together.quarantine.find(aside.digest)
                if known is not None and known.replayed_at is None:
                    self._follower.handle(read_failed_rows(known.payload))(together)
                    together.quarantine.mark_replayed(known.digest, self._now())
        except StoreUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 the follower's fault is the answer
            return f"the follower {self._follower.name} still fails: {type(error).__name__}: {error}"
        return ""

    def step(self) -> bool:
        """Whether there was anything newer than the cursor: then a page of it is handled and the cursor behind it.

        Raises StoreUnavailableError, and CursorMovedError where another process leads this follower.
        """
        if self._cursor is None:
            self._cursor = self._records.cursors.load(self._follower.name)
        batch, reached = self._store.since(self._cursor, limit=self._follower.page_rows)
        if dict(reached) == dict(self._cursor):
            return False
        since, self._cursor = self._cursor, None  # whatever fails now, where we are is read afresh
        self._commit(batch, since, reached)
        self._cursor = reached
        self._rows += len(batch)
        self._metrics.rows.labels(self._follower.name).inc(len(batch))
        return True

    def _commit(self, batch: ObservationBatch, since: Cursor, reached: Cursor) -> None:
        try:
            effects = self._follower.handle(batch) if len(batch) else None
            with self._records.together() as together:
                together.cursors.advance(self._follower.name, since=since, to=reached)
                if effects is not None:
                    effects(together)
        except (StoreUnavailableError, CursorMovedError):
            raise
        except Exception as error:
            if not len(batch):
                raise
            log.exception("follower_failed", follower=self._follower.name, rows=len(batch), error=str(error))
            self._commit_in_parts(batch, since, reached)

    def _commit_in_parts(self, batch: ObservationBatch, since: Cursor, reached: Cursor) -> None:
        """The page is handled but for the rows at fault, which are in quarantine: all in one transaction."""
        with self._records.together() as together:
            together.cursors.advance(self._follower.name, since=since, to=reached)
            failures = _Isolation(self._follower, together).failures(batch)
            aside = [self._aside(rows, error) for rows, error in failures]
            together.quarantine.set_aside(aside)
        self._set_aside += len(aside)
        self._metrics.set_aside.labels(self._follower.name).inc(len(aside))
        for message in aside:
            log.error("follower_set_aside", follower=self._follower.name, digest=message.digest, reason=message.reason)

    def _aside(self, rows: ObservationBatch, error: Exception) -> SetAsideMessage:
        reason = f"the follower {self._follower.name} failed on {len(rows)} readings: {type(error).__name__}: {error}"
        return failed_rows(self._follower.name, rows, reason=reason, at=self._now())

    def _look(self) -> None:
        name = self._follower.name
        try:
            self.catch_up()
            with self._turn:
                self._follower.afterwards()
            self._problem = ""
        except StoreUnavailableError as error:
            self._problem = f"waiting: {error}"
            self._metrics.interruptions.labels(name).inc()
            raise
        except Exception as error:
            self._problem = f"failed: {type(error).__name__}: {error}"
            raise


class _Isolation:
    """Finds the rows of a page that a follower fails on, by halves; the effects of all others are written."""

    def __init__(self, follower: Follower, together: Records) -> None:
        self._follower, self._together = follower, together
        self._calls = ISOLATION_CALLS

    def failures(self, batch: ObservationBatch) -> Sequence[tuple[ObservationBatch, Exception]]:
        """The pieces at fault with what was raised on each, in order."""
        try:
            self._calls -= 1
            effects = self._follower.handle(batch)
            with self._together.together() as part:
                effects(part)
        except StoreUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 whatever a follower raises on a row must not stop the others
            if len(batch) == 1 or self._calls <= 0:
                return [(batch, error)]
            half = len(batch) // 2
            return [*self.failures(_rows(batch, 0, half)), *self.failures(_rows(batch, half, len(batch)))]
        return []


def _rows(batch: ObservationBatch, first: int, beyond: int) -> ObservationBatch:
    return batch.take(np.arange(first, beyond, dtype=np.intp))


class FollowerReplay:
    """The QuarantineReplay that tells what a follower failed on from what ingest could not store."""

    def __init__(self, followings: Sequence[Following], quarantine: Quarantine, otherwise: QuarantineReplay) -> None:
        self._by_topic = {f"{TOPIC}{each.state().name}": each for each in followings}
        self._quarantine, self._otherwise = quarantine, otherwise

    def replay(self, digest: str) -> str:
        """Empty where it is done now; otherwise why it still cannot be."""
        aside = self._quarantine.find(digest)
        following = None if aside is None else self._by_topic.get(aside.topic)
        if aside is None or following is None:
            return self._otherwise.replay(digest)
        if aside.size > len(aside.payload):
            return f"only the first {len(aside.payload):,} of {aside.size:,} bytes were kept: it cannot be replayed"
        return following.replay(aside)


def follow(
    followers: Sequence[Follower],
    *,
    store: ObservationStore,
    records: Records,
    metrics: CollectorRegistry,
    now: Callable[[], datetime],
) -> Sequence[Following]:
    """Each follower on its way, not started."""
    shown = FollowerMetrics(metrics)
    return [Following(each, store=store, records=records, metrics=shown, now=now) for each in followers]
