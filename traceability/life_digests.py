"""What the events about one animal tell its packs' pages, worked out once and kept.

A digest says by which event it was made: as soon as a later event names the animal, it is no longer current and
nobody is shown it. It holds nothing that events do not hold: no names of places, no products, no recalls, no holds.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Protocol

import msgspec

from observations.identifiers import Identifier
from traceability.context import SENSOR_REPORTING
from traceability.life import Life, life_of
from traceability.model import CapturedEvent
from traceability.recorded import TRANSFORMATION, RecordedEvent, in_order, read_event
from traceability.tally import Note, Tally, note_of, tally_of

LIVING = "/8004/"
"""In the EPC of a living animal (GIAI)."""
MADE_BY = (
    "context.py",
    "daily_summary.py",
    "day_states.csv",
    "day_states.py",
    "life.py",
    "life_digests.py",
    "model.py",
    "recorded.py",
    "tally.py",
)
"""What decides how a digest looks: where one of these changed, digests are made anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeDigest:
    """One animal's life and what was counted of its events.

    life: without its daily records. slaughtered_on: up to which day it was told, None where it was not slaughtered.
    alone: events that name nothing else. shared: the others, one by one. declared: ids of events of its own that were
    declared in error; they are in none of the others. acts: ids of what was done to it, sensors' summaries left out.
    """

    life: Life
    slaughtered_on: date | None
    alone: Tally
    shared: tuple[Note, ...]
    declared: frozenset[str]
    acts: frozenset[str]


class LifeDigests(Protocol):
    """Digests that are kept."""

    def current(self, epcs: Collection[str]) -> Mapping[str, LifeDigest]:
        """The digests of those of these animals that no event has named since they were made."""


class DigestBook(LifeDigests, Protocol):
    """Where digests are kept, and made from the events that are kept beside them."""

    def make(self, epc: str) -> bool:
        """Whether the animal had no current digest and has one now, unless its events cannot be told in one."""

    def animals_told_of(self, after: int, *, limit: int) -> tuple[Sequence[str], int]:
        """Animals whose digest the events behind that number call for, and the number of the last event looked at.

        They are those that were slaughtered, and those whose digest is current no more. At most `limit` events are
        looked at; 0 events are left where the number is the same again.
        """


def digest_of(epc: str, events: Sequence[CapturedEvent]) -> LifeDigest | None:
    """The digest of all events about that animal.

    None where they are no animal's life: none stands, or the animal itself was made of something.
    """
    recorded = [read_event(event) for event in events]
    declared = frozenset(event.captured.event_id for event in recorded if event.body.get("errorDeclaration"))
    standing = in_order(event for event in recorded if event.captured.event_id not in declared)
    if not standing or any(epc in event.names("outputEPCList") for event in recorded):
        return None
    ends = [event.day for event in standing if _consumes(event, epc)]
    slaughtered_on = ends[-1] if ends else None
    alone = [event for event in standing if set(event.captured.epcs) == {epc}]
    shared = [event for event in standing if set(event.captured.epcs) != {epc}]
    return LifeDigest(
        life=without_days(life_of(epc, standing, until=slaughtered_on)),
        slaughtered_on=slaughtered_on,
        alone=tally_of(map(note_of, alone)),
        shared=tuple(map(note_of, shared)),
        declared=declared,
        acts=acts_of(standing),
    )


def acts_of(events: Iterable[RecordedEvent]) -> frozenset[str]:
    """The ids of these events without sensors' summaries, of which there is one a day."""
    return frozenset(event.captured.event_id for event in events if event.captured.biz_step != SENSOR_REPORTING)


def without_days(life: Life) -> Life:
    """The same life without its daily records."""
    return replace(life, daily=())


def packed(digest: LifeDigest) -> bytes:
    """The digest in few bytes (MessagePack)."""
    return msgspec.msgpack.encode(digest, enc_hook=str)


def unpacked(told: bytes) -> LifeDigest:
    """The digest that was packed."""
    return _decoder().decode(told)


@cache
def digest_rules() -> str:
    """Which rules digests are made by: changes with every file that decides how they look."""
    folder = files("traceability")
    return sha256(b"\0".join(folder.joinpath(name).read_bytes() for name in MADE_BY)).hexdigest()[:16]


@cache
def _decoder() -> msgspec.msgpack.Decoder[LifeDigest]:
    return msgspec.msgpack.Decoder(LifeDigest, dec_hook=_identifier)


def _identifier(kind: type, text: object) -> Identifier:
    if issubclass(kind, Identifier):
        return kind.parse(str(text))
    raise TypeError(kind)


def _consumes(event: RecordedEvent, epc: str) -> bool:
    return event.captured.event_type == TRANSFORMATION and epc in event.names("inputEPCList")
