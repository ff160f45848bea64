"""The processes of `tiantou demo` and `tiantou serve`, kept running until somebody says stop."""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import httpx2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from bootstrap.child import ChildPlan
from bootstrap.clock import utc_now
from bootstrap.house import House
from bootstrap.process import require_free_port
from bootstrap.seeding import SignIns, seed_sign_ins, seed_site
from bootstrap.seeding_planting import seed_planting
from bootstrap.seeding_prices import seed_prices
from bootstrap.site_plan import SITE_ZONE, kept_plan
from bootstrap.supervisor import Supervisor
from bootstrap.wiring import build_adviser
from simulators.model import SitePlan
from simulators.progress import PROGRESS_FILE

START_S = 120.0
PAST_S = 1800.0
ANSWER_S = 2.0
PHASES = {"history": "readings of the past", "events": "events of the past"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Demonstration:
    """The simulated site, and who may sign in to it."""

    plan: SitePlan
    sign_ins: SignIns


def run_demo(house: House, screen: Console, *, greet: Callable[[Demonstration], None]) -> None:
    """Broker, service and simulators ran until Ctrl-C or SIGTERM; none is left. `greet` is called once all is there."""
    with stop_on_signals() as stop, Supervisor(house.folder, _plans(house, simulators=True)) as supervisor:
        _require_ports(house)
        (house.folder.simulator / PROGRESS_FILE).unlink(missing_ok=True)
        with _progress(screen) as progress:
            shown = progress.add_task("records", total=None)
            demonstration = _seeded(house)
            _start(house, supervisor, stop, progress, shown)
            bars = {name: progress.add_task(text, total=None) for name, text in PHASES.items()}
            supervisor.wait_until(
                lambda: _past_is_told(house, progress, bars), stop, patience_s=PAST_S, what="the simulated past"
            )
        if not stop.is_set():
            greet(demonstration)
        stop.wait()
        screen.print("stopping …")
    screen.print("stopped; no process is left")


def run_serve(house: House, screen: Console) -> None:
    """The service ran, and our own broker where no other is set, until Ctrl-C or SIGTERM; none is left."""
    with stop_on_signals() as stop, Supervisor(house.folder, _plans(house, simulators=False)) as supervisor:
        _require_ports(house)
        with _progress(screen) as progress:
            _start(house, supervisor, stop, progress, progress.add_task("processes", total=None))
        if not stop.is_set():
            screen.print(f"console {house.settings.public_url}/console, logs in {house.folder.logs}", soft_wrap=True)
        stop.wait()


def run_ingest(house: House, screen: Console) -> None:
    """Ingest ran by itself until Ctrl-C or SIGTERM."""
    ingest = ChildPlan(name="service", command=lambda: [*_module("bootstrap.serve"), "ingest"], stop_patience_s=30)
    with stop_on_signals() as stop, Supervisor(house.folder, [ingest]) as supervisor:
        supervisor.start(stop)
        supervisor.wait_until(house.service.answers, stop, patience_s=START_S, what="ingest to start")
        if not stop.is_set():
            screen.print(f"ingest runs, logs in {house.folder.logs}", soft_wrap=True)
        stop.wait()


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """The event is set by SIGTERM, Ctrl-C or a closed terminal; afterwards signals do what they did before."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _plans(house: House, *, simulators: bool) -> Sequence[ChildPlan]:
    broker = ChildPlan(name="broker", command=house.broker.prepare, started=house.broker.await_ready)
    service = ChildPlan(name="service", command=lambda: _module("bootstrap.serve"), stop_patience_s=30)
    simulation = ChildPlan(name="simulators", command=lambda: _module("bootstrap.simulate"))
    wanted = {broker: house.settings.embedded_broker, service: True, simulation: simulators}
    return [plan for plan, needed in wanted.items() if needed]


def _module(name: str) -> Sequence[str]:
    return [sys.executable, "-m", name]


def _require_ports(house: House) -> None:
    # children of an earlier run have been ended by now, so whoever holds a port is a stranger
    require_free_port(house.settings.http_host, house.settings.http_port, "TIANTOU_HTTP_PORT")
    if house.settings.embedded_broker:
        require_free_port(house.broker.host, house.broker.port, "TIANTOU_MQTT_PORT")


def _seeded(house: House) -> Demonstration:
    now = utc_now()
    plan = kept_plan(house.folder, seed=house.settings.seed, now=now)
    with house.records() as records:
        seed_site(plan, records)
        today = now.astimezone(SITE_ZONE).date()
        seed_planting(plan, records, build_adviser(records, None), today=today)
        seed_prices(plan, records, now=now, today=today)
        sign_ins = seed_sign_ins(plan, records.accounts, house.folder, now=now)
    return Demonstration(plan=plan, sign_ins=sign_ins)


def _start(house: House, supervisor: Supervisor, stop: threading.Event, progress: Progress, shown: TaskID) -> None:
    progress.update(shown, description="processes")
    supervisor.start(stop)
    progress.update(shown, description="service")
    # A broker elsewhere may be away for long: the pages are there meanwhile, and /readyz says what is missing.
    path = "/readyz" if house.settings.embedded_broker else "/healthz"
    with httpx2.Client(base_url=house.settings.local_url, timeout=ANSWER_S, trust_env=False) as client:
        supervisor.wait_until(lambda: _answers(client, path), stop, patience_s=START_S, what="the service to be ready")
    progress.update(shown, description="service is ready", total=1, completed=1)


def _answers(client: httpx2.Client, path: str) -> bool:
    try:
        return client.get(path).is_success
    except httpx2.TransportError:
        return False


def _past_is_told(house: House, progress: Progress, bars: dict[str, TaskID]) -> bool:
    try:
        said = json.loads((house.folder.simulator / PROGRESS_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return False  # the simulators have not come so far
    for name, bar in bars.items():
        progress.update(bar, completed=said[name]["done"], total=said[name]["total"] or None)
    return bool(said["finished"])


def _progress(screen: Console) -> Progress:
    return Progress(
        SpinnerColumn(finished_text="[green]✓[/green]"),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=screen,
        disable=not screen.is_terminal,
    )
