"""Subscriptions to named queries, in SQL."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, or_, select, update

from storage.records.errors import SealError
from storage.records.sealing import MARK, Seal
from storage.records.subscription_tables import subscriptions
from storage.records.tables import named_queries
from storage.records.transactions import Repository, Transactions
from traceability.epcis.subscriptions import (
    Progress,
    Subscription,
    SubscriptionRequest,
    SubscriptionState,
    schedule_text,
)

PASSWORD_CHANGED = "the password of who subscribed was changed: resume the subscription where it is still wanted"  # noqa: S105 a sentence


class SqlSubscriptions(Repository):
    """`traceability.ports.Subscriptions`; tokens lie there sealed.

    One whose token cannot be opened is shown as paused, without token and with why; the token stays as it is kept.
    """

    def __init__(self, transactions: Transactions, *, seal: Seal) -> None:
        super().__init__(transactions)
        self._seal = seal

    def seal_all(self, *, anew: Seal | None = None) -> int:
        """Every token is sealed; how many were not. anew: all are sealed with that one, and how many that were.

        Raises SealError where one cannot be read, and then nothing is changed.
        """
        closer, columns = anew or self._seal, subscriptions.c
        wanted = select(columns.id, columns.token)
        wanted = wanted if anew else wanted.where(columns.token.not_like(f"{MARK}%"))
        with self._transactions.reading() as connection:
            if connection.execute(wanted.limit(1)).first() is None:
                return 0
        with self._transactions.writing() as connection:
            if connection.dialect.name == "sqlite":
                # What is written over is gone from the file, too.
                connection.exec_driver_sql("PRAGMA secure_delete=ON")
            rows = connection.execute(wanted).all()
            for row in rows:
                sealed = closer.close(self._seal.open(row.token))
                connection.execute(update(subscriptions).where(columns.id == row.id).values(token=sealed))
        return len(rows)

    def add(self, subscription: Subscription) -> bool:
        """Whether its owner still has the query; then the subscription is durable."""
        columns = named_queries.c
        there = select(columns.name).where(columns.owner == subscription.owner, columns.name == subscription.query)
        with self._transactions.writing() as connection:
            if connection.scalar(there) is None:
                return False
            fixed = {"id": subscription.id, "owner": subscription.owner, "query": subscription.query}
            values = {**fixed, "created": subscription.created, "version": subscription.version}
            values["token"] = self._seal.close(subscription.asked.token)
            connection.execute(subscriptions.insert().values(**values, **self._changing(subscription)))
        return True

    def find(self, subscription: str) -> Subscription | None:
        """The subscription of that id."""
        with self._transactions.reading() as connection:
            row = connection.execute(select(subscriptions).where(subscriptions.c.id == subscription)).one_or_none()
        return None if row is None else self._subscription(row)

    def list(self, owner: str | None, *, query: str | None, after: str, limit: int) -> Sequence[Subscription]:
        """Subscriptions of that owner and to that query (None: of all) by id, from the first behind `after` on."""
        columns = subscriptions.c
        statement = select(subscriptions).where(columns.id > after).order_by(columns.id).limit(limit)
        if owner is not None:
            statement = statement.where(columns.owner == owner)
        if query is not None:
            statement = statement.where(columns.query == query)
        with self._transactions.reading() as connection:
            return [self._subscription(row) for row in connection.execute(statement)]

    def due(self, at: datetime, *, newest: int) -> Sequence[Subscription]:
        """Active subscriptions that are due by then and for which something may be there, the longest waiting first.

        newest: the record number of the event captured last. One that cannot be served as its token cannot be opened
        comes as paused.
        """
        columns = subscriptions.c
        something = or_(columns.cursor < newest, columns.batch_until.is_not(None), columns.schedule != "")
        statement = select(subscriptions).where(columns.state == SubscriptionState.ACTIVE.value, columns.due <= at)
        with self._transactions.reading() as connection:
            rows = connection.execute(statement.where(something).order_by(columns.due, columns.id))
            return [self._subscription(row) for row in rows]

    def change(self, before: Subscription, after: Subscription) -> Subscription | None:
        """The subscription as it is kept now; None where it was changed since `before`, and nothing happened."""
        columns = subscriptions.c
        mine = update(subscriptions).where(columns.id == before.id, columns.version == before.version)
        values = {**self._changing(after), "version": before.version + 1}
        if after.asked.token != before.asked.token:
            values["token"] = self._seal.close(after.asked.token)
        with self._transactions.writing() as connection:
            row = connection.execute(mine.values(**values).returning(*columns)).one_or_none()
        return None if row is None else self._subscription(row)

    def remove(self, subscription: str) -> bool:
        """Whether there was such a subscription; it is there no more."""
        with self._transactions.writing() as connection:
            return connection.execute(delete(subscriptions).where(subscriptions.c.id == subscription)).rowcount > 0

    def _changing(self, subscription: Subscription) -> dict[str, Any]:
        asked, progress = subscription.asked, subscription.progress
        return {
            "dest": asked.dest,
            "schedule": schedule_text(asked),
            "report_if_empty": asked.report_if_empty,
            "since": asked.since,
            "state": subscription.state.value,
            "cursor": progress.cursor,
            "run_until": progress.run_until,
            "batch_until": progress.batch_until,
            "at_once": progress.at_once,
            "number": progress.number,
            "failures": progress.failures,
            "failing_since": progress.failing_since,
            "due": progress.due,
            "last_notified": progress.last_notified,
            "why": progress.why,
        }

    def _subscription(self, row: Row[Any]) -> Subscription:
        token, state, why = "", SubscriptionState(row.state), row.why
        try:
            token = self._seal.open(row.token)
        except SealError as error:  # its own alone: the others are served
            why = str(error)
            state = SubscriptionState.PAUSED if state is SubscriptionState.ACTIVE else state
        return Subscription(
            id=row.id,
            owner=row.owner,
            query=row.query,
            asked=SubscriptionRequest(
                dest=row.dest,
                token=token,
                schedule=json.loads(row.schedule) if row.schedule else None,
                report_if_empty=row.report_if_empty,
                since=row.since,
            ),
            created=row.created,
            state=state,
            progress=Progress(
                cursor=row.cursor,
                run_until=row.run_until,
                batch_until=row.batch_until,
                at_once=row.at_once,
                number=row.number,
                failures=row.failures,
                failing_since=row.failing_since,
                due=row.due,
                last_notified=row.last_notified,
                why=why,
            ),
            version=row.version,
        )


def remove_of_query(connection: Connection, owner: str, query: str) -> None:
    """Nobody is subscribed to the query any more."""
    columns = subscriptions.c
    connection.execute(delete(subscriptions).where(columns.owner == owner, columns.query == query))


def pause_of_owner(connection: Connection, owner: str) -> None:
    """Nothing is sent for that user until it is resumed: what was subscribed by a stolen secret ends with it."""
    columns = subscriptions.c
    mine = update(subscriptions).where(columns.owner == owner, columns.state == SubscriptionState.ACTIVE.value)
    paused = {"state": SubscriptionState.PAUSED.value, "why": PASSWORD_CHANGED, "version": columns.version + 1}
    connection.execute(mine.values(**paused))
