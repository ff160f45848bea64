"""The observation store in memory: for tests of the house, and the plain statement of what a store does."""

import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from observations.batch import ObservationBatch
from observations.model import (
    Appended,
    Buckets,
    Conflict,
    Correction,
    Cursor,
    Expired,
    Latest,
    Observation,
    Series,
    Stream,
)
from observations.properties import observed_properties, observed_property
from observations.quality import SUSPECT, Quality
from observations.retention import RetentionPolicy
from storage.observations.archive import write_archive
from storage.observations.columns import arrow_of, refuse_unstorable
from storage.observations.conflicts import conflict_rows
from storage.observations.corrections import (
    Ruling,
    Rulings,
    corrected_quality,
    in_order,
    no_such_value,
    ruling_rows,
)
from storage.observations.erasure import instants, span_rows
from storage.observations.export import ROWS_PER_PAGE, with_values
from storage.observations.gone import Gone
from storage.observations.latest import LatestIndex, instant
from storage.observations.memory_rows import (
    HOUR_MS,
    Hour,
    Key,
    Reading,
    Row,
    about_erased,
    belongs,
    hour_erased,
    messages_of,
    within,
)
from storage.observations.overlay import corrected_batch, corrected_latest
from storage.observations.retention import HourOf, due_before_ms, expiry_rows, hour_rows
from storage.observations.schema import PARTITIONED_FROM_MS, WEEK_MS

STORED, REDELIVERED, CONFLICTING = "stored", "redelivered", "conflicting"


