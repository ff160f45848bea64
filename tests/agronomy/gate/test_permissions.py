"""Crop by crop: names, crop tests, food limits, and what a new sample does to old advice."""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.errors import AgronomyError, SoilValueError
from agronomy.gate.corrections import Outcome, corrections
from agronomy.gate.crop_groups import crop_groups, gated_crop
from agronomy.gate.crop_tests import CropTest
from agronomy.gate.food_limits import food_limits
from agronomy.gate.levels import GateLevel, OfficialClass
from agronomy.gate.permissions import Permission, PermissionState
from agronomy.gate.safety import Screening, screen, screen_samples
from agronomy.soil.samples import LaboratoryValue, SoilSample
from agronomy.soil.settings import months_after
from agronomy.table_rows import table_rows
from observations.identifiers import FieldId

FIELD = FieldId.parse("daqiu")
TODAY = date(2026, 7, 28)
CLEAN = {"cd": 0.1, "hg": 0.1, "arsenic": 5.0, "pb": 20.0, "cr": 50.0}
CABBAGE, RICE, SWEET_POTATO = "Brassica oleracea var. capitata", "Oryza sativa", "Ipomoea batatas"


def ground(**contents: float) -> Screening:
    return screen("rotation", 5.3, **{**CLEAN, **contents})


def crop_test(
    crop: str, value: float, *, element: str = "Cd", day: date = date(2026, 1, 1), uncertainty: float | None = None,
    field: FieldId = FIELD,
) -> CropTest:  # fmt: skip
    found = LaboratoryValue(value=value, uncertainty=uncertainty)
    return CropTest(field=field, crop=crop, element=element, value=found, sampled_on=day, laboratory="省检测院")


def judged(soil: Screening, crop: str, *tests: CropTest) -> Permission:
    return soil.permission(crop, crop_tests=tests, today=TODAY)


def test_a_confirmed_limit_that_a_test_of_this_field_keeps_allows_the_crop() -> None:
    dirty = ground(cd=0.42)
    assert judged(dirty, CABBAGE).state is PermissionState.TEST_FIRST
    assert judged(dirty, CABBAGE).to_test == ("cd",)
    kept = judged(dirty, CABBAGE, crop_test(CABBAGE, 0.04))
    assert kept
    assert kept.state is PermissionState.ALLOWED
    assert (kept.reasons[0].rule, kept.reasons[0].limit, kept.reasons[0].confirmed) == ("food_limit_kept", 0.05, True)


def test_an_unconfirmed_limit_refuses_and_never_allows() -> None:
    dirty = ground(cd=0.42)
    above = judged(dirty, RICE, crop_test(RICE, 0.31, uncertainty=0.04))
    assert above.state is PermissionState.REFUSED
    line = above.reasons[0]
    assert (line.table, line.band, line.limit, line.value) == ("GB 2762-2022", "稻谷(以糙米计)", 0.2, 0.31)
    assert not line.confirmed
    within = judged(dirty, SWEET_POTATO, crop_test(SWEET_POTATO, 0.043, uncertainty=0.006))
    assert within.state is PermissionState.TEST_FIRST
    assert within.reasons[0].rule == "food_limit_unconfirmed"
    assert "未核原文" in within.reasons[0].zh or "限量未核原文" in within.reasons[0].zh


def test_a_bad_crop_refuses_even_on_soil_that_is_low() -> None:
    assert judged(ground(), RICE).state is PermissionState.ALLOWED
    assert judged(ground(), RICE, crop_test(RICE, 0.21)).state is PermissionState.REFUSED
    assert judged(ground(), SWEET_POTATO, crop_test(RICE, 0.21)).state is PermissionState.ALLOWED


def test_a_result_counts_for_24_months_to_the_day() -> None:
    dirty = ground(cd=0.42)
    last, too_old = date(2024, 7, 28), date(2024, 7, 27)
    assert judged(dirty, CABBAGE, crop_test(CABBAGE, 0.04, day=last))
    assert not judged(dirty, CABBAGE, crop_test(CABBAGE, 0.04, day=too_old))
    assert not judged(dirty, CABBAGE, crop_test(CABBAGE, 0.04, day=TODAY + timedelta(days=1)))
    assert months_after(date(2024, 8, 31), 6) == date(2025, 2, 28)


def test_one_good_result_does_not_outweigh_a_bad_one_and_age_alone_does_not_either() -> None:
    dirty = ground(cd=0.42)
    bad, good = crop_test(CABBAGE, 0.2, day=date(2025, 9, 1)), crop_test(CABBAGE, 0.04, day=date(2026, 6, 1))
    assert judged(dirty, CABBAGE, bad, good).state is PermissionState.REFUSED
    old_bad = crop_test(CABBAGE, 0.2, day=date(2020, 9, 1))
    assert judged(dirty, CABBAGE, old_bad).state is PermissionState.REFUSED
    assert judged(dirty, CABBAGE, old_bad, good).state is PermissionState.ALLOWED


