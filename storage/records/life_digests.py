"""Life digests in SQL: shown only while no event came that names the animal and was not in them."""

import json
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import bindparam, func, select

from storage.records.columns import SoughtText
from storage.records.digest_tables import life_digests
from storage.records.event_rows import event_of
from storage.records.tables import event_epcs, events
from storage.records.transactions import Repository, in_chunks, insert_into
from traceability.life import ear_tag
from traceability.life_digests import LIVING, LifeDigest, digest_of, digest_rules, packed, unpacked
from traceability.lineage import TRANSFORMATION

_NEWEST = (
    select(func.max(event_epcs.c.event)).where(event_epcs.c.epc == life_digests.c.epc).correlate(life_digests)
).scalar_subquery()
# Put together once, as every page asks it.
_CURRENT = select(life_digests.c.epc, life_digests.c.told).where(
    life_digests.c.epc.in_(bindparam("epcs", expanding=True, type_=SoughtText())),
    life_digests.c.newest == _NEWEST,
    life_digests.c.rules == bindparam("rules", type_=SoughtText()),
)


class SqlLifeDigests(Repository):
    """`traceability.life_digests.DigestBook`."""

    def current(self, epcs: Collection[str]) -> Mapping[str, LifeDigest]:
        """The digests of those of these animals that no event has named since they were made."""
        found: dict[str, LifeDigest] = {}
        with self._transactions.reading() as connection:
            for chunk in in_chunks(epcs):
                rows = connection.execute(_CURRENT, {"epcs": chunk, "rules": digest_rules()})
                found.update({row.epc: unpacked(row.told) for row in rows})
        return found

    def make(self, epc: str) -> bool:
        """Whether the animal had no current digest and has one now, unless its events cannot be told in one."""
        if self.current([epc]):
            return False
        naming = select(event_epcs.c.event).where(event_epcs.c.epc == epc)
        with self._transactions.reading() as connection:
            # The number first: an event that comes between the two queries makes the digest old, not wrong.
            newest = connection.scalar(select(func.max(event_epcs.c.event)).where(event_epcs.c.epc == epc))
            told = [event_of(row) for row in connection.execute(select(events).where(events.c.number.in_(naming)))]
        digest = digest_of(epc, told)
        if newest is None or digest is None:
            return False
        row = {
            "epc": epc,
            "ear_tag": ear_tag(epc),
            "newest": newest,
            "rules": digest_rules(),
            "told": packed(digest),
        }
        with self._transactions.writing() as connection:
            statement = insert_into(connection, life_digests).values(**row)
            connection.execute(statement.on_conflict_do_update(index_elements=["epc"], set_=row))
        return True

    def animals_told_of(self, after: int, *, limit: int) -> tuple[Sequence[str], int]:
        """Animals whose digest the events behind that number call for, and the number of the last event looked at."""
        columns = (events.c.number, events.c.event_type, events.c.epcs)
        query = select(*columns).where(events.c.number > after).order_by(events.c.number).limit(limit)
        slaughtered: set[str] = set()
        named: set[str] = set()
        with self._transactions.reading() as connection:
            for row in connection.execute(query):
                animals = {epc for epc in json.loads(row.epcs) if LIVING in epc} if LIVING in row.epcs else set()
                (slaughtered if row.event_type == TRANSFORMATION else named).update(animals)
                after = row.number
            for chunk in in_chunks(named - slaughtered):
                slaughtered.update(connection.scalars(select(life_digests.c.epc).where(life_digests.c.epc.in_(chunk))))
        return sorted(slaughtered), after
