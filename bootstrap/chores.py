"""Long work on the stores that a person asks for: by the running service, or by a command where none runs."""

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import AwareDatetime, BaseModel

from bootstrap.backup import back_up
from bootstrap.data_folder import DataFolder
from bootstrap.errors import RequestError
from bootstrap.exporting import ExportRequest, export_file
from bootstrap.household_erasure import HouseholdErasure
from bootstrap.steps import Result, Tell
from observations.model import Correction
from observations.ports import ObservationStore
from observations.retention import retention_policy
from storage.records.records import Records


class BackupRequest(BaseModel):
    """Where the backup goes: an absolute path on this machine."""

    folder: Path


class CorrectionRequest(BaseModel):
    """A correction as `observations.model.Correction` has it."""

    device: str
    channel: str
    observed_property: str
    phenomenon_ms: int
    value: float | None
    reason: str
    corrected_by: str
    corrected_time: AwareDatetime


class HouseholdRequest(BaseModel):
    """A household of the records."""

    household: str


class NoRequest(BaseModel):
    """Nothing more to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """What chores work on. standstill: nothing is appended while its block lasts."""

    folder: DataFolder
    records: Records
    store: ObservationStore
    standstill: Callable[[], AbstractContextManager[None]]
    now: Callable[[], datetime]


class Chores:
    """Backup, export, correction, erasure and retention, each by a name and a request; one of a name at a time."""

    def __init__(self, at: Workplace) -> None:
        self._at = at
        self._chores: dict[str, tuple[type[BaseModel], Callable[[Any, Tell], Result]]] = {
            "backup": (BackupRequest, self._back_up),
            "export": (ExportRequest, self._export),
            "correct": (CorrectionRequest, self._correct),
            "erase-household": (HouseholdRequest, self._erase_household),
            "retain": (NoRequest, self._retain),
        }
        self._running = {name: threading.Lock() for name in self._chores}

    def do(self, name: str, request: Mapping[str, Any], tell: Tell) -> Result:
        """The chore is done; raises RequestError where there is none of that name, or one runs already."""
        if name not in self._chores:
            msg = f"the service knows no chore {name!r}: is it of the same version as this command?"
            raise RequestError(msg)
        shape, chore = self._chores[name]
        if not self._running[name].acquire(blocking=False):
            msg = f"another {name} is under way: wait until it is finished"
            raise RequestError(msg)
        try:
            return chore(shape.model_validate(request), tell)
        finally:
            self._running[name].release()

    def _back_up(self, request: BackupRequest, tell: Tell) -> Result:
        at = self._at
        back_up(
            request.folder,
            data=at.folder,
            records=at.records,
            store=at.store,
            standstill=at.standstill,
            now=at.now(),
            tell=tell,
        )
        return {"folder": str(request.folder)}

    def _export(self, request: ExportRequest, tell: Tell) -> Result:
        return export_file(request, store=self._at.store, records=self._at.records, tell=tell)

    def _correct(self, request: CorrectionRequest, _tell: Tell) -> Result:
        self._at.store.correct(Correction(**request.model_dump()))
        return {}

    def _erase_household(self, request: HouseholdRequest, tell: Tell) -> Result:
        erasure = HouseholdErasure(records=self._at.records, store=self._at.store, now=self._at.now)
        return erasure.erase(request.household, tell)

    def _retain(self, _request: NoRequest, _tell: Tell) -> Result:
        now_ms = int(self._at.now().timestamp() * 1000)
        expired = self._at.store.expire(retention_policy(), now_ms=now_ms)
        return {"values": expired.values, "weeks": expired.weeks}
