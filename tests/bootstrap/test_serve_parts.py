"""What the service says and allows, without its processes."""

import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bootstrap.admission import Admission
from bootstrap.data_folder import DataFolder
from bootstrap.errors import RequestError
from bootstrap.house import House
from bootstrap.serve import Core, build_ingest, disk_problem, service_controls
from bootstrap.settings import Settings
from bootstrap.steps import tell_nobody
from bootstrap.wiring import build_metrics, build_pipeline
from storage.observations.memory import InMemoryObservationStore


class SlowStore(InMemoryObservationStore):
    """Its snapshot waits to be allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.began, self.allowed = threading.Event(), threading.Event()

    def snapshot(self, folder: Path) -> None:
        self.began.set()
        self.allowed.wait(10)
        super().snapshot(folder)


@pytest.fixture
def core(folder: DataFolder) -> Iterator[Core]:
    house = House.of(Settings(data_dir=folder.root))
    store = SlowStore()
    metrics = build_metrics(house)
    with house.records() as records:
        pipeline = build_pipeline(records, store, metrics)
        yield Core(house=house, records=records, store=store, pipeline=pipeline, metrics=metrics)


def nothing_wrong() -> Mapping[str, str]:
    return {}


def test_a_second_backup_is_refused_while_one_is_being_taken(core: Core, tmp_path: Path) -> None:
    store = core.store
    assert isinstance(store, SlowStore)
    ingest = build_ingest(core, on_subscribed=lambda: None)
    controls = service_controls(core, ingest, Admission(lambda: None), nothing_wrong)

    def back_up(name: str) -> None:
        controls.chore("backup", {"folder": str(tmp_path / name)}, tell_nobody)

    first = threading.Thread(target=back_up, args=("first",))
    first.start()
    assert store.began.wait(10)
    with pytest.raises(RequestError, match="another backup"):
        back_up("second")
    store.allowed.set()
    first.join(10)
    back_up("third")
    assert (tmp_path / "third" / "manifest.json").exists()


def test_a_disk_that_is_nearly_full_is_said_before_any_message_comes() -> None:
    assert disk_problem(0.05, 0.05) == ""
    assert disk_problem(0.049, 0.05) == "the disk is nearly full: 4.9% free, 5% needed"
