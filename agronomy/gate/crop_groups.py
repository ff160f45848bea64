"""What a crop is to the safety gate: food or not, tested above screening or not, judged by which food limits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from agronomy.table_rows import table_rows

UNLISTED = "unlisted"
RANKS = {"subsp": "ssp.", "ssp": "ssp.", "var": "var.", "v": "var."}
AUTHORITY = re.compile(r"(?: \(?[A-Z][\w.'’-]*\)?| &| ex)+$")
GENUS_AND_SPECIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CropGroup:
    """A class of crops that the gate treats alike; rows of `crop_groups.csv`.

    tested_above_screening: on land above screening such a crop needs a crop test within the food limits.
    food_limits: the classes of GB 2762 whose limits hold for it.
    """

    name: str
    zh: str
    en: str
    edible: bool
    tested_above_screening: bool
    food_limits: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatedCrop:
    """A crop as the gate sees it; a name that no row lists is food without a known limit."""

    scientific_name: str
    zh: str
    group: CropGroup
    source: str


@lru_cache(maxsize=4096)
def gated_crop(scientific_name: str) -> GatedCrop:
    """What the gate knows of that name; an authority behind it does not matter.

    A variety that nobody listed counts as its species where that is food and all of it is in one group; it may be
    eaten even where the species is not, and be a vegetable where the species is an oil seed.
    """
    wanted = botanical_name(scientific_name)
    row = _members().get(wanted) or _whole_species().get(species_of(wanted))
    if row is None:
        shown, unlisted = " ".join(scientific_name.split()), _groups()[UNLISTED]
        return GatedCrop(scientific_name=shown, zh=shown, group=unlisted, source=unlisted.source)
    group = _groups()[row["crop_group"]]
    return GatedCrop(scientific_name=row["scientific_name"], zh=row["zh"], group=group, source=row["source"])


def botanical_name(text: str) -> str:
    """The name without its authority, small, with one spelling of rank ("Oryza sativa L. subsp. indica")."""
    words = text.replace("×", " x ").split()
    head = len(species_of(" ".join(words)).split())
    behind = AUTHORITY.sub("", "".join(f" {word}" for word in words[head:]))
    name = f"{' '.join(words[:head])}{behind}".casefold().split()
    return " ".join(RANKS.get(word.rstrip("."), word) for word in name if word not in {"l.", "(l.)"})


def species_of(name: str) -> str:
    """Genus and species of a botanical name."""
    words = name.split()
    return " ".join(words[: GENUS_AND_SPECIES + (words[1:2] == ["x"])])


@cache
def crop_groups() -> tuple[CropGroup, ...]:
    """Every group, in the order of the table."""
    return tuple(_groups().values())


@cache
def _groups() -> Mapping[str, CropGroup]:
    return {
        row["crop_group"]: CropGroup(
            name=row["crop_group"],
            zh=row["zh"],
            en=row["en"],
            edible=row["edible"] == "yes",
            tested_above_screening=row["tested_above_screening"] == "yes",
            food_limits=tuple(filter(None, row["food_limits"].split("|"))),
            source=row["source"],
        )
        for row in table_rows("crop_groups")
    }


@cache
def _members() -> Mapping[str, Mapping[str, str]]:
    return {botanical_name(row["scientific_name"]): row for row in table_rows("crop_group_members")}


@cache
def _whole_species() -> Mapping[str, Mapping[str, str]]:
    rows: dict[str, list[Mapping[str, str]]] = {}
    for name, row in _members().items():
        rows.setdefault(species_of(name), []).append(row)
    return {
        species: listed[0]
        for species, listed in rows.items()
        if len({row["crop_group"] for row in listed}) == 1 and _groups()[listed[0]["crop_group"]].edible
    }
