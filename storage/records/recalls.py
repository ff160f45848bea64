"""Recalls in SQL: their steps, the scope that was confirmed, and whom a thing on the counter must be kept from."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from storage.records.event_rows import event_of, indexed, write_alone
from storage.records.hold_tables import holds
from storage.records.holds import place_holds, release_holds
from storage.records.recall_outbox import send_messages
from storage.records.tables import (
    event_texts,
    events,
    recall_scopes,
    recall_starts,
    recall_steps,
    recalls,
    trace_things,
)
from storage.records.trace_rows import known_things, thing_name, thing_numbers, voided_ids
from storage.records.traces import BACK, FORWARD, walk, walked
from storage.records.transactions import Repository, in_chunks
from traceability.gs1.epc_uris import canonical_uri
from traceability.holds import HoldRelease, ReleaseKind
from traceability.recall_messages import RecallMessage
from traceability.recalls import (
    THING,
    Cause,
    Recall,
    RecallNotice,
    RecallState,
    RecallStep,
    Scope,
    criteria,
    recall_hold,
    sought_texts,
    state_rows,
)
from traceability.recorded import read_event
from traceability.trace_links import things_named

_NAMING = ("epc", "epcClass", "inputEPC", "inputEPCClass", "outputEPC", "outputEPCClass", "parentID")
_IN_FORCE = [state for state, row in state_rows().items() if row.in_force]
_HIT = """
SELECT start.recall, recall.state, MAX(found.certain) FROM found JOIN recall_starts start ON start.thing = found.thing
JOIN recalls recall ON recall.id = start.recall GROUP BY start.recall, recall.state"""
# Put together once, as every page of a pack asks it.
_ANY_IN_FORCE = select(recalls.c.id).where(recalls.c.state.in_(_IN_FORCE)).limit(1)


class SqlRecallBook(Repository):
    """`traceability.ports.RecallBook`."""

    def add(self, recall: Recall) -> None:
        """The draft is durable."""
        cause = recall.cause
        values = {
            "id": recall.id,
            "state": recall.state,
            "reason": recall.reason,
            "criterion": cause.criterion,
            "value": cause.value,
            "since": cause.since,
            "until": cause.until,
            "scope_digest": recall.scope_digest,
        }
        with self._transactions.writing() as connection:
            connection.execute(insert(recalls).values(**values))
            _add_step(connection, recall)

    def find(self, recall: str) -> Recall | None:
        """The recall of that id."""
        with self._transactions.reading() as connection:
            return next(iter(_recalls(connection, [recall])), None)

    def list(self) -> Sequence[Recall]:
        """Every recall, the newest first."""
        with self._transactions.reading() as connection:
            ids = [*connection.scalars(select(recalls.c.id))]
            found = _recalls(connection, ids)
        return sorted(found, key=lambda recall: (recall.steps[0].at, recall.id), reverse=True)

    def scope(self, cause: Cause) -> Scope:
        """What such a recall reaches, by all that is captured now."""
        with self._transactions.reading() as connection:
            starts = frozenset(_starts(connection, cause))
            return Scope(starts=starts, reached=walked(connection, FORWARD, starts))

    def confirm(self, recall: Recall, scope: Scope) -> bool:
        """Whether the recall still was as before its last step; then step and scope are durable, else nothing is."""
        with self._transactions.writing() as connection:
            # Before any row is touched: whoever captures events touches recalls in its turn.
            write_alone(connection)
            if not _take_step(connection, recall):
                return False
            sure = {**dict.fromkeys(scope.possible, 0), **dict.fromkeys(scope.certain, 1)}
            numbers = thing_numbers(connection, sure)
            scoped = [{"recall": recall.id, "thing": numbers[thing_name(name)], "certain": sure[name]} for name in sure]
            starts = [{"recall": recall.id, "thing": numbers[thing_name(name)]} for name in scope.starts]
            connection.execute(recall_scopes.insert(), scoped)
            connection.execute(recall_starts.insert(), starts)
            step = recall.steps[-1]
            placed = [recall_hold(recall.id, name, since=step.at, by=step.actor) for name in sorted(scope.starts)]
            place_holds(connection, placed)
        return True

    def move(self, recall: Recall, *, messages: Sequence[RecallMessage] = ()) -> bool:
        """Whether the recall still was as before its last step; then step and messages are durable, else nothing is.

        What is lifted is on hold no more.
        """
        step = recall.steps[-1]
        with self._transactions.writing() as connection:
            if not _take_step(connection, recall):
                return False
            send_messages(connection, messages)
            if recall.confirmed and not recall.in_force:
                release = HoldRelease(at=step.at, by=step.actor, kind=ReleaseKind.CAUSE_CLOSED, why=step.why)
                release_holds(connection, open_holds(connection, recall.id), release)
        return True

    def confirmed_scope(self, recall: str) -> Mapping[str, bool]:
        """The things in the scope when it was confirmed, and whether each was certain."""
        query = select(trace_things.c.name, recall_scopes.c.certain).join_from(recall_scopes, trace_things)
        with self._transactions.reading() as connection:
            rows = connection.execute(query.where(recall_scopes.c.recall == recall))
            return {row.name: bool(row.certain) for row in rows}

    def notices(self, things: Collection[str]) -> Sequence[RecallNotice]:
        """Every recall in force that reaches one of these now, packed before or after it was confirmed."""
        with self._transactions.reading() as connection:
            if connection.scalar(_ANY_IN_FORCE) is None:
                return []
            sure = _reaching(connection, map(canonical_uri, things))
            found = _recalls(connection, sure)
        return [_notice(recall, certain=sure[recall.id]) for recall in found]


def _reaching(connection: Connection, things: Iterable[str]) -> dict[str, bool]:
    rows = walk(connection, BACK, _HIT, things)
    return {recall: bool(certain) for recall, state, certain in rows if state in _IN_FORCE}


def _notice(recall: Recall, *, certain: bool) -> RecallNotice:
    since = next(step.at for step in recall.steps if step.state is RecallState.CONFIRMED)
    return RecallNotice(recall=recall.id, state=recall.state, reason=recall.reason, since=since, certain=certain)


def _starts(connection: Connection, cause: Cause) -> Iterable[str]:
    texts = [indexed(each) for each in sought_texts(cause)]
    if cause.criterion == THING:
        thing = canonical_uri(cause.value.strip())
        named = event_texts.c.name.in_(_NAMING) & (event_texts.c.text == indexed(thing))
        naming = connection.scalar(select(event_texts.c.event).where(named).limit(1))
        return [thing] if naming is not None or known_things(connection, [thing_name(thing)]) else []
    fact = indexed(criteria()[cause.criterion].fact)
    meeting = select(event_texts.c.event).where(event_texts.c.name == fact, event_texts.c.text.in_(texts))
    query = select(events).where(events.c.number.in_(meeting))
    if cause.since is not None:
        query = query.where(events.c.event_time >= cause.since)
    if cause.until is not None:
        query = query.where(events.c.event_time < cause.until)
    found = [event_of(row) for row in connection.execute(query)]
    voided = voided_ids(connection, {event.event_id for event in found})
    return {name for event in found if event.event_id not in voided for name in things_named(read_event(event))}


def open_holds(connection: Connection, cause: str) -> list[int]:
    """The numbers of the holds that a cause still has."""
    return [*connection.scalars(select(holds.c.number).where(holds.c.cause == cause, holds.c.released_at.is_(None)))]


def _take_step(connection: Connection, recall: Recall) -> bool:
    """Whether nobody else took a step since the recall was read."""
    before = recall.steps[-2].state
    mine = update(recalls).where(recalls.c.id == recall.id, recalls.c.state == before)
    if not connection.execute(mine.values(state=recall.state, scope_digest=recall.scope_digest)).rowcount:
        return False
    _add_step(connection, recall)
    return True


def _add_step(connection: Connection, recall: Recall) -> None:
    step = recall.steps[-1]
    row = {"state": step.state, "actor": step.actor, "at": step.at, "why": step.why}
    connection.execute(insert(recall_steps).values(recall=recall.id, number=len(recall.steps), **row))


def _recalls(connection: Connection, ids: Collection[str]) -> list[Recall]:
    found: list[Recall] = []
    for chunk in in_chunks(ids):
        steps: dict[str, list[RecallStep]] = {}
        ordered = select(recall_steps).where(recall_steps.c.recall.in_(chunk)).order_by(recall_steps.c.number)
        for row in connection.execute(ordered):
            step = RecallStep(state=RecallState(row.state), actor=row.actor, at=row.at, why=row.why)
            steps.setdefault(row.recall, []).append(step)
        rows = connection.execute(select(recalls).where(recalls.c.id.in_(chunk)))
        found.extend(_recall(row, steps[row.id]) for row in rows)
    return found


def _recall(row: Row[Any], steps: Sequence[RecallStep]) -> Recall:
    cause = Cause(criterion=row.criterion, value=row.value, since=row.since, until=row.until)
    return Recall(id=row.id, cause=cause, reason=row.reason, steps=tuple(steps), scope_digest=row.scope_digest)
