import hashlib
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability.epcis.event_queries import EventQuery, OrderBy
from traceability.epcis.subscriptions import (
    LONGEST_RETRY,
    Progress,
    Subscription,
    SubscriptionRequest,
    SubscriptionState,
    check_query,
    in_smaller_parts,
    passed_over,
    read_request,
    refused,
    replayed,
    signature,
    taken,
)
from traceability.errors import SubscriptionError

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
STREAM = SubscriptionRequest(
    dest="https://client.example.com/callback", token="secret", schedule=None, report_if_empty=False, since=None
)
SUBSCRIPTION = Subscription(
    id="one",
    owner="lab",
    query="mine",
    asked=STREAM,
    created=NOON,
    state=SubscriptionState.ACTIVE,
    progress=Progress(cursor=7, due=NOON),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=9) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def test_a_stream_and_a_schedule_are_read() -> None:
    body = {"dest": STREAM.dest, "signatureToken": "secret", "stream": True}
    assert read_request(body) == STREAM
    schedule = {"hour": "1", "minute": "5"}
    nightly = {"dest": STREAM.dest, "schedule": schedule, "reportIfEmpty": True}
    asked = read_request({**nightly, "initialRecordTime": "2020-04-04T20:33:31.116-06:00"})
    assert (asked.schedule, asked.report_if_empty, asked.token) == (schedule, True, "")
    assert asked.since == datetime(2020, 4, 5, 2, 33, 31, 116_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"stream": None}, "schedule"),
        ({"stream": False}, "stream"),
        ({"schedule": {"hour": "1"}}, "schedule"),
        ({"schedule": "hourly", "stream": None}, "schedule"),
        ({"dest": "client.example.com"}, "dest"),
        ({"dest": None}, "dest"),
        ({"dest": "https://x/" + "a" * 2000}, "dest"),
        ({"signatureToken": "two\nlines"}, "signatureToken"),
        ({"initialRecordTime": "yesterday"}, "initialRecordTime"),
        ({"reportIfEmpty": "no"}, "reportIfEmpty"),
        ({"destination": "x"}, "destination"),
    ],
)
def test_what_cannot_be_subscribed_is_refused_by_its_field(change: dict[str, Any], place: str) -> None:
    with pytest.raises(SubscriptionError) as error:
        read_request({"dest": STREAM.dest, "stream": True, **change})
    assert error.value.field == place


@given(st.dictionaries(st.sampled_from(["dest", "stream", "schedule", "signatureToken", "x"]), JSON))
def test_any_object_is_a_request_or_the_one_error(body: dict[str, Any]) -> None:
    try:
        assert read_request(body).dest == body["dest"]
    except SubscriptionError:
        return


def test_queries_that_only_one_answer_can_have_are_not_subscribed_to() -> None:
    check_query(EventQuery())
    for query in (EventQuery(limit=3), EventQuery(most=3), EventQuery(order_by=OrderBy.EVENT_TIME)):
        with pytest.raises(SubscriptionError):
            check_query(query)


def test_the_signature_is_an_hmac_over_time_delivery_and_body() -> None:
    expected = hmac.new(b"secret", b"1782907200.one-7.{}", hashlib.sha256).hexdigest()
    assert signature("secret", delivery="one-7", at=NOON, body=b"{}") == f"t=1782907200,id=one-7,v1={expected}"


def test_what_was_taken_moves_the_cursor_and_the_number() -> None:
    sent = replace(SUBSCRIPTION, progress=replace(SUBSCRIPTION.progress, batch_until=9, failures=2, failing_since=NOON))
    progress = taken(sent, at=NOON, reached=9, further=False)
    assert progress == Progress(cursor=9, due=NOON, number=2, last_notified=NOON)
    assert sent.delivery == "one-1"
    assert replace(sent, progress=progress).delivery == "one-2"


def test_a_run_of_a_schedule_goes_on_until_its_end_and_then_waits() -> None:
    nightly = replace(SUBSCRIPTION, asked=replace(STREAM, schedule={"hour": "1"}))
    running = replace(nightly, progress=replace(nightly.progress, run_until=300, batch_until=107))
    within = taken(running, at=NOON, reached=107, further=True)
    assert (within.run_until, within.due) == (300, NOON)
    over = taken(running, at=NOON, reached=300, further=False)
    assert (over.run_until, over.due) == (None, NOON + timedelta(hours=13))
    assert passed_over(running, at=NOON, reached=300).due == NOON + timedelta(hours=13)


def test_waits_double_up_to_an_hour_and_differ_by_chance() -> None:
    progress, waits = SUBSCRIPTION.progress, []
    for _ in range(14):
        progress = refused(progress, at=NOON, why="it answered 500", chance=1)
        waits.append((progress.due - NOON).total_seconds())
    assert waits[:5] == [5, 10, 20, 40, 80]
    assert waits[-1] == LONGEST_RETRY.total_seconds()
    assert (progress.failures, progress.failing_since, progress.why) == (14, NOON, "it answered 500")
    assert refused(SUBSCRIPTION.progress, at=NOON, why="", chance=0).due == NOON + timedelta(seconds=2.5)


def test_too_large_a_part_comes_again_smaller_under_another_number() -> None:
    sent = replace(SUBSCRIPTION.progress, batch_until=107)
    smaller = in_smaller_parts(sent, at=NOON, sent=100)
    assert (smaller.at_once, smaller.batch_until, smaller.cursor, smaller.number) == (50, None, 7, 2)
    assert in_smaller_parts(sent, at=NOON, sent=1).at_once == 1


def test_a_replay_serves_what_was_given_up_under_new_numbers() -> None:
    given_up = replace(
        SUBSCRIPTION,
        state=SubscriptionState.GIVEN_UP,
        progress=replace(SUBSCRIPTION.progress, number=5, failures=40, failing_since=NOON, why="it answered 500"),
    )
    again = replayed(given_up, at=NOON, since=NOON - timedelta(days=1), cursor=3)
    assert again.state is SubscriptionState.ACTIVE
    assert again.progress == Progress(cursor=3, due=NOON, number=5)
    assert again.asked.since == NOON - timedelta(days=1)
