"""From a pack back to the animals it came from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from traceability import recorded
from traceability.life_digests import LIVING, LifeDigest, LifeDigests
from traceability.ports import EventRepository
from traceability.recorded import RecordedEvent, in_order, read_event
from traceability.tally import event_key

TRANSFORMATION = recorded.TRANSFORMATION
MAXIMUM_STEPS = 8
"""Pig, carcass, cuts, mince, meal: nothing goes through more hands than that; it also ends a circle in bad records."""
MAXIMUM_ORIGINS = 400
"""More animals than a day's mince holds; beyond it the record is no longer about one pack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Everything the records tell of one item.

    steps: the transformations it came through, the last first. origins: what nothing was transformed into, such as
    living animals. events: every event that names the item or anything before it, each once, by event time; those
    about the animals of `digests` are not among them unless they name something else, too. declared: ids of the events
    that were declared in error, which are left out everywhere.
    """

    item: str
    steps: tuple[RecordedEvent, ...]
    origins: tuple[str, ...]
    events: tuple[RecordedEvent, ...]
    digests: Mapping[str, LifeDigest]
    declared: frozenset[str]

    def ends(self) -> dict[str, RecordedEvent]:
        """Each origin's last step: its slaughter, where it is an animal."""
        animals = set(self.origins)
        return {epc: step for step in self.steps for epc in step.names("inputEPCList") & animals}


def lineage_of(item: str, events: EventRepository, digests: LifeDigests | None = None) -> Lineage | None:
    """The item's lineage; None where no event names it.

    digests: animals that have a current one are told by it, and their own events are not read.
    """
    doubted: set[str] = set()
    while True:
        lineage = _walked(item, _Walk(events, digests, doubted))
        if lineage is None:
            return None
        doubtful = _doubtful(lineage, events)
        if not doubtful:
            return lineage
        doubted |= doubtful


class _Walk:
    """What was read on the way back, and what was declared in error as far as it is known."""

    def __init__(self, events: EventRepository, digests: LifeDigests | None, doubted: Collection[str]) -> None:
        self._events, self._digests, self._doubted = events, digests, doubted
        self.found: dict[tuple[str, str], RecordedEvent] = {}
        self.digested: dict[str, LifeDigest] = {}
        self.declared: set[str] = set()

    def digest(self, frontier: Sequence[str]) -> None:
        """The animals among these that have a current digest are told by it."""
        animals = [epc for epc in frontier if LIVING in epc and epc not in self._doubted]
        if self._digests is not None and animals:
            current = self._digests.current(animals)
            self.digested.update(current)
            self.declared.update(*(digest.declared for digest in current.values()))

    def producers(self, frontier: Sequence[str]) -> dict[str, list[RecordedEvent]]:
        """The transformations that made each of these; all that names them has been read."""
        unread = [epc for epc in frontier if epc not in self.digested]
        named = self._events.about(unread) if unread else ()
        # The step that made a thing was read already, as it names what it was made into.
        told = [self.found.get(event_key(event)) or read_event(event) for event in named]
        self.declared |= {event.captured.event_id for event in told if event.body.get("errorDeclaration")}
        standing = [event for event in told if event.captured.event_id not in self.declared]
        self.found.update({event_key(event.captured): event for event in standing})
        made: dict[str, list[RecordedEvent]] = {epc: [] for epc in frontier}
        for event in standing:
            if event.captured.event_type == TRANSFORMATION:
                for epc in event.names("outputEPCList") & made.keys():
                    made[epc].append(event)
        return made


def _walked(item: str, walk: _Walk) -> Lineage | None:
    steps: dict[tuple[str, str], RecordedEvent] = {}
    origins: list[str] = []
    seen, frontier = {item}, [item]
    for behind in range(MAXIMUM_STEPS):
        if behind > 1:
            # What a pack was made of itself is read: what else was made of it is weighed up with the pack.
            walk.digest(frontier)
        made = walk.producers(frontier)
        sources: list[str] = []
        for epc, producers in made.items():
            steps.update({event_key(event.captured): event for event in producers})
            inputs = sorted({source for event in producers for source in event.names("inputEPCList")} - seen)
            sources.extend(inputs)
            seen.update(inputs)
            if not producers:
                origins.append(epc)
        frontier = sources[:MAXIMUM_ORIGINS]
        if not frontier:
            break
    told = in_order(event for event in walk.found.values() if event.captured.event_id not in walk.declared)
    if not told:
        return None
    return Lineage(
        item=item,
        steps=tuple(step for step in steps.values() if step.captured.event_id not in walk.declared),
        origins=tuple(origins),
        events=tuple(told),
        digests=walk.digested,
        declared=frozenset(walk.declared),
    )


def _doubtful(lineage: Lineage, events: EventRepository) -> set[str]:
    """Animals whose digest does not fit here.

    It tells the life up to another slaughter than this item's, or one of its events was declared in error by a
    declaration that does not name the animal.
    """
    ends = lineage.ends()
    found = {
        epc
        for epc, digest in lineage.digests.items()
        if digest.slaughtered_on != (ends[epc].day if epc in ends else None)
    }
    strange = {
        epc: strangers
        for epc, digest in lineage.digests.items()
        if (strangers := lineage.declared - digest.declared) and epc not in found
    }
    if strange:
        told = events.with_ids(lineage.declared)
        found |= {epc for event in told for epc in event.epcs if event.event_id in strange.get(epc, ())}
    return found
