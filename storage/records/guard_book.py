"""What guards judge by, in SQL, and the holds that follow from captured events."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from storage.records.event_rows import event_of, indexed
from storage.records.hold_tables import holds
from storage.records.holds import hold_of, place_holds, release_holds
from storage.records.places import facility_of
from storage.records.tables import event_texts, events, facilities, farms, trace_links, trace_things
from storage.records.trace_rows import known_things, thing_name
from storage.records.transactions import Repository, among
from traceability.context import NAMESPACE, SENSOR_REPORTING
from traceability.epcis.event_facts import EPOCH
from traceability.epcis.event_terms import plain_text
from traceability.evidence import Evidence, evidence_of, standing
from traceability.facilities import Facility
from traceability.gs1.epc_uris import canonical_uri
from traceability.guard_evidence import is_pig
from traceability.guards import findings, holders_of, matters, subjects_of
from traceability.holds import GUARDS, Hold, HoldOrigin, HoldRelease, ReleaseKind, disputed_hold, hold_reasons
from traceability.model import CapturedEvent
from traceability.product_uses import Block
from traceability.recorded import RecordedEvent, read_event
from traceability.trace_members import MICROSECOND
from traceability.trace_model import FIRST_US, LAST_US, LinkKind

_NAMING = ("epc", "epcClass", "inputEPC", "inputEPCClass", "outputEPC", "outputEPCClass", "parentID")
_NUMBER = f"ext {{{NAMESPACE}}}certificateNumber"
_DEEPEST = 3
"""A tag, a crate, a lorry: what an animal is in goes no deeper."""
_FOLLOWING = frozenset(reason for reason, row in hold_reasons().items() if row.origin is HoldOrigin.EVENTS)
_NO_DISPUTES: Mapping[str, Collection[str]] = {}

Span = tuple[int, int]


class SqlGuardBook(Repository):
    """`traceability.ports.GuardBook`."""

    def evidence(self, subjects: Collection[str]) -> Mapping[str, Evidence]:
        """Of each subject, an animal or a lot by canonical URI, every event about it, without sensors' summaries."""
        with self._transactions.reading() as connection:
            return _Book(connection).evidence(subjects)

    def facility(self, gln: str) -> Facility | None:
        """The slaughterhouse or packing house of that GLN."""
        with self._transactions.reading() as connection:
            return _Book(connection).facility(gln)

    def zone(self, gln: str) -> str | None:
        """The IANA time zone of the farm or facility of that GLN."""
        with self._transactions.reading() as connection:
            return _Book(connection).zone(gln)

    def animals_in(self, things: Collection[str], *, at: datetime | None) -> frozenset[str]:
        """The pigs that these things held or stood for then; whenever where at is None."""
        with self._transactions.reading() as connection:
            return _Book(connection).animals_in(things, at=at)

    def on_certificate(self, number: str) -> frozenset[str]:
        """The canonical URIs of all animals that certificates of that number name."""
        with self._transactions.reading() as connection:
            return _Book(connection).on_certificate(number)


def judge_events(
    connection: Connection,
    new: Mapping[int, CapturedEvent],
    *,
    disputed: Mapping[str, Collection[str]] = _NO_DISPUTES,
    at: datetime | None = None,
) -> list[Hold]:
    """The holds that follow from events on all that these events are about are those that the records now support.

    disputed: what is to be judged besides, each with the events about it that were declared wrong and not confirmed:
    a hold that they alone would end is followed by one for each of them. at: when it is judged, None: as the events
    were captured. Returns the holds that are new.
    """
    told = [read_event(event) for event in new.values() if event.biz_step != SENSOR_REPORTING]
    subjects = {subject for event in told if matters(event) for subject in subjects_of(event)}
    book = _Book(connection)
    subjects |= book.animals_about([event for event in told if matters(event)]) | disputed.keys()
    if not subjects:
        return []
    at = at or max(event.record_time for event in new.values())
    standing = _standing(connection, subjects)
    over: list[int] = []
    missing: list[Hold] = []
    for subject, evidence in book.evidence(subjects).items():
        wanted = {(block.reason, block.cause): block for block in findings(evidence, book)}
        there = {(hold.reason, hold.cause): hold for hold in standing.get(subject, ())}
        ended = [hold.number for key, hold in there.items() if key not in wanted]
        over += ended
        causes = disputed.get(subject, ()) if ended else ()
        missing += [disputed_hold(subject, cause, since=at, by=GUARDS) for cause in sorted(causes)]
        missing += [_hold(subject, block, at) for key, block in wanted.items() if key not in there]
    why = "the records now say otherwise"
    release_holds(connection, over, HoldRelease(at=at, by=GUARDS, kind=ReleaseKind.CORRECTION, why=why))
    return place_holds(connection, missing)


