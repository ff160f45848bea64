"""GB 2762-2022: what an edible part may hold, read from `food_limits.csv`."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from agronomy.gate.crop_groups import CropGroup
from agronomy.table_rows import table_rows

TABLE = "GB 2762-2022"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoodLimit:
    """One limit: at or below `mg_kg` it is kept; crop_class: the class of the standard it is printed for.

    confirmed: checked against the original. An unconfirmed limit may refuse a crop and never allows one.
    """

    crop_class: str
    crop_class_zh: str
    analyte: str
    mg_kg: float
    form: str
    confirmed: bool
    source: str


@cache
def food_limits(group: CropGroup) -> Mapping[str, tuple[FoodLimit, ...]]:
    """The limits that hold for a group, by analyte, the strictest first."""
    found: dict[str, list[FoodLimit]] = {}
    for row in table_rows("food_limits"):
        if row["crop_group"] in group.food_limits and row["limit_mg_kg"]:
            found.setdefault(row["analyte"], []).append(_limit(row))
    return {analyte: tuple(sorted(limits, key=lambda limit: limit.mg_kg)) for analyte, limits in found.items()}


def _limit(row: Mapping[str, str]) -> FoodLimit:
    return FoodLimit(
        crop_class=row["crop_group"],
        crop_class_zh=row["crop_group_zh"],
        analyte=row["analyte"],
        mg_kg=float(row["limit_mg_kg"]),
        form=row["form"],
        confirmed=row["confirmed"] == "yes",
        source=row["source"],
    )
