"""Capture: an event is stored, linked and judged in one transaction."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from storage.records.disputes import declaring, disputes_before, settle_disputes
from storage.records.event_rows import draw_numbers, insert_events, write_alone
from storage.records.guard_book import judge_events
from storage.records.recall_widening import widen_recalls
from storage.records.trace_linking import link_events
from traceability.model import CapturedEvent

_NONE: Mapping[int, CapturedEvent] = {}


def capture_events(connection: Connection, captured: Sequence[CapturedEvent]) -> int:
    """How many were new; what they report that must not reach food is on hold with all that was made of it.

    Declarations of error come after all else in the same capture: what they would set free is what is on hold by then.
    """
    write_alone(connection)
    declarations = {id(event.captured) for event in declaring(captured)}
    if not 0 < len(declarations) < len(captured):
        return len(_capture(connection, captured))
    # They are numbered in the order they were handed over all the same.
    numbered = [*zip(captured, draw_numbers(connection, len(captured)), strict=True)]
    others = [(event, number) for event, number in numbered if id(event) not in declarations]
    last = [(event, number) for event, number in numbered if id(event) in declarations]
    new: dict[int, CapturedEvent] = {}
    for part in filter(None, (others, last)):
        events, numbers = zip(*part, strict=True)
        new |= _capture(connection, events, numbers=numbers, before=new)
    return len(new)


def _capture(
    connection: Connection,
    captured: Sequence[CapturedEvent],
    *,
    numbers: Sequence[int] = (),
    before: Mapping[int, CapturedEvent] = _NONE,
) -> Mapping[int, CapturedEvent]:
    """Those that were new; those captured `before` them are judged again beside them."""
    disputes = disputes_before(connection, captured)
    new = insert_events(connection, captured, numbers=numbers)
    if new.events:
        link_events(connection, new.events)
        widen_recalls(connection, new.events, new.facts)
        judge_events(connection, {**before, **new.events}, disputed=disputes.concerned)
        settle_disputes(connection, disputes, new.events)
    return new.events
