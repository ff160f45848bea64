"""Recording lives: a record is judged, and captured where nothing stands against it; there is no override.

Every way in leads through here: a single record, a file, the command line.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from traceability.context import NAMESPACE
from traceability.epcis.capture import capture_event
from traceability.epcis.plausibility import rule_words
from traceability.errors import EventError
from traceability.evidence import LICENCE, TRANSFORMATION, Evidence, speaks_against
from traceability.gs1.epc_uris import canonical_uri
from traceability.gs1.keys import Gln
from traceability.gs1.rules import Rule
from traceability.guard_evidence import SLAUGHTER, consumes, is_pig, step_of, things_in
from traceability.guards import act_of, blocks, failures, held_blocks, holders_of, is_act
from traceability.history import with_history
from traceability.holds import HoldOrigin, cause_of, hold_reasons
from traceability.lives.kinds import EventKind, Guard, Shape, Whereabouts
from traceability.lives.pending import PendingGuards
from traceability.lives.records import Document, Read, events_of, read_record
from traceability.lives.values import Problem
from traceability.minting import MintedKeys
from traceability.model import CapturedEvent, Flag
from traceability.ports import EventRepository, GuardBook, HoldBook
from traceability.product_uses import Block, harvest_blocks
from traceability.recorded import RecordedEvent, read_event
from traceability.trace_links import things_named
from traceability.vet_licences import format_of

AHEAD = timedelta(minutes=10)
"""A clock may be wrong by so much; what is to happen tomorrow is recorded tomorrow."""
TAGGED_WITHIN = timedelta(days=30)
"""Order 67 of 2006 art. 11."""
AT_ONCE = 100
_FIELDS = {"$.eventTime": "time", "$.sensorElementList": "weight_kg", "$.errorDeclaration": "time", "$.ilmd": "product"}
NOT_YOURS = Rule("not among what you may record", "不在您可以登记的范围")
NO_EVENT = Rule("no event has that eventID", "没有这个编号的记录")
VET = Rule(
    "only a veterinarian takes back a medicine, a slaughter, what failed, or what is on hold: the licence number",
    "用药、屠宰、不合格和已封存的记录只能由兽医更正：请填兽医证号",
)
FUTURE = Rule("it lies in the future", "时间在将来")
ENDED = Rule("the animal had died or was slaughtered by then", "这头猪那时已经死亡或屠宰")
UNUSUAL_LICENCE = Rule(
    "not a form of licence number that is known here: kept as written, compare it with the paper",
    "不是这里认得的兽医证号格式：照原样保存，请与证件核对",
)
LATE_TAG = Rule("tagged more than 30 days after birth (Order 67 art. 11)", "出生 30 天以后才打耳标（67 号令第十一条）")


class Outcome(StrEnum):
    """What became of a record."""

    TAKEN = "taken"
    THERE_ALREADY = "there_already"
    REFUSED = "refused"
    NOT_YOURS = "not_yours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be said of a record. problems: what is wrong with it; blocks: what stands against what it reports.

    warnings: what is noted and does not hinder. events: what it becomes.
    """

    kind: str
    outcome: Outcome
    problems: tuple[Problem, ...] = ()
    blocks: tuple[Block, ...] = ()
    warnings: tuple[Problem, ...] = ()
    events: tuple[CapturedEvent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What someone wants to record: who may do so is not decided here. names: canonical URIs of what it is about."""

    kind: EventKind
    place: Gln
    names: frozenset[str]


Permitted = Callable[[Asked], bool]


class Recorder:
    """Judges records of lives and captures them."""

    def __init__(
        self,
        *,
        events: EventRepository,
        guards: GuardBook,
        holds: HoldBook,
        keys: MintedKeys,
        now: Callable[[], datetime],
    ) -> None:
        self._events, self._guards, self._holds, self._keys, self._now = events, guards, holds, keys, now

    def record(self, record: Mapping[str, object], *, permitted: Permitted, dry_run: bool = False) -> Verdict:
        """The verdict; what is taken is durable when this returns, unless it is a dry run."""
        verdict = self._judged(record, PendingGuards(self._guards), permitted)
        if verdict.outcome is Outcome.TAKEN and not dry_run:
            self._events.capture(verdict.events)
        return verdict

    def record_all(
        self, records: Iterable[Mapping[str, object]], *, permitted: Permitted, dry_run: bool = False
    ) -> Iterator[Verdict]:
        """The verdict of each in its turn, judged with those before it; a dry run says the same and captures nothing.

        What was said to be taken is durable when the iterator ends.
        """
        pending, waiting = PendingGuards(self._guards), list[CapturedEvent]()
        for record in records:
            verdict = self._judged(record, pending, permitted)
            if verdict.outcome is Outcome.TAKEN:
                pending.add(verdict.events)
                waiting.extend(verdict.events)
            if len(waiting) >= AT_ONCE and not dry_run:
                self._events.capture(waiting)
                pending, waiting = PendingGuards(self._guards), []
            yield verdict
        if not dry_run:
            self._events.capture(waiting)

    def _judged(self, record: Mapping[str, object], pending: PendingGuards, permitted: Permitted) -> Verdict:
        read = read_record(record, pending, self._keys)
        if read.kind is None or read.problems:
            kind = "" if read.kind is None else read.kind.kind
            return Verdict(kind=kind, outcome=Outcome.REFUSED, problems=read.problems)
        documents, problems = self._documents(read.kind, read)
        if problems:
            return Verdict(kind=read.kind.kind, outcome=Outcome.REFUSED, problems=problems)
        now = self._now()
        try:
            events = [
                capture_event(json.dumps(each, ensure_ascii=False).encode(), record_time=now) for each in documents
            ]
        except EventError as error:
            problem = Problem(field=_field_of(error.field), rule=Rule(error.rule, error.rule))
            return Verdict(kind=read.kind.kind, outcome=Outcome.REFUSED, problems=(problem,))
        return self._weighed(read.kind, read, events, pending, permitted)

    def _weighed(
        self, kind: EventKind, read: Read, events: list[CapturedEvent], pending: PendingGuards, permitted: Permitted
    ) -> Verdict:
        names = frozenset(canonical_uri(epc) for event in events for epc in event.epcs)
        place: Gln = read.values["place"]
        about = frozenset((*read.animals, *(thing.uri for thing in read.things))) or names
        if not permitted(Asked(kind=kind, place=place, names=about)):
            problem = Problem(field="place", rule=NOT_YOURS)
            return Verdict(kind=kind.kind, outcome=Outcome.NOT_YOURS, problems=(problem,))
        if self._is_there(events, pending):
            return Verdict(kind=kind.kind, outcome=Outcome.THERE_ALREADY, events=tuple(events))
        before = pending.about(names)
        flagged = with_history([*before, *events], self._events)[len(before) :]
        problems = [_problem(flag, read) for event in flagged for flag in event.flags]
        problems += self._out_of_life(kind, read, pending)
        found = tuple(self._blocks(kind, read, flagged, pending))
        refused = problems or found
        return Verdict(
            kind=kind.kind,
            outcome=Outcome.REFUSED if refused else Outcome.TAKEN,
            problems=tuple(problems),
            blocks=found,
            warnings=tuple(_warnings(kind, read, pending)),
            events=() if refused else tuple(flagged),
        )

    def _documents(self, kind: EventKind, read: Read) -> tuple[list[Document], tuple[Problem, ...]]:
        if kind.shape is not Shape.CORRECTION:
            return events_of(kind, read.values), ()
        wrong = str(read.values["event"])
        kept = [event for event in self._events.find(wrong) if not read_event(event).body.get("errorDeclaration")]
        if not kept:
            return [], (Problem(field="event", rule=NO_EVENT),)
        licence = read.values.get("vet_licence")
        if licence is None and self._is_guarded(kept):
            return [], (Problem(field="vet_licence", rule=VET),)
        return [_declaration(event, read, licence) for event in kept], ()

    def _is_guarded(self, events: Sequence[CapturedEvent]) -> bool:
        """Whether only a veterinarian may take them back: they speak against an animal, or are about what is on hold.

        A capture that does so nevertheless frees nothing; here it is refused.
        """
        if any(_is_for_a_vet(read_event(event)) for event in events):
            return True
        named = {name for event in events for name in (*event.epcs, *things_named(read_event(event)))}
        return bool(self._holds.of(sorted(map(canonical_uri, named))))

    def _is_there(self, events: Sequence[CapturedEvent], pending: PendingGuards) -> bool:
        for event in events:
            known = [*self._events.find(event.event_id), *pending.about(event.epcs)]
            if not any(each.event_id == event.event_id and each.digest == event.digest for each in known):
                return False
        return True

    def _out_of_life(self, kind: EventKind, read: Read, pending: PendingGuards) -> Iterator[Problem]:
        at: datetime = read.values["time"]
        if at > self._now() + AHEAD:
            yield Problem(field="time", rule=FUTURE)
        if kind.subject != "animals" or kind.whereabouts is not Whereabouts.FARM:
            return
        for evidence in pending.evidence(read.animals).values():
            if any(_ends(event, evidence) and event.captured.event_time <= at for event in evidence.events):
                yield Problem(
                    field="animals", rule=Rule(f"{ENDED.en}: {evidence.subject}", f"{ENDED.zh}：{evidence.subject}")
                )

    def _blocks(
        self, kind: EventKind, read: Read, events: Sequence[CapturedEvent], pending: PendingGuards
    ) -> Iterator[Block]:
        if kind.shape is Shape.CORRECTION:
            return
        told = read_event(events[0])
        if kind.guard is Guard.HARVEST:
            for evidence in pending.evidence([thing.uri for thing in read.things]).values():
                yield from harvest_blocks(evidence, told.day, pending)
        sent: set[str] = set()
        for pig, evidence in pending.evidence(self._pigs(read, told, pending)).items():
            for_slaughter = kind.guard is Guard.SLAUGHTER and read.values.get("purpose", SLAUGHTER) == SLAUGHTER
            if for_slaughter or is_act(told, evidence, pending):
                sent.add(pig)
                yield from blocks(evidence, act_of(told, pending), pending)
        if sent or kind.guard is not Guard.NONE:
            yield from self._held(read, sent, pending)

    def _pigs(self, read: Read, told: RecordedEvent, pending: PendingGuards) -> frozenset[str]:
        """The pigs it is about, however it names them: by number, by tag, in their crate."""
        pigs = frozenset(uri for uri in (*read.animals, *(thing.uri for thing in read.things)) if is_pig(uri))
        return pigs | pending.animals_in(holders_of(told), at=told.captured.event_time)

    def _held(self, read: Read, judged: set[str], pending: PendingGuards) -> Iterator[Block]:
        """Holds on what it is about and on whatever that came of; those of pigs that were judged now are not asked."""
        names = pending.with_sources({*read.animals, *(thing.uri for thing in read.things)})
        disputed = {cause_of(event) for told in pending.evidence(judged).values() for event in told.disputed}
        holds = [
            held.hold
            for held in self._holds.of(sorted(names))
            if held.hold.subject not in judged
            or hold_reasons()[held.hold.reason].origin is not HoldOrigin.EVENTS
            or held.hold.cause in disputed
        ]
        found = [*held_blocks(holds)]
        found += [block for evidence in pending.evidence(names).values() for block in failures(evidence)]
        yield from {(block.reason, block.cause): block for block in reversed(found)}.values()


def _declaration(wrong: CapturedEvent, read: Read, licence: str | None) -> Document:
    declaration = {
        "declarationTime": read.values["time"].isoformat(timespec="milliseconds"),
        "reason": "incorrect_data",
        NAMESPACE + "reason": read.values["reason"],
        **({} if licence is None else {NAMESPACE + LICENCE: licence}),
    }
    return {**read_event(wrong).body, "eventID": wrong.event_id, "errorDeclaration": declaration}


def _is_for_a_vet(event: RecordedEvent) -> bool:
    """Whether it tells of a medicine, a failure, or the slaughter of a pig."""
    if event.captured.event_type == TRANSFORMATION:
        return any(map(is_pig, things_in(event, "inputEPCList")))
    return event.captured.event_type == "ObjectEvent" and speaks_against(event)


def _ends(event: RecordedEvent, evidence: Evidence) -> bool:
    """Whether the animal's life ends with it; one whose slaughter is declared wrong may still be treated."""
    if event.captured.event_id in evidence.disputed:
        return False
    if consumes(event, evidence.names):
        return True
    is_object = event.captured.event_type == "ObjectEvent" and evidence.subject in things_in(event, "epcList")
    return is_object and (event.body.get("action") == "DELETE" or step_of(event) in {"destroying", "decommissioning"})


def _warnings(kind: EventKind, read: Read, pending: PendingGuards) -> Iterator[Problem]:
    licence = format_of(str(read.values.get("vet_licence", "")))
    if licence is not None and not licence.usual:
        yield Problem(field="vet_licence", rule=UNUSUAL_LICENCE)
    if kind.kind != "tagging":
        return
    for evidence in pending.evidence(read.animals).values():
        born = [event.captured.event_time for event in evidence.events if step_of(event) == "commissioning"]
        if born and read.values["time"] - min(born) > TAGGED_WITHIN:
            yield Problem(field="time", rule=LATE_TAG)


def _problem(flag: Flag, read: Read) -> Problem:
    words = rule_words()[flag.rule]
    field = _field_of(flag.path) or ("animals" if read.animals else "things")
    return Problem(field=field, rule=Rule(f"{words.en} ({flag.detail})", f"{words.zh}（{flag.detail}）"))


def _field_of(path: str) -> str:
    return next((field for start, field in _FIELDS.items() if path.startswith(start)), "")
