from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.crops.varieties import varieties
from agronomy.crops.variety_choice import VarietyQuestionError, choose_varieties, diseases, uses

SWEET_POTATO = "Ipomoea batatas"


def test_for_starch_the_known_case_is_advised_first_with_its_reasons_and_sources() -> None:
    best = choose_varieties(SWEET_POTATO, use="starch").choices[0]
    assert best.variety.zh == "商薯19"
    assert any("鲜薯淀粉：23–25%" in reason.zh for reason in best.reasons)
    assert all(reason.source for reason in best.reasons)
    assert not best.warned


def test_where_black_rot_presses_those_that_suffer_from_it_come_last_and_are_warned_of() -> None:
    choices = choose_varieties(SWEET_POTATO, use="starch", diseases_present=["black_rot"]).choices
    warned = [choice.warned for choice in choices]
    assert warned == sorted(warned)
    shangshu = next(choice for choice in choices if choice.variety.id == "shangshu-19")
    assert shangshu.warned
    assert any("黑斑病：感（未核实）" in warning.zh for warning in shangshu.warnings)


def test_an_unconfirmed_resistance_recommends_nothing() -> None:
    variety = varieties()["jishu-26"]
    doubted = replace(variety, id="doubted", statements=tuple(replace(s, confirmed=False) for s in variety.statements))
    choices = choose_varieties(
        SWEET_POTATO, use="table", diseases_present=["root_rot"], known=[doubted, variety]
    ).choices
    assert [choice.variety.id for choice in choices] == ["jishu-26", "doubted"]


def test_a_disease_without_a_record_is_said_to_have_none() -> None:
    choices = choose_varieties(SWEET_POTATO, use="starch", diseases_present=["bacterial_wilt"]).choices
    shangshu = next(choice for choice in choices if choice.variety.id == "shangshu-19")
    assert any("没有商薯19的记录" in warning.zh for warning in shangshu.warnings)


def test_breeders_yields_are_no_reason_to_plant() -> None:
    for choice in choose_varieties(SWEET_POTATO).choices:
        assert not any("5057" in reason.en or "5000" in reason.en for reason in choice.reasons)


def test_the_market_decides_where_no_use_is_named() -> None:
    choices = choose_varieties(SWEET_POTATO, market=["baking"]).choices
    assert {choice.variety.id for choice in choices} == {"yanshu-25", "longshu-9"}


def test_a_crop_without_varieties_says_whom_to_ask() -> None:
    advice = choose_varieties("Oryza sativa")
    assert advice.choices == ()
    assert "农技站" in advice.silence_zh
    assert "ask the station" in advice.silence_en


def test_a_use_that_no_variety_serves_says_so() -> None:
    only = [varieties()["shangshu-19"]]
    assert "用途" in choose_varieties(SWEET_POTATO, use="baking", known=only).silence_zh


@pytest.mark.parametrize("question", [{"use": "vodka"}, {"diseases_present": ["gloom"]}, {"market": ["moon"]}])
def test_an_unknown_word_is_refused_with_those_that_are_known(question: dict[str, str]) -> None:
    with pytest.raises(VarietyQuestionError, match="use one of"):
        choose_varieties(SWEET_POTATO, **question)  # type: ignore[arg-type]  # wrong words on purpose


@given(st.sampled_from(["", *uses()]), st.sets(st.sampled_from(diseases())))
def test_no_variety_that_suffers_from_the_fields_diseases_stands_before_one_that_does_not(
    use: str, present: set[str]
) -> None:
    choices = choose_varieties(SWEET_POTATO, use=use, diseases_present=sorted(present)).choices
    assert choices
    warned = [choice.warned for choice in choices]
    assert warned == sorted(warned)
