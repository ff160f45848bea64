"""The latest values in memory: followed as they arrive, kept in a file, learned anew where something was removed."""

import threading
from collections.abc import Callable, Collection, Sequence

from observations.batch import ObservationBatch, concatenate
from observations.model import Cursor, Latest
from storage.influx.arrivals import pages_since
from storage.influx.care import Care
from storage.influx.connection import Connection
from storage.influx.pages import row_pages
from storage.observations.latest import LatestIndex
from storage.observations.latest_file import LatestFile

TAIL_ROWS = 50_000
KEEP_LATEST_MS = 60_000
FOLLOW_OTHERS_MS = 1_000


class Newest:
    """An index of the latest values, and how far along the arrivals it has come."""

    def __init__(
        self,
        connection: Connection,
        care: Care,
        *,
        properties: Sequence[str],
        file: LatestFile,
        head: Callable[[], Cursor],
        now_ms: Callable[[], int],
    ) -> None:
        """Knows nothing yet."""
        self.index = LatestIndex(properties)
        self._connection = connection
        self._care = care
        self._properties = list(properties)
        self._file = file
        self._head = head
        self._now_ms = now_ms
        self._indexed: Cursor = {}
        self._following = threading.Lock()
        self._stale = False
        self._heeded = care.finished()
        self._kept_at_ms = self._followed_at_ms = now_ms()

    def load(self, heads: Cursor) -> None:
        """What was kept of this very bucket counts; what came after it is still to be followed."""
        kept = self._file.load()
        if kept is not None and all(kept.cursor[writer] <= heads.get(writer, -1) for writer in kept.cursor):
            self.index.restore(kept.state)
            self._indexed = dict(kept.cursor)
            self.expire()

    def tell(self, batch: ObservationBatch, *, writer: str, sequence: int) -> None:
        """These rows were stored by this process, the last under that sequence."""
        self.index.update(batch)
        self._indexed = {**self._indexed, writer: sequence}

    def latest(self, devices: Collection[str]) -> Sequence[Latest]:
        """The latest of these devices as corrected, what other processes stored up to a second late."""
        self._follow_others()
        return self._care.latest(self.index.latest(devices))

    def follow(self) -> None:
        """Everything up to the head counts."""
        head = self._head()
        while any(self._indexed.get(writer, 0) < head[writer] for writer in head):
            pages, reached = pages_since(
                self._connection, self._indexed, head, properties=self._properties, limit=TAIL_ROWS
            )
            self.index.update(concatenate([page.batch for page in pages]))
            self._indexed = dict(reached)

    def forget(self, devices: Collection[str]) -> None:
        """Nothing is known of these devices, in the file neither, which is not kept until they are learned anew."""
        self._stale = True
        self._file.discard()
        self.index.forget(devices)

    def learn(self, devices: Collection[str]) -> None:
        """Of these devices that is known which is stored; held to be appending."""
        with self._following:
            self._learn(devices)
            self._heeded = self._care.finished()
        self._stale = False
        self.keep()

    def expire(self) -> None:
        """Nothing is known of what only hours tell any more; what is older and stays, is."""
        before_ms = {name: mark.dropped_before_ms for name, mark in self._care.marks.items()}
        devices = self.index.expire(before_ms)
        if devices:
            self._learn(devices)
            self.index.expire(before_ms)  # what is still to be removed

    def keep_now_and_then(self) -> None:
        """The file is about a minute old at most."""
        if self._now_ms() - self._kept_at_ms >= KEEP_LATEST_MS:
            self.keep()

    def keep(self) -> None:
        """The file holds what is known; but for what is being removed."""
        self._kept_at_ms = self._now_ms()
        if not self._stale:
            self._file.keep(cursor=self._indexed, index=self.index)

    def _follow_others(self) -> None:
        """What other writers stored or removed until a second ago counts; one thread at a time sees to it."""
        now_ms = self._now_ms()
        if now_ms - self._followed_at_ms < FOLLOW_OTHERS_MS or not self._following.acquire(blocking=False):
            return
        try:
            self._care.heed_others()
            self.follow()
            self._heed_removals()
            self._followed_at_ms = now_ms
        finally:
            self._following.release()

    def _heed_removals(self) -> None:
        finished = self._care.finished()
        if finished != self._heeded:
            self._learn(self._care.devices_of(finished - self._heeded))
            self._heeded = finished
        self.expire()

    def _learn(self, devices: Collection[str]) -> None:
        self.index.forget(devices)
        for page in row_pages(self._connection, self._properties, devices=devices, strays=True):
            self.index.update(page.batch)
