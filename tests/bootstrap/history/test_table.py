"""Files in chunks: rows keep the numbers that a spreadsheet shows, whatever is wrong between them."""

import csv
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bootstrap.errors import RequestError
from bootstrap.history import table
from bootstrap.history.table import Chunk, open_table


def chunks(file: Path, **options: str) -> list[Chunk]:
    with open_table(file, **options) as opened:
        return list(opened.chunks())


def numbered(file: Path) -> dict[int, list[str | None]]:
    return {
        int(number): [column[at].as_py() for column in chunk.rows.columns]
        for chunk in chunks(file)
        for at, number in enumerate(chunk.numbers)
    }


def test_rows_have_the_numbers_of_a_spreadsheet(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text('device,time\na,1\nbroken\n"b\nb",2\n\nc,3,4\nd,5\n', encoding="utf-8-sig")
    found = numbered(file)
    assert found == {2: ["a", "1"], 4: ["b\nb", "2"], 5: [None, None], 7: ["d", "5"]}
    assert [each for chunk in chunks(file) for each in chunk.malformed] == [(3, "broken"), (6, "c,3,4")]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["x,1", "x", "x,1,2", '"a,b",2']), max_size=60))
def test_numbers_hold_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str]) -> None:
    monkeypatch.setattr(table, "BLOCK_BYTES", 32)
    file = tmp_path / "t.csv"
    file.write_text("\n".join(["device,time", *lines, ""]))
    rows = list(csv.reader(io.StringIO(file.read_text())))
    good = {number: row for number, row in enumerate(rows, 1) if len(row) == 2 and number > 1}
    assert numbered(file) == good
    bad = [number for chunk in chunks(file) for number, _ in chunk.malformed]
    assert bad == [number for number, row in enumerate(rows, 1) if len(row) != 2]


def test_parquet_is_read_by_its_rows(tmp_path: Path) -> None:
    pq.write_table(pa.table({"device": ["a"] * 50_000, "t": range(50_000)}), tmp_path / "t.parquet")
    found = chunks(tmp_path / "t.parquet")
    assert sum(len(chunk.rows) for chunk in found) == found[-1].done == 50_000
    assert len(found) > 1
    assert found[-1].numbers[-1] == 50_001


def test_an_older_spreadsheets_text_is_read_with_its_encoding(tmp_path: Path) -> None:
    file = tmp_path / "t.csv"
    file.write_text("设备,时间\n探头,1\n", encoding="gbk")
    with open_table(file, encoding="gbk") as opened:
        assert list(opened.names) == ["设备", "时间"]
        assert next(opened.chunks()).rows.columns[0].to_pylist() == ["探头"]
    with pytest.raises(RequestError, match="--encoding gbk"):
        chunks(file)


@pytest.mark.parametrize(
    ("name", "content"), [("t.xlsx", b"PK"), ("t.csv", b""), ("t.parquet", b"no"), ("t.csv", b"\n")]
)
def test_what_is_no_table_is_told(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RequestError, match=name):
        chunks(tmp_path / name)
