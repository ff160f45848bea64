"""`tiantou import readings` on a data folder on which nothing runs."""

import csv
import shutil
from pathlib import Path

import pytest

from bootstrap.history import importing, table
from observations.errors import StoreUnavailableError
from observations.model import Stream
from storage.observations.clickhouse import open_clickhouse_store
from tests.bootstrap.cli.command import ok, tiantou, told

pytestmark = pytest.mark.opens_stores

GOOD = "device,time,ear_temperature[degF],steps\n" + "".join(
    f"tag-1,2026-01-{day:02d} 08:00,{100 + day % 2},{day}\n" for day in range(1, 29)
)
WRONG = """device,time,ear_temperature,soil_ph,channel
tag-1,2026-01-01T08:00:00Z,38.5,,
tag-9,2026-01-01T08:00:00Z,38.5,,
p-1,2026-01-01T08:00:00Z,,six,20cm
tag-2,2026-01-01T08:00:00Z,38.5,,
tag-1,2026-01-01 08:00,38.5,,
tag-1,2200-01-01T08:00:00Z,38.5,,
tag-1,1999-01-01T08:00:00Z,38.5,,
tag-1,2026-01-02T08:00:00Z,61,,
tag-1,2026-01-01T08:00:00Z,39.5,,
tag-1,2026-01-03T08:00:00Z,,,
tag-1,2026-01-03T08:00:00Z,38.5,,a b
tag-1,2026-01-04T08:00:00Z,38.5
p-1,2026-01-04T08:00:00Z,x,6.5,20cm
"""


@pytest.fixture(autouse=True)
def devices(data_dir: Path) -> None:
    for site, names in {"s1": ["tag-1", "p-1"], "s2": ["tag-2"]}.items():
        ok("site", "add", site, "--name", "x")
        for name in names:
            ok("device", "add", name, "--site", site, "--kind", "ear_tag")
    assert data_dir.exists()


def stored(data_dir: Path, device: str, name: str) -> list[float]:
    store = open_clickhouse_store(
        data_dir / "observations", writer="test", snapshot_file=data_dir / "test", now_ms=lambda: 0
    )
    try:
        values: list[float] = store.series([Stream(device=device)], name, suspect=True, limit=1_000).value.tolist()
        return values
    finally:
        store.close()


