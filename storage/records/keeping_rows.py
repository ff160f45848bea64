"""What was kept in what, in SQL: linked pair by pair, so that years of use of one container are not read again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, select

from storage.records.tables import trace_links, trace_things
from storage.records.trace_rows import Things, insert_links, thing_name
from storage.records.trace_tables import trace_keepings
from storage.records.transactions import among, insert_many
from traceability.recorded import RecordedEvent
from traceability.trace_keeping import (
    AGGREGATION,
    ASSOCIATION,
    EVERYTHING,
    Keeping,
    Pair,
    keepings_of,
    kept_links,
    worn_afterwards,
)
from traceability.trace_model import FIRST_US, LAST_US, Link, LinkKind, Mode

KINDS: Mapping[str, int] = {AGGREGATION: 1, ASSOCIATION: 2}
EVENT_TYPES: Mapping[int, str] = {number: word for word, number in KINDS.items()}
ALL = 0
"""The child of a row that tells of everything in the parent; things are numbered from 1."""
_OUTWARD = (int(LinkKind.HELD), int(LinkKind.WORN))


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Told:
    """A pair by the numbers of its things; child ALL: of everything."""

    kind: int
    parent: int
    child: int


def link_keepings(things: Things, valid: Mapping[int, RecordedEvent], voided: Collection[int]) -> None:
    """Pairs that these events tell of are linked by all that is told of them; what voided ones told is forgotten."""
    if not valid and not voided:
        return
    connection = things.connection
    emptied: set[tuple[Told, int]] = set()
    touched: set[Told] = set()
    for told, at_us in [*_forget(connection, [*valid, *voided]), *_remember(things, valid)]:
        if told.child == ALL:
            emptied.add((told, at_us))
        else:
            touched.add(told)
    for told, at_us in sorted(emptied):
        touched |= _inside(connection, told, at_us)
    if touched:
        _relink(things, sorted(touched))


def _forget(connection: Connection, numbers: Sequence[int]) -> list[tuple[Told, int]]:
    """The events tell nothing any more; what they told."""
    mine = among(connection, trace_keepings.c.event, numbers)
    rows = connection.execute(select(trace_keepings).where(mine)).all()
    if rows:
        connection.execute(delete(trace_keepings).where(mine))
    return [(Told(kind=row.kind, parent=row.parent, child=row.child), row.at_us) for row in rows]


def _remember(things: Things, events: Mapping[int, RecordedEvent]) -> list[tuple[Told, int]]:
    """What the events tell is kept; what it is."""
    told = [(number, each) for number, event in events.items() for each in keepings_of(event)]
    names = {name for _, each in told for name in (each.pair.parent, each.pair.child) if name != EVERYTHING}
    numbers = things.numbered(names)
    found: list[tuple[Told, int]] = []
    rows: list[tuple[int, ...]] = []
    for event, each in told:
        child = ALL if each.pair.child == EVERYTHING else numbers[thing_name(each.pair.child)]
        pair = Told(kind=KINDS[each.pair.event_type], parent=numbers[thing_name(each.pair.parent)], child=child)
        found.append((pair, each.at_us))
        rows.append((pair.kind, pair.parent, each.at_us, child, event, int(each.ends), int(each.certain)))
    insert_many(things.connection, trace_keepings, sorted(rows))
    return found


def _inside(connection: Connection, told: Told, at_us: int) -> set[Told]:
    """What may have been in the parent then: whatever was put there since it was emptied before."""
    rows = trace_keepings.c
    mine = (rows.kind == told.kind, rows.parent == told.parent)
    emptied = select(rows.at_us).where(*mine, rows.child == ALL, rows.at_us < at_us)
    before = connection.scalar(emptied.order_by(rows.at_us.desc()).limit(1))
    added = select(rows.child).where(*mine, rows.child != ALL, rows.ends == 0, rows.at_us <= at_us)
    if before is not None:
        added = added.where(rows.at_us >= before)
    return {Told(kind=told.kind, parent=told.parent, child=child) for child in connection.scalars(added.distinct())}


def _relink(things: Things, touched: Sequence[Told]) -> None:
    connection = things.connection
    names = things.names(number for told in touched for number in (told.parent, told.child))
    said = _said(connection, touched, names)
    emptied = _emptied(connection, touched, said)
    links: list[Link] = []
    for told in touched:
        pair = _pair(told, names)
        links += kept_links(pair, said.get(told, []), emptied.get((told.kind, told.parent), []))
    _unlink(connection, touched)
    insert_links(things, links)
    _link_afterwards(things, sorted({told.child for told in touched if told.kind == KINDS[ASSOCIATION]}), names)


def _pair(told: Told, names: Mapping[int, str]) -> Pair:
    return Pair(event_type=EVENT_TYPES[told.kind], parent=names[told.parent], child=names[told.child])


def _said(connection: Connection, touched: Sequence[Told], names: Mapping[int, str]) -> dict[Told, list[Keeping]]:
    """All that was ever told of these pairs."""
    wanted = set(touched)
    found: dict[Told, list[Keeping]] = {}
    # Asked for by the child alone, whose own history is short; SQLite would read the whole table for pairs.
    of_child = among(connection, trace_keepings.c.child, {told.child for told in touched})
    for row in connection.execute(select(trace_keepings).where(of_child)):
        told = Told(kind=row.kind, parent=row.parent, child=row.child)
        if told in wanted:
            said = Keeping(pair=_pair(told, names), at_us=row.at_us, ends=bool(row.ends), certain=bool(row.certain))
            found.setdefault(told, []).append(said)
    return found


def _emptied(
    connection: Connection, touched: Sequence[Told], said: Mapping[Told, Sequence[Keeping]]
) -> dict[tuple[int, int], list[int]]:
    """When each parent was emptied, from the first addition that matters on."""
    rows = trace_keepings.c
    found: dict[tuple[int, int], list[int]] = {}
    for kind in EVENT_TYPES:
        added = [
            each.at_us for told, all_said in said.items() if told.kind == kind for each in all_said if not each.ends
        ]
        parents = {told.parent for told in touched if told.kind == kind}
        if added:
            mine = (rows.kind == kind, among(connection, rows.parent, parents))
            emptied = (*mine, rows.at_us > min(added), rows.child == ALL)
            for row in connection.execute(select(rows.parent, rows.at_us).where(*emptied)):
                found.setdefault((kind, row.parent), []).append(row.at_us)
    return found


def _unlink(connection: Connection, touched: Collection[Told]) -> None:
    """The pairs have no links, in either direction."""
    pairs = {_outward(told) for told in touched}
    links = trace_links.c
    beginning = among(connection, links.source, {source for source, _, _ in pairs})
    there = select(links.source, links.target, links.kind).where(beginning, links.kind.in_(_OUTWARD)).distinct()
    linked = [pair for pair in connection.execute(there) if (*pair,) in pairs]
    rows = [
        {"from_": begin, "to_": end, "kind_": way}
        for source, target, kind in linked
        for begin, end, way in ((source, target, kind), (target, source, kind + 1))
    ]
    if rows:
        mine = (links.source == bindparam("from_"), links.target == bindparam("to_"), links.kind == bindparam("kind_"))
        connection.execute(delete(trace_links).where(*mine), rows)


def _outward(told: Told) -> tuple[int, int, int]:
    """Source, target and kind of the pair's link: from the child to its box, from the animal to its tag."""
    if told.kind == KINDS[AGGREGATION]:
        return told.child, told.parent, int(LinkKind.HELD)
    return told.parent, told.child, int(LinkKind.WORN)


def _link_afterwards(things: Things, tags: Sequence[int], names: Mapping[int, str]) -> None:
    """Whom each tag may stand for after it was taken off is told by all its wearers together."""
    if not tags:
        return
    connection, links = things.connection, trace_links.c
    mine = among(connection, links.target, tags)
    connection.execute(delete(trace_links).where(mine, links.kind == int(LinkKind.WORN_LAST)))
    wearing = select(trace_links, trace_things.c.name)
    wearing = wearing.join(trace_things, trace_things.c.number == links.source)
    worn: dict[int, list[Link]] = {}
    for row in connection.execute(wearing.where(mine, links.kind == int(LinkKind.WORN))):
        link = Link(
            source=row.name,
            target=names[row.target],
            kind=LinkKind.WORN,
            mode=Mode.CONTENT,
            since_us=max(row.since_us, FIRST_US),
            until_us=min(row.until_us, LAST_US),
        )
        worn.setdefault(row.target, []).append(link)
    insert_links(things, [link for each in worn.values() for link in worn_afterwards(each)])
