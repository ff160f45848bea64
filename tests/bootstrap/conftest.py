"""A data folder, a free port, and the real broker."""

import contextlib
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bootstrap.broker import NatsBroker, program
from bootstrap.credentials import SiteSecret
from bootstrap.data_folder import DataFolder
from bootstrap.errors import ProgramMissingError
from bootstrap.process import leave_mark
from storage.records.records import Records
from tests import ports
from tests.storage.records.databases import PlaceRecords

STOP_S = 10


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(root=tmp_path / "var")
    made.create()
    return made


@pytest.fixture
def free_port() -> int:
    return ports.free_port()


@pytest.fixture
def other_free_port() -> int:
    return ports.free_port()


@pytest.fixture
def records(place_sqlite: PlaceRecords, tmp_path: Path) -> Iterator[Records]:
    opened = Records.open(place_sqlite(tmp_path / "records.sqlite"))
    yield opened
    opened.close()


@pytest.fixture
def broker(folder: DataFolder, free_port: int) -> NatsBroker:
    try:
        program()
    except ProgramMissingError as error:
        pytest.skip(str(error))
    return NatsBroker(folder=folder, secret=SiteSecret.of(folder), port=free_port, store_bytes=64 << 20)


@pytest.fixture
def start_broker(broker: NatsBroker) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts the real server; every server started is gone after the test."""
    with contextlib.ExitStack() as stack:

        def start() -> subprocess.Popen[bytes]:
            log = stack.enter_context((broker.folder.logs / "broker.log").open("ab"))
            server = subprocess.Popen(broker.prepare(), stdout=log, stderr=log)
            stack.callback(server.wait, STOP_S)
            stack.callback(server.kill)
            leave_mark(broker.mark, server.pid)
            broker.await_ready()
            return server

        yield start
