import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from simulators.calendar_days import at_local, instant, seconds
from simulators.model import SitePlan
from simulators.plan import build_plan
from simulators.run import Simulation
from tests.simulators.conftest import TODAY, Broker, Service, Subscriber

Rows = dict[tuple[str, str, int], dict[str, float]]


@pytest.fixture(scope="module")
def small() -> SitePlan:
    """The plan with its youngest pigs and newest probes only, so that its past is told in a moment."""
    plan = build_plan(11, TODAY)
    young = at_local(TODAY - timedelta(days=21), 0)
    lives = tuple(life for life in plan.lives if life.tagged_at > young)
    plots = tuple(sorted(plan.plots, key=lambda plot: plot.since)[-4:])
    kept = {life.tag for life in lives} | {plot.probe for plot in plots}
    devices = tuple(device for device in plan.devices if device.id in kept or device.kind == "gateway")
    return replace(plan, lives=lives, plots=plots, devices=devices)


class Clock:
    """A clock that is set by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def simulation(
    plan: SitePlan, broker: Broker, service: Service, folder: Path, now: Callable[[], datetime]
) -> Simulation:
    return Simulation(
        plan,
        mqtt_host="127.0.0.1",
        mqtt_port=broker.port,
        mqtt_user="sim",
        mqtt_password="x",
        http_url=service.url,
        http_token="t",
        state_folder=folder,
        speed=60,
        now=now,
    )


def rows_of(subscriber: Subscriber) -> Rows:
    """Native readings by key; every redelivery must be the same values."""
    subscriber.settle()
    found: Rows = {}
    for topic, payload in subscriber.arrived:
        if topic.endswith("/observations"):
            for row in json.loads(payload):
                key = (topic.split("/")[3], row.pop("channel", ""), row.pop("t"))
                assert found.setdefault(key, row) == row, key
    return found


def run_until(simulation: Simulation, enough: Callable[[str, int, int], bool]) -> None:
    stop = threading.Event()

    def told(phase: str, done: int, total: int) -> None:
        if enough(phase, done, total):
            stop.set()

    simulation.run(stop, told)


def test_past_and_events_are_told_first_and_then_life_goes_on(
    small: SitePlan, broker: Broker, subscriber: Subscriber, service: Service, tmp_path: Path
) -> None:
    clock = Clock(at_local(TODAY, 12))
    phases: list[str] = []

    def enough(phase: str, _done: int, _total: int) -> bool:
        phases.append(phase)
        if phase == "live":
            clock.now += timedelta(seconds=40)
        progress = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))
        return bool(progress["finished"]) and phases.count("live") > 2

    run_until(simulation(small, broker, service, tmp_path, clock), enough)
    found = rows_of(subscriber)
    newest = max(key[2] for key in found)
    assert newest > seconds(at_local(TODAY, 12))
    assert phases.index("history") < phases.index("live")
    assert len(service.events) >= 2 * len(small.lives)
    assert (tmp_path / "truth.jsonl").exists()
    assert json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))["until_s"] >= seconds(at_local(TODAY, 12))


def test_a_second_start_continues_and_repeats_nothing_otherwise(
    small: SitePlan, broker: Broker, subscriber: Subscriber, service: Service, tmp_path: Path
) -> None:
    clock = Clock(at_local(TODAY, 12))
    run_until(simulation(small, broker, service, tmp_path, clock), lambda phase, _done, _total: phase == "live")
    told = len(rows_of(subscriber))
    arrived = len(subscriber.arrived)
    clock.now += timedelta(days=2, hours=3)
    run_until(simulation(small, broker, service, tmp_path, clock), lambda phase, _done, _total: phase == "live")
    found = rows_of(subscriber)
    since = seconds(at_local(TODAY, 12))
    again = [payload for topic, payload in subscriber.arrived[arrived:] if topic.endswith("/observations")]
    assert len(found) > told
    assert min(row["t"] for payload in again for row in json.loads(payload) if row["t"] > 10**9) > since - 60
    assert max(key[2] for key in found) > seconds(clock.now) - 3_600


def test_a_simulation_stopped_in_the_middle_of_the_past_finishes_it_at_the_next_start(
    small: SitePlan, broker: Broker, subscriber: Subscriber, service: Service, tmp_path: Path
) -> None:
    clock = Clock(at_local(TODAY, 12))
    run_until(
        simulation(small, broker, service, tmp_path, clock),
        lambda phase, done, _total: phase == "history" and done >= 25,
    )
    state = json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))
    assert instant(state["until_s"]) < at_local(TODAY, 0)
    run_until(simulation(small, broker, service, tmp_path, clock), lambda phase, _done, _total: phase == "live")
    interrupted = rows_of(subscriber)
    whole_folder = tmp_path / "whole"
    count = len(subscriber.arrived)
    run_until(simulation(small, broker, service, whole_folder, clock), lambda phase, _done, _total: phase == "live")
    assert len(subscriber.arrived) > count
    assert rows_of(subscriber) == interrupted


def test_an_event_the_service_refuses_is_told_and_the_others_still_go_out(
    small: SitePlan, broker: Broker, service: Service, tmp_path: Path
) -> None:
    service.answers = [201, 422]
    run_until(
        simulation(small, broker, service, tmp_path, Clock(at_local(TODAY, 12))),
        lambda phase, done, total: phase == "events" and done == total,
    )
    problem = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))["problem"]
    assert "1 events refused, the last: the service answered 422" in problem
    assert service.posts == len(service.events) + 2
