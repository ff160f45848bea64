import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.crops.requirements import crops
from agronomy.fertiliser.check import CheckError, SoilTest, Verdict, cross_check
from agronomy.fertiliser.doses import NUTRIENTS, FertiliserError, fertiliser_plan, norms, products, with_compound
from agronomy.table_rows import table_rows

NINGXIANG = SoilTest(ph=5.5, organic_matter_g_kg=34.9, olsen_p_mg_kg=4.38, available_k_mg_kg=97.1)
CROPS = sorted({row["scientific_name"] for row in table_rows("fertiliser_norms")})


def test_sweet_potato_gets_the_norm_of_the_region_in_products() -> None:
    plan = fertiliser_plan("Ipomoea batatas")
    assert plan is not None
    bought = [amount for stage in plan.stages for amount in stage.products]
    potassium = [amount for amount in bought if amount.nutrient == "K2O"]
    assert {amount.product.name for amount in potassium} == {"potassium_sulphate"}
    assert plan.chloride_free is not None
    phosphorus = next(amount for amount in bought if amount.nutrient == "P2O5")
    assert phosphorus.low_kg_mu == pytest.approx(8 / 0.12, rel=1e-3)


@pytest.mark.parametrize("crop", CROPS)
def test_the_stages_of_a_plan_hold_the_norm(crop: str) -> None:
    plan = fertiliser_plan(crop)
    assert plan is not None
    for nutrient, amount in plan.norm.amounts.items():
        given = [one for stage in plan.stages for one in stage.products if one.nutrient == nutrient]
        least = sum(one.low_kg_mu * one.product.shares[nutrient] for one in given)
        most = sum(one.high_kg_mu * one.product.shares[nutrient] for one in given)
        assert least <= amount.high_kg_mu * (1 + 1e-9)
        assert most >= amount.low_kg_mu * (1 - 1e-9)
        assert most <= amount.high_kg_mu * 1.2 + 1e-9


@pytest.mark.parametrize("crop", CROPS)
def test_every_plan_carries_sources_and_is_unconfirmed_while_any_row_is(crop: str) -> None:
    plan = fertiliser_plan(crop)
    assert plan is not None
    assert plan.sources
    if any("memory" in source for source in plan.sources):
        assert not plan.confirmed


def test_norms_are_of_crops_that_exist() -> None:
    assert set(CROPS) <= set(crops())


def test_a_crop_without_a_norm_has_no_plan() -> None:
    assert fertiliser_plan("Daucus carota") is None
    assert norms("Daucus carota") == ()


def test_a_level_that_does_not_exist_is_an_error_that_lists_them() -> None:
    plan = fertiliser_plan("Ipomoea batatas", "high yield")
    assert plan is not None
    assert plan.norm.amounts["N"].low_kg_mu == pytest.approx(125 / 15, abs=0.01)
    with pytest.raises(FertiliserError, match="high yield"):
        fertiliser_plan("Ipomoea batatas", "ten thousand jin")


def test_a_compound_covers_the_scarcest_need_and_straights_the_rest() -> None:
    amounts = norms("Ipomoea batatas")[0].amounts
    bought = with_compound(amounts, "compound_sulphate", chloride_free=True)
    for nutrient in NUTRIENTS:
        total = sum(one.high_kg_mu * one.product.shares[nutrient] for one in bought)
        assert total == pytest.approx(amounts[nutrient].high_kg_mu)
    assert not any(one.product.chloride for one in bought)
    with pytest.raises(FertiliserError, match="urea"):
        with_compound(amounts, "urea", chloride_free=True)


def test_product_contents_from_memory_are_unconfirmed() -> None:
    assert not products()["urea"].confirmed
    assert products()["compound_rapeseed"].confirmed


def test_quefts_absurd_doses_become_words() -> None:
    checks = cross_check(norms("Ipomoea batatas")[0], NINGXIANG, 3000)
    assert [check.nutrient for check in checks] == list(NUTRIENTS)
    assert all(check.verdict is Verdict.BEYOND and not check.confirmed for check in checks)
    assert not any(character.isdigit() for check in checks for character in check.verdict)


def test_a_rich_soil_and_a_small_aim_need_less() -> None:
    rich = SoilTest(ph=6.5, organic_matter_g_kg=60, olsen_p_mg_kg=80, available_k_mg_kg=600)
    assert {check.verdict for check in cross_check(norms("Zea mays")[0], rich, 100)} == {Verdict.LESS}


def test_crops_that_quefts_does_not_know_are_not_checked() -> None:
    assert cross_check(norms("Camellia sinensis")[0], NINGXIANG, 500) == []


@pytest.mark.parametrize("aim", [0.0, -1.0, float("nan"), float("inf")])
def test_a_yield_that_is_none_is_an_error(aim: float) -> None:
    with pytest.raises(CheckError):
        cross_check(norms("Zea mays")[0], NINGXIANG, aim)


@given(st.floats(3, 10), st.floats(0, 100), st.floats(0, 200), st.floats(0, 1000), st.floats(10, 4000))
def test_any_soil_gets_a_verdict(ph: float, organic: float, p: float, k: float, aim: float) -> None:
    soil = SoilTest(ph=ph, organic_matter_g_kg=organic, olsen_p_mg_kg=p, available_k_mg_kg=k)
    assert len(cross_check(norms("Oryza sativa")[0], soil, aim)) == 3
