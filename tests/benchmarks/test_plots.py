from pathlib import Path

import pytest

from benchmarks.results import Result

pytest.importorskip("matplotlib", reason="matplotlib is not installed (extra bench)")

from benchmarks.plots import PLOTS, drawn, save

LARGEST = 60_000


@pytest.mark.parametrize("name", PLOTS)
def test_the_same_figures_give_the_same_small_picture_with_text_as_text(
    name: str, tmp_path: Path, results: dict[str, Result]
) -> None:
    needed, _ = PLOTS[name]
    assert set(needed) <= set(results)
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    assert save(drawn(name, results), first) < LARGEST
    save(drawn(name, results), second)
    assert first.read_bytes() == second.read_bytes()
    assert b"<text" in first.read_bytes()
    assert b"<dc:date>" not in first.read_bytes()
