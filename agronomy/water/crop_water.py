"""What a crop needs of water over its season: coefficients, height, roots and stages by FAO-56, a row a crop."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from agronomy.table_rows import table_rows
from agronomy.water.fao56_crop import adjusted_kc, coefficient_on
from agronomy.water_tables import Row, assumption, number
from agronomy.weather.climate import MONTHS
from agronomy.weather.fao56 import Floats, Given

Levels = tuple[float, float, float]
StageDays = tuple[float, float, float, float]
MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FARTHEST_MONTHS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CropWater:
    """A row of the FAO-56 tables; None is what they do not give.

    kc, kcb: single and basal coefficient at first, at mid season and at the end, for 45 % RHmin and 2 m/s.
    root_m: range of the greatest rooting depth; its low end is for planning water, its high end for rainfed crops.
    p: part of the available water that the crop takes without stress at 5 mm a day.
    stage_days: initial, development, mid, late; region: where they were observed, which is hardly ever here;
    stage_crop: the crop's name in Table 11, whose other rows `planted_in` chooses from.
    flooded: it stands in water, so that neither this balance nor drainage alarms are for it.
    """

    crop: str
    zh: str
    en: str
    names: frozenset[str]
    kc: Levels | None
    kcb: Levels | None
    height_m: float | None
    root_m: tuple[float, float] | None
    p: float | None
    stage_days: StageDays | None
    stage_crop: str
    region: str
    note: str
    flooded: bool
    confirmed: bool
    source: str

    @property
    def season_days(self) -> float | None:
        """Days from planting to the end of the late stage."""
        return sum(self.stage_days) if self.stage_days else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CropDays:
    """A crop day by day: arrays of one shape, (days,) or (days, fields); coefficient: K_c or K_cb; p of Table 22."""

    coefficient: Floats
    height_m: Floats
    root_m: Floats
    p: Floats


@cache
def crops() -> tuple[CropWater, ...]:
    """Every crop of the tables."""
    return tuple(_crop(row) for row in table_rows("fao56_crops"))


def crop_water(name: str) -> CropWater | None:
    """The first crop that goes by that name: its key, Chinese, English or scientific name, or another in the table."""
    return _by_name().get(name.strip().lower())


def planted_in(crop: CropWater, month: int) -> CropWater:
    """The crop with the stage lengths of Table 11 that were observed for a planting nearest to that month.

    Unchanged where no row is within two months of it; among equally near ones its own row of the tables stays.
    """
    told = [row for row in table_rows("fao56_stages") if row["fao_crop"] == crop.stage_crop]
    row = min(
        told, default=None, key=lambda row: (_months_apart(row["plant_month"], month), row["region"] != crop.region)
    )
    if row is None or _months_apart(row["plant_month"], month) > FARTHEST_MONTHS:
        return crop
    days = _numbers(row, "initial_d", "development_d", "middle_d", "late_d")
    if days is None:
        return crop
    return replace(crop, stage_days=(days[0], days[1], days[2], days[3]), region=row["region"])


def crop_days(
    crop: CropWater, days_after_planting: Floats, *, soil_depth_m: Given = np.inf, basal: bool = True
) -> CropDays | None:
    """The crop on those days; None where the tables lack its stages, roots or p, or it grows in standing water.

    The low end of the rooting depth is taken, and never more than soil_depth_m (which may have one value a field).
    Roots and height grow as the coefficient does, from `first_root_m` of the assumptions (pyfao56 does the same).
    """
    levels = crop.kcb if basal else crop.kc
    if crop.flooded or levels is None or crop.stage_days is None:
        return None
    if crop.root_m is None or crop.p is None or crop.height_m is None:
        return None
    days = np.asarray(days_after_planting, np.float64)
    grown = coefficient_on(days, crop.stage_days, (0.0, 1.0, 1.0))
    first = min(assumption("first_root_m"), crop.root_m[0])
    depth = np.asarray(soil_depth_m, np.float64)
    shape = (..., np.newaxis) if depth.ndim else ...
    root = np.minimum(first + grown[shape] * (crop.root_m[0] - first), depth)
    return CropDays(
        coefficient=_like(coefficient_on(days, crop.stage_days, levels)[shape], root),
        height_m=_like((grown * crop.height_m)[shape], root),
        root_m=root,
        p=np.full(root.shape, crop.p),
    )


def in_climate(days: CropDays, *, wind_2m: Given, humidity_min: Given) -> CropDays:
    """The same crop with its coefficient adjusted to wind and dry air (FAO-56 eq. 62, 65, 70)."""
    coefficient = adjusted_kc(days.coefficient, wind_2m, humidity_min, np.maximum(days.height_m, 0.1))
    return CropDays(coefficient=coefficient, height_m=days.height_m, root_m=days.root_m, p=days.p)


def _months_apart(words: str, month: int) -> int:
    """How far a month is from the nearest of those named; 12 where none is named ("rainy season")."""
    named = [MONTH_NAMES.index(word[:3]) + 1 for word in words.split() if word[:3] in MONTH_NAMES]
    return min((min((each - month) % MONTHS, (month - each) % MONTHS) for each in named), default=MONTHS)


def _like(values: Floats, shape_of: Floats) -> Floats:
    return np.broadcast_to(values, shape_of.shape)


@cache
def _by_name() -> dict[str, CropWater]:
    found: dict[str, CropWater] = {}
    for crop in crops():
        for name in crop.names:
            found.setdefault(name, crop)
    return found


def _crop(row: Row) -> CropWater:
    spoken = (row["crop"], row["zh"], row["en"], row["scientific_name"], *row["also"].split("|"))
    stages = _numbers(row, "initial_d", "development_d", "middle_d", "late_d")
    kc, kcb = _numbers(row, "kc_ini", "kc_mid", "kc_end"), _numbers(row, "kcb_ini", "kcb_mid", "kcb_end")
    root = _numbers(row, "root_low_m", "root_high_m")
    return CropWater(
        crop=row["crop"],
        zh=row["zh"],
        en=row["en"],
        names=frozenset(name.lower() for name in spoken if name),
        kc=(kc[0], kc[1], kc[2]) if kc else None,
        kcb=(kcb[0], kcb[1], kcb[2]) if kcb else None,
        height_m=number(row["height_m"]),
        root_m=(root[0], root[1]) if root else None,
        p=number(row["p"]),
        stage_days=(stages[0], stages[1], stages[2], stages[3]) if stages else None,
        stage_crop=row["stage_crop"],
        region=row["stage_region"],
        note=row["note"],
        flooded=row["flooded"] == "yes",
        confirmed=row["confirmed"] == "yes",
        source=row["source"],
    )


def _numbers(row: Row, *names: str) -> tuple[float, ...] | None:
    cells = [row[name] for name in names]
    return tuple(float(cell) for cell in cells) if all(cells) else None
