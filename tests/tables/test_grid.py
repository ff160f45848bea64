from datetime import date
from pathlib import Path

import pytest

from tables.grid import COLUMNS, Cell, CropRow, cells, maturity, read_crops, read_soils, reference_cell, rows, season

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def crops() -> list[CropRow]:
    return read_crops(ROOT / "agronomy" / "tables" / "wofost_crops.csv")


def test_every_crop_has_its_reference_in_the_grid(crops: list[CropRow]) -> None:
    grid = set(cells(crops, read_soils(ROOT / "tables" / "soils.csv")))
    assert all(reference_cell(crop) in grid for crop in crops)


def test_a_winter_crop_ends_in_the_next_year(crops: list[CropRow]) -> None:
    rapeseed = next(crop for crop in crops if crop.crop == "Brassica napus")
    assert season(rapeseed, "10-10").end == date(2002, 6, 1)
    assert maturity(rapeseed) == date(2002, 5, 5)


def test_every_crop_may_stand_until_it_is_ripe(crops: list[CropRow]) -> None:
    assert all(maturity(crop) <= season(crop, crop.reference_date).end for crop in crops)


def test_a_row_is_the_mean_against_the_reference_with_the_spread_between_years(crops: list[CropRow]) -> None:
    crop = crops[0]
    usual = reference_cell(crop)
    dry = Cell(crop=crop.crop, water="sand", sowing_date="06-15", warmer_c=2.0, rain_ratio=0.5)
    made = rows({usual: [4000.0, 6000.0], dry: [2000.0, 3000.0]}, [crop], {"inputs": "abc", "pcse": "6"})
    by_water = {row["water"]: row for row in made}
    assert by_water["sand"]["relative_yield"] == "0.5000"
    assert by_water["sand"]["year_spread"] == "0.2000"
    assert by_water[usual.water]["reference"] == "yes"
    assert by_water[usual.water]["sowing_day"] == 140
    assert set(made[0]) == set(COLUMNS)


def test_a_cell_that_never_yields_is_zero_without_spread(crops: list[CropRow]) -> None:
    usual = reference_cell(crops[0])
    dead = Cell(crop=usual.crop, water="sand", sowing_date="06-15", warmer_c=2.0, rain_ratio=0.5)
    made = rows({usual: [5.0], dead: [0.0]}, crops[:1], {"inputs": "", "pcse": ""})
    assert {row["relative_yield"] for row in made} == {"1.0000", "0.0000"}
