"""The sheet is one page of A4, printed by a real Chromium, whatever the advice says."""

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.api import fields
from tests.api.world import World

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
STYLES = Path(__file__).parents[3] / "api" / "static" / "sheet.css"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed"),
]


def pages_of(html: str, folder: Path) -> int:
    """How many pages Chromium prints of that sheet, with its own styles."""
    assert CHROMIUM is not None
    sheet, pdf = folder / "sheet.html", folder / "sheet.pdf"
    sheet.write_text(html.replace("/static/sheet.css", STYLES.as_uri()), encoding="utf-8")
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    command = [CHROMIUM, *quiet, f"--user-data-dir={folder}", "--no-pdf-header-footer", f"--print-to-pdf={pdf}"]
    subprocess.run([*command, sheet.as_uri()], capture_output=True, timeout=90, check=True)
    return len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes()))


@pytest.mark.parametrize("language", ["", "?lang=en"])
@pytest.mark.parametrize("soil", ["clean", "above_screening", "above_intervention", "untested"])
def test_the_sheet_prints_on_one_page(world: World, soil: str, language: str, tmp_path: Path) -> None:
    field = fields.know_field(world)
    world.fields.kept[fields.FIELD] = replace(field, name="老屋场背后山脚下靠水渠边的大丘")
    fields.wet_week(world)
    values = {
        "clean": fields.CLEAN,
        "above_screening": fields.ABOVE_SCREENING,
        "above_intervention": fields.ABOVE_INTERVENTION,
    }.get(soil)
    if values is not None:
        fields.sample(world, {**values, **fields.FERTILITY})
        fields.crop_test(world, "Oryza sativa", "cd", 0.31)
        fields.crop_test(world, "Ipomoea batatas", "cd", 0.043)
    page = world.client("wangbei").get(f"/console/fields/field-01/sheet{language}").text
    assert pages_of(page, tmp_path) == 1
