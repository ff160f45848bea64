"""The soil profile: newest by depth, graded, aged; what is missing and what it would change; texture; guidance."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.advice.profile import SoilProfile, soil_profile
from agronomy.errors import SoilValueError
from agronomy.gate.sampling_guide import laboratories_for, sampling_steps
from agronomy.soil.grades import grade_of
from agronomy.soil.probes import ProbeSummary, ProbeUse
from agronomy.soil.samples import LaboratoryValue, SoilSample
from agronomy.soil.texture import texture_of, textures
from agronomy.table_rows import table_rows
from observations.identifiers import FieldId

FIELD = FieldId.parse("daqiu")
TODAY = date(2026, 7, 28)


def sample(name: str, day: date, depth: tuple[float, float] = (0, 20), **values: float) -> SoilSample:
    found = {key: LaboratoryValue(value=value) for key, value in values.items()}
    return SoilSample(id=name, field=FIELD, sampled_on=day, depth_cm=depth, laboratory="长沙某检测", values=found)


def profile(*samples: SoilSample, drainage: str | None = None, ece: float | None = None) -> SoilProfile:
    return soil_profile(FIELD, samples, today=TODAY, drainage=drainage, ece_estimated_ds_m=ece)


def test_the_newest_value_of_each_depth_is_shown_with_its_age_and_grade() -> None:
    found = profile(
        sample("old", date(2024, 3, 1), ph=5.9, olsen_p=4.38, organic_matter=34.9),
        sample("new", date(2026, 3, 12), ph=5.3, olsen_p=6.1),
        sample("deep", date(2026, 3, 12), (20, 40), ph=5.8),
        sample("tomorrow", date(2026, 8, 1), ph=9.0),
    )
    shown = [(value.analyte.name, value.value.value, value.depth_cm, value.sample) for value in found.values]
    assert shown == [
        ("ph", 5.3, (0, 20), "new"),
        ("ph", 5.8, (20, 40), "deep"),
        ("organic_matter", 34.9, (0, 20), "old"),
        ("olsen_p", 6.1, (0, 20), "new"),
    ]
    top = found.top("olsen_p")
    assert top is not None
    assert (top.age_days, top.expired) == (138, False)
    assert top.grade is not None
    assert top.grade.zh == "四级"
    assert found.values[1].grade is None


@pytest.mark.parametrize(
    ("analyte", "value", "grade"),
    [
        ("organic_matter", 34.9, 2),
        ("total_n", 1.29, 3),
        ("olsen_p", 4.38, 5),
        ("available_k", 97.1, 4),
        ("organic_matter", 40.0, 2),
        ("organic_matter", 40.1, 1),
        ("organic_matter", 6.0, 5),
        ("organic_matter", 5.9, 6),
        ("ph", 4.5, 2),
        ("ph", 5.5, 2),
        ("ph", 7.6, 5),
        ("cd", 0.3, None),
    ],
)
def test_a_content_gets_the_grade_of_the_second_national_survey(analyte: str, value: float, grade: int | None) -> None:
    found = grade_of(analyte, value)
    assert (None if found is None else found.grade) == grade


@given(st.sampled_from(sorted({row["analyte"] for row in table_rows("soil_grades")})), st.floats(0, 1e5))
def test_every_content_has_exactly_one_grade(analyte: str, value: float) -> None:
    assert grade_of(analyte, value) is not None


def test_what_is_missing_stands_in_the_order_of_its_weight_and_says_what_it_changes() -> None:
    found = profile(sample("s", date(2026, 3, 12), ph=5.3, hg=0.1), sample("old", date(2015, 1, 1), cd=0.2, pb=20.0))
    names = [missing.analyte.name for missing in found.missing]
    assert names[:4] == ["cd", "arsenic", "pb", "cr"]
    assert found.missing[0].zh == "镉化验过期了：最常超标；缺了不出食用作物建议"
    assert found.missing[0].expired_since == date(2015, 1, 1)
    assert found.missing[1].zh == "砷没测：缺了结论只是暂定"
    assert "total_p" not in names


def test_a_profile_becomes_what_models_take() -> None:
    found = profile(
        sample("s", date(2026, 3, 12), ph=5.3, organic_carbon=18.1, sand=40.0, silt=40.0, clay=20.0),
        drainage="well",
        ece=0.8,
    )
    soil = found.soil()
    assert (soil.ph, soil.texture, soil.drainage, soil.ece_ds_m) == (5.3, "loam", "well", 0.8)
    assert soil.organic_matter_g_kg == pytest.approx(31.2, abs=0.01)
    assert "drainage" not in soil.unknown
    assert soil.unknown["depth_cm"].startswith("不知道")
    assert "organic_matter" not in soil.unknown
    assert next(iter(soil.unknown)) == "cd"


def test_a_laboratory_goes_before_an_estimate() -> None:
    assert profile(sample("s", date(2026, 3, 12), ece=1.2), ece=5.0).soil().ece_ds_m == 1.2


def test_nothing_known_is_all_unknown() -> None:
    soil = profile().soil()
    assert (soil.ph, soil.texture, soil.ece_ds_m, soil.organic_matter_g_kg) == (None, None, None, None)
    assert {"ph", "cd", "texture", "drainage", "depth_cm"} <= set(soil.unknown)


def test_probes_stand_apart_by_depth() -> None:
    def probe(name: str, depth: float) -> ProbeSummary:
        return ProbeSummary(
            observed_property=name, depth_cm=depth, value=5.0, at_ms=1, used=1, left_out=0,
            use=ProbeUse.INDICATIVE, reasons=(),
        )  # fmt: skip

    found = soil_profile(FIELD, [], today=TODAY, probes=[probe("soil_ph", 40), probe("soil_ph", 20)])
    assert [summary.depth_cm for summary in found.probes] == [20, 40]
    assert found.soil().ph is None


def test_samples_of_another_field_and_unknown_words_are_named_errors() -> None:
    with pytest.raises(SoilValueError, match="not of other"):
        soil_profile(FieldId.parse("other"), [sample("s", date(2026, 3, 12), ph=5.3)], today=TODAY)
    with pytest.raises(SoilValueError, match="drainage"):
        profile(drainage="swampy")


@pytest.mark.parametrize(
    ("sand", "silt", "clay", "name"),
    [
        (92, 5, 3, "sand"),
        (80, 15, 5, "loamy sand"),
        (65, 25, 10, "sandy loam"),
        (40, 40, 20, "loam"),
        (20, 60, 20, "silt loam"),
        (5, 90, 5, "silt"),
        (60, 15, 25, "sandy clay loam"),
        (33, 34, 33, "clay loam"),
        (10, 55, 35, "silty clay loam"),
        (50, 10, 40, "sandy clay"),
        (5, 45, 50, "silty clay"),
        (20, 20, 60, "clay"),
    ],
)
def test_the_twelve_classes_are_found(sand: float, silt: float, clay: float, name: str) -> None:
    assert texture_of(sand_percent=sand, silt_percent=silt, clay_percent=clay).name == name


@given(st.floats(0, 100), st.floats(0, 1))
def test_every_soil_has_a_texture(sand: float, share: float) -> None:
    silt = (100 - sand) * share
    assert texture_of(sand_percent=sand, silt_percent=silt, clay_percent=max(0.0, 100 - sand - silt)).name in textures()


def test_fractions_that_do_not_add_up_are_a_named_error_and_no_texture() -> None:
    with pytest.raises(SoilValueError, match="100 %"):
        texture_of(sand_percent=40, silt_percent=40, clay_percent=40)
    assert profile(sample("s", date(2026, 3, 12), sand=40.0, silt=40.0, clay=40.0)).texture is None


def test_the_guide_says_how_to_take_a_sample_and_where_to_test_it() -> None:
    assert "0-20 厘米" in sampling_steps()[3].zh
    assert {place.id for place in laboratories_for("crop")} <= {place.id for place in laboratories_for("soil")}
    assert all(step.source and step.en for step in sampling_steps())
    assert all(place.source and place.how_to_reach for place in laboratories_for("soil"))


@pytest.mark.parametrize(
    "table",
    [
        "analytes", "crop_group_members", "crop_groups", "drainage", "food_limits", "gate_levels", "gate_rules",
        "gate_settings", "gb15618", "laboratories", "land_uses", "probe_rules", "report_units", "sampling_guide",
        "soil_grades", "stored_units", "texture_rules", "textures",
    ],
)  # fmt: skip
def test_every_row_of_every_table_says_where_it_is_from(table: str) -> None:
    assert table_rows(table)
    assert all(row["source"].strip() for row in table_rows(table))
