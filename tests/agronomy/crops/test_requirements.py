import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.crops.cells import CropRowError, number
from agronomy.crops.requirements import CropNotFoundError, crop_from_row, crops, crops_called, find_crop

FAO = Path(__file__).parents[4] / "shared/data/ecocrop_all.csv"
# fmt: off
NUMBERS = [
    "GMIN", "GMAX", "KTMP", "KTMPR", "TMIN", "TOPMN", "TOPMX", "TMAX", "RMIN", "ROPMN", "ROPMX", "RMAX",
    "PHMIN", "PHOPMN", "PHOPMX", "PHMAX", "ALTMX", "LATOPMN", "LATOPMX", "LATMN", "LATMX",
]
WORDS = [
    "LIOPMN", "LIOPMX", "LIMN", "LIMX", "DEP", "DEPR", "TEXT", "TEXTR", "FER", "FERR", "SAL", "SALR",
    "DRA", "DRAR", "PHOTO", "CLIZ", "LIFO", "LISPA", "CAT",
]
# fmt: on


def test_every_crop_of_the_fao_table_is_there() -> None:
    assert len(crops()) == 2568


@pytest.mark.skipif(not FAO.exists(), reason=f"{FAO} is not there")
def test_no_value_of_the_fao_table_was_changed() -> None:
    with FAO.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            ours = find_crop(row["scientific_name"]).row
            for name in NUMBERS:
                assert number(ours, name) == (float(row[name]) if row[name] else None)
            assert [ours[name] for name in WORDS] == [row[name] for name in WORDS]


def test_sweet_potato_is_what_fao_says() -> None:
    crop = find_crop("Ipomoea batatas")
    assert (crop.names.zh, crop.names.en) == ("甘薯", "sweet potato")
    assert crop.temperature_c == (10.0, 18.0, 28.0, 38.0)
    assert crop.cycle_days == (80.0, 170.0)
    assert crop.killing_at_rest_c == 1
    assert crop.parameters["KTMP"] == 5


def test_a_blank_stays_unknown() -> None:
    rice = find_crop("Oryza sativa")
    assert rice.killing_c is None
    assert rice.parameters["KTMP"] is None
    assert find_crop("Zea mays").zones == frozenset()
    assert find_crop("Abelmoschus moschatus").cycle_days is None


def test_limits_out_of_order_are_recognised_and_not_used() -> None:
    crop = find_crop("Barringtonia racemosa")
    assert crop.temperature_c is None
    assert crop.faults == ("out of order: TMIN 12, TOPMN 160, TOPMX 28, TMAX 38",)
    assert sum(bool(crop.faults) for crop in crops().values()) == 22


def test_people_find_a_crop_by_any_of_its_names() -> None:
    for name in ("甘薯", "Sweet Potato", "Ipomoea batatas"):
        assert "Ipomoea batatas" in [crop.scientific_name for crop in crops_called(name)]


def test_names_from_memory_are_unconfirmed() -> None:
    assert find_crop("Oryza sativa").names.confirmed
    assert not find_crop("Luffa cylindrica").names.confirmed


def test_a_new_crop_is_a_row() -> None:
    crop = crop_from_row({"scientific_name": "Invented crop", "GMIN": 90, "GMAX": "120", "TMIN": 8, "TOPMN": 15.0,
                          "TOPMX": 25, "TMAX": 35, "CLIZ": "subtropical humid (Cf)", "LISPA": "annual"})  # fmt: skip
    assert crop.temperature_c == (8.0, 15.0, 25.0, 35.0)
    assert crop.zones == {"Cf"}
    assert crop.ph is None


def test_an_unknown_name_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(CropNotFoundError, match="add a row"):
        find_crop("Nihil")


@pytest.mark.parametrize(("column", "text"), [("TMIN", "warm"), ("DEP", "very far down"), ("KTMP", "inf")])
def test_a_cell_that_cannot_be_read_is_named(column: str, text: str) -> None:
    with pytest.raises(CropRowError, match=column):
        crop_from_row({"scientific_name": "X", column: text})


def test_a_row_without_a_name_is_refused() -> None:
    with pytest.raises(CropRowError, match="scientific_name"):
        crop_from_row({"TMIN": 3})


@given(st.dictionaries(st.sampled_from([*NUMBERS, *WORDS, "scientific_name"]), st.text(max_size=20)))
def test_any_row_is_a_crop_or_the_one_named_error(row: dict[str, str]) -> None:
    try:
        crop = crop_from_row(row)
    except CropRowError:
        return
    assert crop.scientific_name
