"""Capture: an event is stored, linked and judged in one transaction."""

from collections.abc import Sequence

from sqlalchemy import Connection

from storage.records.disputes import disputes_before, settle_disputes
from storage.records.event_rows import insert_events
from storage.records.guard_book import judge_events
from traceability.model import CapturedEvent


def capture_events(connection: Connection, captured: Sequence[CapturedEvent]) -> int:
    """How many were new; what they report that must not reach food is on hold with all that was made of it."""
    before = disputes_before(connection, captured)
    new = insert_events(connection, captured)
    judge_events(connection, new, disputed=before.concerned)
    settle_disputes(connection, before, new)
    return len(new)
