"""Links given to GS1 keys, in SQL."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select

from storage.records.link_tables import default_links, given_links
from storage.records.transactions import Repository, in_chunks, insert_into
from traceability.resolver.given_links import GivenLink
from traceability.resolver.links import ResolverLink

_SAME = ("key", "link_type", "href", "languages", "media_type", "contexts")
_COLUMNS = given_links.c


class SqlGivenLinks(Repository):
    """`traceability.resolver.ports.GivenLinks`."""

    def add(self, given: GivenLink) -> GivenLink:
        """The link as it is kept, with its number, and as default where it is the key's first or asked to be."""
        values = _values(given)
        with self._transactions.writing() as connection:
            statement = insert_into(connection, given_links).values(**values)
            renewed = {name: values[name] for name in ("title", "forwards")}
            statement = statement.on_conflict_do_update(index_elements=_SAME, set_=renewed)
            number = connection.execute(statement.returning(_COLUMNS.number)).scalar_one()
            _make_default(connection, given.key, number, instead=given.default)
            kept = connection.execute(_query().where(_COLUMNS.number == number)).one()
        return _given(kept)

    def remove(self, number: int) -> bool:
        """Whether there was such a link; it is there no more, and where it was the default the oldest left is."""
        with self._transactions.writing() as connection:
            key = connection.scalar(select(_COLUMNS.key).where(_COLUMNS.number == number))
            if key is None:
                return False
            connection.execute(delete(default_links).where(default_links.c.link == number))
            connection.execute(delete(given_links).where(_COLUMNS.number == number))
            oldest = select(_COLUMNS.number).where(_COLUMNS.key == key).order_by(_COLUMNS.number).limit(1)
            left = connection.scalar(oldest)
            if left is not None:
                _make_default(connection, key, left, instead=False)
        return True

    def of(self, keys: Collection[str]) -> Sequence[GivenLink]:
        """Every link of these keys, the oldest first."""
        with self._transactions.reading() as connection:
            found = [
                row for chunk in in_chunks(keys) for row in connection.execute(_query().where(_COLUMNS.key.in_(chunk)))
            ]
        return _in_order(found)

    def list(self) -> Sequence[GivenLink]:
        """Every link, by key, the oldest first."""
        with self._transactions.reading() as connection:
            return sorted(_in_order(connection.execute(_query())), key=lambda given: given.key)


def _query() -> Select[Any]:
    joined = given_links.outerjoin(default_links, default_links.c.link == _COLUMNS.number)
    return select(given_links, default_links.c.link.label("default_link")).select_from(joined)


def _make_default(connection: Connection, key: str, number: int, *, instead: bool) -> None:
    """The key's default is that link; where it has one already, only `instead` of it."""
    statement = insert_into(connection, default_links).values(key=key, link=number)
    same = [default_links.c.key]
    if instead:
        connection.execute(statement.on_conflict_do_update(index_elements=same, set_={"link": number}))
    else:
        connection.execute(statement.on_conflict_do_nothing(index_elements=same))


def _in_order(rows: Iterable[Row[Any]]) -> list[GivenLink]:
    return [_given(row) for row in sorted(rows, key=lambda row: row.number)]


def _values(given: GivenLink) -> dict[str, Any]:
    link = given.link
    return {
        "key": given.key,
        "link_type": link.link_type,
        "href": link.href,
        "languages": " ".join(link.languages),
        "media_type": link.media_type,
        "contexts": " ".join(link.contexts),
        "title": link.title,
        "forwards": link.forwards,
        "given_by": given.by,
        "given_at": given.at,
    }


def _given(row: Row[Any]) -> GivenLink:
    return GivenLink(
        key=row.key,
        link=ResolverLink(
            link_type=row.link_type,
            href=row.href,
            title=row.title,
            media_type=row.media_type,
            languages=tuple(row.languages.split()),
            contexts=tuple(row.contexts.split()),
            forwards=row.forwards,
        ),
        default=row.default_link is not None,
        by=row.given_by,
        at=row.given_at,
        number=row.number,
    )