def animals_about(connection: Connection, told: Sequence[RecordedEvent]) -> frozenset[str]:
    """The pigs in what these events name, while the events were."""
    return _Book(connection).animals_about(told)


def evidence_now(connection: Connection, subjects: Collection[str]) -> Mapping[str, Evidence]:
    """Of each subject every event about it, as the transaction sees it."""
    return _Book(connection).evidence(subjects)


def _hold(subject: str, block: Block, at: datetime) -> Hold:
    return Hold(
        subject=subject,
        reason=block.reason,
        cause=block.cause,
        since=at,
        detail_zh=block.zh,
        detail_en=block.en,
        by=GUARDS,
    )


def _standing(connection: Connection, subjects: Collection[str]) -> dict[str, list[Hold]]:
    """The open holds that follow from events, by subject."""
    found: dict[str, list[Hold]] = {}
    things = known_things(connection, [thing_name(subject) for subject in subjects])
    query = select(holds).where(holds.c.released_at.is_(None), holds.c.reason.in_(sorted(_FOLLOWING)))
    for row in connection.execute(query.where(among(connection, holds.c.thing, things.values()))):
        found.setdefault(row.subject, []).append(hold_of(row))
    return found


class _Book:
    """What guards judge by, within one transaction; places are looked up once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._facilities: dict[str, Facility | None] = {}
        self._zones: dict[str, str | None] = {}

    def evidence(self, subjects: Collection[str]) -> Mapping[str, Evidence]:
        """Of each subject every event about it, or about what it was in or wore meanwhile."""
        spans = self._spans(subjects)
        told = self._naming({name for names in spans.values() for name in names})
        declaring = self._declaring({event.event_id for events in told.values() for event in events.values()})
        found: dict[str, Evidence] = {}
        for subject, names in spans.items():
            about = {
                number: event
                for name, (since, until) in names.items()
                for number, event in told.get(name, {}).items()
                if since <= _us(event) <= until
            }
            # A declaration may name other things than the event it takes back.
            about |= {number: each for event in [*about.values()] for number, each in declaring.get(event.event_id, ())}
            ordered = [about[number] for number in sorted(about)]
            found[subject] = evidence_of(subject, ordered, frozenset(names))
        return found

    def facility(self, gln: str) -> Facility | None:
        """The slaughterhouse or packing house of that GLN."""
        if gln not in self._facilities:
            row = self._connection.execute(select(facilities).where(facilities.c.gln == gln)).first()
            self._facilities[gln] = None if row is None else facility_of(row)
        return self._facilities[gln]

    def zone(self, gln: str) -> str | None:
        """The IANA time zone of the farm or facility of that GLN."""
        if gln not in self._zones:
            zone = self._connection.scalar(select(farms.c.timezone).where(farms.c.gln == gln))
            house = self.facility(gln) if zone is None else None
            self._zones[gln] = zone if house is None else house.timezone
        return self._zones[gln]

    def animals_in(self, things: Collection[str], *, at: datetime | None) -> frozenset[str]:
        """The pigs that these things held or stood for then; whenever where at is None."""
        moment = None if at is None else (at - EPOCH) // MICROSECOND
        return self._animals_in(things, FIRST_US if moment is None else moment, LAST_US if moment is None else moment)

    def animals_about(self, told: Sequence[RecordedEvent]) -> frozenset[str]:
        """The pigs in what these events name, while the events were: a crate may have held thousands before."""
        times = [_us(event.captured) for event in told]
        things = {name for event in told for name in holders_of(event)}
        return self._animals_in(things, min(times), max(times)) if things else frozenset()

    def _animals_in(self, things: Collection[str], first: int, last: int) -> frozenset[str]:
        found, frontier = set[str](), set(things)
        for _ in range(_DEEPEST):
            frontier = self._inside(frontier, first, last) - found
            found |= frontier
        return frozenset(filter(is_pig, found))

    def _inside(self, names: Collection[str], first: int, last: int) -> set[str]:
        """What these things themselves held, or whom they were worn by, at some time from first to last."""
        known = known_things(self._connection, map(thing_name, names)) if names else {}
        if not known:
            return set()
        query = select(trace_things.c.name).join(trace_links, trace_links.c.source == trace_things.c.number)
        query = query.where(trace_links.c.kind.in_([int(LinkKind.HELD), int(LinkKind.WORN)]))
        query = query.where(trace_links.c.since_us <= last, trace_links.c.until_us >= first)
        inside = among(self._connection, trace_links.c.target, known.values())
        return set(self._connection.scalars(query.where(inside)))

    def on_certificate(self, number: str) -> frozenset[str]:
        """The animals that certificates of that number name."""
        texts = sorted({indexed(number), indexed(plain_text(number))})
        stating = select(event_texts.c.event).where(
            event_texts.c.name == indexed(_NUMBER), event_texts.c.text.in_(texts)
        )
        rows = self._connection.execute(select(events).where(events.c.number.in_(stating)))
        told = standing([read_event(event_of(row)) for row in rows])
        return frozenset(filter(is_pig, (canonical_uri(epc) for event in told for epc in event.captured.epcs)))

    def _spans(self, subjects: Collection[str]) -> dict[str, dict[str, Span]]:
        """The names by which events may mean each subject, and from when to when they do (microseconds)."""
        spans: dict[str, dict[str, Span]] = {subject: {subject: (FIRST_US, LAST_US)} for subject in subjects}
        frontier = {subject: {subject: (FIRST_US, LAST_US)} for subject in subjects if is_pig(subject)}
        for _ in range(_DEEPEST):
            around = self._around({name for names in frontier.values() for name in names})
            deeper: dict[str, dict[str, Span]] = {}
            for subject, names in frontier.items():
                for name, (since, until) in names.items():
                    for target, first, last in around.get(name, ()):
                        span = max(since, first), min(until, last)
                        if span[0] <= span[1] and target not in spans[subject]:
                            deeper.setdefault(subject, {})[target] = span
            for subject, names in deeper.items():
                spans[subject].update(names)
            frontier = deeper
        return spans

    def _around(self, names: Collection[str]) -> dict[str, list[tuple[str, int, int]]]:
        """What each thing was in or wore, and when."""
        known = known_things(self._connection, map(thing_name, names)) if names else {}
        name_of = {number: name for name, number in known.items()}
        query = select(trace_links.c.source, trace_things.c.name, trace_links.c.since_us, trace_links.c.until_us)
        query = query.join(trace_things, trace_things.c.number == trace_links.c.target)
        query = query.where(trace_links.c.kind.in_([int(LinkKind.HELD), int(LinkKind.WORN)]))
        found: dict[str, list[tuple[str, int, int]]] = {}
        if not known:
            return found
        for row in self._connection.execute(query.where(among(self._connection, trace_links.c.source, name_of))):
            found.setdefault(name_of[row.source], []).append((row.name, row.since_us, row.until_us))
        return found

    def _naming(self, names: Iterable[str]) -> dict[str, dict[int, CapturedEvent]]:
        """The events that name each of these, by number, without sensors' summaries."""
        name_of = {indexed(name): name for name in names}
        query = select(event_texts.c.text, events).join(events, events.c.number == event_texts.c.event)
        query = query.where(event_texts.c.name.in_(_NAMING), events.c.biz_step != SENSOR_REPORTING)
        found: dict[str, dict[int, CapturedEvent]] = {}
        for row in self._connection.execute(query.where(among(self._connection, event_texts.c.text, name_of))):
            found.setdefault(name_of[row.text], {})[row.number] = event_of(row)
        return found

    def _declaring(self, ids: Collection[str]) -> dict[str, list[tuple[int, CapturedEvent]]]:
        """The declarations that one of these events was wrong, with their numbers, by eventID."""
        declared = event_texts.c.event == events.c.number
        query = select(events).join(event_texts, declared).where(event_texts.c.name == "errorDeclaration")
        found: dict[str, list[tuple[int, CapturedEvent]]] = {}
        for row in self._connection.execute(query.where(among(self._connection, events.c.event_id, ids))):
            found.setdefault(row.event_id, []).append((row.number, event_of(row)))
        return found


def _us(event: CapturedEvent) -> int:
    return (event.event_time - EPOCH) // MICROSECOND
