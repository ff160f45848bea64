"""Holds: what must not be sold or eaten until its cause is cleared up, with everything that was made of it.

Reasons are rows of `hold_reasons.csv`. A hold ends by a correction of what it was placed for or when its cause is
closed; nobody can override it.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.resources import files

from traceability.errors import HoldRequestError
from traceability.gs1.rules import Rule

LONGEST_TEXT = 2000
GUARDS = "guards"
"""Who places and ends holds that follow from events."""


class HoldOrigin(StrEnum):
    """Where holds for a reason come from: those from events come and go with what the events say.

    Those from a declaration of error stay until a veterinarian confirms the declaration.
    """

    EVENTS = "events"
    DECLARATION = "declaration"
    RECALL = "recall"
    PERSON = "person"


class ReleaseKind(StrEnum):
    """The two ways in which a hold ends."""

    CORRECTION = "correction"
    CAUSE_CLOSED = "cause_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReason:
    """A reason with its words.

    corrects_cause: the event that the hold was placed for is what a veterinarian would correct to end it.
    """

    reason: str
    origin: HoldOrigin
    corrects_cause: bool
    words: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRelease:
    """When and by whom a hold was ended, how, and why."""

    at: datetime
    by: str
    kind: ReleaseKind
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One thing on hold, and with it whatever was or will be made of it.

    subject: an EPC or class URI, in canonical form. cause: what it was placed for: the eventID of what was done
    (`cause_of`), the id of a recall. since: when it was placed. detail_zh, detail_en: until when and why. number: its
    own, 0 before it is kept. release: None while it holds.
    """

    subject: str
    reason: str
    cause: str
    since: datetime
    detail_zh: str
    detail_en: str
    by: str
    number: int = 0
    release: HoldRelease | None = None

    @property
    def words(self) -> Rule:
        """Its reason in both languages."""
        return hold_reasons()[self.reason].words


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """That a hold reaches a thing; certain: by certain links alone. Uncertain ones hold all the same."""

    hold: Hold
    certain: bool


DECLARED_ERROR = "declared_error"
"""The reason of holds on what a declaration of error would have set free, until a veterinarian confirms it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """How far everything was judged anew, as a record number, and the holds that were missing."""

    last: int
    placed: tuple[Hold, ...]


def disputed_hold(subject: str, event: str, *, since: datetime, by: str) -> Hold:
    """The hold on a thing that was or would be on hold, were the event of that id not declared wrong."""
    return Hold(
        subject=subject,
        reason=DECLARED_ERROR,
        cause=cause_of(event),
        since=since,
        detail_zh="它由来的一条记录被声明有误，声明上没有兽医证号；兽医用“更正”核实以前不放行",
        detail_en="a record of its origin was declared wrong without a veterinarian's licence number: held until "
        "a veterinarian confirms that by a correction",
        by=by,
    )


def cause_of(event_id: str) -> str:
    """The cause of holds that follow from the event of that id; a digest of an id too long for a cause."""
    return event_id if len(event_id) <= LONGEST_TEXT else f"sha256:{sha256(event_id.encode()).hexdigest()}"


def checked(hold: Hold) -> Hold:
    """The same hold; raises HoldRequestError that names what is missing or cannot be."""
    if hold.reason not in hold_reasons():
        raise HoldRequestError(field="reason", rule=f"one of {', '.join(hold_reasons())} is expected")
    for name, value in (("subject", hold.subject), ("cause", hold.cause), ("by", hold.by)):
        if not value.strip() or len(value) > LONGEST_TEXT:
            raise HoldRequestError(field=name, rule=f"1 to {LONGEST_TEXT} characters are expected")
    return hold


@cache
def hold_reasons() -> Mapping[str, HoldReason]:
    """Every reason by its code."""
    text = files("traceability").joinpath("hold_reasons.csv").read_text(encoding="utf-8")
    return {
        row["reason"]: HoldReason(
            reason=row["reason"],
            origin=HoldOrigin(row["origin"]),
            corrects_cause=row["corrects_cause"] == "yes",
            words=Rule(row["en"], row["zh"]),
        )
        for row in csv.DictReader(text.splitlines())
    }
