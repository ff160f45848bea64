"""Things and links of the trace graph as rows."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any, TypeVar

from sqlalchemy import Connection, delete, func, or_, select, update

from storage.records.tables import event_texts, events, trace_links, trace_things
from storage.records.transactions import in_chunks, insert_into, insert_many
from traceability.trace_model import Link, LinkKind, Mode, ThingKind, kind_of

AT_ONCE = 500
LONGEST_NAME = 2000
"""Bytes; an index entry of PostgreSQL may have some 2,700."""
Each = TypeVar("Each")


def thing_name(name: str) -> str:
    """The name as the index holds it."""
    raw = name.encode("utf-8", "surrogatepass")
    return name if len(raw) <= LONGEST_NAME else f"sha256:{sha256(raw).hexdigest()}"


def thing_numbers(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The number of each thing, by its name as the index holds it; who was not known is now."""
    kinds = {thing_name(name): kind_of(name) for name in sorted(set(names))}
    numbers = known_things(connection, kinds)
    missing = [{"name": name, "kind": kind} for name, kind in kinds.items() if name not in numbers]
    if missing:
        connection.execute(insert_into(connection, trace_things).on_conflict_do_nothing(), missing)
        numbers |= known_things(connection, [row["name"] for row in missing])
    return numbers


def known_things(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The numbers of those things that are known."""
    found: dict[str, int] = {}
    for chunk in in_chunks(names):
        rows = connection.execute(select(trace_things).where(trace_things.c.name.in_(chunk)))
        found.update({row.name: row.number for row in rows})
    return found


def voided_ids(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those ids that an error declaration repeats."""
    declaring = event_texts.c.event == events.c.number
    query = select(events.c.event_id).join(event_texts, declaring).where(event_texts.c.name == "errorDeclaration")
    found: set[str] = set()
    for chunk in in_chunks(ids):
        found.update(connection.scalars(query.where(events.c.event_id.in_(chunk))))
    return found


def write_links(connection: Connection, links: Mapping[str, Sequence[Link]]) -> None:
    """The steps have these links and no others."""
    before = known_things(connection, [thing_name(step) for step in links])
    touched = set[int]()
    for step in links:
        number = before.get(thing_name(step))
        if number is not None:
            touched |= _unlink(connection, number)
    rows = link_rows(connection, [link for told in links.values() for link in told])
    insert_many(connection, trace_links, [tuple(row[column.name] for column in trace_links.columns) for row in rows])
    touched |= {row["target"] for row in rows if row["kind"] == LinkKind.MADE and row["mode"] == Mode.CONTENT}
    _judge_lots(connection, touched)


def link_rows(connection: Connection, links: Sequence[Link]) -> list[dict[str, Any]]:
    """The links as rows; the things at their ends are known."""
    numbers = thing_numbers(connection, {name for link in links for name in (link.source, link.target)})
    return [_row(link, numbers) for link in links]


def _unlink(connection: Connection, number: int) -> set[int]:
    """The step has no links; which lots it had made."""
    links = trace_links.c
    made = select(links.target, links.mode, trace_things.c.kind.label("made"))
    made = made.join(trace_things, trace_things.c.number == links.target)
    rows = connection.execute(made.where(links.source == number, links.kind == LinkKind.MADE)).all()
    ends = [number, *(row.target for row in rows if row.made == ThingKind.STEP)]
    for chunk in chunks(ends):
        connection.execute(delete(trace_links).where(or_(links.source.in_(chunk), links.target.in_(chunk))))
    return {row.target for row in rows if row.mode == Mode.CONTENT}


def _judge_lots(connection: Connection, lots: Collection[int]) -> None:
    """What went into a lot is certainly in all of it only where nothing else made the lot."""
    for chunk in in_chunks(lots):
        mine = (trace_links.c.target.in_(chunk), trace_links.c.kind == LinkKind.MADE)
        shared = select(trace_links.c.target).where(*mine).group_by(trace_links.c.target).having(func.count() > 1)
        several = [*connection.scalars(shared)]
        connection.execute(update(trace_links).where(*mine).values(certain=trace_links.c.claimed))
        if several:
            of_several = (trace_links.c.target.in_(several), trace_links.c.kind == LinkKind.MADE)
            connection.execute(update(trace_links).where(*of_several).values(certain=0))


def _row(link: Link, numbers: Mapping[str, int]) -> dict[str, Any]:
    return {
        "source": numbers[thing_name(link.source)],
        "target": numbers[thing_name(link.target)],
        "kind": int(link.kind),
        "since_us": link.since_us,
        "until_us": link.until_us,
        "mode": int(link.mode),
        "certain": int(link.certain),
        "certain_among": int(link.certain_among),
        "claimed": int(link.certain),
    }


def chunks(values: Sequence[Each]) -> Iterator[Sequence[Each]]:
    """The values in parts short enough for one statement."""
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]
