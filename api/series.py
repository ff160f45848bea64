"""A property over time, as it was asked for: raw or in buckets, and as CSV."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from api.errors import BadQueryError
from api.readings import quality_word
from api.spans import DAY_MS, Span, cut, moment_of, offset_ms
from observations.model import Buckets, Series, Stream
from observations.ports import ObservationStore
from observations.properties import ObservedProperty, observed_property
from observations.quality import Quality

MOST_POINTS = 20_000
MOST_BUCKETS = 20_000
FIRST_YEAR, LAST_YEAR = 2, 9998
USUAL_SPAN = timedelta(hours=72)
UNITS_MS = {"m": 60_000, "h": 3_600_000, "d": DAY_MS}
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesQuery:
    """Which property, over which span; width_ms None asks for raw values."""

    observed_property: ObservedProperty
    span: Span
    width_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesAnswer:
    """Either raw values or buckets; truncated: older raw values were left out."""

    query: SeriesQuery
    raw: Series | None
    buckets: Buckets | None

    @property
    def truncated(self) -> bool:
        """Whether older values were left out."""
        return self.raw is not None and len(self.raw.value) >= MOST_POINTS


def parse_query(
    *, name: str, since: datetime | None, until: datetime | None, bucket: str, now: datetime
) -> SeriesQuery:
    """The query; 72 hours up to now where nothing is said. Raises BadQueryError or UnknownPropertyError."""
    refuse_far(since=since, until=until)
    end = until or now + timedelta(minutes=1)
    begin = since or end - USUAL_SPAN
    if begin >= end:
        rule = "has to be before `until`"
        raise BadQueryError(parameter="since", value=begin.isoformat(), rule=rule)
    span = Span(since=begin, until=end)
    width_ms = bucket_ms(bucket)
    if width_ms is not None and (span.until_ms - span.since_ms) // width_ms > MOST_BUCKETS:
        rule = f"would give more than {MOST_BUCKETS} buckets; choose a shorter span or a wider bucket"
        raise BadQueryError(parameter="bucket", value=bucket, rule=rule)
    return SeriesQuery(observed_property=observed_property(name), span=span, width_ms=width_ms)


def refuse_far(**moments: datetime | None) -> None:
    """A moment at the edge of the calendar has no local time and no day before it."""
    for parameter, moment in moments.items():
        if moment is not None and not FIRST_YEAR <= moment.year <= LAST_YEAR:
            rule = f"use a year from {FIRST_YEAR} to {LAST_YEAR}"
            raise BadQueryError(parameter=parameter, value=moment.isoformat(), rule=rule)


def bucket_ms(text: str) -> int | None:
    """Milliseconds of "15m", "1h", "1d"; None for "raw"; raises BadQueryError."""
    if text == "raw":
        return None
    parts = re.fullmatch(r"([1-9][0-9]{0,3})([mhd])", text)
    if parts is None:
        rule = 'use "raw", or a number and m, h or d, such as 15m, 1h, 1d'
        raise BadQueryError(parameter="bucket", value=text, rule=rule)
    return int(parts[1]) * UNITS_MS[parts[2]]


def answer(store: ObservationStore, streams: Sequence[Stream], query: SeriesQuery, zone: ZoneInfo) -> SeriesAnswer:
    """What the store has; the edges of buckets lie on local time, so that a day is the farm's day."""
    parts = cut(streams, query.span)
    name = query.observed_property.name
    if query.width_ms is None:
        raw = store.series(parts, name, suspect=True, limit=MOST_POINTS)
        return SeriesAnswer(query=query, raw=raw, buckets=None)
    shift = offset_ms(query.span.until, zone) % query.width_ms
    buckets = store.buckets(parts, name, width_ms=query.width_ms, offset_ms=shift)
    return SeriesAnswer(query=query, raw=None, buckets=buckets)


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """The rows as CSV that a spreadsheet opens as text and numbers, never as formulas."""
    out = io.StringIO()
    out.write("\ufeff")  # without this mark Excel reads the Chinese as something else
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def series_rows(found: SeriesAnswer, subject: str) -> Iterable[Sequence[object]]:
    """A head and the values, with unit, quality and time in columns of their own."""
    name, unit = found.query.observed_property.name, found.query.observed_property.unit
    if found.raw is not None:
        yield ("id", "observed_property", "phenomenon_time", "value", "unit", "quality", "device", "channel")
        for ms, value, flags, device, channel in zip(
            found.raw.phenomenon_ms,
            found.raw.value,
            found.raw.quality,
            found.raw.device,
            found.raw.channel,
            strict=True,
        ):
            word = quality_word(Quality(int(flags)))
            yield (subject, name, moment_of(int(ms)).isoformat(), float(value), unit, word, device, channel)
    if found.buckets is not None:
        rows = found.buckets
        yield ("id", "observed_property", "start", "min", "mean", "max", "total", "count", "devices", "unit", "quality")
        for i, ms in enumerate(rows.start_ms):
            figures = (rows.minimum[i], rows.mean[i], rows.maximum[i], rows.total[i])
            counts = (int(rows.count[i]), int(rows.devices[i]))
            yield (subject, name, moment_of(int(ms)).isoformat(), *map(float, figures), *counts, unit, "good")


def harmless(cell: object) -> object:
    """The cell as a spreadsheet shows it, and never runs it."""
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return "'" + cell
    return "" if cell is None else cell
