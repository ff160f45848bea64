import os
import threading
from pathlib import Path

import pytest

from bootstrap.data_folder import DataFolder, kept_secret, write_private
from bootstrap.errors import FolderError


def test_every_folder_is_for_its_owner_alone(folder: DataFolder) -> None:
    made = [folder.root, *(path for path in folder.root.iterdir() if path.is_dir())]
    assert len(made) == 6
    assert {path.stat().st_mode & 0o777 for path in made} == {0o700}


def test_a_path_too_long_for_a_socket_is_told_before_anything_is_made(tmp_path: Path) -> None:
    root = tmp_path / ("x" * 100)
    with pytest.raises(FolderError, match="shorter"):
        DataFolder(root=root).create()
    assert not root.exists()


def test_a_folder_that_cannot_be_made_is_told_with_its_variable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match="TIANTOU_DATA_DIR"):
        DataFolder(root=tmp_path / "file" / "var").create()


def test_a_secret_is_the_same_for_all_who_ask_at_once(tmp_path: Path) -> None:
    together = threading.Barrier(8)
    found: list[str] = []

    def ask() -> None:
        together.wait()
        found.append(kept_secret(tmp_path / "secret"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_a_private_files_new_name_is_made_durable_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    sync = os.fsync

    def noting(descriptor: int) -> None:
        synced.append(os.fstat(descriptor).st_ino)
        sync(descriptor)

    monkeypatch.setattr("os.fsync", noting)
    write_private(tmp_path / "f", "x")
    assert synced == [(tmp_path / "f").stat().st_ino, tmp_path.stat().st_ino]


def test_a_private_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "f"
    write_private(file, "a long first text")
    write_private(file, "second")
    assert file.read_text() == "second"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["f"]
