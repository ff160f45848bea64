"""The observation store on ClickHouse: embedded (chDB) or a server, the same SQL, the same class."""

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from observations.batch import ObservationBatch
from observations.model import Appended, Buckets, Conflict, Correction, Cursor, Expired, Latest, Series, Stream
from observations.properties import observed_properties
from observations.retention import RetentionPolicy
from storage.observations.archive import write_archive
from storage.observations.arrivals import heads, keep_heads, page_since
from storage.observations.columns import arrow_of, refuse_unstorable, stored_form
from storage.observations.conflicts import count_conflicts, insert_conflicts, read_conflicts
from storage.observations.connection import Connection
from storage.observations.export import export_conflicts, export_observations, export_tables
from storage.observations.latest import LatestIndex, Slots, plausible_times
from storage.observations.latest_file import LatestFile
from storage.observations.location import StoreLocation
from storage.observations.lookup import look_up
from storage.observations.parts import parts_of
from storage.observations.rebuild import newest_batches
from storage.observations.reconcile import Reconciled, reconcile, repeated_rows
from storage.observations.retention import due_before_ms
from storage.observations.rollups import RollUps
from storage.observations.tables import create_tables, make_room, register_writers
from storage.observations.upkeep import Upkeep

TAIL_ROWS = 50_000
KEEP_LATEST_MS = 60_000
FOLLOW_OTHERS_MS = 1_000


