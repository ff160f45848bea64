"""Traces in recursive SQL: what came of a thing, and what it came of.

A state of the walk is a thing, the time during which what is traced was in it, and how surely. Both walks follow
`traceability.trace_model`; what is found forward from a thing finds that thing on the way back.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, TextClause, select, text

from storage.records.tables import trace_links
from storage.records.trace_makings import told_names
from storage.records.trace_rows import known_things, thing_name
from storage.records.transactions import Repository, among, as_keys
from traceability.trace_model import Link, LinkKind, Mode, ThingKind, Traced


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How the graph is walked.

    walk: SQL that makes of `starts` what it `found`: every thing that the way leads to, with how surely.
    told: SQL that tells the names of all that, faster than one by one.
    """

    walk: str
    told: str


# The bounds are FIRST_US and LAST_US; 3, 5, 7 and 9 are HELD, WORN, LOT and WORN_LAST, which hold for a time and keep
# it; 4, 6 and 8 lead back into what was held; mode 0 is the thing itself, 2 is one among many in it.
_FORWARD = """
walk (thing, since_us, until_us, mode, certain) AS (
    SELECT number, CAST(-4611686018427387904 AS BIGINT), CAST(4611686018427387904 AS BIGINT), 0, 1 FROM starts
    UNION
    SELECT link.target,
        CASE WHEN link.kind NOT IN (3, 5, 7, 9) THEN -4611686018427387904
            WHEN link.since_us > at.since_us THEN link.since_us ELSE at.since_us END,
        CASE WHEN link.kind NOT IN (3, 5, 7, 9) THEN 4611686018427387904
            WHEN link.until_us < at.until_us THEN link.until_us ELSE at.until_us END,
        CASE WHEN link.kind IN (3, 5, 7, 9) AND at.mode > link.mode THEN at.mode ELSE link.mode END,
        CASE WHEN at.mode = 2 THEN at.certain * link.certain_among ELSE at.certain * link.certain END
    FROM walk at JOIN trace_links link ON link.source = at.thing
    WHERE link.onward = 1 AND link.since_us <= at.until_us AND link.until_us >= at.since_us
        AND (at.mode = 0 OR link.kind NOT IN (4, 6, 8))
),
reached (thing, certain) AS (SELECT thing, MAX(certain) FROM walk GROUP BY thing),
found (thing, certain) AS (
    SELECT thing, certain FROM reached
    UNION ALL
    SELECT link.target, at.certain * link.certain FROM reached at JOIN trace_links link ON link.source = at.thing
    WHERE link.onward = 0
)"""

# `itself`: the thing must be what is traced, as the way went into what it held. `among`: as certain as it is where what
# comes next was one among many in the thing.
_BACK = """
walk (thing, since_us, until_us, itself, certain, among) AS (
    SELECT number, CAST(-4611686018427387904 AS BIGINT), CAST(4611686018427387904 AS BIGINT), 0, 1, 1 FROM starts
    UNION
    SELECT link.source,
        CASE WHEN link.kind = 1 THEN link.since_us WHEN link.kind NOT IN (3, 5, 9) THEN -4611686018427387904
            WHEN link.since_us > at.since_us THEN link.since_us ELSE at.since_us END,
        CASE WHEN link.kind = 1 THEN link.until_us WHEN link.kind NOT IN (3, 5, 9) THEN 4611686018427387904
            WHEN link.until_us < at.until_us THEN link.until_us ELSE at.until_us END,
        CASE WHEN link.kind IN (4, 6, 8) THEN 1 ELSE 0 END,
        CASE WHEN link.kind IN (3, 5, 7, 9) AND link.mode = 2 THEN at.among * link.certain
            ELSE at.certain * link.certain END,
        CASE WHEN link.kind = 1 THEN at.certain * link.certain_among
            WHEN link.kind IN (3, 5, 7, 9) THEN at.among * link.certain ELSE at.certain * link.certain END
    FROM walk at JOIN trace_links link ON link.target = at.thing
    WHERE link.since_us <= at.until_us AND link.until_us >= at.since_us AND (at.itself = 0 OR link.mode = 0)
),
reached (thing, certain) AS (SELECT thing, MAX(certain) FROM walk GROUP BY thing),
found (thing, certain) AS (SELECT thing, certain FROM reached)"""

