"""`tiantou subscriptions …`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

import typer

from bootstrap.cli.screen import examples, house, line, note, print_table
from bootstrap.clock import utc_now
from bootstrap.errors import RequestError
from storage.records.records import Records
from traceability.epcis.event_types import instant
from traceability.epcis.subscriptions import Subscription, SubscriptionState, first_due, replayed

app = typer.Typer(no_args_is_help=True, help="Who is sent EPCIS events, and how far they were told.")
MOST, TRIES = 10_000, 5
SHORTEST_BEGINNING = 8
Id = Annotated[str, typer.Argument(help="The subscription's id, or its first 8 characters or more.")]


@app.command("list", epilog=examples("tiantou subscriptions list", "tiantou subscriptions list --owner buyer"))
def list_subscriptions(owner: Annotated[str, typer.Option(help="Only those of this user.")] = "") -> None:
    """List subscriptions: where they lead, whether they are served, and what went wrong last."""
    with house().records() as records:
        found = records.subscriptions.list(owner or None, query=None, after="", limit=MOST)
        newest = records.event_queries.newest()
    print_table(
        ("id", "owner", "query", "host", "state", "sent", "last taken", "failures", "problem"),
        (
            [
                each.id,
                each.owner,
                each.query,
                urlsplit(each.asked.dest).netloc,  # the path may hold a secret
                each.state,
                str(each.progress.number - 1),
                _told(each.progress.last_notified),
                str(each.progress.failures),
                each.progress.why,
            ]
            for each in found
        ),
    )
    note(f"{len(found)} subscriptions; the newest event has the record number {newest}")


@app.command(epilog=examples("tiantou subscriptions replay 3fa94c01 --from 2026-11-01T00:00:00+08:00"))
def replay(
    subscription: Id,
    since: Annotated[str, typer.Option("--from", help="What was recorded from then on is sent once more.")],
) -> None:
    """Send once more what was recorded since a moment; a subscription that was given up is served again."""
    try:
        moment = instant(since).astimezone(UTC)
    except ValueError as error:
        msg = f"--from: {error}"
        raise RequestError(msg) from error
    with house().records() as records:
        cursor = records.event_queries.number_before(moment)
        _change(records, subscription, lambda before: replayed(before, at=utc_now(), since=moment, cursor=cursor))


@app.command(epilog=examples("tiantou subscriptions pause 3fa94c01"))
def pause(subscription: Id) -> None:
    """Send nothing more until the subscription is resumed; nothing is lost meanwhile."""
    with house().records() as records:
        _change(
            records,
            subscription,
            lambda before: _moved(before, SubscriptionState.PAUSED, "paused by the operator", before.progress.due),
        )


@app.command(epilog=examples("tiantou subscriptions resume 3fa94c01"))
def resume(subscription: Id) -> None:
    """Go on where the subscription stood, also where it was given up."""
    with house().records() as records:
        _change(records, subscription, _resumed)


def _resumed(before: Subscription) -> Subscription:
    now = utc_now()
    due = now if before.progress.batch_until is not None else first_due(before.asked, now)
    moved = _moved(before, SubscriptionState.ACTIVE, "", due)
    return replace(moved, progress=replace(moved.progress, failures=0, failing_since=None))


def _moved(before: Subscription, state: SubscriptionState, why: str, due: datetime) -> Subscription:
    return replace(before, state=state, progress=replace(before.progress, why=why, due=due))


def _change(records: Records, beginning: str, step: Callable[[Subscription], Subscription]) -> None:
    for _ in range(TRIES):
        before = _one(records, beginning)
        kept = records.subscriptions.change(before, step(before))
        if kept is not None:
            line(f"{kept.id} {kept.state}")
            return
    msg = f"{beginning} is being changed by others: try again"
    raise RequestError(msg)


def _one(records: Records, beginning: str) -> Subscription:
    found = (
        []
        if len(beginning) < SHORTEST_BEGINNING
        else [
            each
            for each in records.subscriptions.list(None, query=None, after="", limit=MOST)
            if each.id.startswith(beginning)
        ]
    )
    if len(found) != 1:
        rule = f"{SHORTEST_BEGINNING} characters or more of one id are expected"
        msg = f"{len(found)} subscriptions begin with {beginning!r}: {rule}, see tiantou subscriptions list"
        raise RequestError(msg)
    return found[0]


def _told(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"
