"""What traceability keeps: events as captured, products, and the places that may be named in public."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """That something an event says cannot be right.

    rule: which rule of `plausibility_rules.csv` it breaks. path: the member that breaks it, from the event ("$").
    detail: what was compared, with its values.
    """

    rule: str
    path: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedEvent:
    """One EPCIS 2.0 event as it was captured.

    event_id: its eventID (a URI). An error declaration repeats it, so it is not unique by itself.
    epcs: every EPC URI the event names, in whatever role (object, parent, child, input, output).
    document: the event's JSON as captured, byte for byte.
    digest: what an event shares with its repetitions, however they are written; "" where only the bytes are known.
    flags: what is implausible about it; it is kept all the same.
    """

    event_id: str
    event_type: str
    event_time: datetime
    record_time: datetime
    biz_step: str
    epcs: tuple[str, ...]
    document: str
    digest: str = field(default="", compare=False)
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A trade item. net_weight_kg: declared net weight of one pack."""

    gtin: str
    name_zh: str
    name_en: str
    net_weight_kg: Decimal
    storage_zh: str = ""
    storage_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPlace:
    """What anyone may be told of a location (a GLN): nothing that leads to one household.

    name: the agreed public name, "" where none is agreed. village: "" where fewer than five households take part.
    households: how many take part in the place that is named. simulated: the site is a simulation.
    """

    gln: str
    name: str
    county_zh: str
    county_en: str
    township: str
    village: str
    households: int
    simulated: bool
    timezone: str


class ErrorBehaviour(StrEnum):
    """What a capture does where one of its events is in error."""

    ROLLBACK = "rollback"
    PROCEED = "proceed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureError:
    """One event of a capture that was not taken; `type` is one of EPCIS's exceptions."""

    type: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureJob:
    """A document that was handed in, and what became of it.

    owner: login of who handed it in. finished: None while it is still to be done.
    """

    id: str
    owner: str
    created: datetime
    behaviour: ErrorBehaviour
    finished: datetime | None = None
    errors: tuple[CaptureError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedQuery:
    """A query that its owner asks again and again; `parameters` is its JSON."""

    owner: str
    name: str
    parameters: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far the pages of one answer have been read.

    until: the record number of the newest event when the first page was asked for; later ones are not of this answer.
    number, moment: the last event given, and its time where the answer is ordered by one. given: how many so far.
    """

    until: int
    number: int
    moment: datetime | None
    given: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """Some events of an answer; further: where the next page begins, None after the last."""

    events: tuple[CapturedEvent, ...]
    further: Position | None
