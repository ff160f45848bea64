"""The real socket, the real server, the real client."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from bootstrap.control import Controls, control_app
from bootstrap.control_client import RunningService
from bootstrap.data_folder import DataFolder
from bootstrap.errors import FolderError, PortTakenError, ServiceError
from bootstrap.steps import Result, Step, Tell, tell_nobody
from bootstrap.web import WebServer, private_socket, tcp_socket
from observations.errors import StoreUnavailableError


class Asked:
    """What the service was asked for."""

    def __init__(self) -> None:
        self.refreshed = 0
        self.folders: list[Path] = []

    def refresh(self) -> None:
        self.refreshed += 1

    def chore(self, name: str, request: Mapping[str, Any], tell: Tell) -> Result:
        folder = Path(request["folder"])
        if folder.name == "full":
            msg = f"{folder} is not empty"
            raise FolderError(msg)
        if folder.name == "broken":
            raise ZeroDivisionError
        for done in (1, 2):
            tell(Step(what=name, done=done, total=2))
        self.folders.append(folder)
        return {"folder": str(folder)}

    def replay(self, digest: str) -> str:
        if digest == "away":
            msg = "the store is away"
            raise StoreUnavailableError(msg)
        return "" if digest == "good" else "still unknown"


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def service(folder: DataFolder, asked: Asked) -> Iterator[RunningService]:
    controls = Controls(
        refresh_devices=asked.refresh,
        replay=asked.replay,
        chore=asked.chore,
        readiness=lambda: {"broker": "waiting"},
    )
    server = WebServer(control_app(controls), private_socket(folder.control_socket), name="control")
    server.start()
    yield RunningService(folder)
    server.stop()


def test_a_running_service_does_what_it_is_asked(service: RunningService, asked: Asked, tmp_path: Path) -> None:
    assert service.answers()
    assert service.status() == {"broker": "waiting"}
    service.refresh_devices()
    assert asked.refreshed == 1
    assert service.replay("good") == ""
    assert service.replay("bad") == "still unknown"
    steps: list[Step] = []
    result = service.do("backup", {"folder": str(tmp_path / "new")}, steps.append)
    assert (result, asked.folders) == ({"folder": str(tmp_path / "new")}, [tmp_path / "new"])
    assert [(step.what, step.done, step.total) for step in steps] == [("backup", 1, 2), ("backup", 2, 2)]


def test_what_goes_wrong_there_is_told_here(service: RunningService, tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="full is not empty"):
        service.do("backup", {"folder": str(tmp_path / "full")}, tell_nobody)
    with pytest.raises(ServiceError, match="ZeroDivisionError"):
        service.do("backup", {"folder": str(tmp_path / "broken")}, tell_nobody)
    with pytest.raises(ServiceError, match="the store is away"):
        service.replay("away")


def test_the_socket_is_for_its_owner_alone(service: RunningService, folder: DataFolder) -> None:
    assert service.answers()
    assert folder.control_socket.stat().st_mode & 0o777 == 0o600


def test_where_no_service_runs_none_answers(folder: DataFolder) -> None:
    assert not RunningService(folder).answers()
    private_socket(folder.control_socket).close()  # as a killed service leaves it
    with pytest.raises(ServiceError, match="no service runs"):
        RunningService(folder).status()


def test_a_taken_port_is_told_with_its_variable(free_port: int) -> None:
    with tcp_socket("127.0.0.1", free_port, variable="TIANTOU_HTTP_PORT") as holder:
        holder.listen()
        with pytest.raises(PortTakenError, match=f"port {free_port} .* set TIANTOU_HTTP_PORT"):
            tcp_socket("127.0.0.1", free_port, variable="TIANTOU_HTTP_PORT")
