"""Keys of animals and devices in SQL: the prefix of now, and what was minted under earlier ones."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select

from observations.identifiers import EarTagNumber
from storage.records.key_tables import company_prefixes, minted_keys
from storage.records.tables import animals, devices
from storage.records.transactions import Repository, in_chunks, insert_into
from traceability.context import COMPANY_PREFIX
from traceability.minting import Keyring

ANIMAL, DEVICE = "animal", "device"
ROWS_AT_ONCE = 5_000


class SqlMintedKeys(Repository):
    """`traceability.minting.MintedKeys`."""

    def keyring(self, *, animals: Collection[str] = (), devices: Collection[str] = ()) -> Keyring:
        """The keys of these, and of whatever is minted from now on."""
        with self._transactions.reading() as connection:
            prefix = _prefix(connection)
            if prefix is None:
                return Keyring()  # no prefix was ever set, so nothing was minted under another
            return Keyring(
                prefix=prefix,
                animals=_minted(connection, ANIMAL, animals),
                devices=_minted(connection, DEVICE, devices),
            )

    def adopt(self, prefix: str, *, at: datetime) -> bool:
        """Whether the prefix is another than before: then what is registered keeps its key, and new keys have it."""
        with self._transactions.reading() as connection:
            if _prefix(connection) == prefix:
                return False
        with self._transactions.writing() as connection:
            before = _prefix(connection)
            if before == prefix:
                return False
            if (before or COMPANY_PREFIX) != prefix:
                _keep(connection, before or COMPANY_PREFIX, *_registered(connection))
            connection.execute(insert(company_prefixes).values(prefix=prefix, since=at))
        return True

    def keep(self, prefix: str, *, animals: Iterable[str], devices: Iterable[str]) -> None:
        """The keys of these are those under that prefix, where they have none kept already."""
        with self._transactions.writing() as connection:
            if (_prefix(connection) or COMPANY_PREFIX) != prefix:
                _keep(connection, prefix, animals, devices)


def _prefix(connection: Connection) -> str | None:
    newest = select(company_prefixes.c.prefix).order_by(company_prefixes.c.number.desc()).limit(1)
    return connection.scalar(newest)


def _minted(connection: Connection, kind: str, subjects: Collection[str]) -> Mapping[str, str]:
    of_kind = select(minted_keys.c.subject, minted_keys.c.minted).where(minted_keys.c.kind == kind)
    return {
        row.subject: row.minted
        for chunk in in_chunks(subjects)
        for row in connection.execute(of_kind.where(minted_keys.c.subject.in_(chunk)))
    }


def _registered(connection: Connection) -> tuple[list[str], list[str]]:
    return [*connection.scalars(select(animals.c.id))], [*connection.scalars(select(devices.c.id))]


def _keep(connection: Connection, prefix: str, animals: Iterable[str], devices: Iterable[str]) -> None:
    keys = Keyring(prefix=prefix)
    rows = [
        *({"kind": ANIMAL, "subject": each, "minted": keys.animal(EarTagNumber.parse(each))} for each in animals),
        *({"kind": DEVICE, "subject": each, "minted": keys.device(each)} for each in devices),
    ]
    for first in range(0, len(rows), ROWS_AT_ONCE):
        connection.execute(
            insert_into(connection, minted_keys).on_conflict_do_nothing(), rows[first : first + ROWS_AT_ONCE]
        )
