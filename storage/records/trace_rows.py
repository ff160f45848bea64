"""Things and links of the trace graph as rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
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


def thing_name(name: str) -> str:
    """The name as the index holds it."""
    if len(name) * LONGEST_CHARACTER <= LONGEST_NAME:
        return name
    raw = name.encode("utf-8", "surrogatepass")
    return name if len(raw) <= LONGEST_NAME else f"sha256:{sha256(raw).hexdigest()}"


class Things:
    """The numbers of things by their names as the index holds them, within one transaction: each is asked for once.

    unlinked: those that were not known before and got no link since; nobody else can have linked them meanwhile, as
    one writes events at a time.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.unlinked: set[int] = set()
        self._numbers: dict[str, int] = {}

    def known(self, names: Iterable[str]) -> dict[str, int]:
        """Of those things that are known."""
        sought = {thing_name(name) for name in names}
        asked = [name for name in sought if name not in self._numbers]
        if asked:
            query = select(trace_things.c.name, trace_things.c.number)
            rows = self.connection.execute(query.where(among(self.connection, trace_things.c.name, asked)))
            self._numbers.update((row.name, row.number) for row in rows)
        return {name: self._numbers[name] for name in sought if name in self._numbers}

    def numbered(self, names: Iterable[str]) -> dict[str, int]:
        """Of all these things; who was not known is now. Raises RecordRefusedError for what cannot be kept."""
        kinds = {thing_name(name): kind_of(name) for name in names}
        known = self.known(kinds)
        missing = {name: kinds[name] for name in sorted(kinds.keys() - known.keys())}
        if not missing:
            return known
        _add_things(self.connection, missing)
        added = self.known(missing)
        self.unlinked.update(added.values())
        return known | added

    def names(self, numbers: Iterable[int]) -> dict[int, str]:
        """The names of these numbers."""
        sought = set(numbers)
        found = {number: name for name, number in self._numbers.items() if number in sought}
        asked = sought - found.keys()
        if asked:
            query = select(trace_things.c.name, trace_things.c.number)
            rows = self.connection.execute(query.where(among(self.connection, trace_things.c.number, asked)))
            found.update((row.number, row.name) for row in rows)
        return found


def thing_numbers(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The number of each thing, by its name as the index holds it; who was not known is now."""
    return Things(connection).numbered(names)


def known_things(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The numbers of those things that are known."""
    return Things(connection).known(names)


def _add_things(connection: Connection, kinds: Mapping[str, str]) -> None:
    broken = next((name for name in kinds if not storable(name)), None)
    if broken is not None:
        msg = f"the records do not take this name of a thing: {broken[:60]!r}"
        raise RecordRefusedError(msg)
    if connection.dialect.name == "postgresql":
        connection.execute(_ADD_THINGS, {"names": [*kinds], "kinds": [str(kind) for kind in kinds.values()]})
    else:
        rows = [{"name": name, "kind": str(kind)} for name, kind in kinds.items()]
        connection.execute(insert_into(connection, trace_things).on_conflict_do_nothing(), rows)


def voided_ids(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those ids that an error declaration repeats."""
    declaring = event_texts.c.event == events.c.number
    query = select(events.c.event_id).join(event_texts, declaring).where(event_texts.c.name == "errorDeclaration")
    return set(connection.scalars(query.where(among(connection, events.c.event_id, ids))))


def write_links(things: Things, links: Mapping[str, Sequence[Link]]) -> None:
    """The steps have these links and no others."""
    connection = things.connection
    before = things.known(links)
    touched = _unlink(connection, before.values()) if before else set()
    told = [link for each in links.values() for link in each]
    numbers = insert_links(things, told)
    touched |= {
        numbers[thing_name(link.target)] for link in told if link.kind is LinkKind.MADE and link.mode is Mode.CONTENT
    }
    if touched:
        _judge_lots(connection, touched)


def insert_links(things: Things, links: Sequence[Link]) -> dict[str, int]:
    """The links are there, and known to lead on where they do; the numbers of the things at their ends by name."""
    if not links:
        return {}
    numbers = things.numbered({name for link in links for name in (link.source, link.target)})
    makings = _makings(links)
    sources = {numbers[thing_name(link.source)] for link in links}
    resting = _resting(things, {numbers[name] for names in makings.values() for name in names}) - sources
    rows = []
    for link in links:
        target = numbers[thing_name(link.target)]
        onward = target not in resting or (thing_name(link.source), link.certain) not in makings
        rows.append(_row(link, numbers[thing_name(link.source)], target, onward=onward))
    insert_many(things.connection, trace_links, sorted(rows))
    write_makings(things.connection, makings, numbers)
    _lead_on(things.connection, sources - things.unlinked)
    things.unlinked.difference_update(numbers.values())
    return numbers


def _makings(links: Iterable[Link]) -> dict[Group, list[str]]:
    """The things that stand in a text, by what made them and how surely."""
    found: dict[Group, list[str]] = {}
    for link in links:
        if link.kind is LinkKind.MADE and link.mode is Mode.ITSELF and not link.target.startswith(BATCH):
            found.setdefault((thing_name(link.source), link.certain), []).append(thing_name(link.target))
    return {group: names for group, names in found.items() if len(names) > FEW}


def _resting(things: Things, made: Collection[int]) -> set[int]:
    """Those at which no link began before."""
    old = set(made) - things.unlinked
    if not old:
        return set(made)
    beginning = select(trace_links.c.source).where(among(things.connection, trace_links.c.source, old)).distinct()
    return set(made) - set(things.connection.scalars(beginning))


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
