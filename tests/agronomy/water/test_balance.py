import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from agronomy.water.balance import Balance, Ground, WaterDays, daily_balance
from agronomy.water.crop_water import CropDays, crop_days, crop_water

DAYS, FIELDS = 90, 12
Floats = NDArray[np.float64]


def ground(random: np.random.Generator, fields: int = FIELDS) -> Ground:
    wilting = random.uniform(0.03, 0.25, fields)
    return Ground(
        field_capacity=wilting + random.uniform(0.04, 0.2, fields),
        wilting_point=wilting,
        readily_evaporable_mm=random.uniform(2, 12, fields),
    )


def sweet_potato(random: np.random.Generator, fields: int = FIELDS, *, basal: bool = True) -> CropDays:
    crop = crop_water("甘薯")
    assert crop is not None
    days = crop_days(crop, np.arange(float(DAYS)) * 1.5, soil_depth_m=random.uniform(0.2, 1.2, fields), basal=basal)
    assert days is not None
    return days


def weather(random: np.random.Generator) -> WaterDays:
    return WaterDays(
        et0_mm=random.uniform(0, 9, (DAYS, FIELDS)),
        rain_mm=random.gamma(0.3, 15, (DAYS, FIELDS)),
        irrigation_mm=np.where(random.random((DAYS, FIELDS)) < 0.05, 30.0, 0.0),
        wetted_fraction=0.4,
        wind_2m=float(random.uniform(0.5, 6)),
        humidity_min=float(random.uniform(15, 90)),
    )


def before(balance: Balance, start: Floats | float) -> Floats:
    first = np.minimum(start, balance.available_mm[:1]) * np.ones((1, FIELDS))
    return np.vstack([first, balance.depletion_mm[:-1]])


@given(st.integers(0, 2**32 - 1), st.floats(0, 300))
def test_water_is_neither_made_nor_lost_and_never_negative(seed: int, start: float) -> None:
    random = np.random.default_rng(seed)
    crop, days = sweet_potato(random), weather(random)
    seen = np.where(random.random((DAYS, FIELDS)) < 0.03, random.uniform(-20, 250, (DAYS, FIELDS)), np.nan)
    run = daily_balance(ground(random), crop, days, start_depletion_mm=start, observed_depletion_mm=seen)
    arrived = days.rain_mm + days.irrigation_mm
    expected = before(run, start) - arrived + run.evapotranspiration_mm + run.drainage_mm + run.correction_mm
    assert np.abs(run.depletion_mm - expected).max() < 1e-9
    for column in (run.depletion_mm, run.topsoil_depletion_mm, run.evapotranspiration_mm, run.drainage_mm):
        assert (column >= 0).all()
    assert (run.depletion_mm <= run.available_mm + 1e-9).all()
    assert ((run.stress >= 0) & (run.stress <= 1)).all()
    assert (run.evaporation_mm <= run.evapotranspiration_mm + 1e-12).all()


@given(st.integers(0, 2**32 - 1), st.floats(0, 40))
def test_more_rain_never_leaves_the_field_drier(seed: int, more: float) -> None:
    random = np.random.default_rng(seed)
    soil = ground(random)
    crop = sweet_potato(random, basal=False)
    demand = random.uniform(0, 6, (DAYS, FIELDS))
    rain = random.gamma(0.3, 15, (DAYS, FIELDS))
    extra = np.where(random.random((DAYS, FIELDS)) < 0.2, more, 0.0)
    constant = CropDays(coefficient=crop.coefficient, height_m=crop.height_m, root_m=crop.root_m + 0.4, p=crop.p)
    dry = daily_balance(soil, constant, WaterDays(et0_mm=demand, rain_mm=rain), dual=False)
    wet = daily_balance(soil, constant, WaterDays(et0_mm=demand, rain_mm=rain + extra), dual=False)
    assert (wet.depletion_mm <= dry.depletion_mm + 1e-9).all()
    assert (wet.drainage_mm.sum(axis=0) >= dry.drainage_mm.sum(axis=0) - 1e-9).all()


def test_a_probe_overrules_the_balance_and_the_change_is_kept() -> None:
    random = np.random.default_rng(3)
    days = WaterDays(et0_mm=np.full((DAYS, FIELDS), 4.0), rain_mm=np.zeros((DAYS, FIELDS)))
    seen = np.full((DAYS, FIELDS), np.nan)
    seen[20] = 10.0
    run = daily_balance(ground(random), sweet_potato(random), days, observed_depletion_mm=seen)
    assert run.depletion_mm[20] == pytest.approx(np.full(FIELDS, 10.0).clip(max=run.available_mm[20]))
    assert (run.correction_mm[20] != 0).any()
    assert np.count_nonzero(np.delete(run.correction_mm, 20, axis=0)) == 0


def test_a_thousand_fields_are_balanced_together() -> None:
    random = np.random.default_rng(1)
    crop = sweet_potato(random, 1000)
    days = WaterDays(et0_mm=random.uniform(2, 6, (DAYS, 1)), rain_mm=random.gamma(0.3, 12, (DAYS, 1000)))
    run = daily_balance(ground(random, 1000), crop, days)
    assert run.depletion_mm.shape == (DAYS, 1000)
    assert np.isfinite(run.depletion_mm).all()
