"""Texture of a soil by its sand, silt and clay: the twelve classes of the USDA triangle (`texture_rules.csv`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from agronomy.errors import SoilValueError
from agronomy.table_rows import table_rows

WHOLE_PERCENT = 100.0
SUM_TOLERANCE = 1.0
"""Laboratories round each of three figures: their sum may miss 100 % by this much."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texture:
    """A class; ecocrop_class: light, medium or heavy, as ECOCROP asks for it."""

    name: str
    zh: str
    ecocrop_class: str
    source: str


def texture_of(*, sand_percent: float, silt_percent: float, clay_percent: float) -> Texture:
    """The class of a soil; raises SoilValueError where the three do not add up to 100 %."""
    parts = (sand_percent, silt_percent, clay_percent)
    total = sum(parts)
    if not (all(part >= 0 for part in parts) and abs(total - WHOLE_PERCENT) <= SUM_TOLERANCE):
        raise SoilValueError(what="sand + silt + clay", value=total, why="they add up to 100 %, none below 0")
    scaled = tuple(part * WHOLE_PERCENT / total for part in parts)
    for name, rows in _regions():
        if all(_holds(row, scaled) for row in rows):
            return textures()[name]
    raise SoilValueError(what="sand, silt, clay", value=parts, why="no class of the triangle holds them")


@cache
def textures() -> Mapping[str, Texture]:
    """Every class by name."""
    return {
        row["texture"]: Texture(
            name=row["texture"], zh=row["zh"], ecocrop_class=row["ecocrop_class"], source=row["source"]
        )
        for row in table_rows("textures")
    }


def _holds(row: Mapping[str, str], parts: Sequence[float]) -> bool:
    """Whether the sum of the three, each times its factor, lies within the row's bounds."""
    amount = round(sum(part * float(row[name]) for name, part in zip(("sand", "silt", "clay"), parts, strict=True)), 9)
    return (
        (not row["at_least"] or amount >= float(row["at_least"]))
        and (not row["above"] or amount > float(row["above"]))
        and (not row["at_most"] or amount <= float(row["at_most"]))
        and (not row["below"] or amount < float(row["below"]))
    )


@cache
def _regions() -> Sequence[tuple[str, Sequence[Mapping[str, str]]]]:
    rows = table_rows("texture_rules")
    regions = groupby(rows, key=lambda row: (row["texture"], row["region"]))
    return [(texture, list(members)) for (texture, _), members in regions]
