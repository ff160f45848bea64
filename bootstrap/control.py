"""What the command line may ask of a running service, over a Unix socket in the data folder."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from bootstrap.batch_bytes import read_batch
from bootstrap.errors import BootstrapError
from bootstrap.following import FollowerState
from bootstrap.history.storing import TakeHistory, Taken
from observations.errors import ObservationError
from storage.records.errors import RecordsError

Answer = TypeVar("Answer")
REFUSED = 409


class BackupRequest(BaseModel):
    """Where the backup goes: an absolute path on this machine."""

    folder: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What the service can be asked for.

    refresh_devices: devices registered by another process are known and let in. replay: see QuarantineReplay.
    back_up: a backup lies in that folder. readiness: what keeps the service from being ready.
    """

    refresh_devices: Callable[[], None]
    replay: Callable[[str], str]
    back_up: Callable[[Path], None]
    readiness: Callable[[], Mapping[str, str]]
    followers: Callable[[], Sequence[FollowerState]]
    take_history: TakeHistory


def control_app(controls: Controls) -> FastAPI:
    """The application behind the socket; what went wrong is answered in one line with status 409."""
    app = FastAPI(openapi_url=None)

    @app.get("/status")
    def status() -> Mapping[str, str]:
        return controls.readiness()

    @app.post("/devices/refresh", status_code=204)
    def refresh() -> None:
        _asked(controls.refresh_devices)

    @app.post("/quarantine/{digest}/replay")
    def replay(digest: str) -> dict[str, str]:
        return {"problem": _asked(lambda: controls.replay(digest))}

    @app.post("/backup", status_code=204)
    def backup(request: BackupRequest) -> None:
        _asked(lambda: controls.back_up(request.folder))

    @app.get("/followers")
    def followers() -> Sequence[FollowerState]:
        return controls.followers()

    @app.post("/readings")
    async def readings(request: Request) -> Taken:
        body = await request.body()
        return await run_in_threadpool(_asked, lambda: controls.take_history(read_batch(body)))

    return app


def _asked(do: Callable[[], Answer]) -> Answer:
    try:
        return do()
    except (BootstrapError, ObservationError, RecordsError, OSError) as error:
        raise HTTPException(status_code=REFUSED, detail=str(error)) from error
