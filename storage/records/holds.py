"""Holds in SQL: placed on things, found along the links from whatever was made of them."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from storage.records.event_rows import write_alone
from storage.records.hold_tables import disputed_makings, holds
from storage.records.tables import trace_things
from storage.records.trace_rows import known_things, thing_name, thing_numbers
from storage.records.traces import BACK, FORWARD, walk, walked
from storage.records.transactions import Repository, among, in_chunks, insert_into
from traceability.gs1.epc_uris import canonical_uri
from traceability.holds import GUARDS, Held, Hold, HoldRelease, ReleaseKind, checked, disputed_hold

_REACHING = """
SELECT hold.number, MAX(found.certain) FROM found JOIN holds hold ON hold.thing = found.thing
WHERE hold.released_at IS NULL GROUP BY hold.number"""
# Put together once: every page of a pack asks the first, every capture the others.
_ANY_OPEN = select(holds.c.number).where(holds.c.released_at.is_(None)).limit(1)
_NEWEST = select(func.max(holds.c.number))
_PLACED_AFTER = (
    select(holds).where(holds.c.number > bindparam("number")).order_by(holds.c.number).limit(bindparam("most"))
)


class SqlHoldBook(Repository):
    """`traceability.ports.HoldBook`."""

    def place(self, holds: Sequence[Hold]) -> Sequence[Hold]:
        """Those that are new, numbered; one that is open already for the same subject, reason and cause is not."""
        with self._transactions.writing() as connection:
            return place_holds(connection, holds)

    def of(self, uris: Collection[str]) -> Sequence[Held]:
        """Every open hold on one of these things or on anything that one of them possibly came of, by number."""
        with self._transactions.reading() as connection:
            return holds_reaching(connection, uris)

    def release(self, cause: str, release: HoldRelease, *, subjects: Collection[str] = ()) -> int:
        """How many open holds of that cause ended: those on these subjects, or all where none is named."""
        with self._transactions.writing() as connection:
            write_alone(connection)
            found = select(holds.c.number).where(holds.c.cause == cause, holds.c.released_at.is_(None))
            if subjects:
                things = known_things(connection, [thing_name(canonical_uri(each)) for each in subjects])
                found = found.where(holds.c.thing.in_(sorted(things.values())))
            return release_holds(connection, [*connection.scalars(found)], release)

    def caused_by(self, causes: Collection[str]) -> Sequence[Hold]:
        """Every hold of these causes, open or ended, by number."""
        found: list[Hold] = []
        with self._transactions.reading() as connection:
            for chunk in in_chunks(causes):
                found.extend(hold_of(row) for row in connection.execute(select(holds).where(holds.c.cause.in_(chunk))))
        return sorted(found, key=lambda hold: hold.number)

    def list(self, *, ended: bool, after: int, limit: int, without: Collection[str] = ()) -> Sequence[Hold]:
        """Open holds, or those that ended, the newest first, from the first below the number `after` on (0: all).

        without: causes whose holds are left out.
        """
        query = select(holds).order_by(holds.c.number.desc()).limit(limit)
        query = query.where(holds.c.released_at.is_not(None) if ended else holds.c.released_at.is_(None))
        if after:
            query = query.where(holds.c.number < after)
        if without:
            query = query.where(holds.c.cause.not_in(without))
        with self._transactions.reading() as connection:
            return [hold_of(row) for row in connection.execute(query)]

    def newest(self) -> int:
        """The number of the hold that was placed last; 0 before any."""
        with self._transactions.reading() as connection:
            return connection.scalar(_NEWEST) or 0

    def placed_after(self, number: int, *, limit: int) -> Sequence[Hold]:
        """The first holds, open or ended, that were placed after the one of that number, by number."""
        with self._transactions.reading() as connection:
            return [hold_of(row) for row in connection.execute(_PLACED_AFTER, {"number": number, "most": limit})]


def place_holds(connection: Connection, placed: Sequence[Hold]) -> list[Hold]:
    """Those that were new, numbered; they pass on to what was made of theirs by a record declared wrong."""
    found: list[Hold] = []
    if placed:
        write_alone(connection)
    while placed:
        new = _place(connection, placed)
        found += new
        placed = _passed_on(connection, new)
    return found


def _passed_on(connection: Connection, new: Sequence[Hold]) -> list[Hold]:
    """Holds on what was made, by transformations in dispute, of what these new holds reach."""
    disputed = _disputed(connection, made=0) if new else []
    if not disputed:
        return []
    subjects = {hold.subject for hold in new}
    reached = {*map(thing_name, subjects | walked(connection, FORWARD, subjects).everything)}
    causes = {event for event, name in disputed if name in reached}
    since = max(hold.since for hold in new)
    made = [(event, name) for event, name in _disputed(connection, made=1) if event in causes] if causes else []
    return [disputed_hold(name, event, since=since, by=GUARDS) for event, name in made]


def _disputed(connection: Connection, *, made: int) -> list[tuple[str, str]]:
    """What was used (made 0) or made (made 1) by each transformation in dispute."""
    query = select(disputed_makings.c.event, trace_things.c.name).join_from(disputed_makings, trace_things)
    rows = connection.execute(query.where(disputed_makings.c.made == made).order_by(disputed_makings.c.event))
    return [(row.event, row.name) for row in rows]


def _place(connection: Connection, placed: Sequence[Hold]) -> list[Hold]:
    subjects = {hold.subject: canonical_uri(hold.subject) for hold in map(checked, placed)}
    if not subjects:
        return []
    numbers = thing_numbers(connection, subjects.values())
    by_key: dict[tuple[int, str, str], Hold] = {}
    for hold in placed:
        subject = subjects[hold.subject]
        by_key.setdefault((numbers[thing_name(subject)], hold.reason, hold.cause), replace(hold, subject=subject))
    rows = [_row(thing, hold) for (thing, _, _), hold in by_key.items()]
    key = (holds.c.number, holds.c.thing, holds.c.reason, holds.c.cause)
    inserted = insert_into(connection, holds).on_conflict_do_nothing().returning(*key)
    new = [
        replace(by_key[row.thing, row.reason, row.cause], number=row.number)
        for row in connection.execute(inserted, rows)
    ]
    return sorted(new, key=lambda hold: hold.number)


def _row(thing: int, hold: Hold) -> dict[str, Any]:
    return {
        "thing": thing,
        "subject": hold.subject,
        "reason": hold.reason,
        "cause": hold.cause,
        "since": hold.since,
        "detail_zh": hold.detail_zh,
        "detail_en": hold.detail_en,
        "placed_by": hold.by,
    }


def release_holds(connection: Connection, numbers: Sequence[int], release: HoldRelease) -> int:
    """How many of these open holds ended."""
    values = {
        "released_at": release.at,
        "released_by": release.by,
        "release_kind": release.kind.value,
        "release_why": release.why,
    }
    ended = 0
    for chunk in in_chunks(numbers):
        mine = holds.c.number.in_(chunk)
        ended += connection.execute(update(holds).where(mine, holds.c.released_at.is_(None)).values(**values)).rowcount
    return ended


def holds_reaching(connection: Connection, uris: Collection[str]) -> list[Held]:
    """Every open hold that reaches one of these things."""
    if connection.scalar(_ANY_OPEN) is None:
        return []
    sure = {number: bool(certain) for number, certain in walk(connection, BACK, _REACHING, map(canonical_uri, uris))}
    if not sure:
        return []
    rows = connection.execute(select(holds).where(among(connection, holds.c.number, sure)).order_by(holds.c.number))
    return [Held(hold=hold_of(row), certain=sure[row.number]) for row in rows]


def hold_of(row: Row[Any]) -> Hold:
    """The hold of a row."""
    release = None
    if row.released_at is not None:
        kind = ReleaseKind(row.release_kind)
        release = HoldRelease(at=row.released_at, by=row.released_by, kind=kind, why=row.release_why)
    return Hold(
        subject=row.subject,
        reason=row.reason,
        cause=row.cause,
        since=row.since,
        detail_zh=row.detail_zh,
        detail_en=row.detail_en,
        by=row.placed_by,
        number=row.number,
        release=release,
    )
