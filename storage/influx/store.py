"""The observation store on an InfluxDB 2 that runs already."""

import threading
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from observations.batch import ObservationBatch, concatenate
from observations.errors import StoreUnavailableError
from observations.model import Appended, Buckets, Conflict, Correction, Cursor, Expired, Latest, Series, Stream
from observations.properties import observed_properties
from observations.retention import RetentionPolicy
from storage.influx import influxql
from storage.influx.address import InfluxAddress
from storage.influx.archive import archived, archived_tables
from storage.influx.arrivals import announce, arrivals_of, confirm, heads, last_announced, pages_since, unconfirmed
from storage.influx.care import Care
from storage.influx.conflicts import conflicts_of, count_conflicts, insert_conflicts, newest_conflicts
from storage.influx.connection import Connection
from storage.influx.erasure import erase
from storage.influx.lines import refuse_unwritable, row_lines
from storage.influx.newest import Newest
from storage.influx.places import IDENTITY, NS_PER_MS
from storage.influx.retention import Retention
from storage.influx.rows import rows_under
from storage.observations.archive import write_archive
from storage.observations.columns import refuse_unstorable
from storage.observations.conflicts import conflict_rows
from storage.observations.latest import Slots, plausible_times
from storage.observations.latest_file import LatestFile
from storage.observations.reconcile import Held, Key, Reconciled, key_of, reconcile, repeated_rows
from storage.observations.retention import due_before_ms


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
        self._heads: Cursor = heads(connection, {})
        self._sequence = last_announced(connection)
        self._care = Care(connection, self._properties, now_ms=now_ms)
        self._retention = Retention(connection, self._care, self._properties, writer=writer)
        self._newest = Newest(
            connection,
            self._care,
            properties=self._properties,
            file=LatestFile(snapshot_file, identity=identity, properties=self._properties),
            head=self.head,
            now_ms=now_ms,
        )
        self._changing = threading.Lock()
        self._unfinished = True  # the process before this one may have ended in the midst of an erasure or an expiry
        self._unsettled = True  # the process before this one may have ended between rows and confirmation
        self._newest.load(self._heads)
        self._settle()
        self._finish()

    def append(self, batch: ObservationBatch) -> Appended:
        """The batch is in the server's log on disk when this returns; see the port."""
        refuse_unstorable(batch)
        refuse_unwritable(batch)
        self._finish_moves()
        with self._care.appending:
            admitted, gone = self._care.admitted(batch)
            return self._append(admitted, gone)

    def _append(self, batch: ObservationBatch, gone: int) -> Appended:
        self._settle()
        slots = self._newest.index.slots_of(batch)
        reconciled = self._reconcile(batch, slots)
        # Before the first write: should one fail after it took effect, a repetition must look its rows up.
        self._newest.index.raise_high_water(batch, slots)
        self._store(reconciled.fresh)
        if reconciled.conflicts:
            insert_conflicts(self._connection, reconciled.conflicts)
        self._newest.keep_now_and_then()
        return Appended(
            stored=reconciled.fresh.value_count(),
            redelivered=reconciled.redelivered,
            conflicting=len(reconciled.conflicts),
            cursor=dict(self._heads),
            gone=gone,
        )

    def latest(self, devices: Collection[str]) -> Sequence[Latest]:
        """The latest of these devices; from memory, what other processes stored up to a second late."""
        return self._newest.latest(devices)

    def series(self, streams: Sequence[Stream], observed_property: str, *, suspect: bool = False, limit: int) -> Series:
        """The newest `limit` values, oldest first."""
        return self._care.series(streams, observed_property, suspect=suspect, limit=limit)

    def buckets(
        self, streams: Sequence[Stream], observed_property: str, *, width_ms: int, offset_ms: int = 0
    ) -> Buckets:
        """Aggregates of good values by bucket."""
        return self._care.buckets(streams, observed_property, width_ms=width_ms, offset_ms=offset_ms)

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

    def correct(self, correction: Correction) -> None:
        """The correction is durable and in force; raises NoSuchValueError."""
        self._care.correct(correction)

    def corrections(self, devices: Collection[str] | None = None, *, limit: int) -> Sequence[Correction]:
        """The newest corrections, of these devices or of all."""
        return self._care.corrections(devices, limit=limit)

    def erase(self, streams: Sequence[Stream]) -> int:
        """Every value, conflict and correction of these streams is gone, durably; how many values there were."""
        if not streams:
            return 0
        with self._changing:
            left = self._finish()
            self._unfinished = True
            erased = self._erase(streams)
            self._unfinished = False
        return left + erased

    def export(self, streams: Sequence[Stream] | None = None) -> Iterator[ObservationBatch]:
        """Whole rows by device, channel and phenomenon time, as corrected."""
        return self._care.export(streams)

    def expire(self, policy: RetentionPolicy, *, now_ms: int) -> Expired:
        """Raw values of whole weeks that the policy no longer keeps are gone, once their hours are kept."""
        with self._changing:
            self._finish()
            self._unfinished = True
            expired = self._retention.expire(due_before_ms(policy, now_ms=now_ms))
            self._unfinished = False
            with self._care.appending:
                self._newest.expire()
                self._newest.keep()
        return expired

    def snapshot(self, folder: Path) -> None:
        """Everything appended before the call lies in `folder`."""
        head = self.head()
        write_archive(
            folder,
            observations=archived(self._connection, head, self._properties),
            conflicts=conflict_rows(conflicts_of(self._connection, None)),
            writers=list(head),
            tables=archived_tables(self._connection, head, self._care),
        )

    def close(self) -> None:
        """Everything appended stays durable; no connection is open."""
        try:
            self._newest.keep()
        finally:
            self._connection.close()

    def _reconcile(self, batch: ObservationBatch, slots: Slots) -> Reconciled:
        newer = (batch.phenomenon_ms > self._newest.index.high_water_ms(slots)) & plausible_times(batch)
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
        self._newest.tell(fresh, writer=self._writer, sequence=self._sequence)
        self._heads = {**self._heads, self._writer: self._sequence}

    def _settle(self) -> None:
        """Whatever a failure left announced is confirmed: what of it took effect counts, the rest comes again."""
        if self._unsettled:
            left = unconfirmed(self._connection, self._writer, self._heads.get(self._writer, 0))
            if left:
                confirm(self._connection, self._writer, left)
            self._heads = heads(self._connection, self._heads)
            self._newest.follow()
            self._unsettled = False

    def _finish(self) -> int:
        """Whatever was left of an erasure or an expiry is done; the values that erasing took."""
        if not self._unfinished:
            return 0
        self._retention.finish()
        values = self._erase(self._care.unfinished())
        self._unfinished = False
        return values

    def _erase(self, streams: Sequence[Stream]) -> int:
        if not streams:
            return 0
        devices = {stream.device for stream in streams}
        self._newest.forget(devices)
        values = erase(self._connection, self._care, streams, self._properties)
        with self._care.appending:
            self._newest.learn(devices)
        return values

    def _finish_moves(self) -> None:
        """No row is on the move, unless an expiry is just under way."""
        if self._retention.interrupted and self._changing.acquire(blocking=False):
            try:
                self._retention.finish()
            finally:
                self._changing.release()


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
