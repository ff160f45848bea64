"""The store is away for minutes while devices go on: the broker keeps everything, and ingest catches up afterwards."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2

from bootstrap.nats_config import ACK_WAIT_S
from chaos.crowd import Crowd
from chaos.errors import NotFinishedError
from chaos.ledger import Verdict
from chaos.stores import StoreKind
from chaos.world import BrokerKind, World, world_in
from tests.journeys.house import ROOT

BEFORE_S = 5.0
SAMPLE_S = 1.0
POLL_S = 0.2
LATE_S = 1.0
"""Caught up: no more is waiting than was published within that time."""
CATCH_UP_S = 900.0
STATUS_S = 150.0
MIB = 1 << 20
VALUES = "tiantou_ingest_values_total"
VALUES_PER_READING = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class OutagePlan:
    """seconds: how long the store is away. rate: readings a second, before, during and after."""

    seconds: float
    store: StoreKind = StoreKind.INFLUX
    broker: BrokerKind = BrokerKind.NATS
    rate: float = 1_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a person was told in the middle of the outage, and how much was logged during all of it."""

    ready: str
    status: str
    log_lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Catching:
    """How the backlog was stored. resumed_s: from the store's return to the first value stored.

    backlog: readings waiting when it began; drain_s: until no more than LATE_S of publishing was waiting;
    rate: readings stored a second meanwhile, publishing going on.
    """

    resumed_s: float
    backlog: int
    drain_s: float
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OutageReport:
    """What an outage did. broker_mib_*: resident memory of the broker's process, before and at most."""

    plan: OutagePlan
    broker_mib_before: float
    broker_mib_most: float
    told: Told
    catching: Catching
    seconds: float
    verdict: Verdict


def run_outage(plan: OutagePlan, folder: Path, *, told: Callable[[str], None] = lambda _: None) -> OutageReport:
    """The store was away and came back, and all that was confirmed was counted; `told` hears how it goes.

    Raises CannotRunError, NotFinishedError.
    """
    began = time.monotonic()
    with world_in(folder, store=plan.store, broker=plan.broker) as world, world.load(plan.rate) as crowd:
        if world.server is None:
            msg = "the embedded store lives and dies with the service: choose a store on a server"
            raise NotFinishedError(msg)
        time.sleep(BEFORE_S)
        before = memory_mib(world)
        lines = log_lines(world)
        world.server.kill()
        told("the store is away 存储已停")
        most, said = _watch(world, crowd, plan.seconds, told)
        told_all = Told(ready=said[0], status=said[1], log_lines=log_lines(world) - lines)
        world.server.start()
        told("the store is back 存储恢复")
        catching, peak = _catch_up(world, crowd, rate=plan.rate)
        told(f"caught up at {catching.rate:,.0f} readings/s 已补存")
        crowd.stop()
        world.await_stored(crowd.confirmed(), within_s=3 * ACK_WAIT_S)
        world.house.stop()
        verdict = world.verdict(crowd)
    return OutageReport(
        plan=plan,
        broker_mib_before=before,
        broker_mib_most=max(most, peak),
        told=told_all,
        catching=catching,
        seconds=time.monotonic() - began,
        verdict=verdict,
    )


def _watch(world: World, crowd: Crowd, seconds: float, told: Callable[[str], None]) -> tuple[float, tuple[str, str]]:
    """The outage has lasted; the broker's largest memory in MiB, and what a person was told in the middle."""
    end, most, said = time.monotonic() + seconds, 0.0, ("", "")
    while (left_s := end - time.monotonic()) > 0:
        most = max(most, memory_mib(world))
        if not said[0] and left_s < seconds / 2:
            said = ready_text(world), status_text(world)
            told(f"{crowd.confirmed():,} readings confirmed; /readyz: {said[0]}")
        time.sleep(min(SAMPLE_S, left_s))
    return most, said


def _catch_up(world: World, crowd: Crowd, *, rate: float) -> tuple[Catching, float]:
    """Nothing waits any more, publishing going on; how that went, and the broker's largest memory in MiB."""
    back = time.monotonic()
    first = stored_since_start(world)
    moments = [(back, first, crowd.confirmed())]
    most = 0.0
    for moment in _progress(world, crowd):
        most = max(most, memory_mib(world))
        if moment[1] == first:
            moments = [moment]  # not resumed yet: the drain begins at the last look that saw nothing stored
            continue
        moments.append(moment)
        if moment[2] - moment[1] <= rate * LATE_S:
            break
    else:
        msg = f"still catching up after {CATCH_UP_S:g} s\n{world.house.logs()}"
        raise NotFinishedError(msg)
    start, end = moments[0], moments[-1]
    drain_s = end[0] - start[0]
    catching = Catching(
        resumed_s=start[0] - back, backlog=start[2] - start[1], drain_s=drain_s, rate=(end[1] - start[1]) / drain_s
    )
    return catching, most


def _progress(world: World, crowd: Crowd) -> Iterator[tuple[float, int, int]]:
    """Again and again: the moment, readings stored, readings confirmed; ends after CATCH_UP_S."""
    deadline = time.monotonic() + CATCH_UP_S
    while time.monotonic() < deadline:
        time.sleep(POLL_S)
        yield time.monotonic(), stored_since_start(world), crowd.confirmed()


def stored_since_start(world: World) -> int:
    """Readings stored since the service started, by its own count."""
    text = world.house.get("/metrics").text
    found = [line.split()[1] for line in text.splitlines() if line.startswith(VALUES + " ")]
    return int(float(found[0])) // VALUES_PER_READING


def memory_mib(world: World) -> float:
    """Resident memory of the broker's process."""
    broker = world.broker()
    return broker.memory_info().rss / MIB if broker is not None else 0.0


def ready_text(world: World) -> str:
    """What `/readyz` answers."""
    try:
        return world.house.get("/readyz").text
    except httpx2.TransportError as error:
        return f"no answer: {error}"


def status_text(world: World) -> str:
    """What `tiantou status` prints."""
    command = [sys.executable, "-m", "bootstrap", "status"]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=world.house.environment,
            capture_output=True,
            text=True,
            timeout=STATUS_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no answer within {STATUS_S:g} s"
    return (done.stdout + done.stderr).strip()


def log_lines(world: World) -> int:
    """Lines in the service's log."""
    return len((world.house.folder.logs / "service.log").read_bytes().splitlines())
