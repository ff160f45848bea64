"""The service: one process with ingest, followers, pages and the control socket over one store."""

import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry

from api.app import create_app
from bootstrap.admission import Admission
from bootstrap.chores import Chores, Workplace
from bootstrap.clock import utc_now
from bootstrap.control import Controls, control_app
from bootstrap.credentials import ingest_client_id
from bootstrap.daily_retention import DailyRetention
from bootstrap.house import House
from bootstrap.intake import Intake
from bootstrap.logs import configure_logs
from bootstrap.reporting import run_reporting
from bootstrap.rollups import RollUpWorker
from bootstrap.settings import Settings
from bootstrap.supervisor import sole_user
from bootstrap.web import WebServer, private_socket, tcp_socket
from bootstrap.wiring import (
    build_followers,
    build_metrics,
    build_pipeline,
    build_services,
    disk_free_fraction,
    ingest_url,
    open_store,
)
from ingest.errors import IngestError
from ingest.mqtt.receiver import MqttIngest
from ingest.pipeline import Pipeline
from observations.ports import ObservationStore
from observations.retention import retention_policy
from storage.observations.clickhouse import ClickHouseObservationStore
from storage.records.records import Records

SWITCH_INTERVAL_S = 0.0005
"""With the default of 5 ms a page waits 94 ms beside two busy decoding threads, with this 4 ms (measured)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What every part of a running service works on."""

    house: House
    records: Records
    store: ObservationStore
    pipeline: Pipeline
    metrics: CollectorRegistry


class Part(Protocol):
    """Something that runs between `start` and `stop`."""

    def start(self) -> None:
        """It runs."""

    def stop(self) -> None:
        """It has ended."""


class Ending:
    """Why and when the service ends: a signal, or an error no retry will mend."""

    def __init__(self) -> None:
        self.wanted = threading.Event()
        self.error: IngestError | None = None

    def give_up(self, error: IngestError) -> None:
        """The service ends with that error."""
        self.error = error
        self.wanted.set()


def run_service(house: House, *, pages: bool = True) -> None:
    """The service ran until SIGTERM or Ctrl-C, and everything it acknowledged is stored.

    pages: also web server and followers; without, only ingest (for a server store that others read).
    Raises IngestError where the broker is unfit, StoreUnavailableError where the store is not to be opened.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    ending = Ending()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.wanted.set())
    log = structlog.get_logger("bootstrap.serve")
    # Entered in order of dependence, left in reverse: reading stops first, the store closes last.
    with ExitStack() as stack:
        stack.enter_context(sole_user(house.folder, "service.lock"))
        _start_parts(house, stack, ending, pages=pages)
        log.info("service_started", pages=house.settings.public_url if pages else None)
        ending.wanted.wait()
        log.info("service_stopping")
    log.info("service_stopped")
    if ending.error is not None:
        raise ending.error


def _start_parts(house: House, stack: ExitStack, ending: Ending, *, pages: bool) -> None:
    # bound before the store opens: a taken port is told at once, and early visitors wait instead of being refused
    address = _bound_address(house, stack) if pages else None
    records = stack.enter_context(house.records())
    store = open_store(house, part="serve" if pages else "ingest")
    stack.callback(store.close)
    metrics = build_metrics(house)
    followers = build_followers(records, store)
    # InfluxDB rolls nothing up: its charts read the values themselves
    roll_ups = [RollUpWorker(store.roll_ups)] if isinstance(store, ClickHouseObservationStore) else []
    pipeline = build_pipeline(records, store, metrics, [followers.on_batch] if pages else [])
    core = Core(house=house, records=records, store=store, pipeline=pipeline, metrics=metrics)

    admission = Admission(lambda: _let_devices_in(core))
    ingest = build_ingest(core, on_subscribed=admission.request)
    intake = Intake(ingest_url(house), ingest, give_up=ending.give_up)

    def readiness() -> Mapping[str, str]:
        found = {
            "broker": intake.problem,
            "ingest": _ingest_problem(core, intake),
            "devices": admission.problem,
            "disk": disk_problem(disk_free_fraction(house), house.settings.minimum_disk_free),
        }
        return {part: problem for part, problem in found.items() if problem}

    controls = control_app(service_controls(core, ingest, admission, readiness))
    parts: list[Part] = [
        WebServer(controls, private_socket(house.folder.control_socket), name="control"),
        admission,
        intake,
    ]
    if address is not None:
        retention = DailyRetention(store, retention_policy(), now=utc_now)
        services = build_services(
            house, records=records, store=store, pipeline=pipeline, metrics=metrics, readiness=readiness
        )
        parts = [WebServer(create_app(services), address, name="web"), followers, *roll_ups, retention, *parts]
    for part in parts:
        part.start()
        stack.callback(part.stop)


def _bound_address(house: House, stack: ExitStack) -> socket.socket:
    address = tcp_socket(house.settings.http_host, house.settings.http_port, variable="TIANTOU_HTTP_PORT")
    stack.callback(address.close)
    return address


def build_ingest(core: Core, *, on_subscribed: Callable[[], None]) -> MqttIngest:
    """Ingest over these parts; not started."""
    return MqttIngest(
        ingest_url(core.house),
        ingest_client_id(core.house.folder),
        core.pipeline,
        on_subscribed=on_subscribed,
        disk_free_fraction=lambda: disk_free_fraction(core.house),
        disk_free_least=core.house.settings.minimum_disk_free,
    )


def _let_devices_in(core: Core) -> None:
    core.pipeline.refresh()
    if core.house.settings.embedded_broker:
        simulated = [site.id for site in core.records.households.sites() if site.simulated]
        core.house.broker.enable_devices(core.records.devices.all(), simulated)


def disk_problem(free: float, least: float) -> str:
    """What is to be said of a disk with that much free, from 0 to 1; "" where it has enough."""
    return "" if free >= least else f"the disk is nearly full: {free:.1%} free, {least:.0%} needed"


def _ingest_problem(core: Core, intake: Intake) -> str:
    state = core.pipeline.monitor.state()
    if intake.problem or state.problem:
        return state.problem
    return "" if state.connected else "connecting to the broker"


def service_controls(
    core: Core, ingest: MqttIngest, admission: Admission, readiness: Callable[[], Mapping[str, str]]
) -> Controls:
    def refresh_devices() -> None:
        if admission.served:
            admission.let_in()  # at once, so that whoever asked may use the device
        else:
            core.pipeline.refresh()  # let in with all others, once ingest listens

    chores = Chores(
        Workplace(
            folder=core.house.folder,
            records=core.records,
            store=core.store,
            standstill=lambda: standstill(ingest),
            now=utc_now,
        )
    )
    return Controls(refresh_devices=refresh_devices, replay=core.pipeline.replay, chore=chores.do, readiness=readiness)


@contextmanager
def standstill(ingest: MqttIngest) -> Iterator[None]:
    """Nothing is appended while the block lasts; the broker keeps what comes meanwhile."""
    ingest.pause()
    try:
        yield
    finally:
        ingest.resume()


def main() -> None:
    """The service's process of a supervisor; with the argument `ingest` it does ingest only."""
    settings = Settings.read()
    configure_logs(settings.log_format)
    run_service(House.of(settings), pages="ingest" not in sys.argv[1:])


if __name__ == "__main__":
    run_reporting(main)
