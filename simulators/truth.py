"""What really happened, for judging what was noticed: a file apart that is never published."""

import json
from collections.abc import Iterator
from pathlib import Path

from simulators.calendar_days import instant
from simulators.faults import Fault
from simulators.illness import Illness
from simulators.model import SitePlan
from simulators.progress import TRUTH_FILE, replace_text
from simulators.telemetry import Telemetry

Row = dict[str, str | float | bool]


def truth_rows(telemetry: Telemetry, until_s: int) -> Iterator[Row]:
    """Every illness and every fault that had begun by then, with its whole span."""
    plan, since = telemetry.plan, telemetry.begins_s
    for illness in telemetry.illnesses.between(since, until_s):
        if illness.onset_s < until_s:
            yield _illness_row(plan, illness)
    for faults in (telemetry.tag_faults, telemetry.probe_faults):
        yield from (_fault_row(fault) for fault in faults.between(since, until_s))


def write_truth(telemetry: Telemetry, until_s: int, folder: Path) -> None:
    """`truth.jsonl` in `folder` holds the truth up to that moment, a JSON object a line."""
    lines = [json.dumps(row, ensure_ascii=False) for row in truth_rows(telemetry, until_s)]
    replace_text(folder / TRUTH_FILE, "".join(f"{line}\n" for line in lines))


def _illness_row(plan: SitePlan, illness: Illness) -> Row:
    life = plan.lives[illness.animal]
    return {
        "truth": "illness",
        "kind": illness.kind,
        "animal": str(life.animal),
        "device": str(life.tag),
        "onset": instant(illness.onset_s).isoformat(),
        "until": instant(illness.until_s).isoformat(),
        "rise_c": round(illness.rise_c, 2),
        "treated": illness.treated,
    }


def _fault_row(fault: Fault) -> Row:
    return {
        "truth": "fault",
        "kind": fault.kind,
        "device": str(fault.device),
        "since": instant(fault.since_s).isoformat(),
        "until": instant(fault.until_s).isoformat(),
    }