class ClickHouseObservationStore:
    """Every value once, under (device, channel, property, phenomenon time as sent); the first write wins.

    Rows that are newer than anything of their device and channel are inserted as they are. The others are looked up
    first: what is there already is dropped, what differs is kept as a conflict. Should two writers race on one key,
    the engine keeps the first in every read and merge, but the second leaves no conflict: give each device one writer.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        writer: str,
        snapshot_file: Path,
        now_ms: Callable[[], int],
        shared: bool = False,
    ) -> None:
        """Opens what `connection` leads to; `shared` where other processes write there at the same time."""
        self._connection = connection
        self._writer = writer
        self._shared = shared
        self._now_ms = now_ms
        self._properties = list(observed_properties())
        self._tables = create_tables(connection, self._properties)
        register_writers(connection, [writer])
        self._latest_file = LatestFile(snapshot_file, identity=self._tables.identity, properties=self._properties)
        self._index = LatestIndex(self._properties)
        self._upkeep = Upkeep(connection, self._properties, shared=shared, now_ms=now_ms)
        self._erasing = False
        self._heads: Cursor = heads(connection, {})
        self._sequence = max(self._heads.values(), default=0)
        self._indexed: Cursor = {}
        self._unsettled = False
        self._roll_ups = RollUps(connection, self._properties, head=self.head, now_ms=now_ms)
        self._roll_ups.expire(self._upkeep.dropped_before_ms())
        self._following = threading.Lock()
        self._finish_erasures()
        self._load_latest()
        self._kept_at_ms = self._followed_at_ms = now_ms()

    def append(self, batch: ObservationBatch) -> Appended:
        """The batch is durable when this returns; see the port."""
        refuse_unstorable(batch)
        with self._upkeep.appending:
            admitted, gone = self._upkeep.admitted(batch)
            return self._append(admitted, gone)

    def _append(self, batch: ObservationBatch, gone: int) -> Appended:
        self._settle()
        slots = self._index.slots_of(batch)
        reconciled = self._reconcile(batch, slots)
        # Before the first insert: should one fail after it took effect, a repetition must look its rows up.
        self._index.raise_high_water(batch, slots)
        for part in parts_of(reconciled.fresh):
            self._insert(part)
        if reconciled.conflicts:
            insert_conflicts(self._connection, reconciled.conflicts)
        if self._now_ms() - self._kept_at_ms >= KEEP_LATEST_MS:
            self._keep_latest()
        return Appended(
            stored=reconciled.fresh.value_count(),
            redelivered=reconciled.redelivered,
            conflicting=len(reconciled.conflicts),
            cursor=dict(self._heads),
            gone=gone,
        )

    def latest(self, devices: Collection[str]) -> Sequence[Latest]:
        """The latest of these devices; from memory."""
        if self._shared:
            self._follow_others()
        return self._upkeep.latest(self._index.latest(devices))

    def series(self, streams: Sequence[Stream], observed_property: str, *, suspect: bool = False, limit: int) -> Series:
        """The newest `limit` values, oldest first."""
        return self._upkeep.series(streams, observed_property, suspect=suspect, limit=limit)

    def buckets(
        self, streams: Sequence[Stream], observed_property: str, *, width_ms: int, offset_ms: int = 0
    ) -> Buckets:
        """Aggregates of good values by bucket."""
        return self._upkeep.buckets(
            streams, observed_property, width_ms=width_ms, offset_ms=offset_ms, hours=self._roll_ups
        )

    @property
    def roll_ups(self) -> RollUps:
        """The roll-up by the hour of this store; who owns the process calls its `step` now and then."""
        return self._roll_ups

    @property
    def changes(self) -> Sequence[str]:
        """What opening did to an older store, in words."""
        return self._tables.changes

    def since(self, cursor: Cursor, *, limit: int) -> tuple[ObservationBatch, Cursor]:
        """About `limit` rows after the cursor, in whole inserts."""
        return page_since(self._connection, cursor, self.head(), properties=self._properties, limit=limit)

    def head(self) -> Cursor:
        """The cursor after everything durable."""
        if not self._shared:
            return dict(self._heads)
        return heads(self._connection, self._heads)

    def conflicts(self, devices: Collection[str] | None = None, *, limit: int) -> Sequence[Conflict]:
        """The newest conflicts."""
        return read_conflicts(self._connection, devices, limit=limit)

    def conflict_count(self, device: str) -> int:
        """Conflicts ever kept of this device."""
        return count_conflicts(self._connection, device)

    def correct(self, correction: Correction) -> None:
        """The correction is durable and in force; raises NoSuchValueError."""
        self._upkeep.correct(correction)

    def corrections(self, devices: Collection[str] | None = None, *, limit: int) -> Sequence[Correction]:
        """The newest corrections, of these devices or of all."""
        return self._upkeep.corrections(devices, limit=limit)

    def erase(self, streams: Sequence[Stream]) -> int:
        """Every value, conflict and correction of these streams is gone, durably; how many values there were."""
        if not streams:
            return 0
        devices = {stream.device for stream in streams}
        self._erasing = True  # the latest values are not kept on disk until they are without what is erased
        self._latest_file.discard()
        keys = self._upkeep.remember(streams)
        keep_heads(self._connection, self.head())  # not before: until now rows of the streams were let in
        self._index.forget(devices)
        held = self._upkeep.remove(streams, keys, self._roll_ups)
        with self._upkeep.appending, self._following:
            self._learn(devices)
            self._erasing = False
            self._keep_latest()
        return held

    def export(self, streams: Sequence[Stream] | None = None) -> Iterator[ObservationBatch]:
        """Whole rows by device, channel and phenomenon time, as corrected."""
        return self._upkeep.export(streams)

    def expire(self, policy: RetentionPolicy, *, now_ms: int) -> Expired:
        """Raw values of whole weeks that the policy no longer keeps are gone, once their hours are rolled up."""
        due = due_before_ms(policy, now_ms=now_ms)
        expired = self._upkeep.expire(due, self._tables.stored_columns, self._roll_ups)
        with self._upkeep.appending, self._following:
            self._learn_what_stayed()
            self._keep_latest()
        return expired

    def snapshot(self, folder: Path) -> None:
        """Everything appended before the call lies in `folder`; what is appended meanwhile may."""
        write_archive(
            folder,
            observations=export_observations(self._connection, self._properties),
            conflicts=export_conflicts(self._connection),
            writers=list(self.head()),
            tables=export_tables(self._connection),
        )

    def close(self) -> None:
        """Everything appended stays durable; the folder may be opened by another process."""
        try:
            self._keep_latest()
        finally:
            self._connection.close()

    def _reconcile(self, batch: ObservationBatch, slots: Slots) -> Reconciled:
        newer = (batch.phenomenon_ms > self._index.high_water_ms(slots)) & plausible_times(batch)
        rows = np.flatnonzero(~newer | repeated_rows(slots, batch.phenomenon_ms))
        if not rows.size:
            return Reconciled(fresh=batch)
        found = look_up(self._connection, batch, rows)
        # An addition must arrive after the row it adds to, or a reader beyond that row would never meet it.
        self._sequence = max(self._sequence, found.last_sequence)
        return reconcile(batch, rows, found.held)

    def _insert(self, part: ObservationBatch) -> None:
        """The part, all of one partition, is durable under a sequence of its own, and counts for the latest."""
        self._sequence += 1
        sequence = np.full(len(part), self._sequence, np.uint64)
        writer = pa.DictionaryArray.from_arrays(np.zeros(len(part), np.int32), pa.array([self._writer]))
        rows = stored_form(arrow_of(part), self._tables.decimals)
        self._tables = make_room(self._connection, self._tables, rows)
        rows = rows.append_column("sequence", pa.array(sequence)).append_column("writer", writer)
        self._unsettled = True
        try:
            self._connection.insert("observations", rows)
            self._unsettled = False
        finally:
            self._roll_ups.note(
                part.phenomenon_ms, writer=self._writer, sequence=self._sequence, stored=not self._unsettled
            )
        self._index.update(part)
        self._heads = {**self._heads, self._writer: self._sequence}
        self._indexed = {**self._indexed, self._writer: self._sequence}

    def _settle(self) -> None:
        """After an insert that failed, whatever of it took effect all the same counts for the head and the latest."""
        if self._unsettled:
            self._heads = heads(self._connection, self._heads)
            self._roll_ups.follow()
            self._follow()
            self._unsettled = False

    def _learn(self, devices: Collection[str]) -> None:
        """Of these devices that is known which is stored; held to be appending, and nobody follows other writers.

        Who follows may have read rows that were removed before they are counted.
        """
        if devices:
            self._index.forget(devices)
            for batch in newest_batches(self._connection, self._properties, devices):
                self._index.update(batch)

    def _learn_what_stayed(self) -> None:
        """Nothing is known of what has expired; held to be appending."""
        self._learn(self._index.expire(self._upkeep.dropped_before_ms()))

    def _finish_erasures(self) -> None:
        spans = self._upkeep.unfinished()
        if spans:
            self._latest_file.discard()
            keep_heads(self._connection, self._heads)
            self._upkeep.remove(spans, self._upkeep.remember(spans), self._roll_ups)

    def _load_latest(self) -> None:
        kept = self._latest_file.load()
        if kept is not None and all(kept.cursor[writer] <= self._heads.get(writer, -1) for writer in kept.cursor):
            self._index.restore(kept.state)
            self._indexed = dict(kept.cursor)
            self._follow()
            self._learn_what_stayed()  # values may have expired since it was kept
            return
        for batch in newest_batches(self._connection, self._properties):
            self._index.update(batch)
        self._indexed = dict(self._heads)

    def _follow(self) -> None:
        """Everything up to the head counts for the latest."""
        head = self.head()
        while any(self._indexed.get(writer, 0) < head[writer] for writer in head):
            batch, reached = page_since(
                self._connection, self._indexed, head, properties=self._properties, limit=TAIL_ROWS
            )
            self._index.update(batch)
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
        if self._erasing:
            return
        self._latest_file.keep(cursor=self._indexed, index=self._index)


def open_clickhouse_store(
    url_or_path: str | Path, *, writer: str, snapshot_file: Path, now_ms: Callable[[], int]
) -> ClickHouseObservationStore:
    """The store at a folder or at `clickhouse+http[s]://…`, ready, with its latest values in memory.

    writer: names this process's inserts in cursors; no two processes that run at once may share it.
    snapshot_file: where the latest values are kept between runs; it may be deleted at any time.
    Raises StoreUnavailableError, also where another process has the folder open.
    """
    location = StoreLocation.parse(url_or_path)
    connection = Connection(location)
    try:
        return ClickHouseObservationStore(
            connection, writer=writer, snapshot_file=snapshot_file, now_ms=now_ms, shared=location.shared
        )
    except BaseException:
        connection.close()
        raise
