"""Subscriptions to named queries: what is asked, how far it was told, and what follows from success and failure.

Source: EPCIS 2.0 section 8.2.5 (subscriptions) and 12 (REST binding). A subscriber gets every event at least once, in
the order the events were captured; what is sent has a number that stays the same when it is sent again.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from traceability.epcis.event_queries import EventQuery, OrderBy
from traceability.epcis.event_types import instant, is_uri
from traceability.epcis.schedules import Schedule
from traceability.errors import SubscriptionError

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)
LEASE = timedelta(seconds=60)
"""Longer than any attempt takes: whoever began it is no longer at it, even where another process has died."""
MOST_EVENTS_AT_ONCE = 100
LONGEST_TOKEN, LONGEST_DEST = 500, 2000

_FIELDS = {"dest", "signatureToken", "initialRecordTime", "reportIfEmpty", "schedule", "stream", "@context"}


class SubscriptionState(StrEnum):
    """Whether a subscription is served."""

    ACTIVE = "active"
    PAUSED = "paused"  # by its owner or an operator
    GIVEN_UP = "given_up"  # nobody took what was sent, for days
    WITHDRAWN = "withdrawn"  # who subscribed has no account any more


class Outcome(StrEnum):
    """What became of an attempt."""

    TAKEN = "taken"
    TOO_LARGE = "too_large"  # 413: the same events are to come in smaller parts
    GONE = "gone"  # 410: nothing may come any more
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionRequest:
    """What a subscriber asks for.

    token: the secret that signs, "" for none. schedule: None for a stream. since: initialRecordTime.
    """

    dest: str
    token: str
    schedule: Mapping[str, str] | None
    report_if_empty: bool
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a subscriber was told.

    cursor: record number of the last event that was taken or passed over. run_until: how far the present run of a
    schedule reaches, None between runs. batch_until: the last event of what is being sent, fixed before the first try.
    at_once: so many events at most. number: of what is sent next. due: nothing happens before.
    why: what was wrong last.
    """

    cursor: int
    due: datetime
    run_until: int | None = None
    batch_until: int | None = None
    at_once: int = MOST_EVENTS_AT_ONCE
    number: int = 1
    failures: int = 0
    failing_since: datetime | None = None
    last_notified: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription as it is kept. version: changes with every change."""

    id: str
    owner: str
    query: str
    asked: SubscriptionRequest
    created: datetime
    state: SubscriptionState
    progress: Progress
    version: int = 0

    @property
    def delivery(self) -> str:
        """The id of what is sent next, however often it is sent."""
        return f"{self.id}-{self.progress.number}"


def read_request(value: Mapping[str, Any]) -> SubscriptionRequest:
    """What the body of a subscription asks for; raises SubscriptionError. Where `dest` leads to is not looked at."""
    unknown = sorted(set(value) - _FIELDS)
    if unknown:
        raise SubscriptionError(unknown[0], f"no member of a subscription; {', '.join(sorted(_FIELDS))} are known")
    schedule, stream = value.get("schedule"), value.get("stream")
    if (schedule is None) == (stream is None):
        raise SubscriptionError(field="schedule", rule="either a schedule or stream: true is expected, not both")
    if stream is not None and stream is not True:
        raise SubscriptionError(field="stream", rule="true is expected; leave it out and give a schedule otherwise")
    if schedule is not None:
        if not isinstance(schedule, dict):
            raise SubscriptionError(field="schedule", rule="an object is expected")
        Schedule.parse(schedule)
    report_if_empty = value.get("reportIfEmpty", False)
    if not isinstance(report_if_empty, bool):
        raise SubscriptionError(field="reportIfEmpty", rule="true or false is expected")
    return SubscriptionRequest(
        dest=_dest(value.get("dest")),
        token=_token(value.get("signatureToken", "")),
        schedule=schedule,
        report_if_empty=report_if_empty,
        since=_moment(value.get("initialRecordTime")),
    )


def check_query(query: EventQuery) -> None:
    """Raises SubscriptionError for a query that only a single answer can have."""
    if query.order_by is not OrderBy.RECORD or query.limit is not None or query.most is not None:
        rule = "orderBy, eventCountLimit and maxEventCount cannot be subscribed to: events come as they are captured"
        raise SubscriptionError(field="query", rule=rule)


def first_due(asked: SubscriptionRequest, now: datetime) -> datetime:
    """When a subscription that begins, or goes on, at `now` is served first."""
    if asked.schedule is None:
        return now
    return Schedule.parse(asked.schedule).next_after(now) or now + timedelta(days=365)


def taken(subscription: Subscription, *, at: datetime, reached: int, further: bool) -> Progress:
    """The progress once the subscriber took everything up to `reached`; further: this run has more to tell."""
    progress = subscription.progress
    return replace(
        progress,
        cursor=reached,
        run_until=progress.run_until if further else None,
        batch_until=None,
        # After smaller parts the next ones grow again: the events may have been large ones.
        at_once=min(MOST_EVENTS_AT_ONCE, progress.at_once * 2),
        number=progress.number + 1,
        failures=0,
        failing_since=None,
        last_notified=at,
        due=at if further else first_due(subscription.asked, at),
        why="",
    )


def passed_over(subscription: Subscription, *, at: datetime, reached: int) -> Progress:
    """The progress where nothing up to `reached` was for the subscriber."""
    return replace(
        subscription.progress,
        cursor=reached,
        run_until=None,
        batch_until=None,
        due=first_due(subscription.asked, at),
    )


def in_smaller_parts(progress: Progress, *, at: datetime, sent: int) -> Progress:
    """The progress where the subscriber found so many events too many: fewer come next, under another number."""
    return replace(progress, batch_until=None, at_once=max(1, sent // 2), number=progress.number + 1, due=at)


def refused(progress: Progress, *, at: datetime, why: str, chance: float) -> Progress:
    """The progress after an attempt that failed; chance: 0 to 1, spreads those who failed together.

    Waits double from FIRST_RETRY to LONGEST_RETRY; each is cut down to between its half and its whole.
    """
    wait = min(FIRST_RETRY * 2 ** min(progress.failures, 20), LONGEST_RETRY)
    return replace(
        progress,
        failures=progress.failures + 1,
        failing_since=progress.failing_since or at,
        due=at + wait * (0.5 + chance / 2),
        why=why,
    )


def replayed(subscription: Subscription, *, at: datetime, since: datetime, cursor: int) -> Subscription:
    """The subscription begun once more with what was recorded from `since` on, which lies behind `cursor`."""
    progress = Progress(
        cursor=cursor, due=at, number=subscription.progress.number, last_notified=subscription.progress.last_notified
    )
    asked = replace(subscription.asked, since=since)
    return replace(subscription, asked=asked, state=SubscriptionState.ACTIVE, progress=progress)


def signature(token: str, *, delivery: str, at: datetime, body: bytes) -> str:
    """The header GS1-Signature: `t=<unix seconds>,id=<delivery>,v1=<hex>`.

    v1 is HMAC-SHA-256 under the token over `<t>.<id>.` and the body. Who checks `t` against a clock refuses what was
    recorded and sent again by somebody else.
    """
    seconds = int(at.timestamp())
    signed = f"{seconds}.{delivery}.".encode() + body
    digest = hmac.new(token.encode(), signed, hashlib.sha256).hexdigest()
    return f"t={seconds},id={delivery},v1={digest}"


def schedule_text(asked: SubscriptionRequest) -> str:
    """The schedule as JSON; "" for a stream."""
    return "" if asked.schedule is None else json.dumps(dict(asked.schedule), sort_keys=True)


def _dest(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_DEST or not is_uri(value):
        rule = f"an address is expected that begins with https:// or http://, of {LONGEST_DEST} characters at most"
        raise SubscriptionError(field="dest", rule=rule)
    return value


def _token(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TOKEN or not (value.isascii() and value.isprintable()):
        raise SubscriptionError(
            field="signatureToken", rule=f"printable ASCII of {LONGEST_TOKEN} characters at most is expected"
        )
    return value


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        return instant(value if isinstance(value, str) else "").astimezone(UTC)
    except ValueError as error:
        raise SubscriptionError(field="initialRecordTime", rule=str(error)) from None
