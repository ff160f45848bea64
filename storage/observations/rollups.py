"""The roll-up by the hour kept up with what arrives, a bounded step at a time."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from observations.model import Cursor, Stream
from storage.observations.columns import numpy_of
from storage.observations.connection import Connection
from storage.observations.hours import HOUR_OF_ROW, rolling_up, within
from storage.observations.placement import altering
from storage.observations.schema import PARTITIONED_FROM_MS
from storage.observations.selection import OPEN_END_MS, OPEN_START_MS, selection
from storage.observations.touched import HOUR_MS, Span, Touch, TouchedHours, hour_of, hours_of, spans_of

QUIET_MS = 120_000
"""An hour is rolled up when nothing was written to it for so long: what trickles in is computed once."""
HOURS_PER_STEP = 48
ROWS_PER_STEP = 500_000
HOURS_TO_JOIN = 24
PART = "hours"


class Progress(msgspec.Struct, frozen=True):
    """Every row up to `cursor` is in the roll-up, except in `open`: hour → sequence of the first row missing."""

    cursor: dict[str, int]
    open: dict[str, dict[str, int]]


class RollUps:
    """Knows which hours the roll-up tells rightly, and computes the others anew.

    Hours are computed out of the rows as they are, never added to by inserts: a redelivery changes nothing. What has
    been computed is kept with a cursor of arrival, written after it: whatever is interrupted is computed again.
    Only one process of those that share a server may call `step`.
    """

    def __init__(
        self,
        connection: Connection,
        properties: Collection[str],
        *,
        head: Callable[[], Cursor],
        now_ms: Callable[[], int],
        quiet_ms: int = QUIET_MS,
    ) -> None:
        """Reads how far the roll-up has come; the hours of what arrived since are not told by it."""
        self._connection = connection
        self._properties = list(properties)
        self._head = head
        self._now_ms = now_ms
        self._quiet_ms = quiet_ms
        self._touched = TouchedHours()
        self._unjoined = 0
        self._expired_before_ms: dict[str, int] = {}
        self._one_step = threading.RLock()
        kept = self._load()
        self._touched.restore(kept.cursor, {int(hour): after for hour, after in kept.open.items()})
        self.follow()

    def note(self, phenomenon_ms: NDArray[np.int64], *, writer: str, sequence: int, stored: bool) -> None:
        """Rows of these times were inserted; `stored` False: it is not known whether they were."""
        hours = hours_of(phenomenon_ms)
        until = sequence if stored else None
        self._touched.note(hours, writer=writer, sequence=sequence, now_ms=self._now_ms(), until=until)

    def follow(self) -> None:
        """Every insert up to the head is noted, also those of other processes and of unknown outcome."""
        noted = self._touched.noted()
        for writer, until in self._head().items():
            after = noted.get(writer, 0)
            if after < until:
                hours = self._connection.read(
                    f"SELECT {HOUR_OF_ROW} AS hour_ms, min(sequence) AS first FROM observations"  # noqa: S608 - bound values
                    " WHERE writer = {writer:String} AND sequence > {after:UInt64} AND sequence <= {until:UInt64}"
                    " GROUP BY hour_ms",
                    {"writer": writer, "after": after, "until": until},
                )
                first = int(numpy_of(hours, "first", np.int64).min()) if len(hours) else until
                numbers = numpy_of(hours, "hour_ms", np.int64).tolist()
                self._touched.note(numbers, writer=writer, sequence=first, now_ms=self._now_ms(), until=until)

    def touch(self, streams: Sequence[Stream]) -> None:
        """Every hour of the streams that holds a row is computed anew, also after a crash: call it before the change.

        For whoever changes or removes rows; until then charts read the rows themselves.
        """
        with self._one_step:
            condition, parameters = selection(_whole_hours(streams))
            hours = self._connection.read(
                f"SELECT DISTINCT {HOUR_OF_ROW} AS hour_ms FROM observations WHERE {condition}",  # noqa: S608 - our names, bound values
                parameters,
            )
            self._touched.touch(numpy_of(hours, "hour_ms", np.int64).tolist(), now_ms=self._now_ms())
            self._keep()

    def erase(self, streams: Sequence[Stream]) -> None:
        """No hour that overlaps with the streams is in the roll-up of their devices, on disk neither.

        For whoever has erased the rows of the streams: what is left of a broken hour is computed anew.
        """
        if not streams:
            return
        with self._one_step:
            self.touch(streams)
            condition, parameters = selection(_whole_hours(streams), time="hour_ms")
            for statement in altering(
                "hours", f"DELETE WHERE {condition}", self._connection.location.cluster, stored_only=True
            ):
                self._connection.maintain(statement, parameters)

    def expire(self, before_ms: Mapping[str, int]) -> None:
        """Rows older than that (whole hours, by property) are gone: their hours stay for ever as they are."""
        self._expired_before_ms = {name: hour_of(time) for name, time in before_ms.items()}

    def hurry(self) -> None:
        """What was written just now counts as quiet from here on: for whoever has finished writing."""
        self._quiet_ms = 0

    def settled(self, until_ms: int) -> bool:
        """Every hour before that time is in the roll-up."""
        return not self._touched.spans(OPEN_START_MS, until_ms)

    def raw_spans(
        self, streams: Sequence[Stream], observed_property: str, also: Collection[int] = ()
    ) -> Sequence[Span]:
        """The spans of whole hours for which charts of these streams have to read the rows themselves.

        also: hours in which a value was corrected: the roll-up tells what devices said.
        Of all other hours, the roll-up holds each stream wholly or the stream does not touch them.
        """
        since = min(OPEN_START_MS if stream.since_ms is None else stream.since_ms for stream in streams)
        until = max(OPEN_END_MS if stream.until_ms is None else stream.until_ms for stream in streams)
        bounds = [time for stream in streams for time in (stream.since_ms, stream.until_ms) if time is not None]
        broken = set(also) | {hour_of(time) for time in bounds if time % HOUR_MS}
        expired = max(self._expired_before_ms.get(observed_property, 0), PARTITIONED_FROM_MS)
        spans = self._touched.spans(since, until, broken)
        # what is older than the first partition has no known age and never expires
        cut = [(first, min(end, PARTITIONED_FROM_MS)) for first, end in spans]
        cut += [(max(first, expired), end) for first, end in spans]
        return [(first, end) for first, end in cut if first < end]

    def step(self, *, quiet_ms: int | None = None) -> int:
        """Some hours that are over are in the roll-up, durably; how many. 0: nothing is due.

        quiet_ms: for how long an hour must have been left alone, where not as usual.
        """
        quiet_ms = self._quiet_ms if quiet_ms is None else quiet_ms
        with self._one_step:
            if self._connection.location.shared:
                self.follow()
            due = self._touched.due(now_ms=self._now_ms(), quiet_ms=quiet_ms, limit=HOURS_PER_STEP)
            if not due:
                self._join()
                return 0
            hours = self._bounded(due)
            statement, parameters = rolling_up(
                self._properties,
                spans_of(hours),
                after=_earliest(hours.values()),
                expired_before_ms=self._expired_before_ms,
            )
            self._connection.maintain(statement, parameters)
            self._touched.settle(hours)
            self._keep()
            self._unjoined += len(hours)
            return len(hours)

    def _join(self) -> None:
        """A day's worth of small parts is one: every part that a chart has to look into costs it half a millisecond."""
        if self._unjoined >= HOURS_TO_JOIN and not self._connection.location.shared:
            self._connection.maintain("OPTIMIZE TABLE hours FINAL SETTINGS optimize_skip_merged_partitions = 1")
            self._unjoined = 0

    def _bounded(self, due: Mapping[int, Touch]) -> dict[int, Touch]:
        """The first of these hours, as many as hold about `ROWS_PER_STEP` rows; at least one."""
        counted = self._connection.read(
            f"SELECT {HOUR_OF_ROW} AS hour_ms, count() AS rows FROM observations"  # noqa: S608 - whole numbers
            f" WHERE {within('phenomenon_ms', spans_of(due))} GROUP BY hour_ms"
        )
        rows = dict(
            zip(
                numpy_of(counted, "hour_ms", np.int64).tolist(),
                numpy_of(counted, "rows", np.int64).tolist(),
                strict=True,
            )
        )
        total = np.cumsum([rows.get(hour, 0) for hour in due])
        enough = max(1, int(np.searchsorted(total, ROWS_PER_STEP, side="right")))
        return dict(list(due.items())[:enough])

    def _keep(self) -> None:
        cursor, hours = self._touched.state()
        progress = Progress(dict(cursor), {str(hour): dict(after) for hour, after in hours.items()})
        text = msgspec.json.encode(progress).decode()
        self._connection.maintain(
            "INSERT INTO hours_progress SELECT {part:String}, {progress:String}", {"part": PART, "progress": text}
        )

    def _load(self) -> Progress:
        found: pa.Table = self._connection.look_up(
            "SELECT progress FROM hours_progress FINAL WHERE part = {part:String}", {"part": PART}
        )
        texts = found["progress"].to_pylist()
        return msgspec.json.decode(texts[0], type=Progress) if texts else Progress({}, {})


def _earliest(touches: Collection[Touch]) -> dict[str, int]:
    """By writer the first sequence that any of them is after; empty where one of them is after nothing known."""
    if not all(touch.after for touch in touches):
        return {}
    earliest: dict[str, int] = {}
    for touch in touches:
        for writer, sequence in touch.after.items():
            earliest[writer] = min(sequence, earliest.get(writer, sequence))
    return earliest


def _whole_hours(streams: Sequence[Stream]) -> Sequence[Stream]:
    """The streams, each widened to whole hours."""
    return [
        Stream(
            device=stream.device,
            channel=stream.channel,
            since_ms=None if stream.since_ms is None else hour_of(stream.since_ms),
            until_ms=None if stream.until_ms is None else -hour_of(-stream.until_ms),
        )
        for stream in streams
    ]
