"""What can be counted of events without keeping them: how many, recorded where and how late, and whether one recalls.

A note is one event as far as it is counted. Notes of events that name several things are kept one by one, so that an
event found on several ways counts once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b

from traceability.context import SENSOR_REPORTING
from traceability.model import CapturedEvent
from traceability.recorded import RecordedEvent

SAME_DAY = timedelta(hours=24)
"""An entry made within so long counts as made at once."""
KEY_BYTES = 12
"""Of some thousand events of one pack no two fall together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One event; place: the GLN it happened at, "" where it names none. lag: between it and its record."""

    key: str
    place: str
    lag: timedelta
    by_tag: bool
    recalls: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Some events, counted.

    by_tag: daily summaries of sensors; by_place: all others, by GLN. places: every GLN that one of them names.
    longest_lag: None where there is no event. recalls: one of them gives the disposition "recalled".
    """

    events: int = 0
    at_once: int = 0
    longest_lag: timedelta | None = None
    by_tag: int = 0
    by_place: Mapping[str, int] = field(default_factory=dict)
    places: frozenset[str] = frozenset()
    recalls: bool = False


def event_key(event: CapturedEvent) -> tuple[str, str]:
    """What an event and its repetitions share, and no other event."""
    return event.event_id, event.digest or event.document


def note_of(event: RecordedEvent) -> Note:
    """The event's note."""
    event_id, content = event_key(event.captured)
    return Note(
        key=blake2b(f"{event_id}\n{content}".encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).hexdigest(),
        place=event.place or "",
        lag=event.recorded_after,
        by_tag=event.captured.biz_step == SENSOR_REPORTING,
        recalls="recalled" in event.dispositions,
    )


def tally_of(notes: Iterable[Note]) -> Tally:
    """These notes, each counted."""
    told = list(notes)
    return Tally(
        events=len(told),
        at_once=sum(note.lag <= SAME_DAY for note in told),
        longest_lag=max((note.lag for note in told), default=None),
        by_tag=sum(note.by_tag for note in told),
        by_place=dict(Counter(note.place for note in told if not note.by_tag)),
        places=frozenset(note.place for note in told if note.place),
        recalls=any(note.recalls for note in told),
    )


def added_up(tallies: Iterable[Tally]) -> Tally:
    """All of them in one; no event may be in two."""
    told = list(tallies)
    by_place: Counter[str] = Counter()
    for tally in told:
        by_place.update(tally.by_place)
    return Tally(
        events=sum(tally.events for tally in told),
        at_once=sum(tally.at_once for tally in told),
        longest_lag=max((tally.longest_lag for tally in told if tally.longest_lag is not None), default=None),
        by_tag=sum(tally.by_tag for tally in told),
        by_place=dict(by_place),
        places=frozenset().union(*(tally.places for tally in told)),
        recalls=any(tally.recalls for tally in told),
    )
