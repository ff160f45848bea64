"""Spans of time: streams cut to them, local days, and buckets whose edges are local."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from observations.model import Stream

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """[since, until), aware UTC."""

    since: datetime
    until: datetime

    @property
    def since_ms(self) -> int:
        """Its begin in milliseconds since 1970."""
        return milliseconds(self.since)

    @property
    def until_ms(self) -> int:
        """Its end in milliseconds since 1970."""
        return milliseconds(self.until)


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def moment_of(ms: int) -> datetime:
    """The aware UTC datetime of milliseconds since 1970, for times that a datetime can hold."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


def cut(streams: Iterable[Stream], span: Span) -> list[Stream]:
    """The parts of the streams within the span; what lies outside is gone."""
    parts = []
    for stream in streams:
        since = span.since_ms if stream.since_ms is None else max(stream.since_ms, span.since_ms)
        until = span.until_ms if stream.until_ms is None else min(stream.until_ms, span.until_ms)
        if since < until:
            parts.append(replace(stream, since_ms=since, until_ms=until))
    return parts


def last_hours(hours: float, now: datetime) -> Span:
    """The hours before now, and the minute after it: a device's clock may be a little ahead."""
    return Span(since=now - timedelta(hours=hours), until=now + timedelta(minutes=1))


def yesterday(now: datetime, zone: ZoneInfo) -> Span:
    """The local day before today."""
    today = now.astimezone(zone).date()
    begin, end = (datetime.combine(day, time(), tzinfo=zone) for day in (today - timedelta(days=1), today))
    return Span(since=begin.astimezone(UTC), until=end.astimezone(UTC))


def offset_ms(moment: datetime, zone: ZoneInfo) -> int:
    """How far local time is ahead of UTC then, in milliseconds."""
    offset = moment.astimezone(zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds() * 1000)
