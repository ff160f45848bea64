"""Queries with a name, in SQL."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, select

from storage.records.subscriptions import remove_of_query
from storage.records.tables import named_queries
from storage.records.transactions import Repository, insert_new
from traceability.model import NamedQuery


class SqlNamedQueries(Repository):
    """`traceability.ports.NamedQueries`."""

    def add(self, query: NamedQuery) -> bool:
        """Whether the name was free; otherwise nothing changed."""
        row = {"owner": query.owner, "name": query.name, "parameters": query.parameters, "created": query.created}
        with self._transactions.writing() as connection:
            return insert_new(connection, named_queries, row)

    def find(self, owner: str, name: str) -> NamedQuery | None:
        """The owner's query of that name."""
        query = select(named_queries).where(named_queries.c.owner == owner, named_queries.c.name == name)
        with self._transactions.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _query(row)

    def list(self, owner: str, *, after: str, limit: int) -> Sequence[NamedQuery]:
        """The owner's queries by name, from the first behind `after` on."""
        columns = named_queries.c
        query = select(named_queries).where(columns.owner == owner, columns.name > after)
        with self._transactions.reading() as connection:
            return [_query(row) for row in connection.execute(query.order_by(columns.name).limit(limit))]

    def remove(self, owner: str, name: str) -> bool:
        """Whether there was such a query; it is there no more, nor are subscriptions to it."""
        statement = delete(named_queries).where(named_queries.c.owner == owner, named_queries.c.name == name)
        with self._transactions.writing() as connection:
            remove_of_query(connection, owner, name)
            return connection.execute(statement).rowcount > 0


def _query(row: Row[Any]) -> NamedQuery:
    return NamedQuery(owner=row.owner, name=row.name, parameters=row.parameters, created=row.created)
