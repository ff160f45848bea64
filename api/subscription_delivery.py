"""What one subscription gets next: found, fixed, sent, and noted down.

The part that is sent is fixed durably before the first attempt, so that after a crash the same events come under the
same number; the cursor moves once the subscriber has taken them. Record numbers rise in the order in which events
become visible, so no event is ever behind the cursor unseen.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus

from api.access import Viewer
from api.named_query import query_of
from api.rest.epcis_documents import json_bytes, query_document
from api.rest.epcis_events import visible_epcs
from api.rest.epcis_headers import HEADERS
from api.services import Services
from api.webhook_post import Answer, Post
from households.model import User
from traceability.epcis.event_queries import EventQuery
from traceability.epcis.subscriptions import (
    LEASE,
    Outcome,
    Progress,
    Subscription,
    SubscriptionState,
    in_smaller_parts,
    passed_over,
    refused,
    signature,
    taken,
)
from traceability.errors import QueryError
from traceability.model import CapturedEvent, EventPage, Position

DELIVERY = "Tiantou-Delivery"
SIGNATURE = "GS1-Signature"
MOST_BYTES = 1024 * 1024
"""Of the events of one part, unless a single one is larger."""
REMEMBERED = 1_000
"""So many events may be passed over before the cursor is moved durably: nobody misses them after a crash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is sent at once: everything up to that record number."""

    events: tuple[CapturedEvent, ...]
    until: int


class Deliveries:
    """Serves subscriptions, each by one thread at a time.

    chance: a number from 0 to 1, different each time. patience: so long nobody may take anything before it is given up.
    """

    def __init__(
        self,
        services: Services,
        post: Post,
        *,
        chance: Callable[[], float],
        patience: timedelta,
        lease: timedelta = LEASE,
    ) -> None:
        self._services, self._post, self._chance = services, post, chance
        self._patience, self._lease = patience, lease
        self._passed: dict[tuple[str, int], int] = {}
        self._sights = Sights(services)

    def serve(self, subscription: Subscription) -> Subscription | None:
        """One part is sent and what became of it is durable; the subscription where more may follow at once."""
        services, now = self._services, self._services.now()
        user = services.accounts.find_user(subscription.owner)
        named = services.named_queries.find(subscription.owner, subscription.query)
        if named is None:
            return None  # removed this very moment, and the subscription with it
        if user is None:
            self._end(subscription, SubscriptionState.WITHDRAWN, "who subscribed has no account any more")
            return None
        try:
            query = _since(query_of(json.loads(named.parameters)), subscription.asked.since)
        except QueryError as error:  # named by an earlier version, which knew other parameters
            self._end(subscription, SubscriptionState.GIVEN_UP, str(error))
            return None
        visible = self._sights.of(user, now)
        fixed = self._fixed(subscription, query, visible, now)
        if fixed is None:
            return None
        held, part = fixed
        if not part.events and not held.asked.report_if_empty:
            # Granted when the part was fixed, and not any more.
            return self._note(held, passed_over(held, at=now, reached=part.until))
        return self._settle(held, part, self._sent(held, part))

    def _fixed(
        self, subscription: Subscription, query: EventQuery, visible: set[str] | None, now: datetime
    ) -> tuple[Subscription, Part] | None:
        """What is to be sent, durably fixed and leased; None where there is nothing, or another is at it."""
        progress = subscription.progress
        until = progress.batch_until
        if until is None:
            found = self._next_part(subscription, query, visible)
            if found is None:
                return None
            until, run_until = found
            progress = replace(progress, batch_until=until, run_until=run_until)
        leased = replace(subscription, progress=replace(progress, due=now + self._lease))
        held = self._services.subscriptions.change(subscription, leased)
        self._passed.pop((subscription.id, subscription.version), None)
        if held is None:
            return None
        page = self._page(query, visible, progress, until, progress.at_once)
        return held, Part(events=page.events, until=until)

    def _next_part(
        self, subscription: Subscription, query: EventQuery, visible: set[str] | None
    ) -> tuple[int, int | None] | None:
        """How far the next part and, for a schedule, this run reach; None where nothing is to be told."""
        progress, scheduled = subscription.progress, subscription.asked.schedule is not None
        passed = max(progress.cursor, self._passed.get((subscription.id, subscription.version), 0))
        newest = progress.run_until or self._services.event_queries.newest()
        if newest > passed:
            beyond = replace(progress, cursor=passed)
            page = self._page(query, visible, beyond, newest, progress.at_once)
            few = _that_fit(page.events)
            if few < len(page.events):
                page = self._page(query, visible, beyond, newest, few)
            if page.events:
                until = newest if page.further is None else page.further.number
                return until, newest if scheduled else None
        if scheduled and subscription.asked.report_if_empty:
            return newest, newest
        self._pass_over(subscription, newest)
        return None

    def _page(
        self, query: EventQuery, visible: set[str] | None, progress: Progress, until: int, limit: int
    ) -> EventPage:
        after = Position(until=until, number=progress.cursor, moment=None, given=0)
        return self._services.event_queries.page(query, visible=visible, after=after, limit=limit)

    def _pass_over(self, subscription: Subscription, newest: int) -> None:
        """The subscription goes on behind that number; durably where it is far enough, or a schedule's run ends."""
        key = (subscription.id, subscription.version)
        self._passed[key] = newest
        if subscription.asked.schedule is not None or newest - subscription.progress.cursor >= REMEMBERED:
            del self._passed[key]
            self._note(subscription, passed_over(subscription, at=self._services.now(), reached=newest))

    def _sent(self, subscription: Subscription, part: Part) -> Answer:
        now, asked = self._services.now(), subscription.asked
        document = query_document(part.events, now=now, name=subscription.query, subscription=subscription.id)
        body = json_bytes(document)
        headers = {**HEADERS, "Content-Type": "application/json", DELIVERY: subscription.delivery}
        if asked.token:
            headers[SIGNATURE] = signature(asked.token, delivery=subscription.delivery, at=now, body=body)
        return self._post(asked.dest, body, headers)

    def _settle(self, held: Subscription, part: Part, answer: Answer) -> Subscription | None:
        now, progress = self._services.now(), held.progress
        if answer.broken_off:
            return self._note(held, replace(progress, due=now))
        outcome = outcome_of(answer, events=len(part.events))
        if outcome is Outcome.GONE:
            self._end(held, SubscriptionState.GIVEN_UP, answer.why)
            return None
        if outcome is Outcome.TAKEN:
            further = progress.run_until is not None and part.until < progress.run_until
            return self._note(held, taken(held, at=now, reached=part.until, further=further))
        if outcome is Outcome.TOO_LARGE:
            return self._note(held, in_smaller_parts(progress, at=now, sent=len(part.events)))
        failed = refused(progress, at=now, why=answer.why, chance=self._chance())
        if now - (failed.failing_since or now) >= self._patience:
            self._end(replace(held, progress=failed), SubscriptionState.GIVEN_UP, answer.why)
        else:
            self._note(held, failed)
        return None

    def _note(self, subscription: Subscription, progress: Progress) -> Subscription | None:
        """The subscription where its progress is durable and more is due; None where it was changed meanwhile."""
        kept = self._services.subscriptions.change(subscription, replace(subscription, progress=progress))
        return kept if kept is not None and kept.progress.due <= self._services.now() else None

    def _end(self, subscription: Subscription, state: SubscriptionState, why: str) -> None:
        ended = replace(subscription, state=state, progress=replace(subscription.progress, why=why))
        self._services.subscriptions.change(subscription, ended)


