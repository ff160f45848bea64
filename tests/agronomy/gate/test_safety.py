"""The safety gate against an independent oracle: every edge, every gap, many soils; it never says more than it may."""

import itertools
import math
import random
from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.errors import SoilValueError
from agronomy.gate.levels import GateLevel, OfficialClass
from agronomy.gate.safety import Screening, screen, screen_sample, screen_samples
from agronomy.soil.samples import LaboratoryValue, LandUse, SoilSample
from observations.identifiers import FieldId
from tests.agronomy import oracle_gb15618 as oracle

ORDER = {"low": 0, "safe_use": 1, "strict": 2}
CROPS = (*oracle.TESTED, *oracle.OTHER_FOOD, *oracle.NOT_FOOD)
EDGES = [edge + step for edge in (5.5, 6.5, 7.5) for step in (-1e-9, 0.0, 1e-9)]
FIELD = FieldId.parse("daqiu")
CLEAN = {"cd": 0.1, "hg": 0.1, "arsenic": 5.0, "pb": 20.0, "cr": 50.0}


def sample(
    values: Mapping[str, LaboratoryValue], day: date = date(2026, 3, 12), *, name: str = "s1", top: float = 0
) -> SoilSample:
    return SoilSample(
        id=name, field=FIELD, sampled_on=day, depth_cm=(top, top + 20), laboratory="长沙某检测", values=values
    )


def measured(value: float, uncertainty: float | None = None, *, below: bool = False) -> LaboratoryValue:
    return LaboratoryValue(value=value, uncertainty=uncertainty, below_detection=below)


def assert_as_the_oracle(land_use: str, ph: float | None, contents: dict[str, float | None]) -> None:
    found = screen(land_use, ph, **contents)
    level = oracle.level(land_use, ph, contents)
    assert (found.level, found.provisional) == (level, oracle.provisional(contents)), (land_use, ph, contents)
    for crop in CROPS:
        assert found.advice_allowed(crop) is oracle.allowed(level, crop), (crop, level)


@pytest.mark.parametrize("land_use", oracle.LAND_USES)
@pytest.mark.parametrize("element", oracle.ELEMENTS)
def test_every_limit_holds_below_at_and_above_it_on_both_sides_of_every_edge(land_use: str, element: str) -> None:
    for ph in (*EDGES, 4.0, 6.0, 7.0, 9.0):
        limits = [oracle.screening(land_use, element, ph), oracle.intervention(element, ph)]
        for limit, step in itertools.product(filter(None, limits), (-1e-9, 0.0, 1e-9)):
            assert_as_the_oracle(land_use, ph, {**CLEAN, element: limit + step})


@pytest.mark.parametrize("land_use", oracle.LAND_USES)
def test_every_subset_of_missing_values_is_judged_as_the_oracle_judges_it(land_use: str) -> None:
    full = {**CLEAN, "cu": 20.0, "ni": 20.0, "zn": 60.0}
    for missing in itertools.product((True, False), repeat=len(full)):
        contents = {name: None if gone else full[name] for name, gone in zip(full, missing, strict=True)}
        for ph in (None, 5.5):
            found = screen(land_use, ph, **contents)
            assert found.level == oracle.level(land_use, ph, contents)
            assert found.provisional == oracle.provisional(contents)
            assert found.advice_allowed("Oryza sativa") is (found.level is GateLevel.LOW)


def test_a_hundred_thousand_random_soils_are_judged_as_the_oracle_judges_them() -> None:
    chance = random.Random(15618)  # noqa: S311 - a repeatable spread of soils, not a secret
    top = {"cd": 5, "hg": 7, "arsenic": 230, "pb": 1100, "cr": 1400, "cu": 250, "ni": 230, "zn": 400}
    for _ in range(100_000):
        contents = {name: None if chance.random() < 0.08 else most * chance.random() ** 3 for name, most in top.items()}
        ph = None if chance.random() < 0.05 else chance.choice((chance.uniform(3, 10), *EDGES))
        land_use, crop = chance.choice(oracle.LAND_USES), chance.choice(CROPS)
        found = screen(land_use, ph, **contents)
        level = oracle.level(land_use, ph, contents)
        assert found.level == level
        assert found.provisional == oracle.provisional(contents)
        assert found.advice_allowed(crop) is oracle.allowed(level, crop)


amounts = st.floats(min_value=0, max_value=2000) | st.none()


@given(
    land_use=st.sampled_from(oracle.LAND_USES),
    ph=st.floats(min_value=3, max_value=10) | st.sampled_from(EDGES),
    contents=st.fixed_dictionaries(dict.fromkeys(oracle.ELEMENTS, amounts)),
    element=st.sampled_from(oracle.ELEMENTS),
    more=st.floats(min_value=0, max_value=2000),
)
def test_more_of_any_element_never_widens_advice(
    land_use: str, ph: float, contents: dict[str, float | None], element: str, more: float
) -> None:
    before = contents[element]
    if before is None:
        return
    less, worse = screen(land_use, ph, **contents), screen(land_use, ph, **{**contents, element: before + more})
    for crop in (*CROPS, "Nova planta"):
        assert less.permission(crop).state.severity <= worse.permission(crop).state.severity
        assert set(less.permission(crop).to_test) <= set(worse.permission(crop).to_test) or not worse.permission(crop)


