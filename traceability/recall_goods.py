"""The goods of a recall: what of its scope still is somewhere, how heavy, who has it, and what became of it.

A pig that was slaughtered and a carcass that was cut are goods no more; what they became is. A box is where its
content is; a lot is its packs, where they have serials.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

from traceability.errors import RecallRequestError
from traceability.gs1.rules import Rule
from traceability.recalls import LONGEST_TEXT, Scope, is_keepable
from traceability.yields import rows_of


class Outcome(StrEnum):
    """What became of a recalled thing."""

    DESTROYED = "destroyed"
    RETURNED = "returned"
    FOUND = "found"
    SOLD = "sold"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """An outcome in words; by_hand: people may say it. accounted: nobody can eat it any more."""

    outcome: Outcome
    by_hand: bool
    accounted: bool
    words: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """Somebody's word on what became of a recalled thing."""

    thing: str
    outcome: Outcome
    at: datetime
    actor: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Good:
    """One recalled thing that still is somewhere.

    kg: None where no weight is on record. holder: the GLN of who had it last, "" where no record says. since: of that
    record.
    """

    thing: str
    certain: bool
    kg: float | None
    holder: str
    since: datetime | None
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many goods; known_kg: of those that have a weight on record, unweighed: how many have none."""

    count: int
    known_kg: float
    unweighed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The goods of a scope; used_up: how many things in it became others."""

    goods: tuple[Good, ...]
    used_up: int

    def share(self, *, certain: bool | None = None, outcome: Outcome | None = None, holder: str | None = None) -> Share:
        """The goods of which all this holds."""
        return share_of(
            good
            for good in self.goods
            if certain in {None, good.certain} and outcome in {None, good.outcome} and holder in {None, good.holder}
        )

    def holders(self) -> list[str]:
        """Who has goods, those with the most first; "" stands for nobody knows who."""
        return [holder for holder, _ in Counter(good.holder for good in self.goods).most_common()]


def share_of(goods: Iterable[Good]) -> Share:
    """How many they are and what they weigh."""
    goods = list(goods)
    known = [good.kg for good in goods if good.kg is not None]
    return Share(count=len(goods), known_kg=sum(known, 0.0), unweighed=len(goods) - len(known))


def recovered(
    things: Iterable[str], outcome: str, *, scope: Scope, at: datetime, actor: str, note: str
) -> list[Recovery]:
    """Somebody's word on these things; raises RecallRequestError where they are not recalled or cannot be said so."""
    allowed = [row.outcome for row in outcome_rows().values() if row.by_hand]
    if outcome not in allowed:
        raise RecallRequestError(field="outcome", rule=f"one of {', '.join(allowed)} is expected")
    if len(note) > LONGEST_TEXT or not is_keepable(note):
        raise RecallRequestError(field="note", rule=f"at most {LONGEST_TEXT} characters, all of which can be kept")
    named = list(dict.fromkeys(things))
    foreign = next((thing for thing in named if thing not in scope.certain | scope.possible), None)
    if foreign is not None:
        raise RecallRequestError(field="things", rule=f"{foreign[:200]} is not in this recall")
    if not named:
        raise RecallRequestError(field="things", rule="name at least one thing, one URI a line")
    return [Recovery(thing=thing, outcome=Outcome(outcome), at=at, actor=actor, note=note) for thing in named]


@cache
def outcome_rows() -> Mapping[Outcome, OutcomeRow]:
    """Every outcome with its words, in the order of reports."""
    return {
        Outcome(row["outcome"]): OutcomeRow(
            outcome=Outcome(row["outcome"]),
            by_hand=row["by_hand"] == "true",
            accounted=row["accounted"] == "true",
            words=Rule(row["en"], row["zh"]),
        )
        for row in rows_of("recall_outcomes.csv")
    }
