"""The observation store on an InfluxDB 2 that runs already."""

import threading
import uuid
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from observations.batch import ObservationBatch, concatenate
from observations.errors import StoreUnavailableError
from observations.model import Appended, Buckets, Conflict, Cursor, Latest, Series, Stream
from observations.properties import observed_properties
from storage.influx import influxql
from storage.influx.address import InfluxAddress
from storage.influx.archive import archived
from storage.influx.arrivals import announce, arrivals_of, confirm, heads, last_announced, pages_since, unconfirmed
from storage.influx.charts import read_buckets, read_series
from storage.influx.conflicts import conflicts_of, count_conflicts, insert_conflicts, newest_conflicts
from storage.influx.connection import Connection
from storage.influx.lines import refuse_unwritable, row_lines
from storage.influx.places import IDENTITY, NS_PER_MS
from storage.influx.rows import rows_under
from storage.observations.archive import write_archive
from storage.observations.columns import refuse_unstorable
from storage.observations.conflicts import conflict_rows
from storage.observations.latest import LatestIndex, Slots, plausible_times
from storage.observations.latest_file import LatestFile
from storage.observations.reconcile import Held, Key, Reconciled, key_of, reconcile, repeated_rows

TAIL_ROWS = 50_000
KEEP_LATEST_MS = 60_000
FOLLOW_OTHERS_MS = 1_000


class InfluxObservationStore:
    """Every value once, under (device, channel, property, phenomenon time as sent); the first write wins.

    InfluxDB itself keeps the last of what is written under one key. So rows that are not newer than anything of their
    device and channel are looked up first: what is there already is not written, what differs is kept as a conflict.
    Give each device one writer: between two that race on one key, nobody decides.
    """

    def __init__(self, connection: Connection, *, writer: str, snapshot_file: Path, now_ms: Callable[[], int]) -> None:
        """Opens the bucket that `connection` leads to; raises StoreUnavailableError."""
        self._connection = connection
        self._writer = writer
        self._now_ms = now_ms
        self._properties = list(observed_properties())
        connection.require_bucket()
        identity = _identity(connection)
        self._latest_file = LatestFile(snapshot_file, identity=identity, properties=self._properties)
        self._index = LatestIndex(self._properties)
        self._heads: Cursor = heads(connection, {})
        self._sequence = last_announced(connection)
        self._indexed: Cursor = {}
        self._unsettled = True  # the process before this one may have ended between rows and confirmation
        self._following = threading.Lock()
        self._load_latest()
        self._settle()
        self._kept_at_ms = self._followed_at_ms = now_ms()

    def append(self, batch: ObservationBatch) -> Appended:
        """The batch is in the server's log on disk when this returns; see the port."""
        refuse_unstorable(batch)
        refuse_unwritable(batch)
        self._settle()
        slots = self._index.slots_of(batch)
        reconciled = self._reconcile(batch, slots)
        # Before the first write: should one fail after it took effect, a repetition must look its rows up.
        self._index.raise_high_water(batch, slots)
        self._store(reconciled.fresh)
        if reconciled.conflicts:
            insert_conflicts(self._connection, reconciled.conflicts)
        if self._now_ms() - self._kept_at_ms >= KEEP_LATEST_MS:
            self._keep_latest()
        return Appended(
            stored=reconciled.fresh.value_count(),
            redelivered=reconciled.redelivered,
            conflicting=len(reconciled.conflicts),
            cursor=dict(self._heads),
        )

    def latest(self, devices: Collection[str]) -> Sequence[Latest]:
        """The latest of these devices; from memory, what other processes stored up to a second late."""
        self._follow_others()
        return self._index.latest(devices)

    def series(self, streams: Sequence[Stream], observed_property: str, *, suspect: bool = False, limit: int) -> Series:
        """The newest `limit` values, oldest first."""
        return read_series(self._connection, streams, observed_property, suspect=suspect, limit=limit)

    def buckets(
        self, streams: Sequence[Stream], observed_property: str, *, width_ms: int, offset_ms: int = 0
    ) -> Buckets:
        """Aggregates of good values by bucket."""
        return read_buckets(self._connection, streams, observed_property, width_ms=width_ms, offset_ms=offset_ms)

    def since(self, cursor: Cursor, *, limit: int) -> tuple[ObservationBatch, Cursor]:
        """About `limit` rows after the cursor, in whole arrivals."""
        pages, reached = pages_since(
            self._connection, cursor, self.head(), properties=self._properties, limit=max(limit, 1)
        )
        return concatenate([page.batch for page in pages]), reached

    def head(self) -> Cursor:
        """The cursor after everything durable."""
        return heads(self._connection, self._heads)

    def conflicts(self, devices: Collection[str] | None = None, *, limit: int) -> Sequence[Conflict]:
        """The newest conflicts."""
        return newest_conflicts(self._connection, devices, limit=limit, now_ms=self._now_ms())

    def conflict_count(self, device: str) -> int:
        """Conflicts ever kept of this device."""
        return count_conflicts(self._connection, device)

    def snapshot(self, folder: Path) -> None:
        """Everything appended before the call lies in `folder`."""
        head = self.head()
        write_archive(
            folder,
            observations=archived(self._connection, head, self._properties),
            conflicts=conflict_rows(conflicts_of(self._connection, None)),
            writers=list(head),
        )

    def close(self) -> None:
        """Everything appended stays durable; no connection is open."""
        try:
            self._keep_latest()
        finally:
            self._connection.close()

    def _reconcile(self, batch: ObservationBatch, slots: Slots) -> Reconciled:
        newer = (batch.phenomenon_ms > self._index.high_water_ms(slots)) & plausible_times(batch)
        rows = np.flatnonzero(~newer | repeated_rows(slots, batch.phenomenon_ms))
        if not rows.size:
            return Reconciled(fresh=batch)
        return reconcile(batch, rows, self._held({key_of(batch, row) for row in rows.tolist()}, batch))

    def _held(self, keys: Collection[Key], batch: ObservationBatch) -> dict[Key, Held]:
        held: dict[Key, Held] = {}
        for rows in rows_under(self._connection, keys, list(batch.values)):
            for key, (sequence, present) in rows.by_key().items():
                if key in keys:
                    held[key] = present
                    # An addition must arrive after the row it adds to, or a reader beyond that row would never meet it.
                    self._sequence = max(self._sequence, sequence)
        return held

    def _store(self, fresh: ObservationBatch) -> None:
        """What is fresh is durable under sequences of its own, and counts for the latest."""
        valued = _valued(fresh)
        if not valued.size:
            return
        fresh = fresh if len(valued) == len(fresh) else fresh.take(valued)
        arrivals = dict(enumerate(arrivals_of(fresh, np.arange(len(fresh))), start=self._sequence + 1))
        self._sequence += len(arrivals)
        sequence = np.concatenate([np.full(len(a.rows), number, np.int64) for number, a in arrivals.items()])
        self._unsettled = True
        announce(self._connection, self._writer, arrivals)
        for lines, precision in row_lines(fresh, sequence):
            self._connection.write(lines, precision=precision)
        confirm(self._connection, self._writer, {number: len(arrival.rows) for number, arrival in arrivals.items()})
        self._unsettled = False
        self._index.update(fresh)
        self._heads = {**self._heads, self._writer: self._sequence}
        self._indexed = {**self._indexed, self._writer: self._sequence}

    def _settle(self) -> None:
        """Whatever a failure left announced is confirmed: what of it took effect counts, the rest comes again."""
        if self._unsettled:
            left = unconfirmed(self._connection, self._writer, self._heads.get(self._writer, 0))
            if left:
                confirm(self._connection, self._writer, left)
            self._heads = heads(self._connection, self._heads)
            self._follow()
            self._unsettled = False

    def _load_latest(self) -> None:
        """What was kept of this very bucket counts; what came after it is still to be followed."""
        kept = self._latest_file.load()
        if kept is not None and all(kept.cursor[writer] <= self._heads.get(writer, -1) for writer in kept.cursor):
            self._index.restore(kept.state)
            self._indexed = dict(kept.cursor)

    def _follow(self) -> None:
        """Everything up to the head counts for the latest."""
        head = self.head()
        while any(self._indexed.get(writer, 0) < head[writer] for writer in head):
            pages, reached = pages_since(
                self._connection, self._indexed, head, properties=self._properties, limit=TAIL_ROWS
            )
            self._index.update(concatenate([page.batch for page in pages]))
            self._indexed = dict(reached)

    def _follow_others(self) -> None:
        """What other writers stored until a second ago counts for the latest; one thread at a time sees to it."""
        now_ms = self._now_ms()
        if now_ms - self._followed_at_ms < FOLLOW_OTHERS_MS or not self._following.acquire(blocking=False):
            return
        try:
            self._follow()
            self._followed_at_ms = now_ms
        finally:
            self._following.release()

    def _keep_latest(self) -> None:
        self._kept_at_ms = self._now_ms()
        self._latest_file.keep(cursor=self._indexed, index=self._index)


