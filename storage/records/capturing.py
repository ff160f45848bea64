"""Capture: an event is stored, linked and judged in one transaction."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from storage.records.disputes import declaring, disputes_before, settle_disputes
from storage.records.event_rows import insert_events, write_alone
from storage.records.guard_book import judge_events
from storage.records.recall_widening import widen_recalls
from storage.records.trace_linking import link_events
from traceability.model import CapturedEvent


def capture_events(connection: Connection, captured: Sequence[CapturedEvent]) -> int:
    """How many were new; what they report that must not reach food is on hold with all that was made of it.

    Declarations of error come after all else in the same capture: what they would set free is what is on hold by then.
    """
    write_alone(connection)
    declarations = {id(event.captured) for event in declaring(captured)}
    others = [event for event in captured if id(event) not in declarations]
    last = [event for event in captured if id(event) in declarations]
    new: dict[int, CapturedEvent] = {}
    for part in (others, last):
        if part:
            new |= _capture(connection, part, before=new)
    return len(new)


def _capture(
    connection: Connection, captured: Sequence[CapturedEvent], *, before: Mapping[int, CapturedEvent]
) -> Mapping[int, CapturedEvent]:
    """Those that were new; those captured `before` them are judged again beside them."""
    disputes = disputes_before(connection, captured)
    new = insert_events(connection, captured)
    if new.events:
        link_events(connection, new.events)
        widen_recalls(connection, new.events, new.facts)
        judge_events(connection, {**before, **new.events}, disputed=disputes.concerned)
        settle_disputes(connection, disputes, new.events)
    return new.events
