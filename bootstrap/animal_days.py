"""An animal's local days, told from the readings of whatever devices it wore."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from devices.deployments import streams
from devices.model import Deployment, Device
from livestock.distance import distance_walked
from livestock.model import Animal
from observations.model import Stream
from observations.ports import ObservationStore
from traceability.daily_summary import DailySummary, DistanceBand, Statistics

DAY_MS = 86_400_000


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 of an aware time."""
    return int(moment.timestamp() * 1000)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the local day begins."""
    return datetime.combine(day, time(), zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Day:
    """One property's good values of one day: statistics and their sum."""

    statistics: Statistics
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Worn:
    """A device was on the animal during [since, until)."""

    device: Device
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimalDays:
    """An animal, where it is (gln, zone), and the devices it wore with their deployments."""

    animal: Animal
    gln: str
    zone: ZoneInfo
    worn: Sequence[tuple[Deployment, Device]]

    def summaries(self, store: ObservationStore, first: date, today: date) -> Iterator[DailySummary]:
        """One summary for each local day in [first, today) that has readings."""
        window = self._window(first, today)
        if not window:
            return
        temperature, activity, steps = (
            self._by_day(store, window, name) for name in ("ear_temperature", "activity", "steps")
        )
        for day in sorted({*temperature, *activity, *steps}):
            of_day = [column.get(day) for column in (temperature, activity, steps)]
            yield self._summary(day, *of_day)

    def _window(self, first: date, today: date) -> list[Stream]:
        since, until = milliseconds(midnight(first, self.zone)), milliseconds(midnight(today, self.zone))
        clipped = []
        for stream in streams(deployment for deployment, _ in self.worn):
            begin = max(since, stream.since_ms or since)
            end = min(until, stream.until_ms or until)
            if begin < end:
                clipped.append(Stream(device=stream.device, channel=stream.channel, since_ms=begin, until_ms=end))
        return clipped

    def _by_day(self, store: ObservationStore, window: Sequence[Stream], name: str) -> dict[date, _Day]:
        first = datetime.fromtimestamp((window[0].since_ms or 0) / 1000, self.zone)
        offset_ms = int((first.utcoffset() or timedelta()).total_seconds() * 1000)
        buckets = store.buckets(window, name, width_ms=DAY_MS, offset_ms=offset_ms)
        return {
            datetime.fromtimestamp(int(start) / 1000, self.zone).date(): _Day(
                statistics=Statistics(minimum=float(low), mean=float(mean), maximum=float(high), count=int(count)),
                total=float(total),
            )
            for start, low, mean, high, total, count in zip(
                buckets.start_ms,
                buckets.minimum,
                buckets.mean,
                buckets.maximum,
                buckets.total,
                buckets.count,
                strict=True,
            )
        }

    def _summary(self, day: date, temperature: _Day | None, activity: _Day | None, steps: _Day | None) -> DailySummary:
        parts = list(self._worn_during(midnight(day, self.zone), midnight(day + timedelta(days=1), self.zone)))
        readings = max(column.statistics.count for column in (temperature, activity, steps) if column)
        expected = sum((part.until - part.since).total_seconds() / part.device.report_interval_s for part in parts)
        return DailySummary(
            animal=self.animal.id,
            device=parts[-1].device.id,
            gln=self.gln,
            day=day,
            since=parts[0].since,
            until=parts[-1].until,
            temperature=temperature.statistics if temperature else None,
            activity=activity.statistics if activity else None,
            steps=steps.total if steps else None,
            distance=self._distance(day, steps.total) if steps else None,
            readings=readings,
            expected=max(readings, round(expected)),
        )

    def _worn_during(self, begin: datetime, end: datetime) -> Iterator[_Worn]:
        """What it wore between the two, in order; the last of them is the one it still wore at the end."""
        for deployment, device in self.worn:
            since = max(begin, deployment.since.astimezone(self.zone))
            until = min(end, (deployment.until or end).astimezone(self.zone))
            if since < until:
                yield _Worn(device=device, since=since, until=until)

    def _distance(self, day: date, steps: float) -> DistanceBand:
        walked = distance_walked(steps, age_days=max(0, (day - self.animal.born_on).days))
        return DistanceBand(low_m=walked.low_m, middle_m=walked.middle_m, high_m=walked.high_m)
