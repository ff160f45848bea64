"""The store of observations as the rest of the house sees it."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from observations.batch import ObservationBatch
from observations.model import Appended, Buckets, Conflict, Correction, Cursor, Expired, Latest, Series, Stream
from observations.retention import RetentionPolicy


class ObservationStore(Protocol):
    """Keeps every value once, under (device, channel, property, phenomenon time as sent).

    Every method may raise StoreUnavailableError; it may be called from any thread, but only one thread appends.
    Methods that read show each key at most once, whatever was delivered how often.
    """

    def append(self, batch: ObservationBatch) -> Appended:
        """The batch is durable (process death, power cut) when this returns.

        First write wins: a value already there under its key changes nothing; a different one is kept as a conflict.
        Safe to repeat after any failure. Raises BatchRefusedError where the store is there but will not take
        this batch (part of it may be stored: repeat smaller parts). Values of a span that was erased, or of weeks
        that have expired, are not kept.
        """

    def latest(self, devices: Collection[str]) -> Sequence[Latest]:
        """The latest of every (device, channel, property) of these devices; from memory, in microseconds."""

    def series(self, streams: Sequence[Stream], observed_property: str, *, suspect: bool = False, limit: int) -> Series:
        """Raw values in time order, at most the newest `limit`; those flagged suspect only on demand.

        A corrected value comes as corrected, flagged CORRECTED; on demand what the device said stands before it,
        flagged SUPERSEDED.
        """

    def buckets(
        self, streams: Sequence[Stream], observed_property: str, *, width_ms: int, offset_ms: int = 0
    ) -> Buckets:
        """Min, mean, max, sum and count of good values over all streams, by bucket of `width_ms`.

        Over one animal's streams this downsamples a chart; over a herd's or a field's it is the group's aggregate.
        `offset_ms` shifts bucket edges (a local day in Asia/Shanghai: width 86,400,000, offset 28,800,000).
        """

    def since(self, cursor: Cursor, *, limit: int) -> tuple[ObservationBatch, Cursor]:
        """At most about `limit` rows that arrived after `cursor`, in order of arrival, and the cursor after them.

        A row that gained a property since is returned whole. An empty batch means: nothing newer.
        Values come as they arrived, whatever was corrected later.
        """

    def head(self) -> Cursor:
        """The cursor after everything that is durable now."""

    def conflicts(self, devices: Collection[str] | None = None, *, limit: int) -> Sequence[Conflict]:
        """The newest conflicts, of these devices or of all."""

    def conflict_count(self, device: str) -> int:
        """Conflicts ever kept of this device."""

    def correct(self, correction: Correction) -> None:
        """The correction is durable and holds everywhere: latest, series, buckets, export.

        What the device said stays stored. Of several corrections of one value the newest (by `corrected_time`) holds;
        all are kept. The same again changes nothing. Raises NoSuchValueError where no value has that key.
        """

    def corrections(self, devices: Collection[str] | None = None, *, limit: int) -> Sequence[Correction]:
        """The newest corrections, of these devices or of all."""

    def erase(self, streams: Sequence[Stream]) -> int:
        """Every value, conflict, correction and aggregate of these streams is gone, durably; returns the values.

        A value belongs to a stream by its time as sent, or, where the device's clock was wrong, by its corrected time.
        The spans are remembered: what arrives of them later is not kept (an open end refuses the device for ever).
        Safe to repeat after a failure: a repetition removes what is left.
        """

    def export(self, streams: Sequence[Stream] | None = None) -> Iterator[ObservationBatch]:
        """Whole rows of these streams or of all, by device, channel and phenomenon time, at most 50,000 a batch.

        Values as corrected, withdrawn ones missing; suspect ones too, with their flags. Memory stays constant.
        """

    def expire(self, policy: RetentionPolicy, *, now_ms: int) -> Expired:
        """Raw values of whole weeks that the policy no longer keeps are gone; their hourly aggregates stay.

        Buckets of whole hours go on answering for them. A late delivery of an expired value is not kept.
        """

    def snapshot(self, folder: Path) -> None:
        """A copy of everything durable now lies in `folder` (created, must be empty); appending may go on after."""

    def close(self) -> None:
        """Everything appended stays durable; the object must not be used again."""


class FollowerCursors(Protocol):
    """How far each follower of the observation store has come, committed with its effects."""

    def load(self, follower: str) -> dict[str, int]:
        """The cursor of that follower; empty before its first save."""

    def save(self, follower: str, cursor: dict[str, int]) -> None:
        """The follower continues from there."""
