"""What a session's messages are passed over, and how a marker is met."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.message import Message, received
from ingest.sieve import Sieve
from ingest.sites import MARKER, is_marker, marker_topics, site_filters, site_of
from observations.errors import IdentifierError
from observations.identifiers import DeviceId


def message(topic: str, payload: bytes = b"{}") -> Message:
    return received(topic, payload, 0)


def kept(sieve: Sieve, *topics: str) -> Sequence[str]:
    return [each.topic for each in sieve([message(topic) for topic in topics])]


HERE, THERE = "tiantou/v1/here/tag-1/observations", "tiantou/v1/there/tag-1/senml"
UPLINK = "application/there/device/0011223344556677/event/up"


def test_what_a_worker_has_is_passed_over_and_all_else_is_kept_in_order() -> None:
    sieve = Sieve()
    assert kept(sieve, HERE, THERE, UPLINK) == [HERE, THERE, UPLINK]
    sieve.leave({"there"})
    assert kept(sieve, HERE, THERE, UPLINK, "rubbish", HERE) == [HERE, UPLINK, "rubbish", HERE]
    assert sieve.passed == 1
    sieve.leave(set())
    assert kept(sieve, THERE) == [THERE]


def test_a_marker_is_met_by_topic_and_token_and_never_stored() -> None:
    sieve = Sieve()
    topics = marker_topics("here")
    markers = sieve.expect(topics)
    assert not sieve([message(topics[0], b"of an earlier run")])
    assert markers.waited_for == set(topics)
    for topic in topics:
        assert not sieve([message(topic, markers.token)])
    assert not markers.waited_for
    assert not Sieve()([message(topics[0], markers.token)]), "nobody waits for it, and it is no reading either"


def test_a_sites_filters_match_its_topics_and_its_markers() -> None:
    assert site_filters(["b", "a"])[:2] == ["tiantou/v1/a/+/observations", "tiantou/v1/a/+/senml"]
    assert [filter_.replace("+", MARKER) for filter_ in site_filters(["a"])] == list(marker_topics("a"))


def test_no_device_can_be_taken_for_a_marker() -> None:
    with pytest.raises(IdentifierError):
        DeviceId.parse(MARKER)
    topic = "tiantou/v1/here/tiantou-marker/observations"
    assert kept(Sieve(), topic) == [topic]


@given(st.lists(st.sampled_from([HERE, THERE, UPLINK, "x", "", *marker_topics("here")])))
def test_nothing_is_kept_that_is_elsewhere_and_nothing_else_goes(topics: list[str]) -> None:
    sieve = Sieve({"there"})
    expected = [topic for topic in topics if site_of(topic) != "there" and not is_marker(topic)]
    assert list(kept(sieve, *topics)) == expected
