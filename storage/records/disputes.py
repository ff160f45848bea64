"""Events declared wrong: what the declaration would set free stays on hold until a veterinarian confirms it.

A declaration is evidence and is kept; it takes the event out of the trace graph. Whoever declares without a
veterinarian's licence number frees nothing by it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from storage.records.event_rows import event_of
from storage.records.guard_book import animals_about, evidence_now
from storage.records.hold_tables import disputed_makings, holds
from storage.records.holds import holds_reaching, place_holds, release_holds
from storage.records.tables import events
from storage.records.trace_linking import whole_steps
from storage.records.trace_rows import thing_name, thing_numbers, voided_ids
from storage.records.traces import FORWARD, walked
from storage.records.transactions import in_chunks, insert_into
from traceability.evidence import TRANSFORMATION, declarations, speaks_against, standing
from traceability.guards import subjects_of
from traceability.holds import DECLARED_ERROR, GUARDS, Hold, HoldRelease, ReleaseKind, cause_of, disputed_hold
from traceability.model import CapturedEvent
from traceability.recorded import RecordedEvent, may_have, read_event
from traceability.trace_links import step_of, things_named
from traceability.trace_members import lot_of, lots_in, things_in
from traceability.trace_model import ThingKind, kind_of

Sides = tuple[set[str], set[str]]
"""What was used, and what was made."""

_KEPT = frozenset({ThingKind.ANIMAL, ThingKind.ITEM, ThingKind.LOT})
"""What stays on hold itself when the way to it is gone: boxes and tags are used again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disputes:
    """How things were before a capture that declares events wrong.

    declared: whether a veterinarian confirms it, by eventID. concerned: the animals and lots to be judged anew, each
    with the unconfirmed declarations that are about it. held: what is on hold and leads to what the events name;
    reached: all that holds reached from there. against: by animal, the events that spoke against it.
    """

    declared: Mapping[str, bool]
    concerned: Mapping[str, frozenset[str]]
    held: frozenset[str]
    reached: frozenset[str]
    against: Mapping[str, frozenset[str]]

    @property
    def open(self) -> frozenset[str]:
        """What is declared wrong and not confirmed."""
        return frozenset(event for event, by_a_vet in self.declared.items() if not by_a_vet)


NOTHING = Disputes(declared={}, concerned={}, held=frozenset(), reached=frozenset(), against={})


def declaring(captured: Iterable[CapturedEvent]) -> list[RecordedEvent]:
    """The declarations of error among these."""
    told = [read_event(event) for event in captured if may_have(event.document, "errorDeclaration")]
    return [event for event in told if event.body.get("errorDeclaration")]


def disputes_before(connection: Connection, captured: Sequence[CapturedEvent]) -> Disputes:
    """How things are before these events are captured, as far as declarations among them may change it."""
    told = declaring(captured)
    ids = declarations(told).keys()
    if not ids:
        return NOTHING
    kept = _with_ids(connection, ids).values()
    declared = {name: by_a_vet for name, by_a_vet in declarations([*kept, *told]).items() if name in ids}
    wrong = [*told, *(event for event in kept if not event.body.get("errorDeclaration"))]
    concerned = _concerned(connection, wrong, declared)
    unconfirmed = [event for event in wrong if not declared[event.captured.event_id]]
    names = {name for event in unconfirmed for name in _named(event)}
    held = frozenset(found.hold.subject for found in holds_reaching(connection, names)) if names else frozenset()
    return Disputes(
        declared=declared,
        concerned=concerned,
        held=held,
        reached=held | _reached(connection, held),
        against=_against(connection, [subject for subject, by in concerned.items() if by]),
    )


def settle_disputes(connection: Connection, before: Disputes, new: Mapping[int, CapturedEvent]) -> None:
    """What was on hold before these events were captured still is, unless a veterinarian confirmed the declarations."""
    if not new:
        return
    at = max(event.record_time for event in new.values())
    _confirm(connection, [event for event, by_a_vet in before.declared.items() if by_a_vet], at)
    dispute_makings(connection, before.open | _disputed_parts(connection, new), at)
    if before.open:
        _keep_held(connection, before, at)
        _keep_against(connection, before, at)


def dispute_makings(connection: Connection, ids: Collection[str], at: datetime) -> list[Hold]:
    """Holds pass on through those of these transformations that are declared wrong and not confirmed; the new ones."""
    if not ids:
        return []
    told = _with_ids(connection, ids)
    declared = declarations(told.values())
    makings = {number: event for number, event in told.items() if declared.get(event.captured.event_id) is False}
    sides = _sides(connection, makings)
    numbers = thing_numbers(connection, {name for used, made in sides.values() for name in (*used, *made)})
    rows = [
        {"event": event, "made": made, "thing": numbers[thing_name(name)]}
        for event, both in sorted(sides.items())
        for made, names in enumerate(both)
        for name in sorted(names)
    ]
    if rows:
        connection.execute(insert_into(connection, disputed_makings).on_conflict_do_nothing(), rows)
    passed = [(event, made) for event, (used, made) in sorted(sides.items()) if holds_reaching(connection, used)]
    return [hold for event, made in passed for hold in _hold(connection, made, [event], at)]


