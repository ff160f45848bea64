"""Public places, remembered as long as nothing changed that decides what may be told of them.

A farm's place counts the households of its village and township: too much to ask of every scan.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection, select

from storage.records.access_revision import ASKED_EVERY_S
from storage.records.places import public_place
from storage.records.tables import access_revision
from storage.records.transactions import Repository, Transactions
from traceability.model import PublicPlace

MOST_PLACES = 20_000
_NUMBER = select(access_revision.c.number)


class RememberedPlaces(Repository):
    """`traceability.ports.PublicPlaces`; what is not known is looked for again every time.

    On SQLite a change counts at once, whichever program made it; on PostgreSQL after ASKED_EVERY_S at the latest.
    """

    def __init__(self, transactions: Transactions, *, most: int = MOST_PLACES) -> None:
        super().__init__(transactions)
        self._most = most
        self._lock = threading.Lock()
        self._revision: int | None = None
        self._places: OrderedDict[str, PublicPlace] = OrderedDict()

    def find(self, gln: str) -> PublicPlace | None:
        """The place of that GLN."""
        return self.find_all([gln]).get(gln)

    def find_all(self, glns: Collection[str]) -> Mapping[str, PublicPlace]:
        """The places of those GLNs that are known."""
        with self._transactions.reading() as connection:
            revision = _revision(connection)
            found = self._remembered(glns, revision)
            for gln in glns:
                place = found.get(gln) or public_place(connection, gln)
                if place is not None:
                    found[gln] = place
            self._remember(found.values(), revision)
        return found

    def _remembered(self, glns: Collection[str], revision: int) -> dict[str, PublicPlace]:
        with self._lock:
            if revision != self._revision:
                self._places.clear()
                self._revision = revision
            return {gln: place for gln in glns if (place := self._places.get(gln)) is not None}

    def _remember(self, places: Iterable[PublicPlace], revision: int) -> None:
        with self._lock:
            if revision != self._revision:
                return
            self._places.update((place.gln, place) for place in places)
            while len(self._places) > self._most:
                self._places.popitem(last=False)


def _revision(connection: Connection) -> int:
    if connection.dialect.name != "sqlite":
        return int(time.monotonic() / ASKED_EVERY_S)
    number: int = connection.scalars(_NUMBER).one()
    return number
