"""EPCIS queries in SQL: each condition is a look into the index of facts."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy import column as sql_column

from storage.records.event_rows import event_of, indexed
from storage.records.tables import event_epcs, event_numbers, event_texts, events
from storage.records.transactions import Repository
from traceability.epcis.event_queries import (
    Condition,
    EventQuery,
    NumberCondition,
    OrderBy,
    TextCondition,
    TimeSpan,
)
from traceability.errors import QueryTooLargeError
from traceability.model import EventPage, Position

_ORDERED_BY = {OrderBy.EVENT_TIME: events.c.event_time, OrderBy.RECORD_TIME: events.c.record_time}
Truth = ColumnElement[bool]
_COMPARE: Mapping[str, Callable[[ColumnElement[float], float], Truth]] = {
    "EQ": lambda column, number: column == number,
    "GT": lambda column, number: column > number,
    "GE": lambda column, number: column >= number,
    "LT": lambda column, number: column < number,
    "LE": lambda column, number: column <= number,
}


class SqlEventQueries(Repository):
    """`traceability.ports.EventQueries`."""

    def page(
        self, query: EventQuery, *, visible: Collection[str] | None, after: Position | None, limit: int
    ) -> EventPage:
        """At most `limit` events of the answer, after that position; raises QueryTooLargeError."""
        with self._transactions.reading() as connection:
            until = _newest(connection) if after is None else after.until
            matching = [events.c.number <= until, *_conditions(connection, query, visible)]
            if query.most is not None and after is None:
                _check_size(connection, matching, query.most)
            given = 0 if after is None else after.given
            wanted = limit if query.limit is None else min(limit, query.limit - given)
            rows = connection.execute(_ordered(query, matching, after).limit(wanted + 1)).all()
        page = rows[:wanted]
        last = len(rows) <= wanted or (query.limit is not None and given + len(page) >= query.limit)
        further = None if last else _position(page[-1], query, until=until, given=given + len(page))
        return EventPage(events=tuple(event_of(row) for row in page), further=further)

    def newest(self) -> int:
        """The record number of the event captured last; whatever is captured later has a greater one. 0 before any."""
        with self._transactions.reading() as connection:
            return _newest(connection)

    def number_before(self, moment: datetime) -> int:
        """A record number behind which every event recorded from that moment on lies."""
        with self._transactions.reading() as connection:
            first = connection.scalar(select(func.min(events.c.number)).where(events.c.record_time >= moment))
            return _newest(connection) if first is None else first - 1

    def texts(self, name: str, *, visible: Collection[str] | None, after: str, limit: int) -> Sequence[str]:
        """Different texts of that fact (of every EPC for "epc"), in order, from the first behind `after` on."""
        table = event_epcs if name == "epc" else event_texts
        found: ColumnElement[str] = table.c.epc if name == "epc" else table.c.text
        query = select(found).distinct().where(found > after).order_by(found).limit(limit)
        if name != "epc":
            query = query.where(event_texts.c.name == name)
        with self._transactions.reading() as connection:
            if visible is not None:
                query = query.where(table.c.event.in_(_about(connection, visible)))
            return list(connection.scalars(query))


def _newest(connection: Connection) -> int:
    return connection.scalar(select(func.coalesce(func.max(events.c.number), 0))) or 0


def _check_size(connection: Connection, matching: Sequence[Truth], most: int) -> None:
    some = select(events.c.number).where(*matching).limit(most + 1).subquery()
    if (connection.scalar(select(func.count()).select_from(some)) or 0) > most:
        raise QueryTooLargeError(most)


def _conditions(connection: Connection, query: EventQuery, visible: Collection[str] | None) -> list[Truth]:
    found = [
        *_span(events.c.event_time, query.event_time),
        *_span(events.c.record_time, query.record_time),
        *(_condition(each) for each in query.conditions),
    ]
    if visible is not None:
        found.append(events.c.number.in_(_about(connection, visible)))
    return found


def _span(moment: ColumnElement[datetime], span: TimeSpan) -> list[Truth]:
    since = [] if span.since is None else [moment >= span.since]
    return since if span.until is None else [*since, moment < span.until]


def _condition(condition: Condition) -> Truth:
    if isinstance(condition, TextCondition):
        texts: list[Truth] = [event_texts.c.text.in_([indexed(text) for text in condition.texts])]
        texts += [event_texts.c.text.startswith(beginning, autoescape=True) for beginning in condition.beginnings]
        named = event_texts.c.name.in_([indexed(name) for name in condition.names])
        return events.c.number.in_(select(event_texts.c.event).where(named, or_(*texts)))
    if isinstance(condition, NumberCondition):
        compare = _COMPARE[condition.compare]
        numbers = [compare(event_numbers.c.number, number) for number in condition.numbers]
        of_name = event_numbers.c.name == indexed(condition.name)
        return events.c.number.in_(select(event_numbers.c.event).where(of_name, or_(*numbers)))
    there = exists().where(event_texts.c.name == indexed(condition.name), event_texts.c.event == events.c.number)
    return there if condition.exists else ~there


def _about(connection: Connection, epcs: Collection[str]) -> Select[int]:
    """The numbers of events that name one of these EPCs; any number of EPCs is one variable of the statement."""
    listed = json.dumps(sorted(epcs))
    if connection.dialect.name == "postgresql":
        each = func.json_array_elements_text(cast(literal(listed, Text), JSON)).table_valued(sql_column("value", Text))
    else:
        each = func.json_each(listed).table_valued(sql_column("value", Text))
    return select(event_epcs.c.event).where(event_epcs.c.epc.in_(select(each.c.value)))


def _ordered(query: EventQuery, matching: Sequence[Truth], after: Position | None) -> Select[Any]:
    moment = _ORDERED_BY.get(query.order_by)
    number = events.c.number
    statement = select(events).where(and_(*matching))
    if moment is None:
        statement = statement.order_by(number)
        return statement if after is None else statement.where(number > after.number)
    keys = (moment.desc(), number.desc()) if query.descending else (moment, number)
    statement = statement.order_by(*keys)
    if after is None:
        return statement
    here, there = tuple_(moment, number), tuple_(literal(after.moment, moment.type), literal(after.number))
    return statement.where(here < there if query.descending else here > there)


def _position(row: Row[Any], query: EventQuery, *, until: int, given: int) -> Position:
    moment = {OrderBy.EVENT_TIME: row.event_time, OrderBy.RECORD_TIME: row.record_time}.get(query.order_by)
    return Position(until=until, number=row.number, moment=moment, given=given)
