"""What the command line may ask of a running service, over a Unix socket in the data folder."""

import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel
from starlette.responses import StreamingResponse

from bootstrap.batch_bytes import read_batch
from bootstrap.errors import BootstrapError
from bootstrap.following import FollowerState
from bootstrap.history.storing import TakeHistory, Taken
from bootstrap.steps import Result, Step, Tell
from devices.errors import DeviceError
from devices.model import IngestState
from households.errors import HouseholdError
from observations.errors import ObservationError
from storage.records.errors import RecordsError

Answer = TypeVar("Answer")
REFUSED = 409
LINES = "application/x-ndjson"
EXPECTED = (BootstrapError, DeviceError, HouseholdError, ObservationError, RecordsError, OSError, ValueError)

log = structlog.get_logger()


class Told(BaseModel):
    """One line about a chore: a step on its way, or how it ended."""

    step: Step | None = None
    result: dict[str, Any] | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What the service can be asked for.

    refresh_devices: devices registered by another process are known and let in. replay: see QuarantineReplay.
    chore: see Chores.do. readiness: what keeps the service from being ready.
    """

    refresh_devices: Callable[[], None]
    replay: Callable[[str], str]
    chore: Callable[[str, Mapping[str, Any], Tell], Result]
    readiness: Callable[[], Mapping[str, str]]
    followers: Callable[[], Sequence[FollowerState]]
    ingest: Callable[[], IngestState]
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

    @app.post("/chores/{name}")
    def chore(name: str, request: dict[str, Any]) -> StreamingResponse:
        return StreamingResponse(_lines(lambda tell: controls.chore(name, request, tell)), media_type=LINES)

    @app.get("/followers")
    def followers() -> Sequence[FollowerState]:
        return controls.followers()

    @app.get("/ingest")
    def ingest() -> IngestState:
        return controls.ingest()

    @app.post("/readings")
    async def readings(request: Request) -> Taken:
        body = await request.body()
        return await run_in_threadpool(_asked, lambda: controls.take_history(read_batch(body)))

    return app


def _lines(do: Callable[[Tell], Result]) -> Iterator[str]:
    """A line of JSON for each step, and a last one with the result or the problem.

    It is done on a thread of its own, to the end, also where whoever asked has gone away.
    """
    told: queue.SimpleQueue[Told] = queue.SimpleQueue()

    def work() -> None:
        try:
            told.put(Told(result=dict(do(lambda step: told.put(Told(step=step))))))
        except EXPECTED as error:
            told.put(Told(problem=str(error)))
        except Exception as error:  # an entry point: whoever waits is told, whatever it was
            log.exception("chore_failed")
            told.put(Told(problem=f"{type(error).__name__}: {error}; see the service's log"))

    threading.Thread(target=work, name="chore").start()
    while True:
        line = told.get()
        yield f"{line.model_dump_json(exclude_none=True)}\n"
        if line.step is None:
            return


def _asked(do: Callable[[], Answer]) -> Answer:
    try:
        return do()
    except (BootstrapError, ObservationError, RecordsError, OSError) as error:
        raise HTTPException(status_code=REFUSED, detail=str(error)) from error
