from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.crops.varieties import varieties
from agronomy.yields.anchors import jin_mu_from_kg_ha
from agronomy.yields.expected import YieldEstimate, YieldRefusal, estimate
from agronomy.yields.fitting import fit
from agronomy.yields.known_effects import YieldCase, variety_effect
from agronomy.yields.relative_yields import Growing

SWEET_POTATO = "Ipomoea batatas"
USUAL = YieldCase(crop=SWEET_POTATO, growing=Growing(texture="silt loam"))


def expected(case: YieldCase) -> YieldEstimate:
    answer = estimate(fit([]), [case])[0]
    assert isinstance(answer, YieldEstimate)
    return answer


def refused(case: YieldCase) -> YieldRefusal:
    answer = estimate(fit([]), [case])[0]
    assert isinstance(answer, YieldRefusal)
    return answer


def test_the_known_case_gets_an_interval_that_says_it_is_not_calibrated() -> None:
    answer = expected(replace(USUAL, variety="商薯19"))
    low, middle, high = answer.jin_mu
    assert low < middle < high
    assert 4_000 <= middle <= 5_500
    assert (answer.label_zh, answer.label_en) == ("尚未校准", "not yet calibrated")
    assert not answer.calibrated
    assert answer.product == "fresh roots"


@given(
    variety=st.sampled_from(["", *varieties()]),
    texture=st.sampled_from([None, "sand", "silt loam", "clay"]),
    warmer=st.floats(-2, 2),
    rain=st.floats(0.5, 1.5),
    share=st.floats(0.1, 1),
    irrigated=st.booleans(),
    day=st.integers(115, 191),
)
def test_eight_thousand_jin_is_never_expected_and_never_exceeded_before_calibration(
    variety: str, texture: str | None, warmer: float, rain: float, share: float, *, irrigated: bool, day: int
) -> None:
    growing = Growing(texture=texture, irrigated=irrigated, warmer_c=warmer, rain_ratio=rain, sowing_day=day)
    answer = expected(YieldCase(crop=SWEET_POTATO, variety=variety, growing=growing, limits={"ph": share}))
    low, middle, high = answer.jin_mu
    assert 0 < low <= middle <= 6_000 + 1e-6
    assert high <= 8_000 + 1e-6


def test_what_was_cut_says_so() -> None:
    best = replace(USUAL, variety="longshu-9", growing=Growing(texture="silt loam", warmer_c=-2))
    assert expected(best).capped
    assert jin_mu_from_kg_ha(expected(best).high_kg_ha) == pytest.approx(8_000)


def test_the_least_of_the_limits_counts_and_is_named() -> None:
    answer = expected(replace(USUAL, limits={"pH": 0.6, "salt": 0.9}))
    assert answer.limited_by == "pH"
    assert answer.expected_kg_ha == pytest.approx(0.6 * expected(USUAL).expected_kg_ha)


def test_the_factors_explain_the_expectation() -> None:
    answer = expected(replace(USUAL, variety="jishu-21", limits={"pH": 0.8}))
    product = 1.0
    for factor in answer.factors.values():
        product *= factor
    assert product == pytest.approx(answer.expected_kg_ha)


def test_a_trials_advantage_is_believed_to_a_fifth_and_a_breeders_yield_not_at_all() -> None:
    advantage, sure = variety_effect("longshu-9")
    assert 0 < advantage < 0.1
    nothing, unsure = variety_effect("商薯19")
    assert nothing == 0
    assert sure < unsure


def test_an_unknown_texture_widens_the_interval() -> None:
    known, unknown = expected(USUAL), expected(YieldCase(crop=SWEET_POTATO))
    assert unknown.low_kg_ha / unknown.expected_kg_ha < known.low_kg_ha / known.expected_kg_ha


def test_a_crop_without_a_regional_yield_is_refused() -> None:
    answer = refused(YieldCase(crop="Camellia sinensis"))
    assert answer.reason == "no regional yield"
    assert "农技站" in answer.zh


def test_a_climate_outside_the_table_is_refused() -> None:
    assert refused(replace(USUAL, growing=Growing(warmer_c=9))).reason == "climate unknown"
    assert refused(replace(USUAL, growing=Growing(rain_ratio=0.1))).reason == "climate unknown"


def test_a_limit_that_leaves_nothing_is_refused_by_name() -> None:
    answer = refused(replace(USUAL, limits={"frost": 0.0}))
    assert answer.reason == "limit"
    assert answer.en.startswith("frost")


def test_answers_come_in_the_order_of_the_cases() -> None:
    cases = [USUAL, YieldCase(crop="Camellia sinensis"), replace(USUAL, crop="Oryza sativa"), USUAL]
    assert [answer.crop for answer in estimate(fit([]), cases)] == [case.crop for case in cases]


def test_no_cases_give_no_answers() -> None:
    assert estimate(fit([]), []) == []
