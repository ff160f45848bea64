"""What people do to a store in ClickHouse: corrections, erasure, export; and how its answers heed them."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from observations.batch import ObservationBatch
from observations.model import Buckets, Correction, Expired, Latest, Observation, Series, Stream
from observations.properties import observed_property
from observations.quality import Quality
from storage.observations.arrivals import heads, keep_heads
from storage.observations.charts import read_buckets, read_series
from storage.observations.connection import Connection
from storage.observations.corrections import (
    Ruling,
    corrected_quality,
    no_such_value,
    read_corrections,
    read_rulings,
    ruling_rows,
)
from storage.observations.erasure import instants, keep_spans, read_spans, remove, wild_keys
from storage.observations.export import export_pages
from storage.observations.gone import Gone
from storage.observations.latest import instant
from storage.observations.overlay import corrected_latest, corrected_series
from storage.observations.reconcile import Key
from storage.observations.retention import (
    MOST_IN_AN_HOUR,
    HourlyAggregates,
    HourOf,
    drop,
    keep_expiries,
    keep_hours,
    read_expiries,
    roll_up_before,
)
from storage.observations.schema import quality_column
from storage.observations.touched import HOUR_MS, Span, hour_of

HEED_OTHERS_MS = 1_000
ONE_ROW = "device = {device:String} AND channel = {channel:String} AND phenomenon_ms = {ms:Int64}"


class Upkeep:
    """Corrections in force and what is gone, in memory beside their tables.

    Where nothing of a device was corrected its answers cost nothing more. `appending` is held by whoever appends, and
    for a moment by an erasure, so that nothing of a span slips in between being remembered and being removed.
    """

    def __init__(
        self, connection: Connection, properties: Collection[str], *, shared: bool, now_ms: Callable[[], int]
    ) -> None:
        self._connection = connection
        self._properties = list(properties)
        self._shared = shared
        self._now_ms = now_ms
        self.appending = threading.Lock()
        self._one_at_a_time = threading.Lock()
        self._knowing = threading.Lock()  # what was read before a change must not replace what is known after it
        self._before: dict[tuple[str, str, str, int], Observation | None] = {}
        self.follow()

    def follow(self) -> None:
        """What other processes corrected, erased or let expire holds here too."""
        with self._knowing:
            self._read_all()

    def _read_all(self) -> None:
        self._rulings = read_rulings(self._connection)
        spans, self._unfinished = read_spans(self._connection)
        marks = read_expiries(self._connection)
        self._gone = Gone(spans, {name: mark.before_ms for name, mark in marks.items()})
        self._followed_at_ms = self._now_ms()

    def _heed_others(self) -> None:
        if not self._is_behind():
            return
        with self._knowing:
            if self._is_behind():  # else another thread has just seen to it
                self._read_all()

    def _is_behind(self) -> bool:
        return self._shared and self._now_ms() - self._followed_at_ms >= HEED_OTHERS_MS

    def admitted(self, batch: ObservationBatch) -> tuple[ObservationBatch, int]:
        """The batch without what must not come back, and how many values that was; held to be `appending`."""
        self._heed_others()
        self._before.clear()
        return self._gone.admitted(batch)

    def correct(self, correction: Correction) -> None:
        """The correction is durable and in force; raises NoSuchValueError."""
        with self._one_at_a_time:
            ruling = self._ruling(correction)  # an erasure under way has taken the value already, or will take both
            with self._knowing:
                self._connection.insert_aside("corrections", ruling_rows([ruling]))
                self._rulings = self._rulings.with_(ruling)
            self._before.clear()

    def corrections(self, devices: Collection[str] | None, *, limit: int) -> Sequence[Correction]:
        """The newest corrections."""
        return read_corrections(self._connection, devices, limit=limit)

    def latest(self, found: Sequence[Latest]) -> Sequence[Latest]:
        """These, as corrected."""
        self._heed_others()
        rulings = self._rulings
        return [
            corrected_latest(item, rulings, self._newest_before) if rulings.concern(item.arrived.device) else item
            for item in found
        ]

    def series(self, streams: Sequence[Stream], name: str, *, suspect: bool, limit: int) -> Series:
        """The newest `limit` values, as corrected, oldest first."""
        self._heed_others()
        rulings = self._rulings.within(streams, name)
        if not rulings or limit <= 0:
            return read_series(self._connection, streams, name, suspect=suspect, limit=limit)
        said = read_series(self._connection, streams, name, suspect=suspect, limit=limit + len(rulings))
        return corrected_series(said, rulings, suspect=suspect, limit=limit)

    def buckets(
        self, streams: Sequence[Stream], name: str, *, width_ms: int, offset_ms: int, hours: HourlyAggregates
    ) -> Buckets:
        """Aggregates of good values, as corrected, by bucket."""
        self._heed_others()
        rulings = self._rulings.within(streams, name)
        raw: Sequence[Span] | None = None
        if streams and width_ms % HOUR_MS == offset_ms % HOUR_MS == 0:
            if self._shared:
                hours.follow()
            ruled = {hour_of(ruling.correction.phenomenon_ms) for ruling in rulings}
            raw = hours.raw_spans(streams, name, ruled)
            rulings = [r for r in rulings if any(first <= r.correction.phenomenon_ms < end for first, end in raw)]
        return read_buckets(
            self._connection, streams, name, width_ms=width_ms, offset_ms=offset_ms, raw=raw, rulings=rulings
        )

    def remember(self, streams: Sequence[Stream]) -> list[Key]:
        """Nothing of these streams is let in any more, durably; the keys they hold by corrected time only."""
        self._keep(streams)
        if self._shared:  # what another writer let in before it heeded the spans is removed too
            threading.Event().wait(2 * HEED_OTHERS_MS / 1000)
        keys = wild_keys(self._connection, streams)
        self._keep(instants(keys))
        return keys

    def remove(self, streams: Sequence[Stream], keys: Sequence[Key], hours: HourlyAggregates) -> int:
        """Nothing of these streams, nor under these keys, is left; how many values there were."""
        spans = [*streams, *instants(keys)]
        with self._one_at_a_time:
            hours.touch(spans)
            held = remove(self._connection, streams, keys, self._properties)
            hours.erase(spans)
            keep_spans(self._connection, spans, finished=True)
            self.follow()
        return held

    def expire(self, due: Mapping[str, int], columns: Mapping[str, Sequence[str]], hours: HourlyAggregates) -> Expired:
        """Raw values of these properties from before these times are gone; their hours stay.

        Nothing is dropped while an hour before those times is not in the roll-up: then it is left for another day.
        """
        with self._one_at_a_time:
            with self.appending, self._knowing:
                keep_expiries(self._connection, due, dropped=False)
                self._gone = self._gone.with_expired(due)
            if self._shared:
                threading.Event().wait(2 * HEED_OTHERS_MS / 1000)
            if not due or not roll_up_before(hours, max(due.values())):
                return Expired(values=0, weeks=0)
            hours.expire(due)
            keep_hours(self._connection, self._corrected_hours())
            keep_expiries(self._connection, due, dropped=True)
            keep_heads(self._connection, heads(self._connection, {}))
            expired = drop(self._connection, due, columns)
            self.follow()
        return expired

    def dropped_before_ms(self) -> dict[str, int]:
        """By property, the time before which raw values may be gone and their hours are complete."""
        return {name: mark.dropped_before_ms for name, mark in read_expiries(self._connection).items()}

    def _corrected_hours(self) -> list[HourOf]:
        """Every hour that is about to lose its rows and holds a correction, as corrected."""
        told = {
            (*ruling.slot, hour_of(ruling.correction.phenomenon_ms))
            for ruling in self._rulings.all()
            if self._gone.covers(ruling.correction)
        }
        return [self._hour(*key) for key in sorted(told)]

    def _hour(self, device: str, channel: str, name: str, hour_ms: int) -> HourOf:
        stream = Stream(device=device, channel=channel, since_ms=hour_ms, until_ms=hour_ms + HOUR_MS)
        series = self.series([stream], name, suspect=False, limit=MOST_IN_AN_HOUR)
        return HourOf(
            device=device, channel=channel, observed_property=name, hour_ms=hour_ms, values=series.value.tolist()
        )

    def unfinished(self) -> Sequence[Stream]:
        """Spans remembered by a process that ended before all of them was removed."""
        return self._unfinished

    def _keep(self, spans: Sequence[Stream]) -> None:
        if spans:
            with self.appending, self._knowing:
                keep_spans(self._connection, spans, finished=False)
                self._gone = self._gone.with_spans(spans)

    def export(self, streams: Sequence[Stream] | None) -> Iterator[ObservationBatch]:
        """Whole rows, as corrected."""
        return export_pages(self._connection, self._properties, streams, self._rulings)

    def _ruling(self, correction: Correction) -> Ruling:
        key = correction.device, correction.channel, correction.phenomenon_ms
        name = observed_property(correction.observed_property).name
        rows = self._connection.read(
            f"SELECT received_ms, corrected_ms, {quality_column(name)} AS quality FROM observations FINAL"  # noqa: S608 - our names, bound values
            f" WHERE {ONE_ROW} AND {name} IS NOT NULL",
            dict(zip(("device", "channel", "ms"), key, strict=True)),
        ).to_pylist()
        if not rows:
            raise no_such_value(correction)
        return Ruling(
            correction=correction,
            received_ms=rows[0]["received_ms"],
            shown_ms=rows[0]["corrected_ms"],
            quality=corrected_quality(rows[0]["quality"]),
        )

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
        ms = int(series.phenomenon_ms[0])
        (row,) = self._connection.read(
            f"SELECT received_ms, corrected_ms FROM observations FINAL WHERE {ONE_ROW}",  # noqa: S608 - our names, bound values
            {"device": observation.device, "channel": observation.channel, "ms": ms},
        ).to_pylist()
        return replace(
            observation,
            phenomenon_ms=ms,
            corrected_time=instant(row["corrected_ms"]),
            received_time=instant(row["received_ms"]),
            value=float(series.value[0]),
            quality=Quality(int(series.quality[0])),
        )
