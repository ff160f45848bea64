from io import BytesIO
from pathlib import Path

import pypdf
import pytest

from tests.bootstrap.cli.command import ok, told

GTIN, LOT = "09526000100010", "20260831A"
BELLY = ("product", "add", GTIN, "--name-zh", "五花肉", "--name-en", "Belly", "--net-kg", "0.5")
DECLARED = ("share", "declare", GTIN, LOT, "--price", "62", "--paid", "2100", "--for-kg", "42", "--by", "分割车间")
AHEAD = ("labels", "print", GTIN, "--lot", LOT, "--first", "000001", "--use-by", "2027-01-01")


@pytest.fixture(autouse=True)
def _product() -> None:
    ok(*BELLY)


def test_labels_of_packs_to_come_are_written_as_pdf(tmp_path: Path) -> None:
    file = tmp_path / "labels.pdf"
    assert "30 labels" in ok(*AHEAD, "--count", "30", "--out", str(file))
    document = pypdf.PdfReader(BytesIO(file.read_bytes()))
    assert len(document.pages) == 2
    assert "000030" in document.pages[1].extract_text()


def test_svg_pages_are_numbered_files(tmp_path: Path) -> None:
    ok(*AHEAD, "--count", "30", "--place", "20", "--kind", "svg", "--out", str(tmp_path / "l.svg"))
    pages = [(tmp_path / f"l-{number}.svg").read_text(encoding="utf-8") for number in (1, 2, 3)]
    assert [page.count("<g ") for page in pages] == [5, 24, 1]


def test_what_cannot_be_printed_says_why(tmp_path: Path) -> None:
    out = ("--out", str(tmp_path / "x.pdf"))
    assert "not packed yet" in told("labels", "print", GTIN, "--lot", "NOBODY", *out)
    assert "no such sheet" in told(*AHEAD, "--sheet", "a3", *out)
    assert "a4_24" in ok("labels", "sheets")
    assert not (tmp_path / "x.pdf").exists()


def test_a_share_is_declared_agreed_and_withdrawn_and_nothing_is_lost() -> None:
    assert "25.00 of 62 yuan (40 %)" in ok(*DECLARED)
    ok("share", "agree", GTIN, LOT, "--on", "2026-09-01")
    ok("share", "withdraw", GTIN, LOT, "--on", "2026-09-08")
    rows = [row.split("\t")[-2:] for row in ok("share", "list").splitlines()[1:]]
    assert rows == [["", ""], ["2026-09-01", ""], ["2026-09-01", "2026-09-08"]]


def test_a_share_that_cannot_be_is_refused() -> None:
    assert "more than the price" in told(*DECLARED[:7], "99999", *DECLARED[8:])
    assert "nothing is declared" in told("share", "agree", GTIN, "OTHER", "--on", "2026-09-01")
    assert "not registered" in told("share", "declare", "09520123456788", *DECLARED[3:])


def test_scans_are_listed_as_numbers_of_networks() -> None:
    assert ok("scans", "list").splitlines() == ["networks\tday (UTC)\tthing"]