class Sights:
    """What each subscriber may see, looked up anew when anything changed that decides it."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._kept: dict[str, tuple[int, datetime, set[str] | None]] = {}

    def of(self, user: User, now: datetime) -> set[str] | None:
        """The EPCs of which one must be in an event the user may see; None where every event may be seen."""
        # Read before the records are: a change in between is met again at the next look.
        revision = self._services.access_revision()
        kept = self._kept.get(user.login)
        if kept is not None and kept[0] == revision and now < kept[1]:
            return kept[2]
        viewer = Viewer(
            services=self._services, user=user, token="", now=now, recognised_until=now + timedelta(hours=1)
        )
        visible = visible_epcs(viewer)
        self._kept[user.login] = (revision, viewer.seen_until, visible)
        return visible


def outcome_of(answer: Answer, *, events: int) -> Outcome:
    """What the answer means for the subscription."""
    if not answer.why:
        return Outcome.TAKEN
    if answer.status == HTTPStatus.GONE:
        return Outcome.GONE
    smaller = answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and events > 1
    return Outcome.TOO_LARGE if smaller else Outcome.FAILED


def _since(query: EventQuery, since: datetime | None) -> EventQuery:
    own = query.record_time.since
    if since is None or (own is not None and own >= since):
        return query
    return replace(query, record_time=replace(query.record_time, since=since))


def _that_fit(events: tuple[CapturedEvent, ...]) -> int:
    size = 0
    for count, event in enumerate(events):
        size += len(event.document.encode())
        if size > MOST_BYTES:
            return max(1, count)
    return len(events)
