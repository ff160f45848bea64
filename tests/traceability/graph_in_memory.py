"""A trace graph and a book of recalls in memory, over events in memory."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tests.traceability.holds_in_memory import HoldsInMemory
from tests.traceability.keeping_in_memory import keeping_links
from tests.traceability.recall_goods_in_memory import OutboxInMemory
from traceability.epcis.event_facts import facts_of_document
from traceability.gs1.epc_uris import canonical_uri
from traceability.holds import HoldRelease, ReleaseKind
from traceability.model import CapturedEvent
from traceability.recall_messages import RecallMessage
from traceability.recalls import (
    THING,
    Cause,
    Recall,
    RecallNotice,
    RecallState,
    Scope,
    criteria,
    recall_hold,
    sought_texts,
)
from traceability.recorded import RecordedEvent, opened
from traceability.trace_links import links_of, step_of, things_named
from traceability.trace_model import FIRST_US, INTO, KEEPING, LAST_US, Link, Mode, ThingKind, Traced, kind_of

State = tuple[str, int, int, Mode, bool]


Kept = Callable[[], Sequence[CapturedEvent]]
"""Every event there is when it is asked."""


class GraphInMemory:
    """A TraceGraph."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def forward(self, things: Collection[str]) -> Traced:
        seen: set[State] = set()
        waiting: list[State] = [(thing, FIRST_US, LAST_US, Mode.ITSELF, True) for thing in things]
        links = self._links()
        while waiting:
            state = waiting.pop()
            if state not in seen:
                seen.add(state)
                waiting.extend(after for link in links if (after := _after(state, link)) is not None)
        sure = {name for name, _, _, _, certain in seen if certain}
        names = {name for name, *_ in seen} - {*things}
        steps = {name for name in names if kind_of(name) is ThingKind.STEP}
        return Traced(
            certain=frozenset(names & sure - steps), possible=frozenset(names - sure - steps), steps=frozenset(steps)
        )

    def back(self, things: Collection[str]) -> Traced:
        certain, possible, steps = set[str](), set[str](), set[str]()
        for name in {end for link in self._links() for end in (link.source, link.target)} - {*things}:
            reached = self.forward([name])
            if kind_of(name) is ThingKind.STEP:
                steps |= {name} if reached.everything & {*things} else set()
            elif reached.certain & {*things}:
                certain.add(name)
            elif reached.possible & {*things}:
                possible.add(name)
        return Traced(certain=frozenset(certain), possible=frozenset(possible), steps=frozenset(steps))

    def links(self, names: Collection[str]) -> Sequence[Link]:
        return [link for link in self._links() if link.source in names and link.target in names]

    def _links(self) -> list[Link]:
        events = opened(self._kept())
        steps: dict[str, list[RecordedEvent]] = {}
        for event in events:
            step = step_of(event)
            if step is not None:
                steps.setdefault(step, []).append(event)
        made = [link for step, members in steps.items() for link in links_of(step, members)]
        return [*made, *keeping_links(events)]


def _after(state: State, link: Link) -> State | None:
    thing, since, until, mode, sure = state
    overlaps = link.since_us <= until and link.until_us >= since
    if link.source != thing or not overlaps or (link.kind in INTO and mode is not Mode.ITSELF):
        return None
    certain = sure and (link.certain_among if mode is Mode.AMONG else link.certain)
    if link.kind not in KEEPING:
        return link.target, FIRST_US, LAST_US, link.mode, certain
    return link.target, max(since, link.since_us), min(until, link.until_us), max(mode, link.mode), certain


@dataclass
class RecallsInMemory:
    """A RecallBook."""

    kept: Kept
    recalls: dict[str, Recall] = field(default_factory=dict)
    scopes: dict[str, Mapping[str, bool]] = field(default_factory=dict)
    holds: HoldsInMemory | None = None
    outbox: OutboxInMemory = field(default_factory=OutboxInMemory)

    def add(self, recall: Recall) -> None:
        self.recalls[recall.id] = recall

    def find(self, recall: str) -> Recall | None:
        return self.recalls.get(recall)

    def list(self) -> Sequence[Recall]:
        return [*self.recalls.values()][::-1]

    def scope(self, cause: Cause) -> Scope:
        starts: set[str] = set()
        for event in opened(self.kept()):
            named, texts = things_named(event), sought_texts(cause)
            facts = facts_of_document(event.captured.document).texts
            if cause.criterion == THING:
                starts |= {canonical_uri(cause.value)} & {*named, *GraphInMemory(self.kept).forward(named).everything}
            elif any((criteria()[cause.criterion].fact, text) in facts for text in texts):
                starts |= {*named}
        return Scope(starts=frozenset(starts), reached=GraphInMemory(self.kept).forward(starts))

    def confirm(self, recall: Recall, scope: Scope) -> bool:
        self.scopes[recall.id] = {**dict.fromkeys(scope.possible, False), **dict.fromkeys(scope.certain, True)}
        step = recall.steps[-1]
        if self.holds is not None:
            self.holds.place([recall_hold(recall.id, thing, since=step.at, by=step.actor) for thing in scope.starts])
        return self.move(recall)

    def move(self, recall: Recall, *, messages: Sequence[RecallMessage] = ()) -> bool:
        if self.recalls[recall.id].steps != recall.steps[:-1]:
            return False
        self.recalls[recall.id] = recall
        self.outbox.send(messages)
        step = recall.steps[-1]
        if self.holds is not None and recall.confirmed and not recall.in_force:
            release = HoldRelease(at=step.at, by=step.actor, kind=ReleaseKind.CAUSE_CLOSED, why=step.why)
            self.holds.release(recall.id, release)
        return True

    def confirmed_scope(self, recall: str) -> Mapping[str, bool]:
        return self.scopes.get(recall, {})

    def notices(self, things: Collection[str]) -> Sequence[RecallNotice]:
        found: list[RecallNotice] = []
        for recall in self.recalls.values():
            scope = self.scope(recall.cause)
            if recall.in_force and {*things} & (scope.certain | scope.possible):
                since = next(step.at for step in recall.steps if step.state is RecallState.CONFIRMED)
                found.append(
                    RecallNotice(
                        recall=recall.id,
                        state=recall.state,
                        reason=recall.reason,
                        since=since,
                        certain=bool({*things} & scope.certain),
                    )
                )
        return found
