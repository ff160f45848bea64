"""The follower that writes daily summaries."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import structlog

from bootstrap.animal_days import AnimalDays, midnight, milliseconds
from bootstrap.following import Effects, Follower
from observations.batch import ObservationBatch
from observations.errors import StoreUnavailableError
from observations.identifiers import EarTagNumber
from observations.ports import ObservationStore
from storage.records.records import Records
from traceability.daily_summary import sensor_reporting_event
from traceability.model import CapturedEvent

NAME = "daily-summaries"
OPEN_DAYS = "daily-summaries/open"
GRACE = timedelta(hours=2)
"""A day is summarised this long after its local midnight, so that late readings of the evening are in."""
SETTLED = timedelta(seconds=15)
"""A device that catches up sends its past piece by piece: after so long a silence the newest day of it is whole."""
PERIOD_S = 5.0
PAGE_ROWS = 50_000
DEVICES_TOGETHER = 50
"""Devices whose days are written in one transaction."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Backlog:
    """A device sends of days that are over: since when the newest of it is, and when it came."""

    since: datetime
    heard: datetime


class DailySummaries:
    """Writes one EPCIS `sensor_reporting` event for each animal and local day that is over.

    It is told of every stored reading, notes since when each device has news, and looks now and then which days are
    over. A day once summarised stays as it was said; readings that come later are in the store and on the charts. So
    while a device catches up, only days before the one it tells of are summarised, until it has been quiet for
    `settled`.
    """

    def __init__(
        self,
        records: Records,
        store: ObservationStore,
        *,
        now: Callable[[], datetime],
        settled: timedelta = SETTLED,
    ) -> None:
        self._records, self._store = records, store
        self._now = now
        self._settled = settled
        self._backlogs: dict[str, _Backlog] = {}
        self._resumed = False

    def follower(self) -> Follower:
        """This, as something to be led through the store."""
        return Follower(name=NAME, handle=self.handle, afterwards=self.write, period_s=PERIOD_S, page_rows=PAGE_ROWS)

    def handle(self, batch: ObservationBatch) -> Effects:
        """The devices of these rows have news; what is noted is kept with the cursor."""
        earliest = _earliest(batch)
        self._note_backlogs(_latest(batch.take(batch.corrected_ms <= self._over_ms())))
        return lambda records: _note(records, earliest)

    def write(self) -> None:
        """Every noted day that is over has its event, or is still open."""
        opened = self._records.cursors.load(OPEN_DAYS)
        if not self._resumed:
            # whoever was catching up when the service ended goes on now
            self._note_backlogs({device: ms for device, ms in opened.items() if device not in self._backlogs})
            self._resumed = True
        over_ms = self._over_ms()
        due = sorted(device for device, since_ms in opened.items() if since_ms <= over_ms)
        for first in range(0, len(due), DEVICES_TOGETHER):
            opened = self._write_some(due[first : first + DEVICES_TOGETHER], opened)

    def _write_some(self, devices: Sequence[str], opened: Mapping[str, int]) -> dict[str, int]:
        """The events of these devices are written and their open days noted, in one transaction; all open days."""
        events: dict[str, CapturedEvent] = {}
        open_days = dict(opened)
        for device in devices:
            try:
                found, open_days[device] = self._summarise(device, opened[device])
            except StoreUnavailableError:
                raise
            except Exception:  # one device whose days cannot be told must not silence the others
                log.exception("daily_summaries.failed", device=device)
                continue
            events |= {event.event_id: event for event in found}
        with self._records.together() as together:
            together.cursors.advance(OPEN_DAYS, since=opened, to=open_days)
            together.events.capture(list(events.values()))
        if events:
            log.info("daily_summaries.written", events=len(events))
        return open_days

    def _note_backlogs(self, reached: Mapping[str, int]) -> None:
        """These devices tell of their past; each has come to that moment of it."""
        over_ms, now = self._over_ms(), self._now()
        late = {device: _moment(ms) for device, ms in reached.items() if ms <= over_ms}
        self._backlogs |= {device: _Backlog(since=since, heard=now) for device, since in late.items()}

    def _over_ms(self) -> int:
        """News since before this moment may be of a day that is over."""
        return milliseconds(self._now() - timedelta(days=1) - GRACE)

    def _summarise(self, device_id: str, since_ms: int) -> tuple[list[CapturedEvent], int]:
        """New events of the animals that wore the device, of days over since then; and since when news is not over."""
        now = self._now()
        over = self._whole_before(device_id, now)
        events: list[CapturedEvent] = []
        open_ms = milliseconds(now)
        animals = {d.animal for d in self._records.deployments.of_devices([device_id]) if d.animal is not None}
        for animal in sorted(animals):
            days = self._animal_days(animal)
            if days is None:
                continue
            today = over.astimezone(days.zone).date()
            first = datetime.fromtimestamp(since_ms / 1000, days.zone).date()
            summaries = days.summaries(self._store, first, today)
            keys = self._records.keys.keyring(animals=[animal], devices=[device.id for _, device in days.worn])
            written = (sensor_reporting_event(summary, record_time=now, keys=keys) for summary in summaries)
            events += [event for event in written if not self._records.events.find(event.event_id)]
            open_ms = min(open_ms, max(since_ms, milliseconds(midnight(today, days.zone))))
        return events, open_ms

    def _whole_before(self, device: str, now: datetime) -> datetime:
        """Days of the device that ended before this moment are whole."""
        backlog = self._backlogs.get(device)
        if backlog is not None and now - backlog.heard >= self._settled:
            del self._backlogs[device]
            backlog = None
        return now - GRACE if backlog is None else min(now - GRACE, backlog.since)

    def _animal_days(self, number: EarTagNumber) -> AnimalDays | None:
        animal = self._records.animals.find(number)
        farm = self._records.households.find_farm(animal.farm) if animal else None
        if animal is None or farm is None:
            return None
        deployments = self._records.deployments.of_animals([number])
        devices = {d.device: self._records.devices.find(d.device) for d in deployments}
        worn = [(deployment, device) for deployment in deployments if (device := devices[deployment.device])]
        return AnimalDays(animal=animal, gln=farm.gln, zone=ZoneInfo(farm.timezone), worn=worn)


def _note(records: Records, earliest: Mapping[str, int]) -> None:
    """Each device has news since its earliest reading, or since before it."""
    opened = records.cursors.load(OPEN_DAYS)
    noted = opened | {device: min(ms, opened.get(device, ms)) for device, ms in earliest.items()}
    if noted != opened:
        records.cursors.save(OPEN_DAYS, noted)


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _earliest(batch: ObservationBatch) -> dict[str, int]:
    """The earliest time to show of each device in the batch."""
    names, places = np.unique(np.asarray(batch.device, dtype=object).astype(str), return_inverse=True)
    earliest = np.full(len(names), np.iinfo(np.int64).max)
    np.minimum.at(earliest, places, batch.corrected_ms)
    return dict(zip(names.tolist(), earliest.tolist(), strict=True))


def _latest(batch: ObservationBatch) -> dict[str, int]:
    """The time to show of each device's last row in the batch, which is in order of arrival."""
    return dict(zip(batch.device, batch.corrected_ms.tolist(), strict=True))