class InMemoryObservationStore:
    """Every value once, as long as the process lives; slow on purpose where slow is plainer."""

    def __init__(self, *, writer: str = "memory") -> None:
        self._writer = writer
        self._rows: dict[Key, Row] = {}
        self._conflicts: dict[tuple[str, str, int, str, float], Conflict] = {}
        self._rulings: dict[Correction, Ruling] = {}
        self._in_force = Rulings()
        self._gone = Gone()
        self._hours: dict[Hour, list[float]] = {}
        self._index = LatestIndex(observed_properties())
        self._sequence = 0
        self._lock = threading.RLock()

    def append(self, batch: ObservationBatch) -> Appended:
        """The batch is kept when this returns."""
        refuse_unstorable(batch)
        with self._lock:
            admitted, gone = self._gone.admitted(batch)
            messages = messages_of(admitted)
            written = [self._write(key, message, name) for key, message in messages for name in message.values]
            if STORED in written:
                self._sequence += 1
                self._index.update(self._batch_of(self._after(self._sequence - 1)))
            return Appended(
                stored=written.count(STORED),
                redelivered=written.count(REDELIVERED),
                conflicting=written.count(CONFLICTING),
                cursor=self.head(),
                gone=gone,
            )

    def latest(self, devices: Collection[str]) -> Sequence[Latest]:
        """The latest of these devices."""
        with self._lock:
            found = self._index.latest(devices)
            return [corrected_latest(item, self._in_force, self._newest_before) for item in found]

    def series(self, streams: Sequence[Stream], observed_property: str, *, suspect: bool = False, limit: int) -> Series:
        """The newest `limit` values, oldest first."""
        readings = self._readings(streams, observed_property, suspect=suspect)
        shown = readings[-limit:] if limit > 0 else []
        return Series(
            phenomenon_ms=np.array([r.phenomenon_ms for r in shown], np.int64),
            value=np.array([r.value for r in shown], np.float64),
            quality=np.array([r.quality for r in shown], np.uint8),
            device=np.array([r.device for r in shown], np.object_),
            channel=np.array([r.channel for r in shown], np.object_),
        )

    def buckets(
        self, streams: Sequence[Stream], observed_property: str, *, width_ms: int, offset_ms: int = 0
    ) -> Buckets:
        """Aggregates of good values by bucket."""
        groups: dict[int, list[Reading]] = {}
        readings = self._readings(streams, observed_property, suspect=False)
        if width_ms % HOUR_MS == offset_ms % HOUR_MS == 0:
            readings = sorted([*self._expired(streams, observed_property), *readings], key=lambda r: r.phenomenon_ms)
        for reading in readings:
            start_ms = reading.phenomenon_ms - (reading.phenomenon_ms + offset_ms) % width_ms
            groups.setdefault(start_ms, []).append(reading)
        values = [[reading.value for reading in group] for group in groups.values()]
        return Buckets(
            start_ms=np.array(list(groups), np.int64),
            minimum=np.array([min(group) for group in values], np.float64),
            mean=np.array([sum(group) / len(group) for group in values], np.float64),
            maximum=np.array([max(group) for group in values], np.float64),
            total=np.array([sum(group) for group in values], np.float64),
            count=np.array([len(group) for group in values], np.int64),
            devices=np.array([len({reading.device for reading in group}) for group in groups.values()], np.int64),
        )

    def since(self, cursor: Cursor, *, limit: int) -> tuple[ObservationBatch, Cursor]:
        """About `limit` rows after the cursor, in whole appends."""
        with self._lock:
            newer = self._after(cursor.get(self._writer, 0))
            if not newer:
                return self._batch_of([]), {**cursor, **self.head()}
            last = newer[min(max(limit, 1), len(newer)) - 1][1].sequence
            page = [(key, row) for key, row in newer if row.sequence <= last]
            return self._batch_of(page), {**cursor, self._writer: last}

    def head(self) -> Cursor:
        """The cursor after everything."""
        return {self._writer: self._sequence} if self._sequence else {}

    def conflicts(self, devices: Collection[str] | None = None, *, limit: int) -> Sequence[Conflict]:
        """The newest conflicts."""
        with self._lock:
            chosen = [c for c in self._conflicts.values() if devices is None or c.device in devices]
        chosen.sort(key=lambda c: (c.device, c.channel, c.observed_property, c.phenomenon_ms, c.refused_value))
        chosen.sort(key=lambda c: c.received_time, reverse=True)
        return chosen[: max(limit, 0)]

    def conflict_count(self, device: str) -> int:
        """Conflicts ever kept of this device."""
        with self._lock:
            return sum(conflict.device == device for conflict in self._conflicts.values())

    def correct(self, correction: Correction) -> None:
        """The correction is in force; raises NoSuchValueError."""
        with self._lock:
            key = correction.device, correction.channel, correction.phenomenon_ms
            row = self._rows.get(key)
            if row is None or correction.observed_property not in row.values:
                raise no_such_value(correction)
            _, flags = row.values[correction.observed_property]
            self._rulings[correction] = Ruling(
                correction=correction,
                received_ms=row.received_ms,
                shown_ms=row.corrected_ms,
                quality=corrected_quality(flags),
            )
            self._in_force = Rulings(self._rulings.values())

    def corrections(self, devices: Collection[str] | None = None, *, limit: int) -> Sequence[Correction]:
        """The newest corrections."""
        with self._lock:
            chosen = [c for c in self._rulings if devices is None or c.device in devices]
        return in_order(chosen)[: max(limit, 0)]

    def erase(self, streams: Sequence[Stream]) -> int:
        """Nothing of these streams is held; how many values there were."""
        with self._lock:
            keys = {key for key, row in self._rows.items() if any(belongs(stream, key, row) for stream in streams)}
            held = sum(len(self._rows.pop(key).values) for key in keys)
            wild = [key for key in keys if not any(within(stream, *key) for stream in streams)]
            self._gone = self._gone.with_spans([*streams, *instants(wild)])
            self._conflicts = {k: c for k, c in self._conflicts.items() if not about_erased(streams, keys, c)}
            self._rulings = {c: ruling for c, ruling in self._rulings.items() if not about_erased(streams, keys, c)}
            self._in_force = Rulings(self._rulings.values())
            self._hours = {k: hour for k, hour in self._hours.items() if not hour_erased(streams, *k)}
            self._reindex()
        return held

    def export(self, streams: Sequence[Stream] | None = None) -> Iterator[ObservationBatch]:
        """Whole rows as corrected, by device, channel and phenomenon time."""
        with self._lock:
            rows = [
                (key, row)
                for key, row in sorted(self._rows.items(), key=lambda item: item[0])
                if streams is None or any(within(stream, *key) for stream in streams)
            ]
            for first in range(0, len(rows), ROWS_PER_PAGE):
                page = corrected_batch(self._batch_of(rows[first : first + ROWS_PER_PAGE]), self._in_force)
                yield from with_values(page)

    def expire(self, policy: RetentionPolicy, *, now_ms: int) -> Expired:
        """Raw values of whole weeks that the policy no longer keeps are gone; their hours stay."""
        with self._lock:
            due = due_before_ms(policy, now_ms=now_ms)
            gone = self._gone.with_expired(due).expired_before_ms
            dropped = [
                (key, name)
                for key, row in self._rows.items()
                for name in row.values
                if PARTITIONED_FROM_MS <= key[2] < gone.get(name, 0)
            ]
            for key, name in dropped:
                self._fold(key, name)
            for key, name in dropped:
                del self._rows[key].values[name]
            self._gone = self._gone.with_expired(due)
            expired = set(dropped)
            self._conflicts = {k: c for k, c in self._conflicts.items() if not self._gone.covers(c)}
            self._rulings = {c: ruling for c, ruling in self._rulings.items() if not self._gone.covers(c)}
            self._in_force = Rulings(self._rulings.values())
            self._reindex()
        return Expired(values=len(expired), weeks=len({key[2] // WEEK_MS for key, _ in expired}))

    def snapshot(self, folder: Path) -> None:
        """Everything lies in `folder`, in the form that `restore_observations` reads."""
        with self._lock:
            arrived = self._after(0)
            rows = arrow_of(self._batch_of(arrived))
            rows = rows.append_column("writer", pa.array([self._writer] * len(arrived), pa.string()))
            rows = rows.append_column("sequence", pa.array([row.sequence for _, row in arrived], pa.uint64()))
            conflicts = conflict_rows(list(self._conflicts.values()))
            tables = [
                ("corrections", ruling_rows(self._rulings.values())),
                ("erasures", span_rows(self._gone.spans, finished=True)),
                ("expiries", expiry_rows(self._gone.expired_before_ms, dropped=True)),
                ("hours", hour_rows(self._expired_hours())),
            ]
        write_archive(folder, observations=[rows], conflicts=conflicts, writers=list(self.head()), tables=tables)

    def close(self) -> None:
        """Nothing is held open."""

    def _write(self, key: Key, message: Row, name: str) -> str:
        row = self._rows.setdefault(key, Row(received_ms=message.received_ms, corrected_ms=message.corrected_ms))
        value, _ = message.values[name]
        if name not in row.values:
            row.values[name] = message.values[name]
            row.sequence = self._sequence + 1
            return STORED
        first, _ = row.values[name]
        if first == value:
            return REDELIVERED
        self._refuse(key, name, first, value, message.received_ms)
        return CONFLICTING

    def _refuse(self, key: Key, name: str, first: float, value: float, received_ms: int) -> None:
        device, channel, phenomenon_ms = key
        conflict = Conflict(
            device=device,
            channel=channel,
            observed_property=name,
            phenomenon_ms=phenomenon_ms,
            stored_value=first,
            refused_value=value,
            received_time=instant(received_ms),
        )
        known = self._conflicts.setdefault((*key, name, value), conflict)
        if conflict.received_time < known.received_time:
            self._conflicts[*key, name, value] = conflict

    def _readings(self, streams: Sequence[Stream], name: str, *, suspect: bool) -> list[Reading]:
        observed_property(name)
        hidden = 0 if suspect else int(SUSPECT)
        with self._lock:
            found = [
                Reading(phenomenon_ms=phenomenon_ms, device=device, channel=channel, value=value, quality=flags)
                for (device, channel, phenomenon_ms), row in self._rows.items()
                if name in row.values and any(within(stream, device, channel, phenomenon_ms) for stream in streams)
                for value, flags in self._said((device, channel, phenomenon_ms), name, row)
                if not flags & hidden
            ]
        return sorted(found, key=lambda reading: (reading.phenomenon_ms, reading.device, reading.channel))

    def _expired(self, streams: Sequence[Stream], name: str) -> Iterator[Reading]:
        """What is left of expired values: as if each had been told at the start of its hour."""
        with self._lock:
            for (device, channel, of, hour_ms), values in self._hours.items():
                if of == name and any(within(stream, device, channel, hour_ms) for stream in streams):
                    for value in values:
                        yield Reading(phenomenon_ms=hour_ms, device=device, channel=channel, value=value, quality=0)

    def _said(self, key: Key, name: str, row: Row) -> Iterator[tuple[float, int]]:
        """The value and flags that hold under a key; before them, flagged, what they replace."""
        device, channel, phenomenon_ms = key
        value, flags = row.values[name]
        ruling = self._in_force.of_slot((device, channel, name)).get(phenomenon_ms)
        if ruling is None:
            yield value, flags
            return
        yield value, flags | int(Quality.SUPERSEDED)
        if ruling.correction.value is not None:
            yield ruling.correction.value, int(ruling.quality)

    def _newest_before(self, observation: Observation) -> Observation | None:
        stream = Stream(device=observation.device, channel=observation.channel, until_ms=observation.phenomenon_ms)
        readings = self._readings([stream], observation.observed_property, suspect=False)
        if not readings:
            return None
        newest = readings[-1]
        row = self._rows[newest.device, newest.channel, newest.phenomenon_ms]
        return replace(
            observation,
            phenomenon_ms=newest.phenomenon_ms,
            corrected_time=instant(row.corrected_ms),
            received_time=instant(row.received_ms),
            value=newest.value,
            quality=Quality(newest.quality),
        )

    def _expired_hours(self) -> list[HourOf]:
        return [
            HourOf(device=device, channel=channel, observed_property=name, hour_ms=hour_ms, values=values)
            for (device, channel, name, hour_ms), values in self._hours.items()
        ]

    def _reindex(self) -> None:
        self._index = LatestIndex(observed_properties())
        self._index.update(self._batch_of(self._after(0)))

    def _fold(self, key: Key, name: str) -> None:
        """The value, where it holds and is good, counts for its hour, which stays when the value is gone."""
        device, channel, phenomenon_ms = key
        for value, flags in self._said(key, name, self._rows[key]):
            if not flags & int(SUSPECT):
                hour = device, channel, name, phenomenon_ms - phenomenon_ms % HOUR_MS
                self._hours.setdefault(hour, []).append(value)

    def _after(self, sequence: int) -> list[tuple[Key, Row]]:
        newer = [(key, row) for key, row in self._rows.items() if row.sequence > sequence]
        return sorted(newer, key=lambda item: (item[1].sequence, item[0]))

    def _batch_of(self, rows: Sequence[tuple[Key, Row]]) -> ObservationBatch:
        names = [name for name in observed_properties() if any(name in row.values for _, row in rows)]
        cells = {name: [row.values.get(name, (np.nan, 0)) for _, row in rows] for name in names}
        quality = {name: np.array([flags for _, flags in column], np.uint8) for name, column in cells.items()}
        return ObservationBatch(
            device=[device for (device, _, _), _ in rows],
            channel=[channel for (_, channel, _), _ in rows],
            phenomenon_ms=np.array([phenomenon_ms for (_, _, phenomenon_ms), _ in rows], np.int64),
            received_ms=np.array([row.received_ms for _, row in rows], np.int64),
            corrected_ms=np.array([row.corrected_ms for _, row in rows], np.int64),
            values={name: np.array([value for value, _ in column], np.float64) for name, column in cells.items()},
            quality={name: column for name, column in quality.items() if column.any()},
        )
