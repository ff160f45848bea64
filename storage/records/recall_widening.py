"""Recalls in force, and events that come later: what meets their cause is recalled in the same transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from storage.records.holds import place_holds
from storage.records.tables import recall_starts, recalls
from storage.records.trace_rows import thing_name, thing_numbers, voided_ids
from storage.records.transactions import insert_into
from traceability.epcis.event_facts import Facts
from traceability.model import CapturedEvent
from traceability.recalls import THING, Cause, criteria, recall_hold, sought_texts, state_rows
from traceability.recorded import read_event
from traceability.trace_links import things_named

_IN_FORCE = [state for state, row in state_rows().items() if row.in_force]


def widen_recalls(connection: Connection, captured: Mapping[int, CapturedEvent], facts: Mapping[int, Facts]) -> None:
    """Every recall in force begins with what these events name, too, where they meet its cause, and holds it."""
    query = select(recalls).where(recalls.c.state.in_(_IN_FORCE), recalls.c.criterion != THING)
    for row in connection.execute(query).all():
        things = _meeting(connection, row, captured, facts)
        if things:
            _begin_with(connection, row.id, things)


def _meeting(
    connection: Connection, row: Row[Any], captured: Mapping[int, CapturedEvent], facts: Mapping[int, Facts]
) -> dict[str, datetime]:
    """The things named by events that meet the cause, and when that was recorded."""
    cause = Cause(criterion=row.criterion, value=row.value, since=row.since, until=row.until)
    sought = {(criteria()[cause.criterion].fact, text) for text in sought_texts(cause)}
    meeting = [
        event
        for number, event in captured.items()
        if (cause.since is None or event.event_time >= cause.since)
        and (cause.until is None or event.event_time < cause.until)
        and sought & {*facts[number].texts}
    ]
    voided = voided_ids(connection, {event.event_id for event in meeting}) if meeting else set()
    valid = [event for event in meeting if event.event_id not in voided]
    return {thing: event.record_time for event in valid for thing in things_named(read_event(event))}


def _begin_with(connection: Connection, recall: str, things: Mapping[str, datetime]) -> None:
    numbers = thing_numbers(connection, things)
    rows = [{"recall": recall, "thing": numbers[thing_name(thing)]} for thing in things]
    connection.execute(insert_into(connection, recall_starts).on_conflict_do_nothing(), rows)
    place_holds(
        connection, [recall_hold(recall, thing, since=at, by=f"recall {recall}") for thing, at in things.items()]
    )
