"""Messages set aside, in SQL: each once, bounded per device."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, delete, func, select, update

from devices.model import SetAsideMessage
from storage.records.quarantine_bounds import Bounds, Share, add_shares, give_way
from storage.records.tables import quarantine, quarantine_devices
from storage.records.transactions import Repository, Transactions, insert_into

KEPT_BYTES = 64 * 1024
"""Of a payload; the rest is only counted."""

DIGEST_PREFIX = re.compile(r"[0-9a-f]{8,64}")


class SqlQuarantine(Repository):
    """`devices.ports.Quarantine`."""

    def __init__(self, transactions: Transactions, *, bounds: Bounds) -> None:
        super().__init__(transactions)
        self._bounds = bounds

    def set_aside(self, messages: Iterable[SetAsideMessage]) -> None:
        """They are durable when this returns; one that is there already gains a count, a last time and a reason.

        One that was replayed and comes again waits again. Beyond the bound of a device its oldest give way.
        """
        merged = _merged(messages)
        if not merged:
            return
        with self._transactions.writing() as connection:
            new = _insert(connection, merged)
            _count_again(connection, [message for digest, message in merged.items() if digest not in new])
            shares = _shares(merged[digest] for digest in new)
            add_shares(connection, shares)
            give_way(connection, shares, self._bounds)

    def list(self, *, device: str | None = None, limit: int = 100) -> Sequence[SetAsideMessage]:
        """The newest first; those replayed are left out."""
        query = select(quarantine).where(quarantine.c.replayed_at.is_(None))
        if device is not None:
            query = query.where(quarantine.c.device == device)
        query = query.order_by(quarantine.c.last_received.desc(), quarantine.c.digest).limit(limit)
        with self._transactions.reading() as connection:
            return [_message(row) for row in connection.execute(query)]

    def find(self, digest: str) -> SetAsideMessage | None:
        """The message of that digest, or of that prefix of at least 8 digits where only one message has it."""
        prefix = digest.strip().lower()
        if not DIGEST_PREFIX.fullmatch(prefix):
            return None
        query = select(quarantine).where(quarantine.c.digest.startswith(prefix)).limit(2)
        with self._transactions.reading() as connection:
            rows = connection.execute(query).all()
        return _message(rows[0]) if len(rows) == 1 else None

    def under(self, topic: str) -> Sequence[SetAsideMessage]:
        """Every message whose topic begins so, those replayed too; the oldest first."""
        query = select(quarantine).where(quarantine.c.topic.startswith(topic, autoescape=True))
        with self._transactions.reading() as connection:
            rows = connection.execute(query.order_by(quarantine.c.first_received, quarantine.c.digest)).all()
        return [_message(row) for row in rows]

    def forget(self, message: SetAsideMessage) -> bool:
        """It is not there any more; whether it was."""
        with self._transactions.writing() as connection:
            gone = connection.execute(delete(quarantine).where(quarantine.c.digest == message.digest)).rowcount
            if gone:
                add_shares(connection, {message.device: Share(messages=-1, kept_bytes=-len(message.payload))})
        return bool(gone)

    def mark_replayed(self, digest: str, at: datetime) -> None:
        """It was decoded and stored after all; it is kept, but waits no longer."""
        with self._transactions.writing() as connection:
            connection.execute(update(quarantine).where(quarantine.c.digest == digest).values(replayed_at=at))

    def counts(self) -> dict[str, int]:
        """Messages waiting, by code."""
        query = (
            select(quarantine.c.code, func.count())
            .where(quarantine.c.replayed_at.is_(None))
            .group_by(quarantine.c.code)
            .order_by(quarantine.c.code)
        )
        with self._transactions.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def dropped(self) -> dict[str, int]:
        """Messages that gave way unreplayed, by device; only devices that lost some."""
        query = (
            select(quarantine_devices.c.device, quarantine_devices.c.dropped)
            .where(quarantine_devices.c.dropped > 0)
            .order_by(quarantine_devices.c.device)
        )
        with self._transactions.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}


def _merged(messages: Iterable[SetAsideMessage]) -> dict[str, SetAsideMessage]:
    # A device in a loop sends one message thousands of times within a batch.
    merged: dict[str, SetAsideMessage] = {}
    for message in messages:
        before = merged.get(message.digest)
        merged[message.digest] = message if before is None else _together(before, message)
    return merged


def _together(before: SetAsideMessage, message: SetAsideMessage) -> SetAsideMessage:
    return replace(
        message,
        first_received=min(before.first_received, message.first_received),
        last_received=max(before.last_received, message.last_received),
        count=before.count + message.count,
    )


def _shares(messages: Iterable[SetAsideMessage]) -> Mapping[str, Share]:
    shares: dict[str, Share] = {}
    for message in messages:
        share = shares.get(message.device, Share())
        shares[message.device] = share.plus(messages=1, kept_bytes=len(message.payload[:KEPT_BYTES]))
    return shares


def _insert(connection: Connection, merged: Mapping[str, SetAsideMessage]) -> set[str]:
    """The digests that were new. Ordered, so that two writers on PostgreSQL never wait for each other in a circle."""
    statement = insert_into(connection, quarantine).on_conflict_do_nothing().returning(quarantine.c.digest)
    rows = [_values(merged[digest]) for digest in sorted(merged)]
    return set(connection.execute(statement, rows).scalars())


def _count_again(connection: Connection, messages: Iterable[SetAsideMessage]) -> None:
    rows = [
        {
            "the_digest": message.digest,
            "more": message.count,
            "received": message.last_received,
            "new_code": message.code,
            "new_reason": message.reason,
            "replayed": message.replayed_at,
        }
        for message in sorted(messages, key=lambda message: message.digest)
    ]
    if not rows:
        return
    newer = quarantine.c.last_received < bindparam("received", type_=quarantine.c.last_received.type)
    connection.execute(
        update(quarantine)
        .where(quarantine.c.digest == bindparam("the_digest"))
        .values(
            times=quarantine.c.times + bindparam("more"),
            last_received=case(
                (newer, bindparam("received", type_=quarantine.c.last_received.type)), else_=quarantine.c.last_received
            ),
            code=bindparam("new_code"),
            reason=bindparam("new_reason"),
            replayed_at=bindparam("replayed"),
        ),
        rows,
    )


def _values(message: SetAsideMessage) -> dict[str, Any]:
    payload = message.payload[:KEPT_BYTES]
    return {
        "digest": message.digest,
        "topic": message.topic,
        "payload": payload,
        "kept_bytes": len(payload),
        "size": message.size,
        "code": message.code,
        "reason": message.reason,
        "device": message.device,
        "first_received": message.first_received,
        "last_received": message.last_received,
        "times": message.count,
        "replayed_at": message.replayed_at,
    }


def _message(row: Row[Any]) -> SetAsideMessage:
    return SetAsideMessage(
        digest=row.digest,
        topic=row.topic,
        payload=row.payload,
        size=row.size,
        code=row.code,
        reason=row.reason,
        device=row.device,
        first_received=row.first_received,
        last_received=row.last_received,
        count=row.times,
        replayed_at=row.replayed_at,
    )
