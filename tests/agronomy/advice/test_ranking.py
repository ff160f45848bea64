from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.advice.ranking import LEAST_FIT, Basis, Candidate, Money, RankingError, YieldRange, rank

TODAY = date(2026, 3, 1)


def candidate(
    name: str, fit: float = 0.9, *, permitted: bool = True, spread: float = 0.3, price: float = 0
) -> Candidate:
    return Candidate(
        scientific_name=name,
        suitability=fit,
        limiting_factor="soil_ph",
        permitted=permitted,
        permission="advised" if permitted else "not advised: Cd above screening",
        yields=YieldRange(low_kg_mu=2000 * (1 - spread), expected_kg_mu=2000, high_kg_mu=2000 * (1 + spread)),
        money=money(price) if price else None,
    )


def money(price: float, priced_on: date = TODAY, source: str = "county market, 1 March") -> Money:
    return Money(
        price_yuan_kg=price, cost_yuan_mu=800, labour_days_mu=10, wage_yuan_day=100, priced_on=priced_on, source=source
    )


def test_without_prices_the_order_is_by_fit_and_risk_and_says_so() -> None:
    found = rank([candidate("steady", 0.8, spread=0.1), candidate("risky", 0.85, spread=0.9)], today=TODAY)
    assert found.basis is Basis.FIT
    assert [one.candidate.scientific_name for one in found.ranked] == ["steady", "risky"]


def test_with_dated_sourced_prices_the_order_is_by_margin() -> None:
    found = rank([candidate("cheap", 0.99, price=1.0), candidate("dear", 0.5, price=3.0)], today=TODAY)
    assert found.basis is Basis.MARGIN
    assert found.ranked[0].candidate.scientific_name == "dear"
    assert found.ranked[0].value == pytest.approx(2000 * 3 - 1800 - 0.5 * 600 * 3)


@pytest.mark.parametrize("useless", [money(2, source=" "), money(2, date(2024, 1, 1)), money(2, date(2027, 1, 1))])
def test_a_price_without_source_or_of_another_year_is_not_used(useless: Money) -> None:
    one = candidate("a")
    other = Candidate(
        scientific_name="b", suitability=0.9, limiting_factor="none", permitted=True, permission="advised",
        yields=one.yields, money=useless,
    )  # fmt: skip
    assert rank([other], today=TODAY).basis is Basis.FIT


def test_what_the_gate_forbids_is_never_ranked() -> None:
    found = rank([candidate("rice", 1.0, permitted=False, price=9), candidate("sweet potato", 0.5)], today=TODAY)
    assert [one.candidate.scientific_name for one in found.ranked] == ["sweet potato"]
    assert found.refused[0][1] == "not advised: Cd above screening"


def test_what_does_not_fit_is_refused_with_its_limit() -> None:
    found = rank([candidate("cocoa", 0.01)], today=TODAY)
    assert "soil_ph" in found.refused[0][1]
    assert found.no_advice


def test_outside_what_is_known_nothing_is_advised() -> None:
    found = rank([candidate("a")], today=TODAY, outside=["rain was never checked"])
    assert not found.ranked
    assert found.no_advice == ["rain was never checked"]


def test_regret_is_what_the_best_other_could_bring() -> None:
    found = rank([candidate("a", price=3, spread=0.1), candidate("b", price=2, spread=0.5)], today=TODAY)
    best = found.ranked[0]
    assert best.regret == pytest.approx(max(0.0, found.ranked[1].high - best.low))
    assert found.top_regret == best.regret
    assert rank([candidate("a")], today=TODAY).top_regret == 0


def test_numbers_that_make_no_sense_are_errors() -> None:
    with pytest.raises(RankingError, match="suitability"):
        candidate("a", 1.2)
    with pytest.raises(RankingError, match="yield"):
        YieldRange(low_kg_mu=3, expected_kg_mu=2, high_kg_mu=4)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.floats(0, 1)), max_size=12))
def test_only_permitted_fitting_crops_are_advised_best_first(rows: list[tuple[float, bool, float]]) -> None:
    known = [candidate(f"crop {i}", fit, permitted=ok, spread=spread) for i, (fit, ok, spread) in enumerate(rows)]
    found = rank(known, today=TODAY, top=4)
    assert all(one.candidate.permitted and one.candidate.suitability >= LEAST_FIT for one in found.ranked)
    values = [one.value for one in found.ranked]
    assert values == sorted(values, reverse=True)
    assert len(found.ranked) <= 4
