"""Messages of recalls and what people say of recalled goods, in SQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage.records.trace_tables import recall_findings, recall_messages
from storage.records.transactions import Repository, in_chunks
from traceability.recall_goods import Outcome, Recovery
from traceability.recall_messages import RecallMessage, Recipient, RecipientKind


class SqlRecallOutbox(Repository):
    """`traceability.ports.RecallOutbox`."""

    def of_recall(self, recall: str) -> Sequence[RecallMessage]:
        """The recall's messages, the first first."""
        query = select(recall_messages).where(recall_messages.c.recall == recall).order_by(recall_messages.c.number)
        with self._transactions.reading() as connection:
            return [_message(row) for row in connection.execute(query)]

    def waiting(self, *, limit: int) -> Sequence[RecallMessage]:
        """At most so many messages that were not delivered, the oldest first."""
        query = select(recall_messages).where(recall_messages.c.delivered_at.is_(None))
        with self._transactions.reading() as connection:
            rows = connection.execute(query.order_by(recall_messages.c.number).limit(limit))
            return [_message(row) for row in rows]

    def delivered(self, numbers: Collection[int], *, at: datetime) -> None:
        """These messages have reached their recipients; the first delivery stands."""
        with self._transactions.writing() as connection:
            for chunk in in_chunks(numbers):
                mine = recall_messages.c.number.in_(chunk)
                first = mine & recall_messages.c.delivered_at.is_(None)
                connection.execute(update(recall_messages).where(first).values(delivered_at=at))

    def acknowledge(self, number: int, *, at: datetime, by: str) -> bool:
        """Somebody has read it; the first acknowledgement stands. False where there is no such message."""
        mine = recall_messages.c.number == number
        with self._transactions.writing() as connection:
            if connection.scalar(select(recall_messages.c.number).where(mine)) is None:
                return False
            unread = mine & recall_messages.c.acknowledged_at.is_(None)
            connection.execute(update(recall_messages).where(unread).values(acknowledged_at=at, acknowledged_by=by))
        return True

    def recover(self, recall: str, recoveries: Sequence[Recovery]) -> None:
        """What was said is kept; nothing said before is lost, the newest holds."""
        rows = [
            {
                "recall": recall,
                "thing": each.thing,
                "outcome": each.outcome.value,
                "at": each.at,
                "actor": each.actor,
                "note": each.note,
            }
            for each in recoveries
        ]
        if rows:
            with self._transactions.writing() as connection:
                connection.execute(insert(recall_findings), rows)

    def recoveries(self, recall: str) -> Sequence[Recovery]:
        """All that was said of the recall's goods, the first first."""
        query = select(recall_findings).where(recall_findings.c.recall == recall).order_by(recall_findings.c.number)
        with self._transactions.reading() as connection:
            return [
                Recovery(thing=row.thing, outcome=Outcome(row.outcome), at=row.at, actor=row.actor, note=row.note)
                for row in connection.execute(query)
            ]


def send_messages(connection: Connection, messages: Sequence[RecallMessage]) -> None:
    """The messages wait in the outbox."""
    rows = [
        {
            "recall": each.recall,
            "kind": each.recipient.kind.value,
            "recipient": each.recipient.id,
            "label": each.recipient.label,
            "made_at": each.made_at,
            "certain": each.certain,
            "possible": each.possible,
            "known_kg": each.known_kg,
            "unweighed": each.unweighed,
            "zh": each.zh,
            "en": each.en,
            "acknowledged_by": "",
        }
        for each in messages
    ]
    if rows:
        connection.execute(insert(recall_messages), rows)


def _message(row: Row[Any]) -> RecallMessage:
    return RecallMessage(
        number=row.number,
        recall=row.recall,
        recipient=Recipient(kind=RecipientKind(row.kind), id=row.recipient, label=row.label),
        made_at=row.made_at,
        certain=row.certain,
        possible=row.possible,
        known_kg=row.known_kg,
        unweighed=row.unweighed,
        zh=row.zh,
        en=row.en,
        delivered_at=row.delivered_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
    )
