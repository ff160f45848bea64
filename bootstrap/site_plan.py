"""Which simulated site this data folder tells of: decided once, at its first start."""

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from bootstrap.data_folder import DataFolder, write_private
from bootstrap.errors import FolderError
from simulators.model import SitePlan
from simulators.plan import build_plan

SITE_ZONE = ZoneInfo("Asia/Shanghai")


def plan_file(folder: DataFolder) -> Path:
    """Where seed and first day are kept."""
    return folder.simulator / "plan.json"


def kept_plan(folder: DataFolder, *, seed: int, now: datetime) -> SitePlan:
    """The folder's plan, the same at every start; a first start begins it on the local day of `now`."""
    file = plan_file(folder)
    if not file.exists():
        first_day = now.astimezone(SITE_ZONE).date()
        write_private(file, json.dumps({"seed": seed, "today": first_day.isoformat()}))
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return build_plan(int(kept["seed"]), date.fromisoformat(kept["today"]))
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{file} is damaged ({error}): delete it together with the data folder, or restore it from a backup"
        raise FolderError(msg) from error
