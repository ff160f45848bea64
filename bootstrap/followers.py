"""Followers of the observation store: they keep a cursor, and what they do may be done twice without harm."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import structlog

from bootstrap.animal_days import AnimalDays, midnight, milliseconds
from devices.ports import DeploymentBook, DeviceRegistry
from households.ports import HouseholdRegistry
from livestock.ports import AnimalRegistry
from observations.batch import ObservationBatch
from observations.errors import StoreUnavailableError
from observations.identifiers import EarTagNumber
from observations.model import Cursor
from observations.ports import FollowerCursors, ObservationStore
from traceability.daily_summary import sensor_reporting_event
from traceability.model import CapturedEvent
from traceability.ports import EventRepository

NAME = "daily-summaries"
OPEN_DAYS = "daily-summaries/open"
GRACE = timedelta(hours=2)
"""A day is summarised this long after its local midnight, so that late readings of the evening are in."""
SETTLED = timedelta(seconds=15)
"""A device that catches up sends its past piece by piece: after so long a silence the newest day of it is whole."""
PAGE_ROWS = 50_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SummarySources:
    """Everything a daily summary is made from and written to."""

    store: ObservationStore
    devices: DeviceRegistry
    deployments: DeploymentBook
    animals: AnimalRegistry
    households: HouseholdRegistry
    events: EventRepository
    cursors: FollowerCursors


@dataclass(frozen=True, slots=True, kw_only=True)
class _Backlog:
    """A device sends of days that are over: since when the newest of it is, and when it came."""

    since: datetime
    heard: datetime


class DailySummaries:
    """Writes one EPCIS `sensor_reporting` event for each animal and local day that is over.

    It hears of every appended batch, notes since when each device has news, and works on its own thread.
    A day once summarised stays as it was said; readings that come later are in the store and on the charts. So while
    a device catches up, only days before the one it tells of are summarised, until it has been quiet for `settled`.
    """

    def __init__(
        self,
        sources: SummarySources,
        *,
        now: Callable[[], datetime],
        period_s: float = 5.0,
        settled: timedelta = SETTLED,
    ) -> None:
        self._sources = sources
        self._now = now
        self._period_s = period_s
        self._settled = settled
        self._news: dict[str, int] = {}
        self._backlogs: dict[str, _Backlog] = {}
        self._heard: Cursor = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=NAME)

    def start(self) -> None:
        """Days that ended while nobody looked are summarised, then those to come."""
        self._thread.start()

    def stop(self) -> None:
        """The thread has ended; what was noted and not yet written is found again by the cursor."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def on_batch(self, batch: ObservationBatch) -> None:
        """The batch's devices have news; called by the ingest writer, so it only takes note."""
        earliest = _earliest(batch)
        self._note_backlogs(earliest)
        self._note(earliest, self._sources.store.head())

    def catch_up(self) -> None:
        """What was noted but not over at the last save, and what arrived after it, is noted."""
        self._note(self._sources.cursors.load(OPEN_DAYS), {})
        cursor: Cursor = self._sources.cursors.load(NAME)
        while not self._stop.is_set():
            batch, cursor = self._sources.store.since(cursor, limit=PAGE_ROWS)
            if not len(batch):
                break
            self._note(_earliest(batch), cursor)
        # Whoever was catching up when the service ended goes on now.
        self._note_backlogs(dict(self._news))

    def write(self) -> int:
        """Every noted day that is over has its event; the number of events newly written."""
        with self._lock:
            heard = dict(self._heard)
            due = {device: since_ms for device, since_ms in self._news.items() if since_ms <= self._over_ms()}
            # Taken out while it is worked on: what comes meanwhile is news of its own.
            self._news = {device: since_ms for device, since_ms in self._news.items() if device not in due}
        written = 0
        try:
            for device in sorted(due):
                if self._stop.is_set():
                    break
                events, open_ms = self._summarise(device, due[device])
                written += self._sources.events.capture(events)
                due[device] = open_ms
        finally:
            self._note(due, {})
        if due:
            self._save(heard)
        return written

    def _save(self, heard: Mapping[str, int]) -> None:
        # The open days first: a crash between the two repeats work, it loses none.
        with self._lock:
            news = dict(self._news)
        self._sources.cursors.save(OPEN_DAYS, news)
        self._sources.cursors.save(NAME, dict(heard))

    def _note(self, earliest: Mapping[str, int], heard: Cursor) -> None:
        with self._lock:
            for device, since_ms in earliest.items():
                self._news[device] = min(since_ms, self._news.get(device, since_ms))
            self._heard = {**self._heard, **heard}

    def _note_backlogs(self, earliest: Mapping[str, int]) -> None:
        over_ms, now = self._over_ms(), self._now()
        late = {device: _moment(ms) for device, ms in earliest.items() if ms <= over_ms}
        with self._lock:
            self._backlogs |= {device: _Backlog(since=since, heard=now) for device, since in late.items()}

    def _run(self) -> None:
        caught_up = False
        while not self._stop.is_set():
            try:
                if not caught_up:
                    self.catch_up()
                    caught_up = True
                written = self.write()
                if written:
                    log.info("daily_summaries.written", events=written)
            except StoreUnavailableError as error:
                log.warning("daily_summaries.waiting", reason=str(error))
            except Exception:  # an entry-point loop: a day that cannot be told must not silence the others
                log.exception("daily_summaries.failed")
            self._stop.wait(self._period_s)

    def _over_ms(self) -> int:
        """News since before this moment may be of a day that is over."""
        return milliseconds(self._now() - timedelta(days=1) - GRACE)

    def _summarise(self, device_id: str, since_ms: int) -> tuple[list[CapturedEvent], int]:
        """New events of the animals that wore the device, of days over since then; and since when news is not over."""
        now = self._now()
        over = self._whole_before(device_id, now)
        events: list[CapturedEvent] = []
        open_ms = milliseconds(now)
        animals = {d.animal for d in self._sources.deployments.of_devices([device_id]) if d.animal is not None}
        for animal in sorted(animals):
            days = self._animal_days(animal)
            if days is None:
                continue
            today = over.astimezone(days.zone).date()
            first = datetime.fromtimestamp(since_ms / 1000, days.zone).date()
            summaries = days.summaries(self._sources.store, first, today)
            written = (sensor_reporting_event(summary, record_time=now) for summary in summaries)
            events += [event for event in written if not self._sources.events.find(event.event_id)]
            open_ms = min(open_ms, max(since_ms, milliseconds(midnight(today, days.zone))))
        return events, open_ms

    def _whole_before(self, device: str, now: datetime) -> datetime:
        """Days of the device that ended before this moment are whole."""
        with self._lock:
            backlog = self._backlogs.get(device)
            if backlog is not None and now - backlog.heard >= self._settled:
                del self._backlogs[device]
                backlog = None
        return now - GRACE if backlog is None else min(now - GRACE, backlog.since)

    def _animal_days(self, number: EarTagNumber) -> AnimalDays | None:
        animal = self._sources.animals.find(number)
        farm = self._sources.households.find_farm(animal.farm) if animal else None
        if animal is None or farm is None:
            return None
        deployments = self._sources.deployments.of_animals([number])
        devices = {d.device: self._sources.devices.find(d.device) for d in deployments}
        worn = [(deployment, device) for deployment in deployments if (device := devices[deployment.device])]
        return AnimalDays(animal=animal, gln=farm.gln, zone=ZoneInfo(farm.timezone), worn=worn)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _earliest(batch: ObservationBatch) -> dict[str, int]:
    """The earliest time to show of each device in the batch."""
    names, places = np.unique(np.asarray(batch.device, dtype=object).astype(str), return_inverse=True)
    earliest = np.full(len(names), np.iinfo(np.int64).max)
    np.minimum.at(earliest, places, batch.corrected_ms)
    return dict(zip(names.tolist(), earliest.tolist(), strict=True))
