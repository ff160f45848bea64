"""Things and links of the trace graph as rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, delete, func, literal, select, text, update

from storage.records.columns import storable
from storage.records.errors import RecordRefusedError
from storage.records.tables import event_texts, events, trace_links, trace_things
from storage.records.trace_makings import Group, forget_makings, write_makings
from storage.records.transactions import among, insert_into, insert_many
from traceability.trace_model import BATCH, LAST_US, Link, LinkKind, Mode, ThingKind, kind_of

LONGEST_NAME = 2000
"""Bytes; an index entry of PostgreSQL may have some 2,700."""
LONGEST_CHARACTER = 4
"""Bytes."""
FEW = 8
"""So many things of one source are walked to one by one; the text of fewer would take as long to find."""

_ADD_THINGS = text(
    "INSERT INTO trace_things (name, kind)"
    " SELECT * FROM unnest(CAST(:names AS TEXT[]), CAST(:kinds AS TEXT[])) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """The numbers of things by their names as the index holds them; fresh: of those that were not known before."""

    numbers: dict[str, int]
    fresh: frozenset[int]


def thing_name(name: str) -> str:
    """The name as the index holds it."""
    if len(name) * LONGEST_CHARACTER <= LONGEST_NAME:
        return name
    raw = name.encode("utf-8", "surrogatepass")
    return name if len(raw) <= LONGEST_NAME else f"sha256:{sha256(raw).hexdigest()}"


def thing_numbers(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The number of each thing, by its name as the index holds it; who was not known is now."""
    return numbered(connection, names).numbers


def numbered(connection: Connection, names: Iterable[str]) -> Numbered:
    """The same, and which are new."""
    kinds = {thing_name(name): kind_of(name) for name in sorted(set(names))}
    numbers = known_things(connection, kinds)
    missing = {name: kind for name, kind in kinds.items() if name not in numbers}
    if not missing:
        return Numbered(numbers=numbers, fresh=frozenset())
    _add_things(connection, missing)
    added = known_things(connection, missing)
    return Numbered(numbers=numbers | added, fresh=frozenset(added.values()))


def _add_things(connection: Connection, kinds: Mapping[str, str]) -> None:
    """These things are known; raises RecordRefusedError for a name that cannot be kept."""
    broken = next((name for name in kinds if not storable(name)), None)
    if broken is not None:
        msg = f"the records do not take this name of a thing: {broken[:60]!r}"
        raise RecordRefusedError(msg)
    if connection.dialect.name == "postgresql":
        connection.execute(_ADD_THINGS, {"names": [*kinds], "kinds": [str(kind) for kind in kinds.values()]})
    else:
        rows = [{"name": name, "kind": str(kind)} for name, kind in kinds.items()]
        connection.execute(insert_into(connection, trace_things).on_conflict_do_nothing(), rows)


