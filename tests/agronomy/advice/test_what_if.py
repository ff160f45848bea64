from dataclasses import fields

from agronomy.advice.what_if import drained, improvements, limed, watered
from agronomy.crops.requirements import find_crop
from agronomy.soil.samples import Soil
from tests.agronomy.known_climates import CHANGDE


def test_lime_moves_ph_and_says_how_much() -> None:
    imagined = limed(Soil(ph=4.8, texture="loam"), 6.0, irrigated=True)
    assert imagined is not None
    assert imagined.soil.ph == 6.0
    assert imagined.lime is not None
    assert imagined.lime.high_kg_mu > 0


def test_nothing_is_imagined_where_nothing_is_known_or_needed() -> None:
    assert limed(Soil(), 6.0, irrigated=True) is None
    assert limed(Soil(ph=6.2), 6.0, irrigated=True) is None
    assert drained(Soil(), irrigated=True) is None
    assert drained(Soil(drainage="well"), irrigated=True) is None
    assert watered(Soil(), irrigated=True) is None


def test_measures_come_by_gain() -> None:
    found = improvements(find_crop("Brassica napus"), CHANGDE, Soil(ph=4.9, drainage="poor"), irrigated=False)
    assert {one.measure.measure for one in found} >= {"lime", "drain"}
    assert [one.gain for one in found] == sorted((one.gain for one in found), reverse=True)
    assert all(one.after.score > one.before.score for one in found)


def test_tea_is_never_limed() -> None:
    found = improvements(find_crop("Camellia sinensis"), CHANGDE, Soil(ph=4.8), irrigated=True)
    assert "lime" not in {one.measure.measure for one in found}


def test_an_imagined_soil_carries_no_element_that_a_gate_could_read() -> None:
    assert not {field.name for field in fields(Soil)} & {"cd", "hg", "arsenic", "pb", "cr", "cu", "ni", "zn", "values"}