def test_a_result_that_may_lie_above_the_limit_counts_as_above() -> None:
    dirty = ground(cd=0.42)
    assert judged(dirty, CABBAGE, crop_test(CABBAGE, 0.045, uncertainty=0.005))
    assert judged(dirty, CABBAGE, crop_test(CABBAGE, 0.045, uncertainty=0.006)).state is PermissionState.REFUSED


def test_tests_of_another_field_or_another_element_allow_nothing() -> None:
    soil = SoilSample(
        id="s", field=FIELD, sampled_on=date(2026, 3, 1), depth_cm=(0, 20), laboratory="x",
        values={name: LaboratoryValue(value=value) for name, value in {"ph": 5.3, **CLEAN, "cd": 0.42}.items()},
    )  # fmt: skip
    here = screen_samples("rotation", [soil], today=TODAY)
    elsewhere = FieldId.parse("elsewhere")
    assert judged(here, CABBAGE, crop_test(CABBAGE, 0.04))
    assert not judged(here, CABBAGE, crop_test(CABBAGE, 0.04, field=elsewhere))
    assert not judged(here, CABBAGE, crop_test(CABBAGE, 0.04, element="Pb"))
    with pytest.raises(SoilValueError, match="several fields"):
        judged(ground(), CABBAGE, crop_test(CABBAGE, 0.04), crop_test(CABBAGE, 0.04, field=elsewhere))


def test_every_element_above_screening_wants_its_own_crop_test() -> None:
    dirty = ground(cd=0.42, arsenic=50.0)
    assert judged(dirty, CABBAGE).to_test == ("cd", "arsenic")
    assert not judged(dirty, CABBAGE, crop_test(CABBAGE, 0.04))
    assert judged(dirty, CABBAGE, crop_test(CABBAGE, 0.04), crop_test(CABBAGE, 0.1, element="As"))


def test_copper_has_no_food_limit_so_every_limited_element_is_tested() -> None:
    assert judged(ground(cu=400.0), CABBAGE).to_test == ("cd", "arsenic", "hg", "pb", "cr")
    assert judged(ground(cu=400.0, cd=0.42), CABBAGE).to_test == ("cd", "arsenic", "hg", "pb", "cr")


def test_strict_land_grows_no_food_whatever_a_crop_test_says() -> None:
    strict = ground(cd=1.6)
    assert judged(strict, CABBAGE, crop_test(CABBAGE, 0.01)).state is PermissionState.REFUSED
    assert judged(strict, "Gossypium hirsutum L.").state is PermissionState.ALLOWED


def test_an_official_class_wants_every_limited_element_tested() -> None:
    soil = SoilSample(
        id="s", field=FIELD, sampled_on=date(2026, 3, 1), depth_cm=(0, 20), laboratory="x",
        values={name: LaboratoryValue(value=value) for name, value in {"ph": 5.3, **CLEAN}.items()},
    )  # fmt: skip
    official = OfficialClass(level=GateLevel.SAFE_USE, named_on=date(2024, 1, 1), authority="县农业农村局")
    here = screen_samples("rotation", [soil], today=TODAY, official=official)
    assert here.level is GateLevel.SAFE_USE
    assert here.permission(CABBAGE).to_test == ("cd", "arsenic", "hg", "pb", "cr")


@given(
    cd=st.floats(min_value=0, max_value=3),
    tests=st.lists(
        st.builds(
            crop_test,
            st.sampled_from([CABBAGE, RICE, SWEET_POTATO]),
            st.floats(min_value=0, max_value=1),
            element=st.sampled_from(["Cd", "Pb", "arsenic"]),
            day=st.dates(min_value=date(2020, 1, 1), max_value=date(2027, 1, 1)),
        ),
        max_size=5,
    ),
)
def test_no_crop_test_ever_lets_an_unconfirmed_limit_or_strict_land_pass(cd: float, tests: list[CropTest]) -> None:
    soil = ground(cd=cd)
    for crop in (RICE, SWEET_POTATO):
        assert judged(soil, crop, *tests).state.severity >= soil.permission(crop).state.severity
    assert not (soil.level is GateLevel.STRICT and judged(soil, CABBAGE, *tests))


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("Oryza sativa", "rice"),
        ("ORYZA  SATIVA", "rice"),
        ("Oryza sativa L.", "rice"),
        ("Oryza sativa subsp. indica Kato", "rice"),
        ("Oryza sativa var. glutinosa", "rice"),
        ("Ipomoea batatas (L.) Lam.", "tuber"),
        ("Fragaria × ananassa", "fruit"),
        ("Zea mays", "maize"),
        ("Zea mays var. ceratina", "unlisted"),
        ("Brassica napus var. pabularia", "unlisted"),
        ("Gossypium hirsutum", "fibre"),
        ("Gossypium hirsutum var. edule", "unlisted"),
        ("Gossypium hirsutum / Oryza sativa", "unlisted"),
        ("Pyrus pyrifolia", "fruit"),
        ("Nova planta", "unlisted"),
        ("", "unlisted"),
    ],
)
def test_a_name_is_read_as_botanists_write_it_and_what_nobody_listed_is_food(name: str, group: str) -> None:
    assert gated_crop(name).group.name == group