def reported(file: Path) -> list[tuple[str, str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return [(row["row"], row["column"], row["rule"]) for row in csv.DictReader(stream)]


def test_a_file_is_stored_in_our_units_and_a_second_time_nothing_new(tmp_path: Path, data_dir: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text(GOOD)
    words = ("import", "readings", str(file), "--site", "s1", "--timezone", "Asia/Shanghai")
    assert "28 rows checked, 0 would be refused" in ok(*words, "--dry-run")
    assert "28 rows: 56 values stored, 0 were there already" in ok(*words)
    assert stored(data_dir, "tag-1", "ear_temperature") == pytest.approx(
        [(68 + day % 2) * 5 / 9 for day in range(1, 29)]
    )
    assert stored(data_dir, "tag-1", "steps") == list(range(1, 29))
    assert "28 rows: 0 values stored, 56 were there already" in ok(*words)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["history.csv"]


def test_what_was_erased_and_comes_again_from_a_file_is_told(tmp_path: Path, data_dir: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text(GOOD)
    words = ("import", "readings", str(file), "--site", "s1", "--timezone", "Asia/Shanghai")
    ok(*words)
    store = open_clickhouse_store(
        data_dir / "observations", writer="test", snapshot_file=data_dir / "test", now_ms=lambda: 0
    )
    store.erase([Stream(device="tag-1")])
    store.close()
    again = tiantou(*words)
    assert "28 rows: 0 values stored, 0 were there already" in again.output
    assert "56 values not kept: they are of what was erased" in again.output
    assert again.exit_code == 1
    assert stored(data_dir, "tag-1", "steps") == []


def test_what_cannot_be_stored_is_told_row_by_row(tmp_path: Path, data_dir: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text(WRONG)
    result = tiantou("import", "readings", str(file), "--site", "s1")
    assert result.exit_code == 1
    assert reported(tmp_path / "history.csv.report.csv") == [
        ("3", "device", "unknown_device"),
        ("4", "soil_ph", "not_a_number"),
        ("4", "", "no_values"),
        ("5", "device", "other_site"),
        ("6", "time", "no_offset"),
        ("7", "time", "future_time"),
        ("8", "time", "too_old"),
        ("9", "ear_temperature", "out_of_range"),
        ("11", "", "no_values"),
        ("12", "channel", "bad_channel"),
        ("13", "", "cells"),
        ("14", "ear_temperature", "not_a_number"),
        ("10", "ear_temperature", "conflict"),
    ]
    assert "13 rows: 3 values stored, 0 were there already, 1 in conflict; 9 rows refused" in result.output
    assert "tiantou device add" in result.output
    assert stored(data_dir, "tag-1", "ear_temperature") == [38.5, 61.0]
    assert stored(data_dir, "p-1", "soil_ph") == [6.5]


def test_an_interrupted_import_goes_on_where_it_was(
    tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "CHUNK_ROWS", 5)
    file = tmp_path / "history.csv"
    file.write_text(GOOD + "tag-1,2026-02-01 08:00,warm,\n")
    words = ("import", "readings", str(file), "--site", "s1", "--timezone", "Asia/Shanghai")
    original, calls = importing._and, []

    def away_after_three(*arguments: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            msg = "the store is away"
            raise StoreUnavailableError(msg)
        return original(*arguments)  # type: ignore[arg-type] # handed on

    monkeypatch.setattr(importing, "_and", away_after_three)
    assert "the store is away" in told(*words)
    monkeypatch.setattr(importing, "_and", original)
    result = tiantou(*words)
    assert "going on after row 11" in result.output
    assert "29 rows: 46 values stored, 10 were there already" in result.output
    assert len(stored(data_dir, "tag-1", "steps")) == 28
    assert reported(tmp_path / "history.csv.report.csv") == [
        ("30", "ear_temperature[degF]", "not_a_number"), ("30", "", "no_values")
    ]  # fmt: skip


def interrupted(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, *, after: int) -> None:
    """That import ended when the store went away after so many chunks of 5 rows."""
    original, calls = importing._and, []

    def away(*arguments: object) -> object:
        calls.append(1)
        if len(calls) > after:
            msg = "the store is away"
            raise StoreUnavailableError(msg)
        return original(*arguments)  # type: ignore[arg-type] # handed on

    with monkeypatch.context() as patch:
        patch.setattr(importing, "_and", away)
        assert "the store is away" in told(*words)


def test_an_import_interrupted_elsewhere_begins_anew_in_another_store(
    tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "CHUNK_ROWS", 5)
    file = tmp_path / "history.csv"
    file.write_text(GOOD)
    words = ("import", "readings", str(file), "--site", "s1", "--timezone", "Asia/Shanghai")
    interrupted(words, monkeypatch, after=2)
    shutil.rmtree(data_dir / "observations")
    other = tmp_path / "other"
    shutil.copytree(data_dir, other)
    monkeypatch.setenv("TIANTOU_DATA_DIR", str(other))
    assert "going on" not in ok(*words)
    assert stored(other, "tag-1", "steps") == list(range(1, 29))


def test_an_interruption_changes_no_flag(tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "CHUNK_ROWS", 5)
    file = tmp_path / "stuck.csv"
    rows = (f"tag-1,2026-01-{1 + hour // 24:02d}T{hour % 24:02d}:00:00Z,38.5\n" for hour in range(96))
    file.write_text("device,time,ear_temperature\n" + "".join(rows))
    words = ("import", "readings", str(file), "--site", "s1")
    whole = tiantou(*words, "--dry-run").output
    interrupted(words, monkeypatch, after=18)
    ok(*words)
    found = {row for row, _, rule in reported(tmp_path / "stuck.csv.report.csv") if rule == "stuck"}
    assert "stuck" in whole
    assert "97" in found, "the last hours were stuck for days, whatever was done before the interruption"
    assert len(stored(data_dir, "tag-1", "ear_temperature")) == 96


def test_a_file_needs_its_site_and_known_devices(tmp_path: Path) -> None:
    file = tmp_path / "history.csv"
    file.write_text(GOOD)
    assert "--site SITE or --farm FARM" in told("import", "readings", str(file))
    assert "no device is registered at s9" in told("import", "readings", str(file), "--site", "s9")
    assert "farm f9 is not registered" in told("import", "readings", str(file), "--farm", "f9")
    assert "unknown device" in told("import", "readings", str(file), "--site", "s1", "--device", "tag-9")
