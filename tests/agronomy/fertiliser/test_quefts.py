import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.fertiliser.quefts import QueftsError, balance, quefts_crops, supply

ORACLE = Path(__file__).parents[4] / "shared/conformance/agronomy/quefts_oracle_1000cases.csv"


def triple(row: dict[str, str], a: str, b: str, c: str) -> tuple[float, float, float]:
    return float(row[a]), float(row[b]), float(row[c])


@pytest.mark.skipif(not ORACLE.exists(), reason=f"{ORACLE} is not there")
def test_a_thousand_published_balances_come_out_as_the_program_has_them() -> None:
    with ORACLE.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            dry = (float(row[name]) for name in ("leaf", "stem", "store", "season"))
            gaps, supplies, store, uptakes = balance(
                row["crop"],
                triple(row, "S_N", "S_P", "S_K"),
                triple(row, "S_rN", "S_rP", "S_rK"),
                triple(row, "F_N", "F_P", "F_K"),
                *dry,
            )
            assert gaps == pytest.approx(triple(row, "N_gap", "P_gap", "K_gap"), rel=1e-6, abs=1e-6)
            assert supplies == pytest.approx(triple(row, "N_supply", "P_supply", "K_supply"), rel=1e-6)
            assert store == pytest.approx(float(row["store_lim"]), rel=1e-6, abs=1e-6)
            assert uptakes == pytest.approx(triple(row, "UN", "UP", "UK"), rel=1e-6, abs=1e-6)


def test_the_published_supply_example() -> None:
    assert supply(6, 10, 10, 5) == pytest.approx((51.0, 8.5, 113.636364))


def test_an_unknown_crop_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(QueftsError, match="Sweetpotato"):
        balance("Moon cheese", (50, 10, 100), (0.5, 0.1, 0.5), (0, 0, 0), 100, 100, 500, 120)


@pytest.mark.parametrize("recovery", [0.0, -0.1, 1.1, float("nan")])
def test_a_recovery_that_is_no_share_is_an_error(recovery: float) -> None:
    with pytest.raises(QueftsError, match="recovery"):
        balance("Rice", (50, 10, 100), (recovery, 0.1, 0.5), (0, 0, 0), 2000, 2500, 5000, 120)


@pytest.mark.parametrize("ph", [float("nan"), float("inf"), -1.0])
def test_a_soil_value_that_is_none_is_an_error(ph: float) -> None:
    with pytest.raises(QueftsError):
        supply(ph, 10, 10, 5)


amount = st.floats(0, 500)


@given(st.sampled_from(sorted(quefts_crops())), st.tuples(amount, amount, amount), st.floats(201, 15000))
def test_nothing_is_negative_and_no_yield_is_above_the_aim(
    crop: str, soil: tuple[float, float, float], store: float
) -> None:
    found = balance(crop, soil, (0.5, 0.1, 0.5), (0, 0, 0), store / 2, store / 2, store, 120)
    assert min(*found.gaps, *found.uptakes) >= 0
    assert found.store_yield <= store * (1 + 1e-9)


@pytest.mark.parametrize(("stem", "store"), [(2000.0, 100.0), (100.0, 50.0)])
def test_leaf_and_stem_crops_have_a_balance_too(stem: float, store: float) -> None:
    found = balance("Kenaf", (60, 10, 60), (0.5, 0.1, 0.5), (0, 0, 0), 1000, stem, store, 120)
    assert found.store_yield >= 0
