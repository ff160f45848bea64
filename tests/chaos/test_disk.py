"""The disk itself: a cut takes what was not flushed, and nothing else."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from chaos.disk import CutDisk, missing
from chaos.errors import NotFinishedError

LARGE = 32 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[CutDisk]:
    if reason := missing():
        pytest.skip(f"not run: {reason}")
    made = CutDisk(folder=tmp_path / "disk", size_bytes=256 << 20)
    try:
        made.start()
        yield made
    finally:
        made.close()


def write(file: Path, content: bytes, *, synced: bool) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        if synced:
            os.fsync(stream.fileno())


def test_a_cut_takes_what_was_not_synced_and_leaves_what_was(disk: CutDisk) -> None:
    write(disk.place / "synced", b"x" * LARGE, synced=True)
    write(disk.place / "unsynced", b"y" * LARGE, synced=False)
    disk.cut()
    disk.mount_what_is_left()
    assert (disk.place / "synced").read_bytes() == b"x" * LARGE
    left = disk.place / "unsynced"
    assert not left.exists() or left.read_bytes() != b"y" * LARGE


def test_nothing_is_left_mounted_or_attached(disk: CutDisk) -> None:
    device = disk._device
    disk.cut()
    disk.close()
    assert str(disk.folder) not in Path("/proc/mounts").read_text(encoding="utf-8")
    assert not Path(f"/sys/block/{Path(device).name}/loop/backing_file").exists()
    assert not disk.image.exists()


def test_a_disk_without_power_cannot_lose_it(tmp_path: Path) -> None:
    with pytest.raises(NotFinishedError, match="no power"):
        CutDisk(folder=tmp_path).cut()
