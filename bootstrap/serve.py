"""The service: one process with ingest, followers, pages and the control socket over one store."""

import gc
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from bootstrap.fleet import Fleet
from bootstrap.following import FollowerReplay, Following
from bootstrap.history.storing import into_store
from bootstrap.hold_judging import HoldJudging
from bootstrap.house import House
from bootstrap.intake import Intake
from bootstrap.logs import configure_logs
from bootstrap.mass_watching import MassWatching
from bootstrap.private_socket import private_socket
from bootstrap.reporting import run_reporting
from bootstrap.settings import Settings
from bootstrap.supervisor import sole_user
from bootstrap.web import WebServer, tcp_socket
from bootstrap.wiring import (
    build_digest_keeping,
    build_followers,
    build_metrics,
    build_pipeline,
    build_roll_ups,
    build_scan_keeping,
    build_sender,
    build_services,
    disk_free_fraction,
    ingest_url,
    open_store,
    page_makers_of,
)
from devices.ports import QuarantineReplay
from ingest.errors import IngestError
from ingest.mqtt.receiver import MqttIngest
from ingest.pipeline import Pipeline
from ingest.sieve import Sieve
from observations.ports import ObservationStore
from observations.retention import retention_policy
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
        gc.collect()
        gc.freeze()  # what was loaded stays: going through all of it again stops every thread for 0.2 s
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
    pipeline = build_pipeline(records, store, metrics)
    core = Core(house=house, records=records, store=store, pipeline=pipeline, metrics=metrics)

    admission = Admission(lambda: _let_devices_in(core))
    sieve = Sieve()
    ingest = build_ingest(core, on_subscribed=admission.request, sieve=sieve)
    # The embedded store has one process; any other may have workers beside this one.
    fleet = build_fleet(core, ingest, sieve) if pages and house.settings.store_url is not None else None
    intake = Intake(ingest_url(house), ingest, give_up=ending.give_up)

    def readiness() -> Mapping[str, str]:
        found = {
            "broker": intake.problem,
            "ingest": _ingest_problem(core, intake),
            "devices": admission.problem,
            "disk": disk_problem(disk_free_fraction(house), house.settings.minimum_disk_free),
        }
        return {part: problem for part, problem in found.items() if problem}

    def told() -> Mapping[str, str]:
        return {**readiness(), **(fleet.problems() if fleet is not None else {})}

    followings = build_followers(records, store, metrics) if pages else []
    replay = FollowerReplay(followings, records.quarantine, pipeline)
    controls = control_app(service_controls(core, ingest, admission, told, replay=replay, followings=followings))
    parts: list[Part] = [
        WebServer(controls, private_socket(house.folder.control_socket), name="control"),
        admission,
        intake,
    ]
    if address is not None:
        retention = DailyRetention(store, retention_policy(), now=utc_now)
        services = build_services(
            house, records=records, store=store, pipeline=pipeline, replay=replay, metrics=metrics, readiness=readiness
        )
        parts = [
            *page_makers_of(services),
            WebServer(create_app(services), address, name="web"),
            *followings,
            *build_roll_ups(store),
            retention,
            *build_scan_keeping(services, records),
            HoldJudging(records, now=utc_now),
            MassWatching(records, now=utc_now),
            *build_digest_keeping(services, records),
            build_sender(house, services),
            *parts,
        ]
    if fleet is not None:
        parts.insert(0, fleet)
    for part in parts:
        part.start()
        stack.callback(part.stop)


def _bound_address(house: House, stack: ExitStack) -> socket.socket:
    address = tcp_socket(house.settings.http_host, house.settings.http_port, variable="TIANTOU_HTTP_PORT")
    stack.callback(address.close)
    return address


def build_ingest(core: Core, *, on_subscribed: Callable[[], None], sieve: Sieve | None = None) -> MqttIngest:
    """Ingest over these parts; not started."""
    return MqttIngest(
        ingest_url(core.house),
        ingest_client_id(core.house.folder),
        core.pipeline,
        on_subscribed=on_subscribed,
        disk_free_fraction=lambda: disk_free_fraction(core.house),
        disk_free_least=core.house.settings.minimum_disk_free,
        sieve=sieve,
    )


def build_fleet(core: Core, ingest: MqttIngest, sieve: Sieve) -> Fleet:
    """What hands sites over to workers; not started."""

    def adopt(client_id: str, filters: Sequence[str], sieve: Sieve) -> MqttIngest:
        return MqttIngest(
            ingest_url(core.house),
            client_id,
            core.pipeline,
            on_subscribed=core.pipeline.refresh,
            disk_free_fraction=lambda: disk_free_fraction(core.house),
            disk_free_least=core.house.settings.minimum_disk_free,
            filters=filters,
            sieve=sieve,
            shown=False,
        )

    return Fleet(
        core.records,
        core.store,
        ingest,
        sieve,
        url=ingest_url(core.house),
        adopt=adopt,
        handover_s=core.house.settings.handover_s,
        metrics=core.metrics,
        now=utc_now,
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
    core: Core,
    ingest: MqttIngest,
    admission: Admission,
    readiness: Callable[[], Mapping[str, str]],
    *,
    replay: QuarantineReplay | None = None,
    followings: Sequence[Following] = (),
) -> Controls:
    """What the command line may ask of this service."""

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
    return Controls(
        refresh_devices=refresh_devices,
        replay=(replay or core.pipeline).replay,
        chore=chores.do,
        readiness=readiness,
        followers=lambda: [following.state() for following in followings],
        ingest=core.pipeline.monitor.state,
        take_history=into_store(core.store, core.pipeline.take),
    )


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
