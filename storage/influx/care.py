"""Corrections in force and what is gone, in memory beside the ledger; and how answers heed them."""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from observations.batch import ObservationBatch
from observations.errors import StoreUnavailableError
from observations.model import Buckets, Correction, Latest, Observation, Series, Stream
from observations.properties import observed_property
from observations.quality import Quality
from storage.influx.buckets import read_buckets
from storage.influx.charts import read_series
from storage.influx.connection import Connection
from storage.influx.export import export_batches
from storage.influx.ledger import (
    CORRECTIONS,
    ERASURES,
    EXPIRIES,
    MOVES,
    Told,
    fitting,
    forget,
    name_of,
    read_ledger,
    tell,
)
from storage.influx.places import FIRST_MS
from storage.influx.rows import rows_under
from storage.observations.corrections import (
    Ruling,
    Rulings,
    corrected_quality,
    in_order,
    no_such_value,
    ruling_of,
    ruling_rows,
)
from storage.observations.erasure import span_rows, spans_of
from storage.observations.gone import Gone
from storage.observations.latest import instant
from storage.observations.overlay import corrected_latest, corrected_series
from storage.observations.reconcile import Held, Key
from storage.observations.schema import WEEK_MS

HEED_OTHERS_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a property has expired: not let in, only in hours any more, and removed, before these times."""

    before_ms: int
    dropped_before_ms: int
    removed_before_ms: int


class Care:
    """What people did to a store, and its answers as that makes them.

    `appending` is held by whoever appends, and for a moment by an erasure, so that nothing of a span slips in between
    being remembered and being removed. Other processes heed within a second; what removes waits two for them.
    """

    def __init__(self, connection: Connection, properties: Collection[str], *, now_ms: Callable[[], int]) -> None:
        """Reads the ledger."""
        self._connection = connection
        self._properties = list(properties)
        self._now_ms = now_ms
        self.appending = threading.Lock()
        self._telling = threading.RLock()
        self._before: dict[tuple[str, str, str, int], Observation | None] = {}
        self.follow()

    def follow(self) -> None:
        """What other processes corrected, erased or let expire holds here too."""
        with self._telling:
            ledger = read_ledger(self._connection)
            self._told: dict[str, Ruling] = {name: ruling_of(**row) for name, row in ledger[CORRECTIONS].items()}
            self._rulings = Rulings(self._told.values())
            self._erasures = dict(ledger[ERASURES])
            self.marks = {str(row["name"]): Mark(**row["mark"]) for row in ledger[EXPIRIES].values()}
            self.moves: Mapping[str, Told] = dict(ledger[MOVES])
            spans = [span for told in self._erasures.values() for span in spans_of(told["rows"])]
            self.gone = Gone(spans, {name: mark.before_ms for name, mark in self.marks.items()})
            self._before.clear()
            self._followed_at_ms = self._now_ms()

    def heed_others(self) -> None:
        """What other processes did until a second ago holds here too."""
        if self._now_ms() - self._followed_at_ms >= HEED_OTHERS_MS:
            self.follow()

    def wait_for_others(self) -> None:
        """Every process that writes to the store has heeded what the ledger tells, and this one what they told."""
        threading.Event().wait(2 * HEED_OTHERS_MS / 1000)
        self.follow()

    def admitted(self, batch: ObservationBatch) -> tuple[ObservationBatch, int]:
        """The batch without what must not come back, and how many values that was; held to be `appending`.

        Raises StoreUnavailableError where rows of these weeks are just being moved.
        """
        self.heed_others()
        self._before.clear()
        weeks = {move["week"] for move in self.moves.values()}
        if weeks and np.isin(batch.phenomenon_ms // WEEK_MS, list(weeks)).any():
            msg = "the observation store is moving the rows of a week whose values expire; try again in a minute"
            raise StoreUnavailableError(msg)
        return self.gone.admitted(batch)

    def correct(self, correction: Correction) -> None:
        """The correction is durable and in force; raises NoSuchValueError, also where the value is about to expire."""
        if self.gone.covers(correction):
            raise no_such_value(correction)
        with self._telling:
            ruling = self._ruling(correction)
            (row,) = ruling_rows([ruling]).to_pylist()
            name = name_of(row)
            tell(self._connection, CORRECTIONS, {name: row})
            self._told = {**self._told, name: ruling}
            self._rulings = self._rulings.with_(ruling)
            self._before.clear()

    def corrections(self, devices: Collection[str] | None, *, limit: int) -> Sequence[Correction]:
        """The newest corrections."""
        self.heed_others()
        chosen = [r.correction for r in self._told.values() if devices is None or r.correction.device in devices]
        return in_order(chosen)[: max(limit, 0)]

    def rulings(self) -> Iterable[Ruling]:
        """Everything that was ever said of a value that is there."""
        return self._told.values()

    def forget_corrections(self, of: Callable[[Correction], bool]) -> None:
        """Nothing is said of these values any more, durably."""
        with self._telling:
            gone = {name for name, ruling in self._told.items() if of(ruling.correction)}
            forget(self._connection, CORRECTIONS, gone)
            self._told = {name: ruling for name, ruling in self._told.items() if name not in gone}
            self._rulings = Rulings(self._told.values())
            self._before.clear()

    def latest(self, found: Sequence[Latest]) -> Sequence[Latest]:
        """These, as corrected."""
        self.heed_others()
        rulings = self._rulings
        return [
            corrected_latest(item, rulings, self._newest_before) if rulings.concern(item.arrived.device) else item
            for item in found
        ]

    def series(self, streams: Sequence[Stream], name: str, *, suspect: bool, limit: int) -> Series:
        """The newest `limit` values, as corrected, oldest first."""
        self.heed_others()
        rulings = self._rulings.within(streams, name)
        if not rulings or limit <= 0:
            return read_series(self._connection, streams, name, suspect=suspect, limit=limit)
        said = read_series(self._connection, streams, name, suspect=suspect, limit=limit + len(rulings))
        return corrected_series(said, rulings, suspect=suspect, limit=limit)

    def buckets(self, streams: Sequence[Stream], name: str, *, width_ms: int, offset_ms: int) -> Buckets:
        """Aggregates of good values, as corrected, by bucket."""
        self.heed_others()
        mark = self.marks.get(name)
        return read_buckets(
            self._connection,
            streams,
            name,
            width_ms=width_ms,
            offset_ms=offset_ms,
            rulings=self._rulings.within(streams, name),
            expired_before_ms=mark.dropped_before_ms if mark is not None and mark.dropped_before_ms else FIRST_MS,
        )

    def export(self, streams: Sequence[Stream] | None) -> Iterator[ObservationBatch]:
        """Whole rows, as corrected."""
        self.heed_others()
        return export_batches(self._connection, self._properties, streams, self._rulings)

    def keep_spans(self, spans: Sequence[Stream]) -> None:
        """Nothing of these spans is let in any more, durably."""
        entries = {
            name_of(rows): {"rows": rows, "finished": False}
            for rows in fitting(span_rows(spans, finished=False).to_pylist())
        }
        if entries:
            with self.appending, self._telling:
                tell(self._connection, ERASURES, entries)
                self._erasures.update(entries)
                self.gone = self.gone.with_spans(spans)

    def unfinished(self) -> Sequence[Stream]:
        """Spans remembered, perhaps by a process that has ended, before all of them was removed."""
        return [span for told in self._erasures.values() if not told["finished"] for span in spans_of(told["rows"])]

    def finished(self) -> frozenset[str]:
        """The names of the entries of whose spans nothing is left."""
        return frozenset(name for name, told in self._erasures.items() if told["finished"])

    def devices_of(self, names: Collection[str]) -> set[str]:
        """The devices of the spans of these entries."""
        return {span.device for name in names for span in spans_of(self._erasures[name]["rows"])}

    def finish_spans(self) -> None:
        """Nothing is left of any span."""
        entries = {name: {**told, "finished": True} for name, told in self._erasures.items() if not told["finished"]}
        with self._telling:
            tell(self._connection, ERASURES, entries)
            self._erasures.update(entries)

    def tell_move(self, name: str, move: Told | None) -> None:
        """Rows of a week are on the move, durably; None: they are no more."""
        with self._telling:
            others = {known: told for known, told in self.moves.items() if known != name}
            if move is None:
                forget(self._connection, MOVES, [name])
                self.moves = others
            else:
                tell(self._connection, MOVES, {name: move})
                self.moves = {**others, name: move}

    def keep_marks(self, marks: Mapping[str, Mark]) -> None:
        """So far these properties have expired, durably."""
        entries = {
            name_of(name): {
                "name": name,
                "mark": {
                    "before_ms": mark.before_ms,
                    "dropped_before_ms": mark.dropped_before_ms,
                    "removed_before_ms": mark.removed_before_ms,
                },
            }
            for name, mark in marks.items()
        }
        with self._telling:
            tell(self._connection, EXPIRIES, entries)
            self.marks = {**self.marks, **marks}
            self.gone = self.gone.with_expired({name: mark.before_ms for name, mark in marks.items()})

    def _ruling(self, correction: Correction) -> Ruling:
        key = correction.device, correction.channel, correction.phenomenon_ms
        name = observed_property(correction.observed_property).name
        for rows in rows_under(self._connection, [key], [name]):
            batch = rows.batch
            keys = list(zip(batch.device, batch.channel, batch.phenomenon_ms.tolist(), strict=True))
            if key in keys and name in batch.values and not np.isnan(batch.values[name][keys.index(key)]):
                row = keys.index(key)
                if self.gone.erased(batch)[row]:  # an erasure is about to remove it, and what was said of it is gone
                    break
                flags = batch.quality[name][row] if name in batch.quality else 0
                return Ruling(
                    correction=correction,
                    received_ms=int(batch.received_ms[row]),
                    shown_ms=int(batch.corrected_ms[row]),
                    quality=corrected_quality(int(flags)),
                )
        raise no_such_value(correction)

    def _newest_before(self, observation: Observation) -> Observation | None:
        """Of the same slot, the newest good value in force with an earlier phenomenon time; remembered once asked."""
        key = observation.device, observation.channel, observation.observed_property, observation.phenomenon_ms
        if key not in self._before:
            self._before[key] = self._look_before(observation)
        return self._before[key]

    def _look_before(self, observation: Observation) -> Observation | None:
        stream = Stream(device=observation.device, channel=observation.channel, until_ms=observation.phenomenon_ms)
        series = self.series([stream], observation.observed_property, suspect=False, limit=1)
        if not len(series.value):
            return None
        key = observation.device, observation.channel, int(series.phenomenon_ms[0])
        held = self._held(key)
        if held is None:
            return None
        return replace(
            observation,
            phenomenon_ms=key[2],
            corrected_time=instant(held.corrected_ms),
            received_time=instant(held.received_ms),
            value=float(series.value[0]),
            quality=Quality(int(series.quality[0])),
        )

    def _held(self, key: Key) -> Held | None:
        """The row under that key; None where it went meanwhile."""
        for rows in rows_under(self._connection, [key], self._properties):
            found = rows.by_key().get(key)
            if found is not None:
                return found[1]
        return None
