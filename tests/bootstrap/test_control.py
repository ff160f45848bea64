"""The real socket, the real server, the real client."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bootstrap.batch_bytes import read_batch
from bootstrap.control import Controls, control_app
from bootstrap.control_client import RunningService
from bootstrap.data_folder import DataFolder
from bootstrap.errors import FolderError, PortTakenError, RequestError, ServiceError
from bootstrap.following import FollowerState
from bootstrap.history.storing import into_store
from bootstrap.private_socket import private_socket
from bootstrap.steps import Result, Step, Tell, tell_nobody
from bootstrap.web import WebServer, tcp_socket
from devices.model import IngestState
from observations.batch import ObservationBatch
from observations.errors import StoreUnavailableError
from storage.observations.memory import InMemoryObservationStore
from storage.records.records import Records
from tests.bootstrap.cli.command import ok
from tests.storage.records.databases import PlaceRecords

STATE = IngestState(
    connected=True, problem="the store is away since 08:12", queued_messages=1_024, queued_bytes=2_500_000,
    oldest_unacknowledged_s=840.0, lag_s=0.1, messages=7_000, values=49_000, redelivered=0, conflicts=0, quarantined=0,
)  # fmt: skip


class Asked:
    """What the service was asked for."""

    def __init__(self) -> None:
        self.refreshed = 0
        self.folders: list[Path] = []
        self.store = InMemoryObservationStore()

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
        followers=lambda: [FollowerState(name="daily", lag_s=0.5, rows=7, set_aside=1, problem="")],
        ingest=lambda: STATE,
        take_history=into_store(asked.store, asked.store.append),
    )
    server = WebServer(control_app(controls), private_socket(folder.control_socket), name="control")
    server.start()
    yield RunningService(folder)
    server.stop()


def test_the_status_is_told_while_somebody_else_writes_to_the_records(
    service: RunningService, folder: DataFolder, place_sqlite: PlaceRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.answers()
    records = Records.open(place_sqlite(folder.records))
    monkeypatch.setenv("TIANTOU_DATA_DIR", str(folder.root))
    with records.together():
        told = ok("status").splitlines()
    records.close()
    assert told[0] == "broker: waiting"
    assert told[1].startswith("received: 1,024 messages (2.5 MB) wait to be stored, the oldest for 840 s; ")
    assert any(line.startswith("daily") for line in told)


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


def test_readings_are_handed_to_a_running_service_as_they_are(service: RunningService, asked: Asked) -> None:
    batch = ObservationBatch(
        device=["tag-1", "探头"],
        channel=["", "20cm"],
        phenomenon_ms=np.array([1, 2**53 + 1]),
        received_ms=np.array([3, 4]),
        corrected_ms=np.array([1, 4]),
        values={"battery": np.array([3.1, np.nan]), "soil_ph": np.array([np.nan, 6.5])},
        quality={"soil_ph": np.array([0, 4], np.uint8)},
    )
    assert service.take_history(batch).stored == 2
    kept, _ = asked.store.since({}, limit=9)
    assert sorted(zip(kept.device, kept.channel, kept.phenomenon_ms.tolist(), strict=True)) == [
        ("tag-1", "", 1), ("探头", "20cm", 2**53 + 1)
    ]  # fmt: skip
    assert kept.quality["soil_ph"].tolist() == [0, 4]
    assert service.take_history(batch).redelivered == 2
    other = service.take_history(replace(batch, values={"battery": np.array([2.9, np.nan])}, quality={}))
    assert (other.conflicting, [(each.device, each.stored_value) for each in other.conflicts]) == (1, [("tag-1", 3.1)])
    with pytest.raises(RequestError, match="no batch of readings"):
        read_batch(b"nonsense")


def test_a_running_service_tells_how_its_followers_stand(service: RunningService) -> None:
    assert service.followers() == [{"name": "daily", "lag_s": 0.5, "rows": 7, "set_aside": 1, "problem": ""}]


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