def _disputed_parts(connection: Connection, new: Mapping[int, CapturedEvent]) -> set[str]:
    """The ids of all that is declared wrong in the steps that these events tell of."""
    makings = {number: read_event(event) for number, event in new.items() if event.event_type == TRANSFORMATION}
    if not makings:
        return set()
    steps = whole_steps(connection, makings).values()
    return voided_ids(connection, {event.captured.event_id for parts in steps for event in parts.values()})


def _sides(connection: Connection, makings: Mapping[int, RecordedEvent]) -> dict[str, Sides]:
    """What was used and what was made, by the id of each of these transformations.

    One that is told in parts used and made what all of them tell; without those that a veterinarian declared wrong.
    """
    steps = whole_steps(connection, makings)
    found: dict[str, Sides] = {}
    for event in makings.values():
        step = step_of(event)
        if step is not None:
            parts = [event, *standing([*steps[step].values()])]
            used, made = found.setdefault(event.captured.event_id, (set(), set()))
            used.update(name for part in parts for name in _used(part))
            made.update(name for part in parts for name in _made(part))
    return found


def _concerned(
    connection: Connection, wrong: Iterable[RecordedEvent], declared: Mapping[str, bool]
) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for event in wrong:
        name = event.captured.event_id
        for subject in subjects_of(event) | animals_about(connection, [event]):
            found[subject] = found.get(subject, frozenset()) | (frozenset() if declared[name] else {name})
    return found


def _against(connection: Connection, subjects: Collection[str]) -> dict[str, frozenset[str]]:
    return {
        subject: frozenset(event.captured.event_id for event in evidence.events if speaks_against(event))
        for subject, evidence in evidence_now(connection, subjects).items()
    }


def _confirm(connection: Connection, ids: Collection[str], at: datetime) -> None:
    """A veterinarian declared these wrong: nothing is held any more because somebody else did."""
    release = HoldRelease(at=at, by=GUARDS, kind=ReleaseKind.CORRECTION, why="a veterinarian confirms the declaration")
    for chunk in in_chunks(ids):
        connection.execute(delete(disputed_makings).where(disputed_makings.c.event.in_(chunk)))
        mine = (
            holds.c.cause.in_([*map(cause_of, chunk)]),
            holds.c.reason == DECLARED_ERROR,
            holds.c.released_at.is_(None),
        )
        release_holds(connection, [*connection.scalars(select(holds.c.number).where(*mine))], release)


def _keep_held(connection: Connection, before: Disputes, at: datetime) -> None:
    """Goods that holds reached by what is declared wrong are on hold themselves."""
    lost = before.reached - before.held - _reached(connection, before.held)
    goods = {name for name in lost if kind_of(name) in _KEPT}
    if goods:
        kept = _subjects(connection, before.open)
        _hold(connection, goods - kept - _reached(connection, kept), before.open, at)


def _subjects(connection: Connection, ids: Collection[str]) -> frozenset[str]:
    """What is on hold because these are in dispute."""
    found = set[str]()
    for chunk in in_chunks(ids):
        mine = (
            holds.c.cause.in_([*map(cause_of, chunk)]),
            holds.c.reason == DECLARED_ERROR,
            holds.c.released_at.is_(None),
        )
        found.update(connection.scalars(select(holds.c.subject).where(*mine)))
    return frozenset(found)


def _keep_against(connection: Connection, before: Disputes, at: datetime) -> None:
    """An animal of which an event tells no more that spoke against it is on hold itself."""
    now = _against(connection, before.against.keys())
    for subject, told in before.against.items():
        if told - now[subject]:
            _hold(connection, [subject], before.concerned[subject], at)


def _hold(connection: Connection, names: Iterable[str], ids: Collection[str], at: datetime) -> list[Hold]:
    placed = [disputed_hold(name, event, since=at, by=GUARDS) for name in sorted(set(names)) for event in sorted(ids)]
    return place_holds(connection, placed)


def _reached(connection: Connection, names: Collection[str]) -> frozenset[str]:
    if not names:
        return frozenset()
    return walked(connection, FORWARD, names).everything


def _with_ids(connection: Connection, ids: Collection[str]) -> dict[int, RecordedEvent]:
    found: dict[int, RecordedEvent] = {}
    for chunk in in_chunks(ids):
        rows = connection.execute(select(events).where(events.c.event_id.in_(chunk)).order_by(events.c.number))
        found.update((row.number, read_event(event_of(row))) for row in rows)
    return found


def _named(event: RecordedEvent) -> list[str]:
    return [*things_named(event), *event.captured.epcs]


def _used(event: RecordedEvent) -> list[str]:
    return [*things_in(event, "inputEPCList"), *lots_in(event, "input")]


def _made(event: RecordedEvent) -> list[str]:
    things = things_in(event, "outputEPCList")
    lots = [lot_of(name, event) for name in things]
    return [*things, *(lot for lot in lots if lot is not None), *lots_in(event, "output")]
