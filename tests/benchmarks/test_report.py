from pathlib import Path

import msgspec
import pytest

from benchmarks.report import DOCS, DOCUMENTS, MARKED, UnknownFiguresError, filled
from benchmarks.report_tables import SHOWN
from benchmarks.results import FOLDER, Result, read_all
from benchmarks.runs import RUNS

MODULES = Path(__file__).parents[2] / "benchmarks"


def test_a_marked_place_is_filled_and_the_rest_stays(results: dict[str, Result]) -> None:
    text = "before\n<!-- figures: latency -->\nold\n<!-- end -->\nafter\n"
    new = filled(text, results)
    assert "old" not in new
    assert "| 100 | stored and acknowledged | 120 | 270 | 283 | 290 | 200 |" in new
    assert new.startswith("before\n")
    assert new.endswith("<!-- end -->\nafter\n")


def test_filling_twice_changes_nothing(results: dict[str, Result]) -> None:
    text = filled("<!-- figures: peers -->\n<!-- end -->\n", results)
    assert filled(text, results) == text


def test_a_table_says_which_command_made_it_and_on_which_machine(results: dict[str, Result]) -> None:
    text = filled("<!-- figures: peers -->\n<!-- end -->\n", results)
    assert "`python -m benchmarks.peers`, 2026-11-23, 2 cores (Example CPU)" in text


def test_a_table_says_how_much_of_the_cores_the_host_took(results: dict[str, Result]) -> None:
    peers = results["peers"]
    disturbed = msgspec.structs.replace(peers, machine=msgspec.structs.replace(peers.machine, stolen_percent=3.2))
    text = filled("<!-- figures: peers -->\n<!-- end -->\n", {"peers": disturbed})
    assert "load before: 0.1; stolen meanwhile: 3.2 % of the cores" in text


def test_what_was_not_measured_is_named_with_its_command() -> None:
    text = filled("<!-- figures: pages -->\n<!-- end -->\n", {})
    assert "`pages`: not measured yet (`python -m benchmarks.all --only pages`)" in text


def test_a_size_stands_in_where_a_row_has_no_such_figure(results: dict[str, Result]) -> None:
    rows = results["hour"].tables["service"]
    rows.append({"cores": 0.3})
    assert "| 5,000 | – | 0.3 | – |" in filled("<!-- figures: service -->\n<!-- end -->\n", results)


def test_unknown_figures_are_refused_by_name() -> None:
    with pytest.raises(UnknownFiguresError, match="figures: colour"):
        filled("<!-- figures: colour -->\n<!-- end -->\n", {})


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_shows_what_the_files_hold(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert filled(text, read_all(FOLDER)) == text, "run: python -m benchmarks.report"


def test_every_table_is_in_a_document() -> None:
    named = {match["name"] for name in DOCUMENTS for match in MARKED.finditer((DOCS / name).read_text("utf-8"))}
    assert set(SHOWN) <= named


def test_every_table_is_of_runs_that_the_one_command_makes() -> None:
    assert {result for table in SHOWN.values() for result in table.results} <= {run.name for run in RUNS}


def test_every_run_has_a_module_and_a_name_of_its_own() -> None:
    assert len({run.name for run in RUNS}) == len(RUNS)
    assert all((MODULES / f"{run.module}.py").exists() for run in RUNS)
