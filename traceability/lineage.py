"""From a pack back to the animals it came from."""

from dataclasses import dataclass

from traceability.ports import EventRepository
from traceability.recorded import RecordedEvent, opened

TRANSFORMATION = "TransformationEvent"
MAXIMUM_STEPS = 8
"""Pig, carcass, cuts, mince, meal: nothing goes through more hands than that; it also ends a circle in bad records."""
MAXIMUM_ORIGINS = 400
"""More animals than a day's mince holds; beyond it the record is no longer about one pack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Everything the records tell of one item.

    steps: the transformations it came through, the last first. origins: what nothing was transformed into, such as
    living animals. events: every event that names the item or anything before it, each once, by event time.
    """

    item: str
    steps: tuple[RecordedEvent, ...]
    origins: tuple[str, ...]
    events: tuple[RecordedEvent, ...]


def lineage_of(item: str, events: EventRepository) -> Lineage | None:
    """The item's lineage; None where no event names it."""
    found: dict[tuple[str, str], RecordedEvent] = {}
    steps: list[RecordedEvent] = []
    origins: list[str] = []
    seen, frontier = {item}, [item]
    for _ in range(MAXIMUM_STEPS):
        recorded = opened(events.about(frontier))
        found.update({(event.captured.event_id, event.captured.document): event for event in recorded})
        sources: list[str] = []
        for epc in frontier:
            producers = [event for event in recorded if _produces(event, epc)]
            steps.extend(event for event in producers if event not in steps)
            inputs = sorted({source for event in producers for source in event.names("inputEPCList")} - seen)
            sources.extend(inputs)
            seen.update(inputs)
            if not producers:
                origins.append(epc)
        frontier = sources[:MAXIMUM_ORIGINS]
        if not frontier:
            break
    if not found:
        return None
    ordered = sorted(found.values(), key=lambda event: event.captured.event_time)
    return Lineage(item=item, steps=tuple(steps), origins=tuple(origins), events=tuple(ordered))


def _produces(event: RecordedEvent, epc: str) -> bool:
    return event.captured.event_type == TRANSFORMATION and epc in event.names("outputEPCList")
