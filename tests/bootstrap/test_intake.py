"""Ingest's way up: a broker that is away is waited for, one that is unfit is given up."""

import socket
import threading

from prometheus_client import CollectorRegistry

from bootstrap.clock import now_ms
from bootstrap.intake import Intake
from ingest.errors import IngestError
from ingest.mqtt.receiver import MqttIngest
from ingest.mqtt.url import MqttUrl
from ingest.pipeline import Pipeline
from storage.observations.memory import InMemoryObservationStore
from storage.records.records import Records


class Ending:
    """Notes that the service was given up."""

    def __init__(self) -> None:
        self.error: IngestError | None = None
        self.wanted = threading.Event()

    def give_up(self, error: IngestError) -> None:
        self.error = error
        self.wanted.set()


def intake_at(port: int, records: Records, ending: Ending) -> Intake:
    url = MqttUrl(host="127.0.0.1", port=port)
    pipeline = Pipeline(
        registry=records.devices,
        store=InMemoryObservationStore(),
        quarantine=records.quarantine,
        now_ms=now_ms,
        metrics=CollectorRegistry(),
    )
    ingest = MqttIngest(url, "tiantou-test", pipeline, on_subscribed=lambda: None, disk_free_fraction=lambda: 1.0)
    return Intake(url, ingest, give_up=ending.give_up)


def test_a_broker_that_is_away_is_waited_for_and_the_service_goes_on(records: Records, free_port: int) -> None:
    ending = Ending()
    intake = intake_at(free_port, records, ending)
    intake.start()
    while "does not answer" not in intake.problem and not ending.wanted.wait(0.05):
        pass
    intake.stop()
    assert ending.error is None


def test_what_answers_and_is_no_broker_is_given_up(records: Records) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        ending = Ending()
        intake = intake_at(stranger.getsockname()[1], records, ending)
        intake.start()
        threading.Thread(target=_hang_up_on_all, args=(stranger,), daemon=True).start()
        assert ending.wanted.wait(90)
        intake.stop()


def _hang_up_on_all(server: socket.socket) -> None:
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return