@given(
    ph=st.floats(min_value=4, max_value=9),
    span=st.floats(min_value=0, max_value=1),
    content=st.floats(min_value=0, max_value=300),
    element=st.sampled_from(oracle.ELEMENTS),
    land_use=st.sampled_from(oracle.LAND_USES),
)
def test_a_ph_that_straddles_an_edge_takes_the_stricter_side_for_each_element(
    ph: float, span: float, content: float, element: str, land_use: str
) -> None:
    values = {name: measured(value) for name, value in {**CLEAN, element: content}.items()}
    found = screen_sample(land_use, sample({"ph": measured(ph, span), **values}))
    low, high = round(ph - span, 12), round(ph + span, 12)
    inside = [low, high, *(edge for edge in (5.5, 6.5, 7.5) if low <= edge <= high)]
    inside += [edge + 1e-9 for edge in (5.5, 6.5, 7.5) if low <= edge < high]
    worst = max((oracle.level(land_use, at, {**CLEAN, element: content}) for at in inside), key=lambda at: ORDER[at])
    assert found.level == worst


@pytest.mark.parametrize(
    ("land_use", "element", "value", "ph", "level"),
    [
        ("paddy", "arsenic", 28.0, 6.5, "low"),
        ("paddy", "arsenic", 28.0, 6.6, "safe_use"),
        ("rotation", "cd", 0.35, 6.0, "safe_use"),
        ("paddy", "cd", 0.35, 6.0, "low"),
        ("rotation", "hg", 0.6, 6.0, "safe_use"),
        ("orchard", "cu", 120.0, 5.0, "low"),
        ("other", "cu", 120.0, 5.0, "safe_use"),
        ("paddy", "cu", 50.0, 5.0, "low"),
        ("paddy", "zn", 100_000.0, 5.0, "safe_use"),
    ],
)
def test_known_cells_of_the_standard_hold(land_use: str, element: str, value: float, ph: float, level: str) -> None:
    assert screen(land_use, ph, **{**CLEAN, element: value}).level == level


def test_uncertainty_that_reaches_over_a_limit_counts_as_above_it() -> None:
    others = {name: measured(value) for name, value in CLEAN.items() if name != "cd"}
    assert screen_sample("paddy", sample({"ph": measured(5.0), "cd": measured(0.26, 0.04), **others})).level == "low"
    assert (
        screen_sample("paddy", sample({"ph": measured(5.0), "cd": measured(0.26, 0.05), **others})).level == "safe_use"
    )
    below = screen_sample("paddy", sample({"ph": measured(5.0), "cd": measured(0.4, below=True), **others}))
    assert below.level == "safe_use"


BAD = [math.nan, math.inf, -math.inf, -0.001, True, "0.3", 2e6]


@pytest.mark.parametrize("element", oracle.ELEMENTS)
@pytest.mark.parametrize("bad", BAD)
def test_a_content_no_soil_can_have_is_a_named_error(element: str, bad: float) -> None:
    with pytest.raises(SoilValueError, match=element):
        screen("paddy", 6.0, **{**CLEAN, element: bad})


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0, 14.1, 65.0])
def test_an_absurd_ph_is_a_named_error(bad: float) -> None:
    with pytest.raises(SoilValueError, match="ph"):
        screen("paddy", bad, cd=0.1)


def test_an_unknown_land_use_is_a_named_error_that_says_which_there_are() -> None:
    with pytest.raises(SoilValueError, match="paddy, rotation, other, orchard"):
        screen("meadow", 6.0, cd=0.1)


@pytest.mark.parametrize("land_use", list(LandUse))
def test_every_decision_cites_table_band_and_value(land_use: LandUse) -> None:
    for contents in (CLEAN, {**CLEAN, "cd": 0.9}, {**CLEAN, "cd": 9.0}, {**CLEAN, "zn": 900.0}):
        found = screen(land_use, 6.0, **contents)
        for line in found.reasons:
            assert line.table.startswith("GB 15618-2018 Table ")
            assert line.band == "5.5<pH<=6.5"
            assert (line.value, line.unit) == (contents[line.analyte], "mg/kg")
            assert line.limit is not None
            assert line.source
            above = line.value is not None and line.value > line.limit
            assert above is (line.decides in {"safe_use", "strict"})
            assert f"{line.limit:g}" in line.zh
            assert f"{line.limit:g}" in line.en
        assert found.reasons[0].decides == found.level
        for crop in CROPS:
            permission = found.permission(crop)
            cited = {line.decides for line in permission.reasons}
            assert cited & {permission.state.value, found.level.value, "allowed"}
            assert all(line.source and line.table and line.band for line in permission.reasons)