@given(st.text(max_size=60))
def test_any_name_at_all_is_food_on_strict_land_unless_a_row_says_otherwise(name: str) -> None:
    listed = {row["scientific_name"] for row in table_rows("crop_group_members")}
    crop = gated_crop(name)
    assert crop.group.edible or crop.scientific_name in listed
    if crop.group.name == "unlisted":
        assert not ground(cd=0.42).advice_allowed(name)


def test_an_invented_crop_is_held_like_food_without_a_limit() -> None:
    assert ground().advice_allowed("Nova planta")
    invented = judged(ground(cd=0.42), "Nova planta", crop_test("Nova planta", 0.0001))
    assert invented.state is PermissionState.TEST_FIRST
    assert invented.reasons[0].rule == "no_food_limit"


def test_crop_tests_need_a_day_and_a_laboratory_and_an_element() -> None:
    with pytest.raises(SoilValueError, match="today"):
        ground().permission(RICE, crop_tests=[crop_test(RICE, 0.1)])
    with pytest.raises(SoilValueError, match="no analyte"):
        crop_test(RICE, 0.1, element="Xx")
    with pytest.raises(SoilValueError, match="cd"):
        crop_test(RICE, -1)


def test_every_member_has_a_group_every_group_its_limits_and_every_row_a_source() -> None:
    groups = {group.name: group for group in crop_groups()}
    classes = {row["crop_group"] for row in table_rows("food_limits")}
    for row in table_rows("crop_group_members"):
        assert row["crop_group"] in groups
        assert row["source"]
    for group in groups.values():
        assert set(group.food_limits) <= classes
        assert group.source
    for name, analyte in itertools.product(("rice", "tuber", "leafy_vegetable", "other_vegetable"), ("cd", "pb")):
        assert food_limits(groups[name])[analyte]


def test_the_strictest_limit_of_a_crops_classes_counts() -> None:
    assert food_limits(gated_crop(RICE).group)["arsenic"][0].mg_kg == 0.2
    assert food_limits(gated_crop(SWEET_POTATO).group)["cd"][0].mg_kg == 0.1


def test_a_new_sample_withdraws_corrects_or_leaves_what_was_advised() -> None:
    crops = (RICE, SWEET_POTATO, "Zea mays", "Gossypium hirsutum")
    before = {crop: ground().permission(crop).state for crop in crops}
    after = [screen("rotation", 5.3, **{**CLEAN, "cd": 0.42, "hg": None}).permission(crop) for crop in crops]
    found = {correction.crop: correction for correction in corrections(before, after)}
    assert found[RICE].outcome is Outcome.WITHDRAWN
    assert found[SWEET_POTATO].outcome is Outcome.WITHDRAWN
    assert found["Zea mays"].outcome is Outcome.CORRECTED
    assert found["Gossypium hirsutum"].outcome is Outcome.UNCHANGED
    assert any(line.analyte == "cd" and line.value == 0.42 for line in found[RICE].reasons)
    assert corrections(before, after)[0].outcome is Outcome.WITHDRAWN


def test_advice_that_is_not_judged_again_is_an_error() -> None:
    with pytest.raises(AgronomyError, match="not judged again"):
        corrections({RICE: PermissionState.ALLOWED}, [])


def test_the_five_states_are_those_of_the_badge() -> None:
    assert [(state.zh, state.mark, state.advised) for state in PermissionState] == [
        ("可以种", "tick", True),
        ("暂定", "half_ring", True),
        ("暂不建议，先化验", "triangle", False),
        ("缺化验，不出建议", "slashed_ring", False),
        ("不建议种", "octagon", False),
    ]
    assert all(state.en for state in PermissionState)
    assert all(level.zh and level.en for level in GateLevel)