def known_things(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The numbers of those things that are known."""
    sought = [*names]
    if not sought:
        return {}
    query = select(trace_things.c.name, trace_things.c.number)
    rows = connection.execute(query.where(among(connection, trace_things.c.name, sought)))
    return {row.name: row.number for row in rows}


def voided_ids(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those ids that an error declaration repeats."""
    declaring = event_texts.c.event == events.c.number
    query = select(events.c.event_id).join(event_texts, declaring).where(event_texts.c.name == "errorDeclaration")
    return set(connection.scalars(query.where(among(connection, events.c.event_id, ids))))


def write_links(connection: Connection, links: Mapping[str, Sequence[Link]]) -> None:
    """The steps have these links and no others."""
    before = known_things(connection, [thing_name(step) for step in links])
    touched = _unlink(connection, before.values()) if before else set()
    told = [link for each in links.values() for link in each]
    numbers = insert_links(connection, told)
    touched |= {
        numbers[thing_name(link.target)] for link in told if link.kind is LinkKind.MADE and link.mode is Mode.CONTENT
    }
    if touched:
        _judge_lots(connection, touched)


def insert_links(connection: Connection, links: Sequence[Link]) -> dict[str, int]:
    """The links are there, and known to lead on where they do; the numbers of the things at their ends by name."""
    if not links:
        return {}
    known = numbered(connection, {name for link in links for name in (link.source, link.target)})
    numbers, makings = known.numbers, _makings(links)
    sources = {numbers[thing_name(link.source)] for link in links}
    resting = _resting(connection, makings, known) - sources
    rows = []
    for link in links:
        target = numbers[thing_name(link.target)]
        onward = target not in resting or (thing_name(link.source), link.certain) not in makings
        rows.append(_row(link, numbers[thing_name(link.source)], target, onward=onward))
    insert_many(connection, trace_links, rows)
    write_makings(connection, makings, numbers)
    _lead_on(connection, sources - known.fresh)
    return numbers


def _makings(links: Iterable[Link]) -> dict[Group, list[str]]:
    """The things that stand in a text, by what made them and how surely."""
    found: dict[Group, list[str]] = {}
    for link in links:
        if link.kind is LinkKind.MADE and link.mode is Mode.ITSELF and not link.target.startswith(BATCH):
            found.setdefault((thing_name(link.source), link.certain), []).append(thing_name(link.target))
    return {group: names for group, names in found.items() if len(names) > FEW}


def _resting(connection: Connection, makings: Mapping[Group, Sequence[str]], known: Numbered) -> set[int]:
    """The things in texts at which no link began before."""
    made = {known.numbers[name] for names in makings.values() for name in names}
    # What was not known before begins none: one writes events at a time.
    old = made - known.fresh
    if not old:
        return made
    beginning = select(trace_links.c.source).where(among(connection, trace_links.c.source, old)).distinct()
    return made - set(connection.scalars(beginning))


def _lead_on(connection: Connection, sources: Collection[int]) -> None:
    """Links to these things lead on."""
    if sources:
        links = trace_links.c
        # By their end, which all makings have, so that what a crate held before is not read.
        made = (links.kind == int(LinkKind.MADE), links.until_us == LAST_US, links.onward == 0)
        mine = among(connection, links.target, sources)
        connection.execute(update(trace_links).where(mine, *made).values(onward=1))


def _unlink(connection: Connection, steps: Collection[int]) -> set[int]:
    """The steps have no links; which lots they had made."""
    links = trace_links.c
    made = select(links.target, links.mode, trace_things.c.kind.label("made"))
    made = made.join(trace_things, trace_things.c.number == links.target)
    mine = (among(connection, links.source, steps), links.kind == int(LinkKind.MADE))
    rows = connection.execute(made.where(*mine)).all()
    ends = [*steps, *(row.target for row in rows if row.made == ThingKind.STEP)]
    for end in (links.source, links.target):
        connection.execute(delete(trace_links).where(among(connection, end, ends)))
    forget_makings(connection, ends)
    return {row.target for row in rows if row.mode == Mode.CONTENT}


def _judge_lots(connection: Connection, lots: Collection[int]) -> None:
    """What went into a lot is certainly in all of it only where nothing else made the lot."""
    links = trace_links.c
    into_lot = (links.kind == int(LinkKind.MADE), links.mode == int(Mode.CONTENT))
    mine = (among(connection, links.target, lots), *into_lot)
    several = {*connection.scalars(select(links.target).where(*mine).group_by(links.target).having(func.count() > 1))}
    for judged, certain in ((several, literal(0)), (set(lots) - several, links.claimed)):
        if judged:
            other = (among(connection, links.target, judged), *into_lot, links.certain != certain)
            connection.execute(update(trace_links).where(*other).values(certain=certain))


def _row(link: Link, source: int, target: int, *, onward: bool) -> tuple[int, ...]:
    """In the order of the table's columns."""
    return (
        source,
        target,
        int(link.kind),
        link.since_us,
        link.until_us,
        int(link.mode),
        int(link.certain),
        int(link.certain_among),
        int(link.certain),
        int(onward),
    )
