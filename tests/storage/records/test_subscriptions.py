import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from households.model import Role, User
from storage.records.records import Records
from traceability.epcis.event_queries import EventQuery
from traceability.epcis.subscriptions import Progress, Subscription, SubscriptionRequest, SubscriptionState
from traceability.model import CapturedEvent, NamedQuery, Position

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
ASKED = SubscriptionRequest(
    dest="https://client.example.com/callback", token="secret", schedule=None, report_if_empty=False, since=NOON
)
STREAM = Subscription(
    id="a",
    owner="lab",
    query="mine",
    asked=ASKED,
    created=NOON,
    state=SubscriptionState.ACTIVE,
    progress=Progress(cursor=0, due=NOON, batch_until=9, why="…"),
)
NIGHTLY = replace(
    STREAM,
    id="b",
    asked=replace(ASKED, schedule={"hour": "1"}, report_if_empty=True, since=None),
    progress=Progress(cursor=3, due=NOON + timedelta(hours=13)),
)


def event(number: int, minutes: int = 0) -> CapturedEvent:
    at = NOON + timedelta(minutes=minutes)
    return CapturedEvent(
        event_id=f"urn:x:{number}",
        event_type="ObjectEvent",
        event_time=at,
        record_time=at,
        biz_step="",
        epcs=("urn:x:pig",),
        document="{}",
        digest=f"{number:064}",
    )


@pytest.fixture
def subscribed(records: Records) -> Records:
    records.named_queries.add(NamedQuery(owner="lab", name="mine", parameters="{}", created=NOON))
    assert records.subscriptions.add(STREAM)
    assert records.subscriptions.add(NIGHTLY)
    return records


def test_a_subscription_is_kept_as_it_is(subscribed: Records) -> None:
    assert subscribed.subscriptions.find("a") == STREAM
    assert subscribed.subscriptions.find("b") == NIGHTLY
    assert subscribed.subscriptions.find("c") is None
    assert subscribed.subscriptions.list("lab", query="mine", after="", limit=9) == [STREAM, NIGHTLY]
    assert subscribed.subscriptions.list(None, query=None, after="a", limit=9) == [NIGHTLY]
    assert subscribed.subscriptions.list("other", query=None, after="", limit=9) == []


def test_nobody_subscribes_to_a_query_that_is_not_there(records: Records) -> None:
    assert not records.subscriptions.add(STREAM)


def test_with_its_query_a_subscription_is_gone(subscribed: Records) -> None:
    assert subscribed.named_queries.remove("lab", "mine")
    assert subscribed.subscriptions.list(None, query=None, after="", limit=9) == []
    assert not subscribed.subscriptions.remove("a")


def test_of_two_changes_at_once_one_counts(subscribed: Records) -> None:
    book = subscribed.subscriptions
    moved = book.change(STREAM, replace(STREAM, progress=replace(STREAM.progress, cursor=9)))
    assert moved is not None
    assert (moved.version, moved.progress.cursor) == (1, 9)
    assert book.change(STREAM, replace(STREAM, state=SubscriptionState.PAUSED)) is None
    assert book.find("a") == moved


def test_due_is_who_may_have_something_to_be_told(subscribed: Records) -> None:
    book = subscribed.subscriptions

    def due(hours: int, newest: int) -> list[str]:
        return [each.id for each in book.due(NOON + timedelta(hours=hours), newest=newest)]

    assert due(0, 0) == ["a"]  # a part is being sent
    assert due(13, 0) == ["a", "b"]
    book.change(STREAM, replace(STREAM, progress=replace(STREAM.progress, batch_until=None)))
    assert due(13, 0) == ["b"]
    assert due(0, 1) == ["a"]
    kept = book.find("a")
    assert kept is not None
    book.change(kept, replace(kept, state=SubscriptionState.GIVEN_UP))
    assert due(13, 9) == ["b"]


def test_a_new_password_pauses_what_the_old_one_subscribed(subscribed: Records) -> None:
    user = User(login="lab", name="化验室", role=Role.OPERATOR, password_hash="old")
    subscribed.accounts.add_user(user)
    subscribed.accounts.set_password("lab", "new")
    paused = subscribed.subscriptions.find("a")
    assert paused is not None
    assert paused.state is SubscriptionState.PAUSED
    assert "password" in paused.progress.why
    assert subscribed.subscriptions.change(STREAM, STREAM) is None


def test_record_numbers_say_where_to_begin(records: Records) -> None:
    queries = records.event_queries
    assert (queries.newest(), queries.number_before(NOON)) == (0, 0)
    records.events.capture([event(1), event(2, minutes=1), event(3, minutes=2)])
    first = queries.newest() - 2
    assert queries.number_before(NOON - timedelta(days=1)) == first - 1
    assert queries.number_before(NOON + timedelta(minutes=1)) == first
    assert queries.number_before(NOON + timedelta(minutes=3)) == queries.newest()


def test_who_reads_behind_a_cursor_while_many_write_gets_everything_once_and_in_order(records: Records) -> None:
    """What a sender relies on: a number that was passed never appears later."""
    begun = threading.Barrier(5)
    done = threading.Event()

    def write(share: int) -> None:
        begun.wait()
        for number in range(25):
            records.events.capture([event(1_000 * share + number)])

    writers = [threading.Thread(target=write, args=(share,)) for share in range(1, 5)]
    for writer in writers:
        writer.start()

    def wait() -> None:
        for writer in writers:
            writer.join()
        done.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    begun.wait()
    found: list[str] = []
    cursor = 0
    while True:
        last = done.is_set()
        newest = records.event_queries.newest()
        after = Position(until=newest, number=cursor, moment=None, given=0)
        page = records.event_queries.page(EventQuery(), visible=None, after=after, limit=7)
        found += [each.event_id for each in page.events]
        cursor = newest if page.further is None else page.further.number
        if last and page.further is None and cursor == records.event_queries.newest():
            break
    waiter.join()
    assert len(found) == len(set(found)) == 100
    for share in range(1, 5):
        mine = [int(each.rsplit(":", 1)[1]) for each in found if int(each.rsplit(":", 1)[1]) // 1_000 == share]
        assert mine == sorted(mine)
