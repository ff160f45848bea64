"""The safety gate once more, from the standard's own table as it was transcribed, sharing no code with the product."""

import csv
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("gb15618_2018.csv")
ELEMENTS = ("cd", "hg", "arsenic", "pb", "cr", "cu", "ni", "zn")
SYMBOL = {"cd": "Cd", "hg": "Hg", "arsenic": "As", "pb": "Pb", "cr": "Cr", "cu": "Cu", "ni": "Ni", "zn": "Zn"}
LAND_USES = ("paddy", "rotation", "other", "orchard")
TESTED = ("Oryza sativa", "Ipomoea batatas", "Brassica chinensis", "Solanum tuberosum", "Raphanus sativus")
OTHER_FOOD = ("Zea mays", "Arachis hypogaea", "Citrus reticulata", "Camellia sinensis", "Brassica napus")
NOT_FOOD = ("Gossypium hirsutum", "Boehmeria nivea", "Cunninghamia lanceolata")


@cache
def cells() -> dict[tuple[str, str, str, str], float]:
    with TABLE.open(encoding="utf-8") as file:
        return {
            (row["element"], row["type"], row["land_use"], row["pH_band"]): float(row["value"])
            for row in csv.DictReader(file)
        }


def band(ph: float) -> str:
    if ph <= 5.5:
        return "pH<=5.5"
    if ph <= 6.5:
        return "5.5<pH<=6.5"
    return "6.5<pH<=7.5" if ph <= 7.5 else "pH>7.5"


def screening(land_use: str, element: str, ph: float) -> float:
    symbol, at = SYMBOL[element], band(ph)
    every = cells().get((symbol, "screening", "all", at))
    if every is not None:
        return every
    other = cells()[symbol, "screening", "other", at]
    paddy = cells().get((symbol, "screening", "paddy", at), other)
    orchard = cells().get((symbol, "screening", "orchard", at), other)
    return {"paddy": paddy, "other": other, "orchard": orchard, "rotation": min(paddy, other)}[land_use]


def intervention(element: str, ph: float) -> float | None:
    return cells().get((SYMBOL[element], "intervention", "all", band(ph)))


def level(land_use: str, ph: float | None, contents: dict[str, float | None]) -> str:
    if ph is None or contents.get("cd") is None:
        return "unknown"
    worst = "low"
    for element, content in contents.items():
        if content is None:
            continue
        limit = intervention(element, ph)
        if limit is not None and content > limit:
            return "strict"
        if content > screening(land_use, element, ph):
            worst = "safe_use"
    return worst


def provisional(contents: dict[str, float | None]) -> bool:
    return any(contents.get(element) is None for element in ("hg", "arsenic", "pb", "cr"))


def allowed(at_level: str, crop: str) -> bool:
    if crop in NOT_FOOD:
        return True
    if at_level == "low":
        return True
    return at_level == "safe_use" and crop in OTHER_FOOD
