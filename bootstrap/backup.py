"""Records and observations as they stood at one point, and back."""

import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from bootstrap.data_folder import DataFolder, write_private
from bootstrap.errors import FolderError, RequestError
from bootstrap.settings import Settings
from bootstrap.site_plan import plan_file
from bootstrap.steps import Step, Tell, tell_nobody
from observations.ports import ObservationStore
from storage.observations.restore import restore_observations
from storage.records.backup import backup_records, restore_records
from storage.records.records import Records

FORM = 1
MANIFEST = "manifest.json"
TELL_EVERY_S = 0.5


def back_up(
    folder: Path,
    *,
    data: DataFolder,
    records: Records,
    store: ObservationStore,
    standstill: Callable[[], AbstractContextManager[None]],
    now: datetime,
    tell: Tell = tell_nobody,
) -> None:
    """`folder`, new or empty, holds records, observations and secrets as of one point; raises FolderError.

    standstill: nothing is appended while its block lasts. The manifest is written last: without it there is no backup.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        msg = f"{folder} is not empty: name a new folder for the backup"
        raise FolderError(msg)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with standstill():
        # records first: a follower's cursor in them may then be behind the observations, but never ahead
        tell(Step(what="records"))
        backup_records(records.engine, folder / "records.sqlite")
        _snapshot(store, folder / "observations", tell)
        head = dict(store.head())
    shutil.copytree(data.secrets, folder / "secrets")
    if plan_file(data).exists():
        shutil.copy(plan_file(data), folder / "plan.json")
    # The keys are in it, as what they seal could be read by nobody else, and so is everything they protect.
    secrets = sorted(file.name for file in (folder / "secrets").iterdir())
    manifest = {"form": FORM, "taken": now.isoformat(), "head": head, "secrets": secrets}
    write_private(folder / MANIFEST, json.dumps(manifest))


def _snapshot(store: ObservationStore, folder: Path, tell: Tell) -> None:
    """The store's copy lies in `folder`; meanwhile it is told how much of it is written."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="snapshot") as executor:
        copying = executor.submit(store.snapshot, folder)
        while True:
            try:
                copying.result(timeout=TELL_EVERY_S)
            except TimeoutError:
                if copying.done():  # the copy itself timed out
                    raise
                written = sum(file.stat().st_size for file in folder.glob("*"))
                tell(Step(what=f"observations, {written / 1e6:,.0f} MB"))
            else:
                return


def restore(folder: Path, *, data: DataFolder, settings: Settings, tell: Tell = tell_nobody) -> None:
    """The data folder, empty before, holds what the backup holds; raises FolderError, RequestError."""
    if settings.store_url or settings.records_url:
        msg = "servers are restored by their own programs: unset TIANTOU_STORE_URL and TIANTOU_RECORDS_URL"
        raise RequestError(msg)
    read_manifest(folder)
    if not data.is_empty():
        msg = f"{data.root} is not empty: restore only into a new data folder (set TIANTOU_DATA_DIR)"
        raise FolderError(msg)
    data.create()
    shutil.copytree(folder / "secrets", data.secrets, dirs_exist_ok=True)
    if (folder / "plan.json").exists():
        shutil.copy(folder / "plan.json", plan_file(data))
    tell(Step(what="records"))
    restore_records(folder / "records.sqlite", f"sqlite:///{data.records}")
    restore_observations(
        folder / "observations",
        data.observations,
        tell=lambda done, total: tell(Step(what="observations", done=done, total=total)),
    )


def read_manifest(folder: Path) -> dict[str, object]:
    """What the backup says of itself; raises FolderError where it is none, or unfinished."""
    try:
        manifest: dict[str, object] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        form = manifest["form"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{folder} holds no finished backup (no readable {MANIFEST})"
        raise FolderError(msg) from error
    if form != FORM:
        msg = f"{folder} is a backup of form {form}; this version reads form {FORM}"
        raise FolderError(msg)
    return manifest
