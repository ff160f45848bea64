"""The follower that looks at planted fields: each local morning, and when their probes have news."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from agronomy.advice.advising import Adviser
from agronomy.model import Field
from bootstrap.animal_days import milliseconds
from bootstrap.following import Effects, Follower
from observations.batch import ObservationBatch
from observations.errors import StoreUnavailableError
from storage.records.records import Records

NAME = "field-pushes"
NEWS = "field-pushes/news"
LOOKED = "field-pushes/looked"
MORNING_H = 6
"""Local hour from which the day's messages may go out."""
NOT_OFTENER = timedelta(hours=1)
"""Readings come each quarter of an hour; conditions are of hours."""
PERIOD_S = 30.0

log = structlog.get_logger()


class FieldPushes:
    """Sends what is due on each planted field, once a cause, whatever dies at whatever moment.

    It notes the fields whose probes have news with the cursor; what it sends, and that it looked, are one transaction
    of the field each, and a push has its own key besides.
    """

    def __init__(self, records: Records, adviser: Adviser, *, now: Callable[[], datetime]) -> None:
        self._records, self._adviser, self._now = records, adviser, now

    def follower(self) -> Follower:
        """This, as something to be led through the store."""
        return Follower(name=NAME, handle=self.handle, afterwards=self.look, period_s=PERIOD_S)

    def handle(self, batch: ObservationBatch) -> Effects:
        """The fields of these devices have news; noted with the cursor."""
        devices = sorted({str(device) for device in batch.device})
        now = self._now()

        def note(records: Records) -> None:
            deployed = records.deployments.of_devices(devices)
            fields = {each.field for each in deployed if each.field is not None and _holds(each.until, now)}
            news = records.cursors.load(NEWS)
            if fields:
                records.cursors.save(NEWS, news | dict.fromkeys(sorted(fields), milliseconds(now)))

        return note

    def look(self) -> None:
        """Every planted field that has its morning or news was looked at."""
        news, looked = self._records.cursors.load(NEWS), self._records.cursors.load(LOOKED)
        zones = {farm.id: ZoneInfo(farm.timezone) for farm in self._records.households.farms()}
        for field in self._records.fields.all():
            zone = zones.get(field.farm)
            if not field.crop or zone is None or not self._due(field, zone, news, looked):
                continue
            started_ms = milliseconds(self._now())
            try:
                self._adviser.push(field)
                self._adviser.keep(field)
            except StoreUnavailableError:
                raise
            except Exception:  # one field that cannot be told must not silence the others
                log.exception("field_pushes.failed", field=field.id)
            self._note_looked(field, started_ms)

    def _due(self, field: Field, zone: ZoneInfo, news: dict[str, int], looked: dict[str, int]) -> bool:
        now = self._now()
        last_ms = looked.get(field.id, 0)
        if field.id in news and milliseconds(now) - last_ms >= NOT_OFTENER / timedelta(milliseconds=1):
            return True
        local, last = now.astimezone(zone), datetime.fromtimestamp(last_ms / 1000, zone)
        return local.hour >= MORNING_H and last.date() < local.date()

    def _note_looked(self, field: Field, started_ms: int) -> None:
        """News that came since it began to look stay news."""
        with self._records.together() as records:
            news = records.cursors.load(NEWS)
            left = {each: ms for each, ms in news.items() if each != field.id or ms > started_ms}
            records.cursors.save(NEWS, left)
            records.cursors.save(LOOKED, records.cursors.load(LOOKED) | {field.id: started_ms})


def _holds(until: datetime | None, now: datetime) -> bool:
    return until is None or now < until