def open_influx_store(
    url: str | Path, *, writer: str, snapshot_file: Path, now_ms: Callable[[], int]
) -> InfluxObservationStore:
    """The store at `influxdb[+https]://:token@host:port/organization/bucket`, ready, its latest values in memory.

    writer: names this process's appends in cursors; no two processes that run at once may share it.
    snapshot_file: where the latest values are kept between runs; without it the whole journal is read at the start.
    Raises StoreUnavailableError; ValueError where `url` is no such address.
    """
    connection = Connection(InfluxAddress.parse(str(url)))
    try:
        return InfluxObservationStore(connection, writer=writer, snapshot_file=snapshot_file, now_ms=now_ms)
    except BaseException:
        connection.close()
        raise


def _identity(connection: Connection) -> str:
    """What tells this bucket's contents from those of any other; made at the first opening."""
    asked = influxql.select(influxql.names(["id"]), IDENTITY, since_ns=0, until_ns=NS_PER_MS)
    found = connection.read(asked)
    if found is None:
        connection.write(f'{IDENTITY} id="{uuid.uuid4()}" 0'.encode(), precision="ms")
        found = connection.read(asked)
    if found is None:
        msg = f"the observation store at {connection.address} does not keep what it confirms"
        raise StoreUnavailableError(msg)
    return str(found["id"][0].as_py())


def _valued(batch: ObservationBatch) -> NDArray[np.intp]:
    """The rows that hold a value."""
    mask = np.zeros(len(batch), np.bool_)
    for column in batch.values.values():
        mask |= ~np.isnan(column)
    return np.flatnonzero(mask)