# Names come in a few long texts, as a hundred thousand rows cost more than the walk.
_NAMES = """
SELECT thing.kind, at.certain, '' AS head, CAST({names}(thing.name) AS TEXT) AS names
FROM reached at JOIN trace_things thing ON thing.number = at.thing GROUP BY thing.kind, at.certain"""
_MADE = """
UNION ALL SELECT '', at.certain * made.certain, made.head, made.tails
FROM reached at JOIN trace_makings made ON made.source = at.thing"""
FORWARD = Way(walk=_FORWARD, told=_NAMES + _MADE)
BACK = Way(walk=_BACK, told=_NAMES)
_NAMES_IN_JSON = {"postgresql": "json_agg", "sqlite": "json_group_array"}
_STARTS = {
    "postgresql": "SELECT number FROM trace_things WHERE name = ANY(CAST(:names AS TEXT[]))",
    "sqlite": "SELECT number FROM trace_things WHERE name IN (SELECT value FROM json_each(:names))",
}


class SqlTraces(Repository):
    """`traceability.ports.TraceGraph`."""

    def forward(self, things: Collection[str]) -> Traced:
        """What came of these, held them or stood for them, without themselves."""
        return self._walked(FORWARD, things)

    def back(self, things: Collection[str]) -> Traced:
        """What these came of, held or stood for, without themselves."""
        return self._walked(BACK, things)

    def links(self, names: Collection[str]) -> Sequence[Link]:
        """Every link that begins and ends at one of these names, steps among them."""
        found: list[Link] = []
        with self._transactions.reading() as connection:
            numbers = known_things(connection, map(thing_name, names))
            name_of = {number: name for name, number in numbers.items()}
            rows = connection.execute(select(trace_links).where(among(connection, trace_links.c.source, name_of)))
            found.extend(_link(row, name_of) for row in rows if row.target in name_of)
        return found

    def _walked(self, way: Way, things: Collection[str]) -> Traced:
        with self._transactions.reading() as connection:
            return walked(connection, way, things)


def walked(connection: Connection, way: Way, things: Collection[str]) -> Traced:
    """What that way leads to from these things, without themselves."""
    found: tuple[set[str], set[str]] = (set(), set())
    steps: set[str] = set()
    told = way.told.format(names=_NAMES_IN_JSON[connection.dialect.name])
    for kind, certain, head, names in walk(connection, way, told, things):
        into = steps if kind == ThingKind.STEP else found[certain]
        into.update(told_names(head, names))
    possible, certain = found
    certain.difference_update(things)
    possible.difference_update(certain, things)
    return Traced(certain=frozenset(certain), possible=frozenset(possible), steps=frozenset(steps))


def walk(connection: Connection, way: Way, told: str, things: Iterable[str]) -> Iterable[Any]:
    """The rows that `told` selects from what the way `found`, where a thing may stand more than once."""
    keep_to_indexes(connection)
    dialect = connection.dialect.name
    return connection.execute(_statement(dialect, way.walk, told), {"names": as_keys(dialect, map(thing_name, things))})


@cache
def _statement(dialect: str, walk: str, told: str) -> TextClause:
    return text(f"WITH RECURSIVE starts (number) AS ({_STARTS[dialect]}), {walk} {told}")


def keep_to_indexes(connection: Connection) -> None:
    """PostgreSQL follows links one by one; it cannot know how few a walk takes, and would read all of them."""
    if connection.dialect.name == "postgresql":
        connection.execute(_KEEP_TO_INDEXES)


# It overrates the walk a thousand times, and would compile for longer than it runs.
_KEEP_TO_INDEXES = text(
    "SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),"
    " set_config('jit', 'off', true), set_config('work_mem', '64MB', true)"
)


def _link(row: Row[Any], name_of: Mapping[int, str]) -> Link:
    return Link(
        source=name_of[row.source],
        target=name_of[row.target],
        kind=LinkKind(row.kind),
        mode=Mode(row.mode),
        certain=bool(row.certain),
        certain_among=bool(row.certain_among),
        since_us=row.since_us,
        until_us=row.until_us,
    )
