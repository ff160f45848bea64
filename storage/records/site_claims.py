"""Which ingest worker has which site, in SQL: a site has one worker, or the main service where it has none."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update

from storage.records.errors import ClaimTakenError
from storage.records.tables import site_claims
from storage.records.transactions import Repository, insert_new


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteClaim:
    """A worker's claim to the messages of a site.

    client_id: of the worker's session at the broker. subscribed: the broker keeps the site's messages for it.
    handed_over: the main service passes over the site's messages; before, the worker must not store them.
    leaving: the site is to go back to the main service.
    heard: when the worker was last alive; None where it has ended in order.
    """

    site: str
    worker: str
    client_id: str
    subscribed: bool = False
    handed_over: bool = False
    leaving: bool = False
    heard: datetime | None = None


class SqlSiteClaims(Repository):
    """The claims of all workers."""

    def all(self) -> Sequence[SiteClaim]:
        """Every claim, by worker and site."""
        query = select(site_claims).order_by(site_claims.c.worker, site_claims.c.site)
        with self._transactions.reading() as connection:
            return [SiteClaim(**row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - its documented name

    def of(self, worker: str) -> Sequence[SiteClaim]:
        """The claims of that worker, by site."""
        return [claim for claim in self.all() if claim.worker == worker]

    def claim(self, sites: Collection[str], *, worker: str, client_id: str, at: datetime) -> None:
        """The worker claims these sites too; raises ClaimTakenError where another does, and then none is claimed."""
        with self._transactions.writing() as connection:
            for site in sorted(sites):
                row = {"site": site, "worker": worker, "client_id": client_id, "heard": at}
                row |= {"subscribed": False, "handed_over": False, "leaving": False}
                if insert_new(connection, site_claims, row):
                    continue
                holder = connection.scalar(select(site_claims.c.worker).where(site_claims.c.site == site))
                if holder != worker:
                    raise ClaimTakenError(site, str(holder))

    def subscribed(self, worker: str) -> None:
        """The broker keeps for the worker what comes from all its sites."""
        self._change(site_claims.c.worker == worker, subscribed=True)

    def handed_over(self, sites: Collection[str]) -> None:
        """The main service passes over what comes from these sites."""
        self._change(site_claims.c.site.in_(sorted(sites)), handed_over=True)

    def taken_back(self, worker: str) -> None:
        """The main service stores what comes from the worker's sites."""
        self._change(site_claims.c.worker == worker, handed_over=False)

    def heard(self, worker: str, at: datetime | None) -> None:
        """The worker was alive then; None: it has ended in order."""
        self._change(site_claims.c.worker == worker, heard=at)

    def leave(self, worker: str) -> int:
        """The worker's sites are to go back to the main service; how many they are."""
        return self._change(site_claims.c.worker == worker, leaving=True)

    def forget(self, worker: str) -> None:
        """The worker has no sites."""
        with self._transactions.writing() as connection:
            connection.execute(delete(site_claims).where(site_claims.c.worker == worker))

    def _change(self, which: ColumnElement[bool], **values: object) -> int:
        with self._transactions.writing() as connection:
            return int(connection.execute(update(site_claims).where(which).values(**values)).rowcount)
