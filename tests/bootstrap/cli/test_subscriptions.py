"""`tiantou subscriptions …`."""

from datetime import UTC, datetime

import pytest

from bootstrap.cli.screen import house
from tests.bootstrap.cli.command import ok, told
from traceability.epcis.subscriptions import Progress, Subscription, SubscriptionRequest, SubscriptionState
from traceability.model import NamedQuery

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
IDS = ("3fa94c01aaaa", "3fa94c01bbbb", "77777777cccc")


@pytest.fixture(autouse=True)
def subscribed() -> None:
    asked = SubscriptionRequest(
        dest="https://client.example.com/in?key=hidden",
        token="hidden",
        schedule=None,
        report_if_empty=False,
        since=None,
    )
    with house().records() as records:
        records.named_queries.add(NamedQuery(owner="buyer", name="mine", parameters="{}", created=NOON))
        for each in IDS:
            records.subscriptions.add(
                Subscription(
                    id=each,
                    owner="buyer",
                    query="mine",
                    asked=asked,
                    created=NOON,
                    state=SubscriptionState.GIVEN_UP,
                    progress=Progress(cursor=0, due=NOON, number=4, failures=90, failing_since=NOON, why="silent"),
                )
            )


def kept(identifier: str) -> Subscription:
    with house().records() as records:
        found = records.subscriptions.find(identifier)
    assert found is not None
    return found


def test_the_list_tells_what_is_served_and_no_secret() -> None:
    text = ok("subscriptions", "list")
    assert "3fa94c01aaaa\tbuyer\tmine\tclient.example.com\tgiven_up\t3\tnever\t90\tsilent" in text
    assert "hidden" not in text
    assert "3fa94c01aaaa" not in ok("subscriptions", "list", "--owner", "other")


def test_a_subscription_is_paused_resumed_and_replayed_by_the_beginning_of_its_id() -> None:
    assert ok("subscriptions", "pause", "77777777") == "77777777cccc paused\n"
    assert kept("77777777cccc").progress.why == "paused by the operator"
    assert ok("subscriptions", "resume", "77777777cccc") == "77777777cccc active\n"
    resumed = kept("77777777cccc")
    assert (resumed.progress.failures, resumed.progress.why, resumed.progress.number) == (0, "", 4)
    ok("subscriptions", "replay", "77777777", "--from", "2026-06-01T00:00:00+08:00")
    assert kept("77777777cccc").asked.since == datetime(2026, 5, 31, 16, tzinfo=UTC)


def test_what_cannot_be_meant_is_told() -> None:
    assert "2 subscriptions begin with '3fa94c01'" in told("subscriptions", "pause", "3fa94c01")
    assert "0 subscriptions begin with '77'" in told("subscriptions", "pause", "77")
    assert "--from" in told("subscriptions", "replay", "77777777", "--from", "yesterday")
    assert kept("3fa94c01aaaa").state is SubscriptionState.GIVEN_UP
