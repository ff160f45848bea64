from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tables.weather import Days, Normals, invent, read_normals, saturation_hpa

NORMALS = Path(__file__).parents[2] / "agronomy" / "tables" / "wofost_normals.csv"


@pytest.fixture(scope="module")
def normals() -> Normals:
    return read_normals(NORMALS)


def years(normals: Normals, *, seed: int = 1, warmer_c: float = 0.0, rain_ratio: float = 1.0) -> Days:
    return invent(
        normals=normals, first=date(2001, 1, 1), days=365 * 40, seed=seed, warmer_c=warmer_c, rain_ratio=rain_ratio
    )


def test_invented_days_keep_the_normals(normals: Normals) -> None:
    days = years(normals)
    months = np.array([day.month - 1 for day in days.dates()])
    for month in range(12):
        here = months == month
        assert days.tmin_c[here].mean() == pytest.approx(normals.tmin_c[month], abs=0.8)
        assert days.solar_mj_m2[here].mean() == pytest.approx(normals.solar_mj_m2_d[month], rel=0.06)
    assert days.rain_mm.sum() / 40 == pytest.approx(normals.rain_mm.sum(), rel=0.08)
    assert (days.rain_mm > 0).sum() / 40 == pytest.approx(normals.rain_days.sum(), rel=0.05)


def test_the_same_seed_draws_the_same_days_and_another_one_others(normals: Normals) -> None:
    assert np.array_equal(years(normals).rain_mm, years(normals).rain_mm)
    assert not np.array_equal(years(normals).rain_mm, years(normals, seed=2).rain_mm)


def test_a_dry_anomaly_has_less_rain_fewer_rain_days_and_more_sun(normals: Normals) -> None:
    usual, dry = years(normals), years(normals, rain_ratio=0.5)
    assert dry.rain_mm.sum() == pytest.approx(usual.rain_mm.sum() / 2, rel=0.1)
    assert (dry.rain_mm > 0).sum() < (usual.rain_mm > 0).sum()
    assert dry.solar_mj_m2.mean() > usual.solar_mj_m2.mean()


def test_a_warm_anomaly_moves_every_temperature(normals: Normals) -> None:
    assert np.allclose(years(normals, warmer_c=2.0).tmax_c - years(normals).tmax_c, 2.0)


def test_vapour_is_below_saturation_and_wet_days_come_in_spells(normals: Normals) -> None:
    days = years(normals)
    assert (days.vapour_hpa < saturation_hpa((days.tmin_c + days.tmax_c) / 2)).all()
    wet = days.rain_mm > 0
    assert (wet[1:] & wet[:-1]).mean() > wet.mean() ** 2 * 1.3


def test_saturation_pressure_is_that_of_fao_56_annex_2() -> None:
    assert saturation_hpa(np.array([20.0]))[0] / 10 == pytest.approx(2.338, abs=0.002)
