import json
from datetime import timedelta
from pathlib import Path

import pytest

from simulators.errors import PlanMismatchError
from simulators.model import SitePlan
from simulators.plan import build_plan
from simulators.progress import ProgressFile, StateFile
from simulators.telemetry import Pace, Rhythm


def test_the_state_is_there_after_a_restart(plan: SitePlan, tmp_path: Path) -> None:
    first = StateFile(tmp_path / "new", plan)
    rhythm = Rhythm(pace=Pace(tag_s=30, probe_s=60), since_s=1_794_999_000, before=Pace())
    first.readings_settled(1_795_000_000, rhythm)
    first.events_settled(1_794_000_000)
    again = StateFile(tmp_path / "new", plan).state
    assert again == first.state
    assert (again.until_s, again.rhythm, again.events_until_s) == (1_795_000_000, rhythm, 1_794_000_000)


def test_another_plan_is_refused_with_both_names(plan: SitePlan, tmp_path: Path) -> None:
    StateFile(tmp_path, plan).events_settled(1)
    tomorrow = build_plan(plan.seed, plan.today + timedelta(days=1))
    with pytest.raises(PlanMismatchError, match="2026-11-22, not ningxiang-sim/7/2026-11-23"):
        StateFile(tmp_path, tomorrow)


def test_progress_is_finished_only_when_readings_and_events_are(tmp_path: Path) -> None:
    progress = ProgressFile(tmp_path)
    progress.moved("history", 3, 350)
    progress.finish("history")
    half = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))
    progress.finish("events")
    whole = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))
    assert half["history"] == {"done": 3, "total": 350}
    assert (half["phase"], half["finished"], whole["finished"]) == ("live", False, True)


def test_problems_are_shown_until_they_are_gone(tmp_path: Path) -> None:
    progress = ProgressFile(tmp_path)
    progress.problem("mqtt", "no broker answers")
    progress.problem("http", "no service answers")
    both = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))["problem"]
    progress.problem("mqtt", "")
    one = json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))["problem"]
    assert both == "no broker answers; no service answers"
    assert one == "no service answers"
