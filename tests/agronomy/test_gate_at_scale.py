"""A hundred thousand soils: whatever a plain call of the gate allows, the standard's own table allows too."""

from collections.abc import Iterator
from itertools import product
from math import nextafter
from random import Random

import pytest

from agronomy.gate.safety import screen
from tests.agronomy import oracle_gb15618 as oracle

SOILS = 100_000
EDGES = (5.5, 6.5, 7.5)
HAIR = 1e-9
Contents = dict[str, float | None]
Soil = tuple[str, float | None, Contents]
CLEAN: Contents = {
    "cd": 0.1, "hg": 0.05, "arsenic": 5.0, "pb": 20.0, "cr": 40.0, "cu": 15.0, "ni": 15.0, "zn": 50.0,
}  # fmt: skip
CROPS = (*oracle.TESTED, *oracle.OTHER_FOOD, *oracle.NOT_FOOD)


def assert_as_the_table_says(soil: Soil, crops: tuple[str, ...]) -> None:
    land_use, ph, contents = soil
    found = screen(land_use, ph, **contents)
    level = oracle.level(land_use, ph, contents)
    assert found.level == level, soil
    assert found.provisional == oracle.provisional(contents), soil
    for crop in crops:
        assert found.advice_allowed(crop) == oracle.allowed(level, crop), (crop, soil)


def edges() -> Iterator[Soil]:
    """Every element, land use, band edge, limit and a hair around each, and the next number a computer has."""
    for land_use, element, edge, hair in product(oracle.LAND_USES, oracle.ELEMENTS, EDGES, (-HAIR, 0.0, HAIR)):
        ph = edge + hair
        for limit in (oracle.screening(land_use, element, ph), oracle.intervention(element, ph)):
            if limit is not None:
                for content in (limit - HAIR, limit, limit + HAIR, nextafter(limit, 0), nextafter(limit, 1e9)):
                    yield land_use, ph, {**CLEAN, element: content}


def gaps() -> Iterator[Soil]:
    """Every subset of missing values, on clean soil and on soil whose first measured element is far too high."""
    names = ("ph", *CLEAN)
    for land_use, known, dirty in product(oracle.LAND_USES, product((False, True), repeat=len(names)), (False, True)):
        there = dict(zip(names, known, strict=True))
        contents: Contents = {name: value if there[name] else None for name, value in CLEAN.items()}
        worst = next((name for name in CLEAN if there[name]), None)
        if dirty and worst is not None:
            contents[worst] = 99_999.0
        yield land_use, 6.0 if there["ph"] else None, contents


def chances(count: int) -> Iterator[Soil]:
    """Soils by chance: each content lies around one of its limits or anywhere, or was not measured."""
    chance = Random(2018)  # noqa: S311 a seed makes the soils repeatable
    for _ in range(count):
        land_use = chance.choice(oracle.LAND_USES)
        ph = None if chance.random() < 0.03 else round(chance.uniform(2.5, 10.0), chance.choice((1, 2, 9)))
        contents: Contents = {}
        for name, clean in CLEAN.items():
            assert clean is not None
            near = oracle.screening(land_use, name, 6.0 if ph is None else ph)
            content = near * chance.lognormvariate(-1.4, 1.1) if chance.random() < 0.8 else clean
            contents[name] = None if chance.random() < 0.08 else content
        yield land_use, ph, contents


def test_a_hair_around_every_limit_and_band_edge_the_table_decides() -> None:
    soils = list(edges())
    assert len(soils) == 2_340
    for soil in soils:
        assert_as_the_table_says(soil, CROPS)


def test_whatever_subset_is_missing_the_table_decides() -> None:
    for soil in gaps():
        assert_as_the_table_says(soil, CROPS)


def test_of_a_hundred_thousand_soils_none_is_judged_against_the_table() -> None:
    levels = dict.fromkeys(("low", "safe_use", "strict", "unknown"), 0)
    for number, soil in enumerate(chances(SOILS)):
        levels[oracle.level(*soil)] += 1
        crops = tuple(CROPS[(number + step) % len(CROPS)] for step in (0, 5, 9))
        assert_as_the_table_says(soil, crops)
    assert min(levels.values()) > SOILS / 100, levels


@pytest.mark.parametrize("land_use", oracle.LAND_USES)
def test_more_of_any_element_never_widens_what_is_allowed(land_use: str) -> None:
    for element, ph in product(oracle.ELEMENTS, (4.0, 5.5, 6.0, 7.0, 8.0)):
        before = set(CROPS)
        for power in range(-20, 28):
            found = screen(land_use, ph, **{**CLEAN, element: 1.5**power})
            allowed = {crop for crop in CROPS if found.advice_allowed(crop)}
            assert allowed <= before, (element, ph, power)
            before = allowed
