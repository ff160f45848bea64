"""How much water a soil holds: by its texture class, between all classes where nobody knows it, or as measured."""

from dataclasses import dataclass
from functools import cache

from agronomy.errors import AgronomyError
from agronomy.table_rows import table_rows
from agronomy.water_tables import Row


class UnknownTextureError(AgronomyError):
    """No such texture class."""

    def __init__(self, texture: str) -> None:
        self.texture = texture
        known = ", ".join(f"{row['texture']} ({row['zh']})" for row in table_rows("fao56_soils"))
        super().__init__(f"texture {texture!r} is no class of the USDA triangle: give one of {known}, or leave it out")


@dataclass(frozen=True, slots=True, kw_only=True)
class SoilWater:
    """Water a soil holds, as volume fractions; the ranges are those within the texture class.

    readily_evaporable_mm: REW. measured: determined on this field, not read from a table.
    """

    texture: str
    zh: str
    field_capacity: float
    wilting_point: float
    readily_evaporable_mm: float
    field_capacity_range: tuple[float, float]
    confirmed: bool
    source: str
    measured: bool = False


def soil_waters(texture: str | None) -> tuple[SoilWater, ...]:
    """The soils this texture may be: one where FAO-56 has the class, its neighbours where it has not, all for None.

    Takes English and Chinese names, with spaces or underscores; raises UnknownTextureError.
    """
    known = _classes()
    if texture is None or not texture.strip():
        return tuple(known.values())
    row = _row(texture)
    names = row["between"].split("|") if row["between"] else [row["texture"]]
    return tuple(known[name] for name in names)


def measured_soil(*, field_capacity: float, wilting_point: float, readily_evaporable_mm: float = 8.0) -> SoilWater:
    """The soil as a laboratory or an observed field capacity says; raises AgronomyError where that cannot be.

    readily_evaporable_mm: REW, 8 mm fits loams (FAO-56 Table 19).
    """
    if not 0 < wilting_point < field_capacity < 1:
        msg = (
            f"field capacity {field_capacity:g} and wilting point {wilting_point:g} cannot be: "
            "give both as fractions by volume, the wilting point smaller"
        )
        raise AgronomyError(msg)
    return SoilWater(
        texture="measured",
        zh="实测",
        field_capacity=field_capacity,
        wilting_point=wilting_point,
        readily_evaporable_mm=readily_evaporable_mm,
        field_capacity_range=(field_capacity, field_capacity),
        confirmed=True,
        source="measured on this field",
        measured=True,
    )


def share_of_capacity(moisture_percent: float, soils: tuple[SoilWater, ...]) -> tuple[float, float]:
    """Moisture (% by volume) as percent of field capacity: the least and the most over the soils it may be."""
    shares = [moisture_percent / soil.field_capacity for soil in soils]
    return min(shares), max(shares)


def _row(texture: str) -> Row:
    wanted = texture.strip().lower().replace("_", " ")
    for row in table_rows("fao56_soils"):
        if wanted in {row["texture"], row["zh"]}:
            return row
    raise UnknownTextureError(texture)


@cache
def _classes() -> dict[str, SoilWater]:
    return {row["texture"]: _soil(row) for row in table_rows("fao56_soils") if not row["between"]}


def _soil(row: Row) -> SoilWater:
    low, high = float(row["fc_low"]), float(row["fc_high"])
    return SoilWater(
        texture=row["texture"],
        zh=row["zh"],
        field_capacity=(low + high) / 2,
        wilting_point=(float(row["wp_low"]) + float(row["wp_high"])) / 2,
        readily_evaporable_mm=(float(row["rew_low_mm"]) + float(row["rew_high_mm"])) / 2,
        field_capacity_range=(low, high),
        confirmed=row["confirmed"] == "yes",
        source=row["source"],
    )
