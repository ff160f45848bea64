"""Alarms about masses in SQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from storage.records.event_rows import event_of
from storage.records.mass_alarm_tables import mass_alarms
from storage.records.tables import events
from storage.records.trace_rows import thing_name
from storage.records.transactions import Repository, in_chunks, insert_into
from traceability.context import SENSOR_REPORTING
from traceability.mass_alarms import MassAlarm, Weighed
from traceability.model import CapturedEvent


class SqlMassAlarms(Repository):
    """`traceability.ports.MassAlarms`.

    A thing whose name is too long for an index is kept, sought and shown as its digest.
    """

    def news(self, *, after: int, limit: int) -> tuple[int, Sequence[CapturedEvent]]:
        """At most so many events recorded behind that number, without sensors' summaries, and the number of the last.

        The number is `after` where there are none.
        """
        query = select(events).where(events.c.number > after, events.c.biz_step != SENSOR_REPORTING)
        with self._transactions.reading() as connection:
            rows = connection.execute(query.order_by(events.c.number).limit(limit)).all()
        return (rows[-1].number if rows else after), [event_of(row) for row in rows]

    def settle(self, weighed: Weighed, *, at: datetime) -> Sequence[MassAlarm]:
        """The open alarms about what was weighed are those that there ought to be; those that are new, numbered."""
        wanted = {(thing_name(alarm.thing), alarm.rule): alarm for alarm in weighed.alarms}
        things = {*map(thing_name, weighed.things)} | {thing for thing, _ in wanted}
        open_ones = select(mass_alarms).where(mass_alarms.c.ended_at.is_(None))
        with self._transactions.writing() as connection:
            there: dict[tuple[str, str], int] = {}
            for chunk in in_chunks(things):
                found = connection.execute(open_ones.where(mass_alarms.c.thing.in_(chunk)))
                there |= {(row.thing, row.rule): row.number for row in found}
            for numbers in in_chunks(number for key, number in there.items() if key not in wanted):
                connection.execute(update(mass_alarms).where(mass_alarms.c.number.in_(numbers)).values(ended_at=at))
            rows = [_values(key[0], alarm) for key, alarm in wanted.items() if key not in there]
            if not rows:
                return []
            inserted = insert_into(connection, mass_alarms).on_conflict_do_nothing().returning(*mass_alarms.c)
            return [_alarm(row) for row in connection.execute(inserted, rows)]

    def list(self, *, ended: bool, after: int, limit: int) -> Sequence[MassAlarm]:
        """Open alarms, or those that ended, the newest first, from the first below the number `after` on (0: all)."""
        query = select(mass_alarms).order_by(mass_alarms.c.number.desc()).limit(limit)
        query = query.where(mass_alarms.c.ended_at.is_not(None) if ended else mass_alarms.c.ended_at.is_(None))
        if after:
            query = query.where(mass_alarms.c.number < after)
        with self._transactions.reading() as connection:
            return [_alarm(row) for row in connection.execute(query)]

    def open_about(self, things: Collection[str]) -> Sequence[MassAlarm]:
        """The open alarms about these things."""
        found: list[MassAlarm] = []
        query = select(mass_alarms).where(mass_alarms.c.ended_at.is_(None))
        with self._transactions.reading() as connection:
            for chunk in in_chunks({*map(thing_name, things)}):
                found.extend(_alarm(row) for row in connection.execute(query.where(mass_alarms.c.thing.in_(chunk))))
        return found


def _values(thing: str, alarm: MassAlarm) -> dict[str, Any]:
    return {"thing": thing, "rule": alarm.rule, "zh": alarm.zh, "en": alarm.en, "since": alarm.since}


def _alarm(row: Row[Any]) -> MassAlarm:
    return MassAlarm(
        thing=row.thing, rule=row.rule, zh=row.zh, en=row.en, since=row.since, number=row.number, ended=row.ended_at
    )
