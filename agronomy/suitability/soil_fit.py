"""How a field's soil suits crops: pH, drainage, texture, depth, salt; what nobody measured limits nothing."""

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType

import numpy as np

from agronomy.crops.requirements import Crop
from agronomy.errors import AgronomyError
from agronomy.soil.samples import Soil
from agronomy.suitability.crop_columns import Column, CropColumns
from agronomy.suitability.parameters import parameter
from agronomy.table_rows import table_rows


class SoilClassError(AgronomyError):
    """A soil carries a class that the tables do not know."""

    def __init__(self, kind: str, name: str, known: Mapping[str, str]) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"soil {kind} {name!r} is not known: use one of {', '.join(known)}, or leave it unknown")


def soil_factors(columns: CropColumns, soil: Soil) -> dict[str, Column]:
    """A factor from 0 to 1 for each crop and each property of the soil that is known. Raises SoilClassError."""
    factors: dict[str, Column] = {}
    if soil.ph is not None:
        factors["soil_ph"] = ph_factor(columns.ph, soil.ph)
    if soil.drainage is not None:
        factors["drainage"] = _class_factor(columns, "drainage", _class("drainage", soil.drainage))
    if soil.texture is not None:
        factors["texture"] = _class_factor(columns, "texture", _class("texture", soil.texture))
    if soil.depth_cm is not None:
        factors["depth"] = depth_factor(columns, soil.depth_cm)
    if soil.ece_ds_m is not None:
        factors["salinity"] = salinity_factor(columns, soil.ece_ds_m)
    return factors


def wet_floor(soil: Soil | None) -> float:
    """What is left of a crop that meets far too much rain on this soil."""
    if soil is None or soil.drainage is None:
        return parameter("wet_floor_unknown_drainage")
    poorly = _class("drainage", soil.drainage) == "poorly"
    return parameter("wet_floor_undrained" if poorly else "wet_floor_drained")


def ph_factor(limits: Column, ph: float) -> Column:
    """1 in the optimal range, marginal at the absolute limits, 0 a unit beyond; 1 where unknown."""
    low, best_low, best_high, high = (limits[:, i] for i in range(4))
    return np.nan_to_num(np.minimum(_side(ph - low, best_low - low), _side(high - ph, high - best_high)), nan=1.0)


def depth_factor(columns: CropColumns, depth_cm: float) -> Column:
    """1 from the lower edge of the optimal depth class on, less in the absolute class, least below it."""
    best = np.nan_to_num(columns.depth_best_cm, nan=0.0)
    least = np.fmin(np.nan_to_num(columns.depth_cm, nan=0.0), best)
    return np.where(
        depth_cm >= best,
        1.0,
        np.where(depth_cm >= least, parameter("class_absolute"), parameter("class_outside")),
    )


def salinity_factor(columns: CropColumns, ece_ds_m: float) -> Column:
    """Relative yield by Maas & Hoffman 1977: 100 % less a slope above a threshold; FAO's class where neither is known.

    By class: full up to the class's upper edge, nothing at twice that.
    """
    edge = np.where(columns.salinity_ds_m == 0, 1.0, columns.salinity_ds_m)
    factor = np.nan_to_num(np.clip(2 - ece_ds_m / edge, 0.0, 1.0), nan=1.0)
    for name, (threshold, slope) in maas_hoffman().items():
        if name in columns.index:
            factor[columns.index[name]] = relative_yield(ece_ds_m, threshold, slope)
    return factor


def relative_yield(ece_ds_m: float, threshold_ds_m: float, slope_percent: float) -> float:
    """Yield over yield without salt, 0 to 1 (Maas & Hoffman 1977)."""
    return min(1.0, max(0.0, 1 - slope_percent / 100 * (ece_ds_m - threshold_ds_m)))


@cache
def maas_hoffman() -> Mapping[str, tuple[float, float]]:
    """Threshold (dS/m) and slope (% per dS/m) by scientific name."""
    rows = (row for row in table_rows("salinity") if row["scientific_name"])
    return MappingProxyType(
        {
            row["scientific_name"]: (float(row["threshold_ece_ds_m"]), float(row["slope_percent_per_ds_m"]))
            for row in rows
        }
    )


@cache
def soil_classes(kind: str) -> Mapping[str, str]:
    """FAO ECOCROP's class ("heavy", "well" …) by class of soil; kind is "texture" or "drainage"."""
    rows = (row for row in table_rows("soil_classes_of_crops") if row["kind"] == kind)
    return MappingProxyType({row["soil_class"]: row["crop_class"] for row in rows})


def _side(inside: Column, optimal: Column) -> Column:
    """From one absolute limit inwards: `inside` it by so much, `optimal` by so much."""
    marginal = parameter("ph_at_limit")
    rising = marginal + (1 - marginal) * np.clip(inside / np.maximum(optimal, 1e-9), 0.0, 1.0)
    beyond = marginal * np.clip(1 + inside / parameter("ph_beyond"), 0.0, 1.0)
    return np.where(inside >= optimal, 1.0, np.where(inside >= 0, rising, beyond))


def _class(kind: str, name: str) -> str:
    known = soil_classes(kind)
    if name not in known:
        raise SoilClassError(kind, name, known)
    return known[name]


@lru_cache(maxsize=256)
def _class_factor(columns: CropColumns, kind: str, soil_class: str) -> Column:
    outside = parameter("drainage_outside" if kind == "drainage" else "class_outside")
    return np.array([_one_fit(crop, kind, soil_class, outside) for crop in columns.crops])


def _one_fit(crop: Crop, kind: str, soil_class: str, outside: float) -> float:
    best, stands = (crop.drainage_best, crop.drainage) if kind == "drainage" else (crop.texture_best, crop.texture)
    if not best and not stands:
        return 1.0
    if {soil_class, "wide"} & best:
        return 1.0
    return parameter("class_absolute") if {soil_class, "wide"} & stands else outside
