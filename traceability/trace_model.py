"""The trace graph: which thing became, held or stood for which, when, and how surely.

Between things stand steps (one transformation) and batches (what one event of it made of one lot), so that a mince of
many inputs and many packs needs as many links as it has things, not their product.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

FIRST_US, LAST_US = -(2**62), 2**62
"""Bounds of what is not bound to a time."""
STEP, BATCH = "step ", "batch "
"""Beginnings of names that are no URI: no thing can have them."""


class LinkKind(IntEnum):
    """What a link says of its source and its target.

    HELD, WORN, LOT and WORN_LAST hold from `since_us` until `until_us`, and what is linked on then is found through
    their target. The kind one above each of the first three is its way back into what it held: it is taken only from a
    thing that is itself traced, not from one that merely held something traced.
    """

    CONSUMED = 1
    MADE = 2
    HELD = 3
    HOLDS = 4
    WORN = 5
    WORN_BY = 6
    LOT = 7
    LOT_OF = 8
    WORN_LAST = 9


KEEPING = frozenset({LinkKind.HELD, LinkKind.WORN, LinkKind.LOT, LinkKind.WORN_LAST})
INTO = frozenset({LinkKind.HOLDS, LinkKind.WORN_BY, LinkKind.LOT_OF})


class Mode(IntEnum):
    """What of the target is traced when a link leads to it: itself, all that it stands for, or one of many in it."""

    ITSELF = 0
    CONTENT = 1
    AMONG = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of the graph, along which material goes from source to target.

    certain: what was in the source is certainly in the target. certain_among: also where it was one of many in the
    source. since, until: closed at both ends.
    """

    source: str
    target: str
    kind: LinkKind
    mode: Mode = Mode.ITSELF
    certain: bool = True
    certain_among: bool = True
    since_us: int = FIRST_US
    until_us: int = LAST_US


class ThingKind(StrEnum):
    """What a name stands for."""

    ANIMAL = "animal"
    ITEM = "item"
    LOT = "lot"
    LOGISTIC_UNIT = "logistic_unit"
    OTHER = "other"
    STEP = "step"


_KINDS: Mapping[str, ThingKind] = {
    "/8004/": ThingKind.ANIMAL,
    "/00/": ThingKind.LOGISTIC_UNIT,
    "/21/": ThingKind.ITEM,
    "/10/": ThingKind.LOT,
}


def kind_of(name: str) -> ThingKind:
    """The kind of thing that a canonical URI names; a tag that has a GIAI of its own counts as OTHER."""
    if name.startswith((STEP, BATCH)):
        return ThingKind.STEP
    kind = next((kind for part, kind in _KINDS.items() if part in name), ThingKind.OTHER)
    if kind is ThingKind.ANIMAL and not name.rpartition("/")[2].isdecimal():
        return ThingKind.OTHER
    return kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """Things that were found, without those from which the search began.

    certain, possible: no thing is in both; what is certain is found by certain links alone.
    steps: the names of the steps between them.
    """

    certain: frozenset[str]
    possible: frozenset[str]
    steps: frozenset[str] = frozenset()

    @property
    def everything(self) -> frozenset[str]:
        """Certain and possible together: what a recall must reach."""
        return self.certain | self.possible
