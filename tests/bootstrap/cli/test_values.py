"""Readings out, mended, erased and let go, from the command line on a data folder on which nothing runs."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from bootstrap.cli.screen import house
from bootstrap.wiring import open_store
from observations.batch import ObservationBatch
from observations.model import Stream
from tests.bootstrap.cli.command import ok, tiantou, told

pytestmark = pytest.mark.opens_stores

PIG, OTHER = "143018200000167", "143018200000168"
WORN = datetime(2026, 6, 1, tzinfo=UTC)
START_MS = int(WORN.timestamp() * 1000) + 3_600_000


@pytest.fixture
def farm() -> None:
    """Two households with a pig and a tag each; of either tag three temperatures, an hour apart."""
    ok("site", "add", "s1", "--name", "一号点")
    for number, (pig, household) in enumerate(((PIG, "h-1"), (OTHER, "h-2")), start=1):
        ok(
            "household",
            "add",
            household,
            "--township",
            "流沙河镇",
            "--village",
            "草冲村",
            "--name",
            "张三",
            "--label",
            "4 号",
        )
        gln = ("6901234000009", "6901234000016")[number - 1]
        ok(
            "farm",
            "add",
            f"f-{number}",
            "--name",
            "张三家",
            "--household",
            household,
            "--site",
            "s1",
            "--gln",
            gln,
            "--county",
            "430182",
        )
        ok("animal", "add", pig, "--farm", f"f-{number}", "--breed", "宁乡猪", "--born", "2026-01-01")
        ok("device", "add", f"tag-{number}", "--site", "s1", "--kind", "ear_tag")
        ok("device", "deploy", f"tag-{number}", "--animal", pig, "--since", WORN.isoformat())
    append("tag-1", 38.0)
    append("tag-2", 39.0)


def append(device: str, value: float) -> int:
    times = np.array([START_MS + hour * 3_600_000 for hour in range(3)], np.int64)
    batch = ObservationBatch(
        device=[device] * 3,
        channel=["=1+1"] * 3,
        phenomenon_ms=times,
        received_ms=times + 5,
        corrected_ms=times,
        values={"ear_temperature": np.array([value, value + 0.1, value + 0.2])},
    )
    store = open_store(house(), part="serve")
    try:
        return store.append(batch).stored
    finally:
        store.close()


def rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return list(csv.DictReader(text))


@pytest.mark.usefixtures("farm")
def test_an_export_has_unit_quality_and_both_times_beside_each_value(tmp_path: Path) -> None:
    assert "6 values in" in ok("export", str(tmp_path / "all.csv"))
    first, *_ = rows(tmp_path / "all.csv")
    assert first == {
        "kind": "animal",
        "id": PIG,
        "farm": "f-1",
        "observed_property": "ear_temperature",
        "value": "38",
        "unit": "CEL",
        "quality": "good",
        "local_time": "2026-06-01T09:00:00.000+08:00",
        "utc_time": "2026-06-01 01:00:00.000Z",
        "received_time": "2026-06-01 01:00:00.005Z",
        "sent_ms": str(START_MS),
        "device": "tag-1",
        "channel": "'=1+1",
    }
    ok("export", str(tmp_path / "all.parquet"))
    table = pq.read_table(tmp_path / "all.parquet")
    assert table["value"].to_pylist() == [38.0, 38.1, 38.2, 39.0, 39.1, 39.2]
    assert set(table["channel"].to_pylist()) == {"=1+1"}
    assert str(table.schema.field("utc_time").type) == "timestamp[ms, tz=UTC]"


@pytest.mark.usefixtures("farm")
def test_an_export_holds_what_was_asked_for(tmp_path: Path) -> None:
    def exported(name: str, *words: str) -> list[float]:
        ok("export", str(tmp_path / f"{name}.csv"), *words)
        return [float(row["value"]) for row in rows(tmp_path / f"{name}.csv")]

    assert exported("animal", "--animal", OTHER) == [39.0, 39.1, 39.2]
    assert exported("household", "--household", "h-1", "--farm", "f-2") == [38.0, 38.1, 38.2, 39.0, 39.1, 39.2]
    assert exported("since", "--since", "2026-06-01T10:00:00+08:00", "--until", "2026-06-01T11:00:00+08:00") == [
        38.1,
        39.1,
    ]
    assert exported("day", "--farm", "f-1", "--until", "2026-06-01") == []
    assert exported("property", "--property", "battery") == []
    assert "is there already" in told("export", str(tmp_path / "animal.csv"))
    assert ".csv or .parquet" in told("export", str(tmp_path / "x.xlsx"))
    assert "household h-9 is not registered" in told("export", str(tmp_path / "y.csv"), "--household", "h-9")
    assert not (tmp_path / "y.csv.part").exists()


@pytest.mark.usefixtures("farm")
def test_a_value_is_corrected_and_withdrawn(tmp_path: Path) -> None:
    key = ("tag-1", "ear_temperature", "--channel", "=1+1", "--reason", "read by hand")
    ok("correct", *key[:2], "2026-06-01T09:00:00+08:00", "38.6", *key[2:])
    ok("correct", *key[:2], str(START_MS + 3_600_000), "--withdraw", *key[2:])
    ok("export", str(tmp_path / "pig.csv"), "--animal", PIG)
    found = [(row["value"], row["quality"]) for row in rows(tmp_path / "pig.csv")]
    assert found == [("38.6", "corrected"), ("38.2", "good")]
    assert "has no ear_temperature" in told("correct", *key[:2], "5", "38.6", *key[2:])
    assert "plausible is" in told("correct", *key[:2], str(START_MS), "-5", *key[2:])
    assert "give either" in told("correct", *key[:2], str(START_MS), *key[2:])


@pytest.mark.usefixtures("farm")
def test_a_household_is_erased_with_a_receipt(tmp_path: Path) -> None:
    asked = tiantou("erase", "household", "h-1")
    assert asked.exit_code == 1
    assert "all readings of 1 animals" in asked.output
    assert "EPCIS events" in asked.output
    receipt = dict(line.split("\t") for line in ok("erase", "household", "h-1", "--yes").splitlines() if "\t" in line)
    assert (receipt["values"], receipt["households"], receipt["farms"], receipt["deployments ended"]) == (
        "3",
        "1",
        "1",
        "1",
    )
    assert "张三" not in ok("household", "list", "--names").splitlines()[1]
    assert "张三" in ok("household", "list", "--names").splitlines()[2]
    ok("export", str(tmp_path / "left.csv"))
    assert {row["device"] for row in rows(tmp_path / "left.csv")} == {"tag-2"}
    assert append("tag-1", 38.0) == 0, "what comes late is not kept"
    again = dict(line.split("\t") for line in ok("erase", "household", "h-1", "--yes").splitlines() if "\t" in line)
    assert (again["values"], again["households"]) == ("0", "0")
    assert "is not registered" in told("erase", "household", "h-9", "--yes")


@pytest.mark.usefixtures("farm")
def test_retention_shows_what_it_keeps_and_lets_the_rest_go() -> None:
    assert "ear_temperature" in ok("retention", "--dry-run")
    assert "0 raw values" in ok("retention")


@pytest.mark.usefixtures("farm")
def test_a_backup_restores_with_corrections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ok("correct", "tag-1", "ear_temperature", str(START_MS), "38.6", "--channel", "=1+1", "--reason", "x")
    ok("backup", str(tmp_path / "copy"))
    monkeypatch.setenv("TIANTOU_DATA_DIR", str(tmp_path / "new"))
    ok("restore", str(tmp_path / "copy"))
    store = open_store(house(), part="serve")
    series = store.series([Stream(device="tag-1")], "ear_temperature", limit=9)
    store.close()
    assert series.value.tolist() == [38.6, 38.1, 38.2]
