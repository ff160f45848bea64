import json
from pathlib import Path

from simulators.calendar_days import at_local, seconds
from simulators.model import SitePlan
from simulators.telemetry import Telemetry
from simulators.truth import write_truth


def test_the_truth_lists_illnesses_and_faults_of_the_past_only(
    telemetry: Telemetry, plan: SitePlan, tmp_path: Path
) -> None:
    now = seconds(at_local(plan.today, 12))
    write_truth(telemetry, now, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "truth.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["truth"] for row in rows} == {"illness", "fault"}
    assert {row["kind"] for row in rows} >= {"influenza_like", "bacterial_lung", "off", "gap", "stuck", "clock"}
    assert all(row.get("onset", row.get("since")) <= at_local(plan.today, 12).isoformat() for row in rows)
