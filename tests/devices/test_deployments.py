"""From deployments to streams."""

from datetime import UTC, datetime

from devices.deployments import deployment_at, streams
from devices.model import Deployment
from observations.identifiers import DeviceId, EarTagNumber

PIG = EarTagNumber.parse("143018200000147")
MAY = datetime(2026, 5, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
FIRST = Deployment(device=DeviceId.parse("tag-1"), animal=PIG, since=MAY, until=JUNE)
SECOND = Deployment(device=DeviceId.parse("tag-2"), animal=PIG, since=JUNE)


def test_a_replaced_tag_makes_two_streams_that_meet() -> None:
    first, second = streams([FIRST, SECOND])
    assert (first.device, second.device) == ("tag-1", "tag-2")
    assert first.until_ms == second.since_ms == 1_780_272_000_000
    assert second.until_ms is None


def test_the_end_of_a_deployment_belongs_to_the_next() -> None:
    assert deployment_at([FIRST, SECOND], JUNE) is SECOND
    assert deployment_at([FIRST, SECOND], datetime(2026, 4, 30, tzinfo=UTC)) is None
