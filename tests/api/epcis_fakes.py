"""Small conforming implementations of the ports of the EPCIS interface, in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from tests.api.fakes import Events
from traceability.epcis.event_facts import facts_of_document
from traceability.epcis.event_queries import EventQuery, OrderBy
from traceability.epcis.subscriptions import Subscription, SubscriptionState
from traceability.errors import QueryTooLargeError
from traceability.model import CapturedEvent, CaptureJob, EventPage, NamedQuery, Position

Numbered = tuple[int, CapturedEvent]


class Queries:
    """EventQueries that walks the list."""

    def __init__(self, events: Events) -> None:
        self._events = events

    def page(
        self, query: EventQuery, *, visible: Collection[str] | None, after: Position | None, limit: int
    ) -> EventPage:
        until = len(self._events.kept) if after is None else after.until
        numbered = [pair for pair in enumerate(self._events.kept, start=1) if pair[0] <= until]
        found = [
            (number, each)
            for number, each in numbered
            if (visible is None or set(visible) & set(each.epcs))
            and query.holds(each, facts_of_document(each.document))
        ]
        if query.most is not None and len(found) > query.most:
            raise QueryTooLargeError(query.most)
        ordered = sorted(found, key=lambda pair: (_moment(query, pair), pair[0]), reverse=query.descending)
        given = 0 if after is None else after.given
        rest = ordered[: query.limit][given:]
        if query.order_by is OrderBy.RECORD and after is not None:
            rest = [pair for pair in ordered if pair[0] > after.number][
                : None if query.limit is None else query.limit - given
            ]
        page = rest[:limit]
        further = None
        if len(rest) > limit:
            further = Position(until=until, number=page[-1][0], moment=page[-1][1].event_time, given=given + len(page))
        return EventPage(events=tuple(each for _, each in page), further=further)

    def newest(self) -> int:
        return len(self._events.kept)

    def number_before(self, moment: datetime) -> int:
        behind = (number for number, each in enumerate(self._events.kept) if each.record_time >= moment)
        return next(behind, self.newest())

    def texts(self, name: str, *, visible: Collection[str] | None, after: str, limit: int) -> Sequence[str]:
        found: set[str] = set()
        for each in self._events.kept:
            if visible is None or set(visible) & set(each.epcs):
                texts = facts_of_document(each.document).texts
                found.update(each.epcs if name == "epc" else {text for fact, text in texts if fact == name})
        return sorted(text for text in found if text > after)[:limit]


class Jobs:
    """CaptureJobs in a dictionary."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self.kept: dict[str, CaptureJob] = {}
        self.bodies: dict[str, bytes] = {}

    def open(self, job: CaptureJob, body: bytes) -> None:
        self.kept[job.id], self.bodies[job.id] = job, body

    def find(self, job: str) -> CaptureJob | None:
        return self.kept.get(job)

    def list(self, owner: str | None, *, after: int, limit: int) -> Sequence[tuple[int, CaptureJob]]:
        numbered = list(enumerate(self.kept.values(), start=1))
        return [pair for pair in numbered if pair[0] > after and owner in {None, pair[1].owner}][:limit]

    def unfinished(self) -> Sequence[str]:
        return [*self.bodies]

    def body(self, job: str) -> bytes | None:
        return self.bodies.get(job)

    def finish(self, job: CaptureJob, events: Sequence[CapturedEvent]) -> None:
        if self.bodies.pop(job.id, None) is not None:
            self.kept[job.id] = job
            self._events.capture(events)


class Named:
    """NamedQueries in a dictionary."""

    def __init__(self, subscribed: "Subscribed") -> None:
        self._subscribed = subscribed
        self.kept: dict[tuple[str, str], NamedQuery] = {}

    def add(self, query: NamedQuery) -> bool:
        return self.kept.setdefault((query.owner, query.name), query) is query

    def find(self, owner: str, name: str) -> NamedQuery | None:
        return self.kept.get((owner, name))

    def list(self, owner: str, *, after: str, limit: int) -> Sequence[NamedQuery]:
        return sorted(
            (each for each in self.kept.values() if each.owner == owner and each.name > after),
            key=lambda each: each.name,
        )[:limit]

    def remove(self, owner: str, name: str) -> bool:
        for each in self._subscribed.list(owner, query=name, after="", limit=999):
            self._subscribed.remove(each.id)
        return self.kept.pop((owner, name), None) is not None


class Subscribed:
    """Subscriptions in a dictionary; unread: ids of those whose secret cannot be read."""

    def __init__(self) -> None:
        self.kept: dict[str, Subscription] = {}
        self.unread: set[str] = set()

    def add(self, subscription: Subscription) -> bool:
        return self.kept.setdefault(subscription.id, subscription) is subscription

    def find(self, subscription: str) -> Subscription | None:
        return self.kept.get(subscription)

    def list(self, owner: str | None, *, query: str | None, after: str, limit: int) -> Sequence[Subscription]:
        ordered = sorted(self.kept.values(), key=lambda each: each.id)
        return [
            each for each in ordered if each.id > after and owner in {None, each.owner} and query in {None, each.query}
        ][:limit]

    def due(self, at: datetime, *, newest: int) -> Sequence[Subscription]:
        return [
            each
            for each in sorted(self.kept.values(), key=lambda each: (each.progress.due, each.id))
            if (each.state is SubscriptionState.ACTIVE or each.id in self.unread)
            and each.progress.due <= at
            and (each.asked.schedule is not None or each.progress.batch_until or each.progress.cursor < newest)
        ]

    def change(self, before: Subscription, after: Subscription) -> Subscription | None:
        now = self.kept.get(before.id)
        if now is None or now.version != before.version:
            return None
        self.kept[before.id] = replace(after, version=before.version + 1)
        return self.kept[before.id]

    def remove(self, subscription: str) -> bool:
        return self.kept.pop(subscription, None) is not None


def _moment(query: EventQuery, pair: Numbered) -> float:
    if query.order_by is OrderBy.RECORD:
        return 0.0
    moment = pair[1].event_time if query.order_by is OrderBy.EVENT_TIME else pair[1].record_time
    return moment.timestamp()
