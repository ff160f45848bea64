from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.yields.harvest_reports import REQUIRED, HarvestReport, HarvestReportError, read_harvests

HEADER = ",".join(REQUIRED)


def test_a_table_in_chinese_is_read_with_its_units() -> None:
    report = read_harvests(
        "地块,作物,品种,乡镇,收获日期,面积(亩),鲜重(斤),记录人,已核实\n"
        "field-7,甘薯,商薯19,灰汤镇,2026年10月28日,1.5,7200,农技站,是\n"
    )
    (harvest,) = report.harvests
    assert not report.errors
    assert harvest.crop == "Ipomoea batatas"
    assert harvest.fresh_kg == Decimal(3600)
    assert harvest.harvested_on == date(2026, 10, 28)
    assert harvest.season == 2026
    assert harvest.confirmed
    assert harvest.jin_mu == pytest.approx(4_800)


def test_hectares_and_tonnes_become_mu_and_kilogrammes() -> None:
    report = read_harvests("field,crop,harvested_on,area_ha,fresh_t,recorded_by\nf1,maize,2026-08-01,0.2,1.5,me\n")
    assert (report.harvests[0].area_mu, report.harvests[0].fresh_kg) == (Decimal("3.0"), Decimal("1500.0"))
    assert not report.harvests[0].confirmed


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("f 1,maize,2026-08-01,1,500,me", "field"),
        ("f1,,2026-08-01,1,500,me", "crop"),
        ("f1,maize,2026-13-01,1,500,me", "harvested_on"),
        ("f1,maize,yesterday,1,500,me", "harvested_on"),
        ("f1,maize,2026-08-01,,500,me", "area_mu"),
        ("f1,maize,2026-08-01,1,about 500,me", "fresh_kg"),
        ("f1,maize,2026-08-01,1,NaN,me", "fresh_kg"),
        ("f1,maize,2026-08-01,1,500,", "recorded_by"),
        ("f1,maize,2026-08-01,1,5,00,me", "row"),
    ],
)
def test_a_bad_row_is_named_by_line_and_column_and_the_others_are_read(row: str, column: str) -> None:
    report = read_harvests(f"{HEADER}\n\n{row}\nf2,maize,2026-08-02,1,450,me\n")
    assert [harvest.field for harvest in report.harvests] == ["f2"]
    (error,) = report.errors
    assert (error.line, error.column) == (3, column)
    assert error.problem


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    assert read_harvests(f"\ufeff{HEADER}\n").harvests == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("a,b\n1,2\n", "no column for field"),
        (f"{HEADER},鲜重(斤)\n", "two for fresh_kg"),
        (f'{HEADER}\n"f1', "no CSV"),
    ],
)
def test_a_text_that_is_no_table_of_harvests_is_refused(text: str, said: str) -> None:
    with pytest.raises(HarvestReportError, match=said):
        read_harvests(text)


@given(st.text())
def test_any_text_is_a_report_or_the_named_error(text: str) -> None:
    try:
        assert isinstance(read_harvests(text), HarvestReport)
    except HarvestReportError as error:
        assert str(error)  # noqa: PT017 - either outcome is right


@given(st.lists(st.lists(st.text(max_size=12), max_size=8), max_size=5))
def test_any_rows_under_a_good_header_become_harvests_or_errors(rows: list[list[str]]) -> None:
    text = HEADER + "\n" + "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    report = read_harvests(text)
    told = len(report.harvests) + len(report.errors)
    assert told == sum(any(cell.strip() for cell in row) for row in rows)
