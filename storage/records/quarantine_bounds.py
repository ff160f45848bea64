"""How much of the quarantine one device may take, and what gives way beyond."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from storage.records.tables import quarantine, quarantine_devices
from storage.records.transactions import in_chunks, insert_into

AT_ONCE = 200
"""Oldest messages looked at in one query."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one device may have in quarantine: different messages, and bytes of payload kept."""

    messages: int = 1_000
    kept_bytes: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one device has, or has gained, in quarantine."""

    messages: int = 0
    kept_bytes: int = 0

    def plus(self, *, messages: int, kept_bytes: int) -> "Share":
        """The share with that much more (or less)."""
        return Share(messages=self.messages + messages, kept_bytes=self.kept_bytes + kept_bytes)

    def within(self, bounds: Bounds) -> bool:
        """Neither bound is exceeded."""
        return self.messages <= bounds.messages and self.kept_bytes <= bounds.kept_bytes


def add_shares(connection: Connection, shares: Mapping[str, Share]) -> None:
    """Each device has that much more in quarantine."""
    if not shares:
        return
    statement = insert_into(connection, quarantine_devices)
    table, excluded = quarantine_devices.c, statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[table.device],
            set_={
                "messages": table.messages + excluded.messages,
                "kept_bytes": table.kept_bytes + excluded.kept_bytes,
            },
        ),
        [
            {"device": device, "messages": share.messages, "kept_bytes": share.kept_bytes, "dropped": 0}
            for device, share in sorted(shares.items())
        ],
    )


def give_way(connection: Connection, devices: Mapping[str, Share], bounds: Bounds) -> None:
    """Of those devices each is within its bounds again: its oldest messages are gone, and counted as dropped."""
    table = quarantine_devices.c
    for chunk in in_chunks(devices):
        for row in connection.execute(select(quarantine_devices).where(table.device.in_(chunk))).all():
            share = Share(messages=row.messages, kept_bytes=row.kept_bytes)
            if not share.within(bounds):
                _drop_oldest(connection, row.device, share, bounds)


def _drop_oldest(connection: Connection, device: str, share: Share, bounds: Bounds) -> None:
    going: list[str] = []
    dropped = 0
    for row in _oldest_first(connection, device):
        if share.within(bounds):
            break
        share = share.plus(messages=-1, kept_bytes=-row.kept_bytes)
        going.append(row.digest)
        # One that was stored after all is no loss.
        dropped += row.replayed_at is None
    for chunk in in_chunks(going):
        connection.execute(delete(quarantine).where(quarantine.c.digest.in_(chunk)))
    table = quarantine_devices.c
    connection.execute(
        update(quarantine_devices)
        .where(table.device == device)
        .values(messages=share.messages, kept_bytes=share.kept_bytes, dropped=table.dropped + dropped)
    )


def _oldest_first(connection: Connection, device: str) -> Iterator[Row[Any, Any, Any]]:
    columns = quarantine.c
    query = (
        select(columns.digest, columns.kept_bytes, columns.replayed_at)
        .where(columns.device == device)
        .order_by(columns.last_received, columns.digest)
        .limit(AT_ONCE)
    )
    seen = 0
    while rows := connection.execute(query.offset(seen)).all():
        yield from rows
        seen += len(rows)
