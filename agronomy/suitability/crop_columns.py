"""Many crops in columns, so that one field meets all of them at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from agronomy.crops.cells import LIGHT
from agronomy.crops.requirements import Crop, Limits, crops
from agronomy.suitability.climate_zones import zone_likeness
from agronomy.suitability.parameters import parameter
from agronomy.table_rows import table_rows

Column = NDArray[np.float64]
Flags = NDArray[np.bool_]

_WOODY = frozenset({"tree", "shrub"})
_SOFT = frozenset({"herb", "grass"})
_TROPICAL = frozenset({"Ar", "Aw"})
_FROSTY = frozenset({"Do", "Dc", "Df", "Dw", "E", "F"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CropColumns:
    """n crops in columns; NaN is unknown.

    temperature_c, rain_mm, ph: n × 4 limits. shortest_days, longest_days: the growth cycle, the usual one of the life
    span where the table gives none.
    killing_c: in growth; resting_c: at rest, taken from the crop's climate zones where the table is blank.
    annual, perennial: the ways in which it can be grown. rests: it survives a season without growth.
    """

    crops: Sequence[Crop]
    temperature_c: Column
    rain_mm: Column
    ph: Column
    shortest_days: Column
    longest_days: Column
    killing_c: Column
    resting_c: Column
    annual: Flags
    perennial: Flags
    rests: Flags
    shade_lover: Flags
    depth_best_cm: Column
    depth_cm: Column
    salinity_ds_m: Column
    index: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Keep each crop's place."""
        object.__setattr__(self, "index", {crop.scientific_name: i for i, crop in enumerate(self.crops)})


@cache
def all_columns() -> CropColumns:
    """Every crop of the table in columns."""
    return columns_of(tuple(crops().values()))


def columns_of(chosen: Sequence[Crop]) -> CropColumns:
    """These crops in columns."""
    return CropColumns(
        crops=chosen,
        temperature_c=_limits(chosen, lambda crop: crop.temperature_c),
        rain_mm=_limits(chosen, lambda crop: crop.rain_mm),
        ph=_limits(chosen, lambda crop: crop.ph),
        shortest_days=_column(chosen, lambda crop: _cycle_days(crop)[0]),
        longest_days=_column(chosen, lambda crop: _cycle_days(crop)[1]),
        killing_c=_column(chosen, _killing_c),
        resting_c=_column(chosen, _resting_c),
        annual=np.array([_can_be_annual(crop) for crop in chosen], dtype=np.bool_),
        perennial=np.array([_can_be_perennial(crop) for crop in chosen], dtype=np.bool_),
        rests=np.array([_rests(crop) for crop in chosen], dtype=np.bool_),
        shade_lover=np.array([bool(crop.light_best and crop.light_best[0] >= LIGHT["light shade"]) for crop in chosen]),
        depth_best_cm=_column(chosen, lambda crop: crop.depth_best_cm),
        depth_cm=_column(chosen, lambda crop: crop.depth_cm),
        salinity_ds_m=_column(chosen, lambda crop: crop.salinity_ds_m),
    )


def zone_likeness_of(columns: CropColumns, zone: str) -> Column:
    """For each crop, how alike the nearest of its climate zones is to this one; 1 where none is known."""
    likeness = zone_likeness()
    return np.array(
        [max((likeness.get((zone, home), 0.0) for home in crop.zones), default=1.0) for crop in columns.crops]
    )


def _can_be_annual(crop: Crop) -> bool:
    """Annuals and biennials; perennial herbs that can be planted anew each year; what ripens fast enough."""
    if not crop.spans:
        return _cycle_days(crop)[0] <= parameter("annual_unknown_span_days")
    if crop.spans & {"annual", "biennial"}:
        return True
    # known in the tropics alone, its cycle is the yearly growth of a stand, not the time from planting
    known_elsewhere = bool(crop.zones - _TROPICAL)
    soft = bool(crop.forms & _SOFT) or not crop.forms & _WOODY
    return soft and known_elsewhere and crop.cycle_days is not None and crop.cycle_days[1] <= parameter("replant_days")


def _can_be_perennial(crop: Crop) -> bool:
    if not crop.spans:
        return _cycle_days(crop)[0] > parameter("annual_unknown_span_days")
    return "perennial" in crop.spans


def _cycle_days(crop: Crop) -> tuple[float, float]:
    """Its cycle; where the table gives none, the usual one of crops with its life span."""
    if crop.cycle_days is not None:
        return crop.cycle_days
    usual = _usual_cycles()
    return next((cycle for spans, cycle in usual if crop.spans & spans), usual[-1][1])


@cache
def _usual_cycles() -> Sequence[tuple[frozenset[str], tuple[float, float]]]:
    return [
        (frozenset(row["spans"].split()), (float(row["shortest_days"]), float(row["longest_days"])))
        for row in table_rows("cycles_by_span")
    ]


def _rests(crop: Crop) -> bool:
    """Its cycle leaves time to rest, or it stands frost, or it lives where every stand must rest.

    Wood can rest where the climate zones of the crop have frost; an evergreen herb of warm zones cannot.
    """
    if _cycle_days(crop)[1] <= parameter("no_rest_days"):
        return True
    if crop.killing_at_rest_c is not None:
        return crop.killing_at_rest_c <= parameter("hardy_below_c")
    woody = bool(crop.forms & _WOODY)
    return bool(crop.zones & _FROSTY) or (woody and _hardiness_c(crop) <= parameter("hardy_below_c"))


def _killing_c(crop: Crop) -> float:
    """What kills it in the field in its first year: the hardier of both values, else half of what its zones stand."""
    known = [value for value in (crop.killing_c, crop.killing_at_rest_c) if value is not None]
    return min(known) if known else min(0.0, _hardiness_c(crop)) / 2


def _resting_c(crop: Crop) -> float:
    if crop.killing_at_rest_c is not None:
        return crop.killing_at_rest_c
    return _hardiness_c(crop) if crop.killing_c is None else min(crop.killing_c, _hardiness_c(crop))


def _hardiness_c(crop: Crop) -> float:
    """Killing temperature at rest that is usual among crops of its coldest climate zone; 0 where no zone is known."""
    for zones, killing_c in _hardiness():
        if crop.zones & zones:
            return killing_c
    return 0.0


@cache
def _hardiness() -> Sequence[tuple[frozenset[str], float]]:
    rows = table_rows("hardiness_by_zone")
    return [(frozenset(row["zones"].split()), float(row["killing_at_rest_c"])) for row in rows]


def _column(chosen: Sequence[Crop], value: Callable[[Crop], float | None]) -> Column:
    return np.array([_or_nan(value(crop)) for crop in chosen], dtype=np.float64)


def _limits(chosen: Sequence[Crop], value: Callable[[Crop], Limits | None]) -> Column:
    return np.array([value(crop) or (np.nan,) * 4 for crop in chosen], dtype=np.float64)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value
