"""Pushes and imported weather in SQL."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select, update

from agronomy.given import PushRecord
from agronomy.pushes.due import Outcome, PushKey, SentPush
from agronomy.weather.days import WeatherDay
from observations.identifiers import FieldId
from storage.records.planting_tables import pushes, weather_days
from storage.records.transactions import Repository, insert_into, insert_new

QUANTITIES = tuple(each.name for each in fields(WeatherDay))


class SqlPushBook(Repository):
    """`agronomy.ports.PushBook`."""

    def send(self, push: PushRecord) -> bool:
        """The push is recorded, once: False where one of its key was there."""
        with self._transactions.writing() as connection:
            return insert_new(connection, pushes, {**_key(push.sent.key), **_state(push)})

    def of_field(self, field: FieldId) -> Sequence[PushRecord]:
        """The field's pushes, oldest first."""
        order = (pushes.c.sent_at, pushes.c.season, pushes.c.rule, pushes.c.episode)
        with self._transactions.reading() as connection:
            found = connection.execute(select(pushes).where(pushes.c.field == field).order_by(*order))
            return [_push(row) for row in found]

    def acknowledge(self, key: PushKey, *, at: datetime, by: str) -> bool:
        """Somebody has seen it; the first acknowledgement stands. False where there is no such push."""
        with self._transactions.writing() as connection:
            if connection.execute(select(pushes.c.rule).where(_is(key))).first() is None:
                return False
            unseen = and_(_is(key), pushes.c.acknowledged_at.is_(None))
            connection.execute(update(pushes).where(unseen).values(acknowledged_at=at, acknowledged_by=by))
        return True

    def note(self, push: PushRecord) -> None:
        """What became of it is kept; an acknowledgement that came meanwhile stays."""
        state = _state(push)
        for name in ("acknowledged_at", "acknowledged_by", "sent_at"):
            del state[name]
        with self._transactions.writing() as connection:
            connection.execute(update(pushes).where(_is(push.sent.key)).values(**state))


class SqlWeatherBook(Repository):
    """`agronomy.ports.WeatherBook`."""

    def add(self, place: str, days: Iterable[WeatherDay], *, source: str, at: datetime) -> int:
        """The days are kept, a later import of the same day in place of the one before; how many."""
        count = 0
        with self._transactions.writing() as connection:
            for day in days:
                row = {"place": place, **asdict(day), "source": source, "entered_at": at}
                statement = insert_into(connection, weather_days).values(**row)
                connection.execute(statement.on_conflict_do_update(index_elements=["place", "day"], set_={**row}))
                count += 1
        return count

    def days(self, place: str, first: date, last: date) -> Sequence[WeatherDay]:
        """The known days from first to last, in order."""
        wanted = (weather_days.c.place == place, weather_days.c.day >= first, weather_days.c.day <= last)
        query = select(weather_days).where(*wanted).order_by(weather_days.c.day)
        with self._transactions.reading() as connection:
            return [
                WeatherDay(**{name: getattr(row, name) for name in QUANTITIES}) for row in connection.execute(query)
            ]


def _key(key: PushKey) -> dict[str, Any]:
    return {"field": key.field, "season": key.season, "rule": key.rule, "episode": key.episode}


def _is(key: PushKey) -> ColumnElement[bool]:
    return and_(*(pushes.c[name] == value for name, value in _key(key).items()))


def _state(push: PushRecord) -> dict[str, Any]:
    return {
        "sent_at": push.sent.sent_at,
        "acknowledged_at": push.sent.acknowledged_at,
        "acknowledged_by": push.acknowledged_by,
        "escalated_at": push.sent.escalated_at,
        "cleared_at": push.sent.cleared_at,
        "outcome": push.outcome.value,
        "followed_up_at": push.followed_up_at,
    }


def _push(row: Row[Any]) -> PushRecord:
    key = PushKey(field=FieldId.parse(row.field), season=row.season, rule=row.rule, episode=row.episode)
    sent = SentPush(
        key=key,
        sent_at=row.sent_at,
        acknowledged_at=row.acknowledged_at,
        escalated_at=row.escalated_at,
        cleared_at=row.cleared_at,
    )
    return PushRecord(
        sent=sent,
        acknowledged_by=row.acknowledged_by,
        outcome=Outcome(row.outcome),
        followed_up_at=row.followed_up_at,
    )
