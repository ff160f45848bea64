"""Traces in recursive SQL: what came of a thing, and what it came of.

A state of the walk is a thing, the time during which what is traced was in it, and how surely. Both walks follow
`traceability.trace_model`; what is found forward from a thing finds that thing on the way back.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, TextClause, bindparam, select, text

from storage.records.tables import trace_links
from storage.records.trace_rows import known_things, thing_name
from storage.records.transactions import Repository, in_chunks
from traceability.trace_model import Link, LinkKind, Mode, ThingKind, Traced

# The bounds are FIRST_US and LAST_US; 3, 5, 7 and 9 are HELD, WORN, LOT and WORN_LAST, which hold for a time and keep
# it; 4, 6 and 8 lead back into what was held; mode 0 is the thing itself, 2 is one among many in it. 2 is MADE: most
# things made lead no further; they are left out of the walk, which is then twice as fast, and added to what it found.
FORWARD = """
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
    WHERE link.since_us <= at.until_us AND link.until_us >= at.since_us
        AND (at.mode = 0 OR link.kind NOT IN (4, 6, 8))
        AND (link.kind <> 2 OR EXISTS (SELECT 1 FROM trace_links onward WHERE onward.source = link.target))
),
found (thing, certain) AS (
    SELECT thing, certain FROM walk
    UNION ALL
    SELECT link.target, at.certain * link.certain FROM walk at JOIN trace_links link ON link.source = at.thing
    WHERE link.kind = 2
)"""

# `itself`: the thing must be what is traced, as the way went into what it held. `among`: as certain as it is where what
# comes next was one among many in the thing.
BACK = """
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
found (thing, certain) AS (SELECT thing, certain FROM walk)"""

NAMED = "starts (number) AS (SELECT number FROM trace_things WHERE name IN :names)"
# Names come in a few long texts, as a hundred thousand rows cost more than the walk; in order of number, as what was
# made together lies together.
FOUND = """
SELECT thing.kind, best.certain, CAST({names}(thing.name) AS TEXT) AS names
FROM (SELECT thing, MAX(certain) AS certain FROM found GROUP BY thing ORDER BY thing) best
JOIN trace_things thing ON thing.number = best.thing GROUP BY thing.kind, best.certain"""
NAMES_IN_JSON = {"postgresql": "json_agg", "sqlite": "json_group_array"}


def statement(starts: str, way: str, found: str) -> TextClause:
    """The query that walks that way from those starts and tells what it found."""
    return text(f"WITH RECURSIVE {starts}, {way} {found}")


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
            for chunk in in_chunks(name_of):
                rows = connection.execute(select(trace_links).where(trace_links.c.source.in_(chunk)))
                found.extend(_link(row, name_of) for row in rows if row.target in name_of)
        return found

    def _walked(self, way: str, things: Collection[str]) -> Traced:
        with self._transactions.reading() as connection:
            keep_to_indexes(connection)
            return walked(connection, way, things)


def walked(connection: Connection, way: str, things: Collection[str]) -> Traced:
    """What that way leads to from these things, without themselves."""
    sure: dict[str, int] = {}
    steps: set[str] = set()
    found = FOUND.format(names=NAMES_IN_JSON[connection.dialect.name])
    query = statement(NAMED, way, found).bindparams(bindparam("names", expanding=True))
    for chunk in in_chunks(map(thing_name, things)):
        for kind, certain, names in connection.execute(query, {"names": chunk}):
            told = msgspec.json.decode(names, type=list[str])
            if kind == ThingKind.STEP:
                steps.update(told)
            elif certain:
                sure.update(dict.fromkeys(told, 1))
            else:
                sure.update({name: sure.get(name, 0) for name in told})
    return traced(sure, without=things, steps=steps)


def keep_to_indexes(connection: Connection) -> None:
    """PostgreSQL follows links one by one; it cannot know how few a walk takes, and would read all of them."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL enable_hashjoin = off"))
        connection.execute(text("SET LOCAL enable_mergejoin = off"))
        # It overrates the walk a thousand times and would compile for longer than it runs.
        connection.execute(text("SET LOCAL jit = off"))
        connection.execute(text("SET LOCAL work_mem = '64MB'"))


def traced(sure: Mapping[str, int], *, without: Collection[str], steps: Collection[str] = ()) -> Traced:
    """The things that were found, by how sure that is."""
    starts = frozenset(without)
    certain = frozenset(name for name, is_sure in sure.items() if is_sure) - starts
    return Traced(certain=certain, possible=frozenset(sure) - certain - starts, steps=frozenset(steps))


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
