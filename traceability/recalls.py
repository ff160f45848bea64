"""Recalls: what is called back, on whose word, and how far it has come; states are rows of `recall_states.csv`."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.resources import files

from traceability.epcis.event_terms import plain_text
from traceability.errors import RecallRequestError, RecallStateError, ScopeChangedError
from traceability.gs1.epc_uris import canonical_uri
from traceability.gs1.keys import Gln
from traceability.holds import Hold
from traceability.trace_model import Traced

LONGEST_TEXT = 2000
RECALL_REASON = "recall"
"""Of the holds that a recall places."""
THING, PLACE = "thing", "place"
"""Criteria that are more than a fact: the value itself is what is recalled; the value may be a bare GLN."""


class RecallState(StrEnum):
    """How far a recall has come."""

    DRAFT = "draft"
    WITHDRAWN = "withdrawn"
    CONFIRMED = "confirmed"
    HOLDS = "holds"
    NOTICES = "notices"
    CLOSED = "closed"
    LIFTED = "lifted"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """A state in words; next: where it can go. in_force: what is in scope must not be sold or eaten."""

    state: RecallState
    next: frozenset[RecallState]
    in_force: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """By what a recall can be asked for; fact: the fact of events that must have the value, "" for the thing itself."""

    criterion: str
    fact: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What is called back: things named by events of which the criterion holds, from `since` and before `until`."""

    criterion: str
    value: str
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallStep:
    """Who took a recall to a state, when and why."""

    state: RecallState
    actor: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """One recall with all its steps, the first first.

    reason: what the public is told. scope_digest: of the scope that was confirmed; "" before.
    """

    id: str
    cause: Cause
    reason: str
    steps: tuple[RecallStep, ...]
    scope_digest: str = ""

    @property
    def state(self) -> RecallState:
        """How far it has come."""
        return self.steps[-1].state

    @property
    def confirmed(self) -> bool:
        """Whether a scope was ever confirmed."""
        return any(step.state is RecallState.CONFIRMED for step in self.steps)

    @property
    def in_force(self) -> bool:
        """Whether what is in scope must not be sold or eaten."""
        return state_rows()[self.state].in_force

    @property
    def running(self) -> bool:
        """Whether something of it is still to be done: in force, and not closed."""
        return self.in_force and bool(state_rows()[self.state].next)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a recall reaches: the things it begins with, and what came of them."""

    starts: frozenset[str]
    reached: Traced

    @property
    def certain(self) -> frozenset[str]:
        """Certainly affected."""
        return self.starts | self.reached.certain

    @property
    def possible(self) -> frozenset[str]:
        """Possibly affected; recalled all the same."""
        return self.reached.possible

    @property
    def digest(self) -> str:
        """The same for the same sets (sha256, hex): who confirms names what was shown."""
        lines = (f"{word} {name}" for word, names in self._sets() for name in sorted(names))
        return sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()

    def _sets(self) -> Iterable[tuple[str, frozenset[str]]]:
        return ("start", self.starts), ("certain", self.certain), ("possible", self.possible)


class RecallStatus(StrEnum):
    """What anyone who holds a thing must know."""

    NONE = "none"
    POSSIBLE = "possibly_recalled"
    RECALLED = "recalled"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallNotice:
    """One recall in force that reaches a thing; certain: by certain links alone."""

    recall: str
    state: RecallState
    reason: str
    since: datetime
    certain: bool


def status_of(notices: Iterable[RecallNotice]) -> RecallStatus:
    """The worst of what the notices say."""
    certainties = {notice.certain for notice in notices}
    if not certainties:
        return RecallStatus.NONE
    return RecallStatus.RECALLED if True in certainties else RecallStatus.POSSIBLE


def is_keepable(text: str) -> bool:
    """Whether every database can keep the text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def drafted(*, recall_id: str, cause: Cause, reason: str, step: RecallStep) -> Recall:
    """A new draft; raises RecallRequestError that names what is missing or cannot be."""
    if cause.criterion not in criteria():
        raise RecallRequestError(field="criterion", rule=f"one of {', '.join(criteria())} is expected")
    if not cause.value.strip() or not is_keepable(cause.value):
        raise RecallRequestError(field="value", rule="say which: a URI, a lot number, a batch or a GLN")
    if not is_keepable(step.why):
        raise RecallRequestError(field="why", rule="a character in it cannot be kept")
    if not reason.strip() or len(reason) > LONGEST_TEXT or not is_keepable(reason):
        raise RecallRequestError(field="reason", rule=f"say in 1 to {LONGEST_TEXT} characters what the public is told")
    if cause.since is not None and cause.until is not None and cause.since >= cause.until:
        raise RecallRequestError(field="until", rule="it must be later than since")
    return Recall(id=recall_id, cause=cause, reason=reason.strip(), steps=(step,))


def confirmed(recall: Recall, scope: Scope, *, shown_digest: str, step: RecallStep) -> Recall:
    """The recall with this scope in force.

    Raises ScopeChangedError where another scope was shown to who confirms it, RecallRequestError where it is empty.
    """
    if not scope.starts:
        raise RecallRequestError(field="value", rule="no event names such a thing: there is nothing to recall")
    if scope.digest != shown_digest:
        raise ScopeChangedError(recall.id, shown=shown_digest, now=scope.digest)
    return replace(moved(recall, step), scope_digest=shown_digest)


def moved(recall: Recall, step: RecallStep) -> Recall:
    """The recall one step on; raises RecallStateError where that step cannot follow, RecallRequestError without why."""
    allowed = state_rows()[recall.state].next
    if step.state not in allowed:
        raise RecallStateError(recall.id, state=recall.state, wanted=step.state, allowed=sorted(allowed))
    if not step.why.strip() or len(step.why) > LONGEST_TEXT or not is_keepable(step.why):
        raise RecallRequestError(field="why", rule=f"say in 1 to {LONGEST_TEXT} characters why")
    return replace(recall, steps=(*recall.steps, step))


def recall_hold(recall: str, thing: str, *, since: datetime, by: str) -> Hold:
    """The hold on a thing that a recall begins with; whatever was or will be made of it is on hold with it."""
    return Hold(
        subject=thing,
        reason=RECALL_REASON,
        cause=recall,
        since=since,
        detail_zh=f"召回 {recall}",
        detail_en=f"recall {recall}",
        by=by,
    )


@cache
def state_rows() -> Mapping[RecallState, StateRow]:
    """Every state with its words and ways on."""
    return {
        RecallState(row["state"]): StateRow(
            state=RecallState(row["state"]),
            next=frozenset(RecallState(each) for each in row["next"].split("|") if each),
            in_force=row["in_force"] == "true",
            zh=row["zh"],
            en=row["en"],
        )
        for row in _rows("recall_states.csv")
    }


@cache
def criteria() -> Mapping[str, Criterion]:
    """Every criterion by its name."""
    return {
        row["criterion"]: Criterion(criterion=row["criterion"], fact=row["fact"], zh=row["zh"], en=row["en"])
        for row in _rows("recall_criteria.csv")
    }


def sought_texts(cause: Cause) -> frozenset[str]:
    """The texts that a fact of an event may have to meet the cause; a bare GLN stands for its URI."""
    value = cause.value.strip()
    found = {value, plain_text(value), canonical_uri(value)}
    if cause.criterion == PLACE and Gln.broken_rule(value) is None:
        found.add(Gln.parse(value).uri)
    return frozenset(found)


def _rows(name: str) -> Iterable[Mapping[str, str]]:
    return csv.DictReader(files("traceability").joinpath(name).read_text(encoding="utf-8").splitlines())
