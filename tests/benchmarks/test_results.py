from pathlib import Path

import msgspec
import pytest

from benchmarks.results import CoreTimes, Recording, Result, Row, middle, read, shown, write


def test_a_result_is_read_back_as_it_was_written(tmp_path: Path, results: dict[str, Result]) -> None:
    for name, result in results.items():
        write(tmp_path / "new" / f"{name}.json", result)
        assert read(tmp_path / "new" / f"{name}.json") == result


def test_every_row_of_a_table_is_a_line_of_the_file(tmp_path: Path, results: dict[str, Result]) -> None:
    write(tmp_path / "store.json", results["store-30m"])
    lines = (tmp_path / "store.json").read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines if '"append_us_per_row"' in line]) == 2


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    with pytest.raises(msgspec.ValidationError):
        read(tmp_path / "other.json")


def test_a_recording_keeps_five_digits_of_a_figure(tmp_path: Path) -> None:
    recording = Recording({"messages": 10})
    recording.add("drained", {"rate": 149_012.345, "cpu_s": 0.614_983_2, "broker": "nats", "redelivered": None})
    result = recording.finish(tmp_path / "drain.json")
    assert result.tables["drained"] == [{"rate": 149_010, "cpu_s": 0.61498, "broker": "nats", "redelivered": None}]
    assert read(tmp_path / "drain.json") == result


def test_what_the_host_took_is_told_of_the_time_since(monkeypatch: pytest.MonkeyPatch) -> None:
    before = CoreTimes(total_s=1_000.0, stolen_s=40.0)
    later = CoreTimes(total_s=1_200.0, stolen_s=55.0)
    monkeypatch.setattr(CoreTimes, "now", lambda: later)
    assert before.stolen_percent() == 7.5


def test_no_more_is_stolen_than_there_is() -> None:
    now = CoreTimes.now()
    assert 0 <= now.stolen_s <= now.total_s


def test_several_runs_are_told_by_the_median_of_each_figure() -> None:
    rows: list[Row] = [{"name": "x", "rate": rate, "peak": None} for rate in (10, 30, 20)]
    assert middle(rows) == {"name": "x", "rate": 20, "peak": None, "runs": 3}


@pytest.mark.parametrize(
    ("value", "text"),
    [(149_010, "149,010"), (1234.5, "1,234"), (0.0716, "0.0716"), (187.4, "187"), (None, "–"), ("nats", "nats")],
)
def test_figures_are_shown_with_three_digits(value: float | str | None, text: str) -> None:
    assert shown(value) == text
