"""The kinds of records of a life, from birth or planting to the counter, and their fields.

Rows of `event_kinds.csv` and `event_fields.csv`: a new kind or field is a row there.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from traceability.context import OWN_STEPS
from traceability.gs1.rules import Rule

EVERY = "*"
OWN = "own "


class Shape(StrEnum):
    """Which EPCIS events a record becomes."""

    OBSERVE = "observe"
    ADD = "add"
    DELETE = "delete"
    WEAR = "wear"
    WEAR_AGAIN = "wear_again"
    SLAUGHTER = "slaughter"
    TRANSFORM = "transform"
    CORRECTION = "correction"


class Guard(StrEnum):
    """What must hold before it may be recorded; hold: nothing it names is on hold."""

    NONE = ""
    SLAUGHTER = "slaughter"
    HARVEST = "harvest"
    HOLD = "hold"


class Whereabouts(StrEnum):
    """Where a record is made: on a farm, in a house that works for many farms, or in either."""

    FARM = "farm"
    HOUSE = "house"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventKind:
    """A kind of record. step: a CBV word or a URI of ours. constants: fields that it always has."""

    kind: str
    subject: str
    whereabouts: Whereabouts
    shape: Shape
    step: str
    disposition: str
    guard: Guard
    constants: Mapping[str, str]
    words: Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class EventField:
    """A field of records. type: how it is read. member: where it goes in the event. unit: UN/CEFACT Rec 20."""

    field: str
    kinds: frozenset[str]
    required: frozenset[str]
    type: str
    member: str
    unit: str
    words: Rule

    def is_of(self, kind: str) -> bool:
        """Whether records of that kind may have it."""
        return EVERY in self.kinds or kind in self.kinds

    def is_required_of(self, kind: str) -> bool:
        """Whether records of that kind must have it."""
        return EVERY in self.required or kind in self.required


@cache
def event_kinds() -> Mapping[str, EventKind]:
    """Every kind by its code."""
    return {
        row["kind"]: EventKind(
            kind=row["kind"],
            subject=row["subject"],
            whereabouts=Whereabouts(row["at"]),
            shape=Shape(row["shape"]),
            step=OWN_STEPS + row["step"].removeprefix(OWN) if row["step"].startswith(OWN) else row["step"],
            disposition=row["disposition"],
            guard=Guard(row["guard"]),
            constants=dict(part.split("=", 1) for part in row["constants"].split(";") if part),
            words=Rule(row["en"], row["zh"]),
        )
        for row in _rows("event_kinds.csv")
    }


@cache
def event_fields() -> Mapping[str, EventField]:
    """Every field by its name."""
    return {
        row["field"]: EventField(
            field=row["field"],
            kinds=frozenset(row["kinds"].split()),
            required=frozenset(row["required"].split()),
            type=row["type"],
            member=row["member"],
            unit=row["unit"],
            words=Rule(row["en"], row["zh"]),
        )
        for row in _rows("event_fields.csv")
    }


def fields_of(kind: str) -> list[EventField]:
    """The fields that records of that kind may have, in the table's order."""
    return [field for field in event_fields().values() if field.is_of(kind)]


def _rows(name: str) -> Sequence[Mapping[str, str]]:
    text = files("traceability.lives").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
