"""Tables of the console: sorted by real links, exported exactly as shown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[Row]):
    """One column. order: what it is sorted by, None last. export: the CSV columns it becomes."""

    key: str
    zh: str
    en: str
    order: Callable[[Row], Any] | None = None
    numeric: bool = False
    export: Sequence[tuple[str, Callable[[Row], object]]] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A column's head: href is the link that sorts by it ("" where it cannot), aria the present order."""

    zh: str
    en: str
    href: str
    aria: str
    numeric: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[Row]):
    """A named table; rows come in the order of urgency and stay so until somebody sorts."""

    name: str
    columns: Sequence[Column[Row]]

    def headings(self, sort: str, query: str = "") -> list[Heading]:
        """The heads; each link sorts ascending first, then descending. query: what else the link keeps."""
        return [self._heading(column, sort, query) for column in self.columns]

    def ordered(self, rows: Iterable[Row], sort: str) -> list[Row]:
        """The rows by "table.column" or "-table.column"; a sort of another table, or of none, changes nothing."""
        rows = list(rows)
        for column in self.columns:
            order = column.order
            if order is not None and sort.removeprefix("-") == f"{self.name}.{column.key}":
                known = [row for row in rows if order(row) is not None]
                unknown = [row for row in rows if order(row) is None]
                return sorted(known, key=order, reverse=sort.startswith("-")) + unknown
        return rows

    def export(self, rows: Iterable[Row]) -> Iterable[Sequence[object]]:
        """The rows as CSV columns, with a head."""
        columns = [part for column in self.columns for part in column.export]
        yield [name for name, _ in columns]
        for row in rows:
            yield [value(row) for _, value in columns]

    def _heading(self, column: Column[Row], sort: str, query: str) -> Heading:
        name = f"{self.name}.{column.key}"
        aria = {name: "ascending", f"-{name}": "descending"}.get(sort, "none")
        wanted = f"-{name}" if aria == "ascending" else name
        href = "" if column.order is None else f"?{query}sort={wanted}#{self.name}"
        return Heading(zh=column.zh, en=column.en, href=href, aria=aria, numeric=column.numeric)
