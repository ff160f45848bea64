"""The command line's way to a running service."""

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx2

from bootstrap.batch_bytes import batch_bytes
from bootstrap.control import Told
from bootstrap.data_folder import DataFolder
from bootstrap.errors import ServiceError
from bootstrap.history.storing import Conflicting, Taken
from bootstrap.steps import Result, Tell
from devices.model import IngestState
from observations.batch import ObservationBatch

QUICK_S = 10.0
HISTORY_S = 600.0
CHORE_S = 3600.0
"""Between two words of a chore: a store of years takes long to copy."""


class RunningService:
    """Asks the service that runs on a data folder; raises ServiceError with what it answered."""

    def __init__(self, folder: DataFolder) -> None:
        self._socket = folder.control_socket

    def answers(self) -> bool:
        """A service runs on this data folder."""
        try:
            self.status()
        except ServiceError:
            return False
        return True

    def status(self) -> Mapping[str, str]:
        """What keeps the service from being ready; empty where nothing does."""
        answer: Mapping[str, str] = self._ask("GET", "/status").json()
        return answer

    def refresh_devices(self) -> None:
        """Devices registered by this process are known and let in."""
        self._ask("POST", "/devices/refresh", patience_s=60.0)

    def replay(self, digest: str) -> str:
        """Empty where the message is stored now; otherwise why it still cannot be."""
        return str(self._ask("POST", f"/quarantine/{digest}/replay").json()["problem"])

    def do(self, chore: str, request: Mapping[str, Any], tell: Tell) -> Result:
        """The chore is done, see Chores; what it says on its way is told."""
        self._require_listener()
        with (
            self._client(CHORE_S) as client,
            _speaking(),
            client.stream("POST", f"/chores/{chore}", json=request) as answer,
        ):
            if answer.is_error:
                answer.read()
                raise ServiceError(_detail(answer))
            for line in answer.iter_lines():
                told = Told.model_validate_json(line)
                if told.problem is not None:
                    raise ServiceError(told.problem)
                if told.result is not None:
                    return told.result
                if told.step is not None:
                    tell(told.step)
        msg = "the service ended before it had finished; do it again"
        raise ServiceError(msg)

    def followers(self) -> Sequence[Mapping[str, Any]]:
        """How each follower of the store stands: name, lag_s, rows, set_aside, problem."""
        found: Sequence[Mapping[str, Any]] = self._ask("GET", "/followers").json()
        return found

    def ingest(self) -> IngestState:
        """How ingest stands, and what waits in it."""
        return IngestState(**self._ask("GET", "/ingest").json())

    def take_history(self, batch: ObservationBatch) -> Taken:
        """Readings that were checked already are stored, durably; what became of their values."""
        told = self._ask("POST", "/readings", content=batch_bytes(batch), patience_s=HISTORY_S).json()
        return Taken(**told | {"conflicts": [Conflicting(**each) for each in told["conflicts"]]})

    def _ask(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, str] | None = None,
        content: bytes | None = None,
        patience_s: float = QUICK_S,
    ) -> httpx2.Response:
        self._require_listener()
        with self._client(patience_s) as client, _speaking():
            answer = client.request(method, path, json=body, content=content)
        if answer.is_error:
            raise ServiceError(_detail(answer))
        return answer

    def _client(self, patience_s: float) -> httpx2.Client:
        transport = httpx2.HTTPTransport(uds=str(self._socket))
        return httpx2.Client(transport=transport, base_url="http://service", timeout=patience_s)

    def _require_listener(self) -> None:
        # asked first by itself: httpcore2 2.16 leaves its socket open where a connection is refused
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self._socket))
            except OSError as error:
                msg = f"no service runs on this data folder ({error.strerror or error})"
                raise ServiceError(msg) from error


@contextmanager
def _speaking() -> Iterator[None]:
    try:
        yield
    except httpx2.TransportError as error:
        msg = f"the service on this data folder does not answer ({type(error).__name__})"
        raise ServiceError(msg) from error


def _detail(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the service answered with status {answer.status_code}; see its log"
