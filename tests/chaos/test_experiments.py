"""The experiments as CI runs them: a few kills, ten seconds without a store, one power cut."""

import json
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from chaos.disk import missing
from chaos.errors import CannotRunError
from chaos.kills import KillPlan, order_of, run_kills
from chaos.outage import OutagePlan, run_outage
from chaos.power import PowerPlan, run_power
from chaos.report import held, json_of
from chaos.stores import StoreKind
from chaos.world import BrokerKind
from tests.journeys.house import ROOT

KILLS = 5


@pytest.mark.journey
@pytest.mark.parametrize("store", StoreKind)
def test_five_kills_lose_and_double_nothing(store: StoreKind, tmp_path: Path) -> None:
    plan = KillPlan(count=KILLS, store=store, rate=1_000, soonest_s=0.5, latest_s=3.0)
    try:
        report = run_kills(plan, tmp_path / "x")
    except CannotRunError as error:
        pytest.skip(str(error))
    assert held(report), report
    assert sum(report.killed.values()) == KILLS
    assert report.verdict.acknowledged > 0


@pytest.mark.journey
@pytest.mark.parametrize("broker", BrokerKind)
def test_ten_seconds_without_a_store_lose_nothing_and_say_what_is_wrong(broker: BrokerKind, tmp_path: Path) -> None:
    plan = OutagePlan(seconds=10, store=StoreKind.CLICKHOUSE_FRONT, broker=broker)
    try:
        report = run_outage(plan, tmp_path / "x")
    except CannotRunError as error:
        pytest.skip(str(error))
    assert held(report), report
    assert report.catching.backlog > plan.rate * plan.seconds / 2
    told = json.loads(report.told.ready)["problems"]["ingest"]
    assert told.startswith("the store is away since ")
    assert "next try in" in told
    assert "Max retries" not in told
    assert "the store is away since " in report.told.status
    assert report.told.log_lines <= 20


@pytest.mark.journey
def test_a_power_cut_takes_nothing_that_was_stored_and_at_most_a_second_of_what_was_confirmed(tmp_path: Path) -> None:
    if reason := missing():
        pytest.skip(f"not run: {reason}")
    report = run_power(PowerPlan(count=1, rate=1_000, soonest_s=4, latest_s=6), tmp_path)
    assert held(report), report
    assert report.cuts[0].appended > 0
    assert json.loads(json_of(report))["held"] is True


def test_every_part_dies_as_often_as_the_others() -> None:
    first, second = (order_of(["service", "broker", "store"], 10, random.Random(seed)) for seed in (1, 1))  # noqa: S311 a seed repeats the order
    assert sorted(Counter(first).values()) == [3, 3, 4]
    assert first == second


def test_an_outage_of_the_embedded_store_is_refused_in_words() -> None:
    command = [sys.executable, "-m", "chaos", "outage", "--store", "embedded"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "lives and dies with the service" in done.stderr
