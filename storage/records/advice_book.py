"""Advice as it was given, and the outbox, in SQL."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select, update

from agronomy.given import GivenAdvice, Message, MessageKind, Withdrawal
from observations.identifiers import FieldId
from storage.records.planting_tables import advice, messages
from storage.records.tables import fields
from storage.records.transactions import Repository, insert_new, require


class SqlAdviceBook(Repository):
    """`agronomy.ports.AdviceBook`."""

    def give(self, advice: GivenAdvice) -> GivenAdvice:
        """The advice is kept, under the next number."""
        row = {
            "field": advice.field,
            "made_at": advice.made_at,
            "made_on": advice.made_on,
            "valid_until": advice.valid_until,
            "content": json.dumps(advice.content, ensure_ascii=False, allow_nan=False),
        }
        with self._transactions.writing() as connection:
            require(connection, fields.c.id, advice.field, kind="field")
            number = connection.execute(_advice.insert().values(**row).returning(_advice.c.number)).scalar_one()
        return replace(advice, number=number)

    def standing(self, field: FieldId) -> GivenAdvice | None:
        """The newest advice of the field that was not withdrawn."""
        query = select(advice).where(advice.c.field == field, advice.c.withdrawn_at.is_(None))
        return self._first(query.order_by(advice.c.number.desc()).limit(1))

    def find(self, number: int) -> GivenAdvice | None:
        """The advice of that number."""
        return self._first(select(advice).where(advice.c.number == number))

    def of_field(self, field: FieldId, *, limit: int) -> Sequence[GivenAdvice]:
        """Advice of the field, newest first."""
        query = select(advice).where(advice.c.field == field).order_by(advice.c.number.desc()).limit(limit)
        with self._transactions.reading() as connection:
            return [_given(row) for row in connection.execute(query)]

    def withdraw(self, number: int, withdrawal: Withdrawal) -> None:
        """That advice no longer holds; what was withdrawn before stays as it is."""
        still = (advice.c.number == number) & advice.c.withdrawn_at.is_(None)
        with self._transactions.writing() as connection:
            connection.execute(
                update(advice)
                .where(still)
                .values(
                    withdrawn_at=withdrawal.at,
                    withdrawn_by=withdrawal.by,
                    withdrawn_changed=withdrawal.changed,
                    withdrawn_zh=withdrawal.zh,
                    withdrawn_en=withdrawal.en,
                )
            )

    def post(self, message: Message) -> bool:
        """The message is in the outbox, once: False where one of its key was there."""
        with self._transactions.writing() as connection:
            require(connection, fields.c.id, message.field, kind="field")
            return insert_new(connection, messages, {**asdict(message), "kind": message.kind.value})

    def messages(self, field: FieldId, *, limit: int) -> Sequence[Message]:
        """Messages about the field, newest first."""
        return self._messages(
            select(messages).where(messages.c.field == field).order_by(messages.c.number.desc()).limit(limit)
        )

    def undelivered(self, *, limit: int) -> Sequence[Message]:
        """Messages no way of delivery has taken, oldest first."""
        waiting = messages.c.delivered_at.is_(None)
        return self._messages(select(messages).where(waiting).order_by(messages.c.number).limit(limit))

    def delivered(self, key: str, at: datetime) -> None:
        """That message was taken for delivery; the first time stands."""
        waiting = (messages.c.key == key) & messages.c.delivered_at.is_(None)
        with self._transactions.writing() as connection:
            connection.execute(update(messages).where(waiting).values(delivered_at=at))

    def _first(self, query: Select[Any]) -> GivenAdvice | None:
        with self._transactions.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else _given(row)

    def _messages(self, query: Select[Any]) -> Sequence[Message]:
        with self._transactions.reading() as connection:
            return [_message(row) for row in connection.execute(query)]


_advice = advice
"""The table, where an argument has its name."""


def _given(row: Row[Any]) -> GivenAdvice:
    withdrawn = None
    if row.withdrawn_at is not None:
        withdrawn = Withdrawal(
            at=row.withdrawn_at,
            by=row.withdrawn_by,
            changed=row.withdrawn_changed,
            zh=row.withdrawn_zh,
            en=row.withdrawn_en,
        )
    return GivenAdvice(
        number=row.number,
        field=FieldId.parse(row.field),
        made_at=row.made_at,
        made_on=row.made_on,
        valid_until=row.valid_until,
        content=json.loads(row.content),
        withdrawn=withdrawn,
    )


def _message(row: Row[Any]) -> Message:
    return Message(
        key=row.key,
        field=FieldId.parse(row.field),
        kind=MessageKind(row.kind),
        made_at=row.made_at,
        valid_until=row.valid_until,
        sms_zh=row.sms_zh,
        zh=row.zh,
        en=row.en,
        delivered_at=row.delivered_at,
    )
