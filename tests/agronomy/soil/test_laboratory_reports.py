"""Laboratory reports: what is written is read, what is not clear is asked about, and no text breaks the reader."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.soil.analytes import analytes
from agronomy.soil.laboratory_reports import LaboratoryReport, read_report
from agronomy.soil.report_cells import unit_for
from agronomy.soil.samples import LaboratoryValue
from agronomy.table_rows import table_rows
from observations.identifiers import FieldId

FIELD = FieldId.parse("daqiu")


def wide(header: str, *rows: str) -> LaboratoryReport:
    return read_report("\n".join([f"采样日期,深度,{header}", *rows]), field=FIELD, laboratory="长沙某检测")


def only(report: LaboratoryReport) -> dict[str, LaboratoryValue]:
    assert not report.problems
    assert len(report.samples) == 1
    return dict(report.samples[0].values)


def problems(report: LaboratoryReport) -> list[tuple[int, str, str]]:
    return [(found.row, found.column, found.problem) for found in report.problems]


def value(number: float, uncertainty: float | None = None, *, below: bool = False) -> LaboratoryValue:
    return LaboratoryValue(value=number, uncertainty=uncertainty, below_detection=below)


def test_a_wide_report_with_titles_above_is_read_into_samples() -> None:
    report = read_report(
        "\ufeff宁乡市测土报告,,\n\n地块编号,采样日期,采样深度(cm),检测单位,报告编号,pH,镉(mg/kg),有机质（g/kg）\n"
        "daqiu,2026年3月12日,0-20,长沙某检测,R-7,5.3±0.1,0.42±0.04,31.2\n"
    )
    assert not report.problems
    sample = report.samples[0]
    assert (sample.field, sample.sampled_on, sample.depth_cm) == ("daqiu", date(2026, 3, 12), (0, 20))
    assert (sample.laboratory, sample.report_number) == ("长沙某检测", "R-7")
    assert sample.id == "daqiu/2026-03-12/0-20cm/长沙某检测/R-7"
    assert sample.values == {"ph": value(5.3, 0.1), "cd": value(0.42, 0.04), "organic_matter": value(31.2)}


def test_a_long_report_in_english_is_read_into_samples() -> None:
    report = read_report(
        "field_id\tsampled_on\tdepth_cm\tlab\tsample id\tparameter\tresult\tunit\tuncertainty\n"
        "daqiu\t2026-03-12\t0-20\tX\tA\tpH\t5.3\t\t0.1\n"
        "daqiu\t2026-03-12\t0-20\tX\tA\tCd\t420\tug/kg\t40\n"
        "daqiu\t2026-03-12\t0-20\tX\tB\tOlsen P\t<0.5\tmg/kg\t\n"
    )
    assert not report.problems
    first, second = report.samples
    assert first.values == {"ph": value(5.3, 0.1), "cd": value(0.42, 0.04)}
    assert second.values == {"olsen_p": value(0.5, below=True)}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<0.05", value(0.05, below=True)),
        ("＜0.05", value(0.05, below=True)),
        ("0.05L", value(0.05, below=True)),
        ("ND(0.05)", value(0.05, below=True)),
        ("未检出（<0.05）", value(0.05, below=True)),
        ("0.31±0.04", value(0.31, 0.04)),
        ("0.31 ± 0.04", value(0.31, 0.04)),
        ("0.31 +/- 0.04", value(0.31, 0.04)),
        ("0.31(±0.04)", value(0.31, 0.04)),
        ("０．３１", value(0.31)),
        ("3.1E-1", value(0.31)),
    ],
)
def test_a_result_is_read_as_laboratories_write_it(written: str, read: LaboratoryValue) -> None:
    assert only(wide("镉(mg/kg)", f"2026-03-12,0-20,{written}"))["cd"] == read


@pytest.mark.parametrize(
    ("header", "written", "stored"),
    [
        ("Cd (μg/kg)", "310", 0.31),
        ("Cd_ug/kg", "310", 0.31),
        ("总镉 ppm", "0.31", None),
        ("总镉(ppm)", "0.31", 0.31),
        ("有机质(%)", "3.12", 31.2),
        ("有机质[g/kg]", "31.2", 31.2),
        ("全氮(mg/kg)", "1290", 1.29),
        ("阳离子交换量(cmol(+)/kg)", "7.44", 7.44),
        ("CEC (mmol/kg)", "74.4", 7.44),
        ("ECe (μS/cm)", "1500", 1.5),
        ("容重(kg/m3)", "1210", 1.21),
        ("pH值", "5.3", 5.3),
    ],
)
def test_a_result_is_kept_in_the_unit_of_its_analyte(header: str, written: str, stored: float | None) -> None:
    report = wide(header, f"2026-03-12,0-20,{written}")
    if stored is None:
        assert problems(report)[0] == (1, header, "unknown_column")
    else:
        assert [found.value for found in only(report).values()] == [stored]


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("镉", "unit_missing"),
        ("磷(mg/kg)", "ambiguous_name"),
        ("EC(dS/m)", "ambiguous_name"),
        ("有效镉(mg/kg)", "ambiguous_name"),
        ("镉(mg/L)", "unit_unknown"),
        ("镉(dS/m)", "unit_of_another"),
        ("pH(mg/kg)", "unit_of_another"),
        ("pH(KCl)", "ambiguous_name"),
        ("备注", "unknown_column"),
    ],
)
def test_a_column_that_may_mean_several_things_is_asked_about(header: str, problem: str) -> None:
    report = wide(f"铅(mg/kg),{header}", "2026-03-12,0-20,30,1")
    assert problems(report) == [(1, header, problem)]
    assert report.samples[0].values == {"pb": value(30)}


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("ND", "no_detection_limit"),
        ("未检出", "no_detection_limit"),
        ('"0,31"', "comma"),
        ('"1,234.5"', "comma"),
        ("-0.3", "no_number"),
        ("nan", "no_number"),
        ("inf", "no_number"),
        ("1e99", "implausible"),
        ("<0.05±0.01", "no_number"),
        ("大约0.3", "no_number"),
    ],
)
def test_a_result_that_is_not_clear_is_left_out_and_named(written: str, problem: str) -> None:
    report = wide("镉(mg/kg),铅(mg/kg)", f"2026-03-12,0-20,{written},30")
    assert problems(report) == [(2, "镉(mg/kg)", problem)]
    assert set(report.samples[0].values) == {"pb"}
    assert report.problems[0].zh
    assert report.problems[0].en


@pytest.mark.parametrize("written", ["53", "<5.3", "0.5"])
def test_an_absurd_ph_is_asked_about(written: str) -> None:
    assert problems(wide("pH", f"2026-03-12,0-20,{written}")) == [(2, "pH", "implausible")]


@pytest.mark.parametrize(
    ("row", "column", "problem"),
    [
        ("12/03/2026,0-20,0.3", "采样日期", "ambiguous_date"),
        ("2026-02-30,0-20,0.3", "采样日期", "no_date"),
        (",0-20,0.3", "采样日期", "no_date"),
        ("2026-03-12,20,0.3", "深度", "no_depth"),
        ("2026-03-12,20-0,0.3", "深度", "no_depth"),
        ("2026-03-12,0-20,0.3,9", "", "ragged"),
        ("2026-03-12,0-20,", "", "no_results"),
    ],
)
def test_a_row_without_day_or_depth_is_left_out_and_named(row: str, column: str, problem: str) -> None:
    report = wide("镉(mg/kg)", row)
    assert problems(report) == [(2, column, problem)]
    assert not report.samples


@pytest.mark.parametrize("written", ["2026-03-12", "2026/3/12", "2026.3.12", "2026年3月12日", "20260312"])
@pytest.mark.parametrize("depth", ["0-20", "0–20 cm", "0~20厘米", "0至20", "0cm-20cm"])
def test_days_and_depths_are_read_as_people_write_them(written: str, depth: str) -> None:
    sample = wide("pH", f"{written},{depth},5.3").samples[0]
    assert (sample.sampled_on, sample.depth_cm) == (date(2026, 3, 12), (0, 20))


def test_only_a_laboratory_and_a_field_make_a_sample() -> None:
    report = read_report("采样日期,深度,pH\n2026-03-12,0-20,5.3")
    assert {found.problem for found in report.problems} == {"no_field", "no_laboratory"}
    assert not report.samples


def test_two_different_results_for_one_sample_are_both_left_out() -> None:
    report = wide("镉(mg/kg),铅(mg/kg)", "2026-03-12,0-20,0.3,30", "2026-03-12,0-20,0.9,30")
    assert problems(report) == [(3, "镉(mg/kg)", "value_twice")]
    assert report.samples[0].values == {"pb": value(30)}


def test_a_column_that_stands_there_twice_is_used_neither_time() -> None:
    report = wide("镉(mg/kg),Cd(mg/kg)", "2026-03-12,0-20,0.3,0.9")
    assert {found.problem for found in report.problems} == {"column_twice", "no_results"}
    assert not report.samples


def test_a_text_that_is_no_report_says_so() -> None:
    for text in ("", "hello", "a,b\n1,2", "\x00,\x00"):
        assert [found.problem for found in read_report(text).problems] in (["no_header"], ["unreadable"])
    assert read_report("x" * 2_000_001).problems[0].problem == "too_large"
    assert read_report("深度,pH\n" + "9" * 200_000 + ",5").problems[0].problem == "unreadable"


cells = st.text(max_size=12) | st.sampled_from(
    [
        "pH",
        "镉(mg/kg)",
        "Cd",
        "采样日期",
        "深度",
        "项目",
        "结果",
        "单位",
        "0.31±0.04",
        "<0.05",
        "0-20",
        "2026-03-12",
        "mg/kg",
    ]
)
tables = st.lists(st.lists(cells, max_size=6), max_size=6).map(lambda rows: "\n".join(",".join(row) for row in rows))


@given(st.text() | tables)
def test_any_text_gives_samples_or_named_problems(text: str) -> None:
    report = read_report(text, field=FIELD, laboratory="x")
    known = {row["problem"] for row in table_rows("report_problems")}
    assert all(found.problem in known and found.zh and found.en and found.row >= 1 for found in report.problems)
    assert report.samples or report.problems
    for sample in report.samples:
        assert all(
            analytes()[name].low <= found.value <= analytes()[name].high for name, found in sample.values.items()
        )


def test_every_alias_names_an_analyte_and_every_stored_unit_is_readable() -> None:
    for row in table_rows("report_analytes"):
        assert (row["analyte"] in analytes()) is not bool(row["say_zh"])
    for about in analytes().values():
        assert unit_for(about.unit, about).factor > 0