def test_a_missing_value_is_cited_with_what_it_decides() -> None:
    found = screen("paddy", None, **CLEAN)
    assert [(line.analyte, line.decides) for line in found.reasons] == [("ph", "unknown")]
    assert found.reasons[0].zh == "缺酸碱度化验，不出食用作物建议，先送检"
    provisional = screen("paddy", 6.0, **{**CLEAN, "hg": None})
    assert [(line.analyte, line.decides) for line in provisional.reasons if line.value is None] == [
        ("hg", "provisional")
    ]
    assert provisional.permission("Oryza sativa").state == "provisional"
    assert provisional.missing == ("hg", "cu", "ni", "zn", "hch_total", "ddt_total", "benzo_a_pyrene")


def samples_screened(*samples: SoilSample, today: date = date(2026, 7, 1)) -> Screening:
    return screen_samples("paddy", samples, today=today)


def clean(day: date, *, name: str = "s1", top: float = 0, ph: float = 6.0, **values: float) -> SoilSample:
    contents = {"ph": ph, **CLEAN, **values}
    return sample({key: measured(value) for key, value in contents.items()}, day, name=name, top=top)


def test_of_several_samples_the_newest_of_each_element_decides() -> None:
    old, new = clean(date(2024, 3, 1), cd=0.9), clean(date(2026, 3, 1), name="s2")
    assert samples_screened(old, new).level == "low"
    assert samples_screened(new, old).level == "low"
    only_lead = sample({"pb": measured(300.0)}, date(2026, 4, 1), name="s3")
    assert samples_screened(old, new, only_lead).level == "safe_use"


def test_of_two_samples_of_one_day_the_stricter_holds() -> None:
    day = date(2026, 3, 1)
    assert samples_screened(clean(day), clean(day, name="s2", cd=0.9)).level == "safe_use"
    acid, neutral = clean(day, ph=5.4, cd=0.35), clean(day, name="s2", ph=6.0, cd=0.35)
    assert samples_screened(neutral).level == "low"
    assert samples_screened(neutral, acid).level == "safe_use"
    both = samples_screened(neutral, acid)
    assert both.findings[0].bands == ("pH<=5.5", "5.5<pH<=6.5")
    assert both.reasons[0].zh.endswith("酸碱度可能在 pH<=5.5 | 5.5<pH<=6.5，取严")


def test_deep_samples_and_samples_of_days_to_come_do_not_decide() -> None:
    mixed = clean(date(2026, 3, 1), top=12)
    assert samples_screened(mixed).level == "unknown"
    deep, tomorrow = clean(date(2026, 3, 1), top=40), clean(date(2027, 3, 1))
    assert samples_screened(deep).level == "unknown"
    assert samples_screened(tomorrow).level == "unknown"


def test_age_never_relaxes() -> None:
    bad, good = clean(date(2020, 1, 1), arsenic=99.0), clean(date(2020, 1, 1))
    fresh = sample({"ph": measured(6.0), "cd": measured(0.1)}, date(2026, 3, 1), name="s2")
    assert samples_screened(bad, fresh).level == "safe_use"
    kept = samples_screened(good, fresh)
    assert (kept.level, kept.provisional) == ("low", True)
    assert {line.rule for line in kept.reasons if line.decides == "provisional"} == {"expired"}
    assert samples_screened(good).level == "unknown"


def test_only_a_laboratory_counts_and_only_of_one_field() -> None:
    nobody = SoilSample(
        id="s", field=FIELD, sampled_on=date(2026, 3, 1), depth_cm=(0, 20), laboratory=" ", values={"ph": measured(6.0)}
    )
    with pytest.raises(SoilValueError, match="only laboratory values count"):
        samples_screened(nobody)
    elsewhere = SoilSample(
        id="t", field=FieldId.parse("other"), sampled_on=date(2026, 3, 1), depth_cm=(0, 20), laboratory="x", values={}
    )
    with pytest.raises(SoilValueError, match="several fields"):
        samples_screened(clean(date(2026, 3, 1)), elsewhere)


@pytest.mark.parametrize("level", [GateLevel.LOW, GateLevel.SAFE_USE, GateLevel.STRICT])
@pytest.mark.parametrize("cd", [None, 0.1, 0.9, 9.0])
def test_an_official_class_may_only_tighten(level: GateLevel, cd: float | None) -> None:
    values = {name: measured(value) for name, value in CLEAN.items() if name != "cd"}
    soil = sample({"ph": measured(6.0), **values, **({} if cd is None else {"cd": measured(cd)})})
    alone = screen_sample("paddy", soil)
    official = OfficialClass(level=level, named_on=date(2024, 1, 1), authority="县农业农村局")
    both = screen_sample("paddy", soil, official=official)
    assert both.level.severity >= alone.level.severity
    for crop in CROPS:
        assert both.permission(crop).state.severity >= alone.permission(crop).state.severity
    if level is GateLevel.STRICT:
        assert not both.advice_allowed("Zea mays")
    if level is not GateLevel.LOW:
        assert not both.advice_allowed("Oryza sativa")


def test_an_official_class_cannot_be_unknown() -> None:
    with pytest.raises(SoilValueError, match="safe_use"):
        OfficialClass(level=GateLevel.UNKNOWN, named_on=date(2024, 1, 1), authority="x")
