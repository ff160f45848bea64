"""Whether a broker shares what it says it shares, asked of the real ones."""

from ingest.mqtt.share_probe import Shared, probe_share
from tests.ingest.mqtt.brokers import Broker


def test_mosquitto_delivers_each_message_to_one_of_two(mosquitto: Broker) -> None:
    found = probe_share(mosquitto.url)
    assert found.works, found
    assert "$share works: two got" in str(found)


def test_nats_grants_and_delivers_nothing(nats: Broker) -> None:
    found = probe_share(nats.url, quiet_s=0.5)
    assert found.granted
    assert not found.works
    assert str(found) == "$share is granted and does not work: two got 0 and 0 of 100"


def test_one_that_gets_everything_is_no_sharing() -> None:
    assert not Shared(published=10, granted=True, delivered=[10, 0]).works
    assert not Shared(published=10, granted=True, delivered=[10, 10]).works
    assert str(Shared(published=10, granted=False, delivered=[0, 0])) == "$share is refused"
