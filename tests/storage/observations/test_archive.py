"""A copy of a store, and what comes back from it."""

from pathlib import Path

import pytest

from observations.model import Stream
from observations.ports import ObservationStore
from observations.quality import Quality
from storage.observations import export
from storage.observations.archive import ArchiveError, read_manifest
from storage.observations.restore import restore_observations
from tests.storage.observations.conftest import OpenStore
from tests.storage.observations.rows import DAY_MS, NOON_MS, WEEK_MS, Row, batch_of_rows, everything


def fill(store: ObservationStore) -> None:
    store.append(batch_of_rows(*(Row(f"tag-{tag}", 38.0 + tag / 10) for tag in range(20))))
    store.append(batch_of_rows(*(Row("tag-1", 39.0, NOON_MS - week * WEEK_MS) for week in range(1, 6))))
    store.append(batch_of_rows(Row("tag-1", 99.0, 5, quality=Quality.CLOCK_WRONG), Row("tag-2", 3.6, name="battery")))
    store.append(batch_of_rows(Row("tag-1", 41.0)))


def answers(store: ObservationStore) -> list[object]:
    series = store.series([Stream(device="tag-1")], "ear_temperature", suspect=True, limit=100)
    return [
        everything(store),
        store.latest([f"tag-{tag}" for tag in range(20)]),
        store.head(),
        store.conflicts(limit=10),
        [column.tolist() for column in (series.phenomenon_ms, series.value, series.quality)],
        store.buckets([Stream(device="tag-1")], "ear_temperature", width_ms=DAY_MS).start_ms.tolist(),
    ]


def test_what_is_restored_answers_as_what_was_copied(
    store: ObservationStore, open_store: OpenStore, tmp_path: Path
) -> None:
    fill(store)
    expected = answers(store)
    store.snapshot(tmp_path / "copy")
    store.append(batch_of_rows(Row("tag-1", 38.9, NOON_MS + 1)))
    store.close()
    data = tmp_path / "data"
    if data.exists():
        data.rename(tmp_path / "lost")
    assert restore_observations(tmp_path / "copy", data) == 26
    restored = open_store()
    assert answers(restored) == expected
    assert restored.append(batch_of_rows(Row("tag-1", 39.0, NOON_MS - WEEK_MS))).redelivered == 1


def test_a_large_partition_is_copied_in_pieces(
    open_store: OpenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "ROWS_PER_PIECE", 6)
    store = open_store()
    fill(store)
    store.snapshot(tmp_path / "copy")
    manifest = read_manifest(tmp_path / "copy")
    assert len(manifest.observations) > 7
    assert sum(member.rows for member in manifest.observations.values()) == 26


def test_an_empty_store_can_be_copied_and_restored(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store()
    store.snapshot(tmp_path / "copy")
    store.close()
    (tmp_path / "data").rename(tmp_path / "old")
    assert restore_observations(tmp_path / "copy", tmp_path / "data") == 0
    assert everything(open_store()) == []


def test_a_copy_that_broke_off_is_no_copy(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store()
    fill(store)
    store.snapshot(tmp_path / "copy")
    store.close()
    (tmp_path / "copy" / "manifest.json").unlink()
    with pytest.raises(ArchiveError, match=r"manifest\.json is missing"):
        restore_observations(tmp_path / "copy", tmp_path / "elsewhere")


@pytest.mark.parametrize("manifest", [b"", b"{}", b'{"format": 2}', b"\xff"])
def test_a_manifest_that_cannot_be_read_is_named(tmp_path: Path, manifest: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(manifest)
    with pytest.raises(ArchiveError, match=r"manifest\.json"):
        read_manifest(tmp_path)


def test_a_copy_that_was_touched_is_not_believed(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store()
    fill(store)
    store.snapshot(tmp_path / "copy")
    store.close()
    file = tmp_path / "copy" / "observations-00001.parquet"
    file.write_bytes(file.read_bytes()[:-1] + b"?")
    with pytest.raises(ArchiveError, match="not as it was written"):
        restore_observations(tmp_path / "copy", tmp_path / "elsewhere")


def test_a_copy_is_not_poured_over_data(open_store: OpenStore, tmp_path: Path) -> None:
    store = open_store()
    fill(store)
    store.snapshot(tmp_path / "copy")
    store.close()
    with pytest.raises(ArchiveError, match="holds observations already"):
        restore_observations(tmp_path / "copy", tmp_path / "data")
