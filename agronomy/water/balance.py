"""The daily balance of root zone and topsoil by FAO-56 chapters 7 and 8, for many fields at once.

Water that arrives in a day (rain after runoff, irrigation) arrives early in it: it fills, the excess drains, then
soil and crop use the rest. That is the order of the book's Examples 35 and 38. Arrays have shape (days, fields).
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from agronomy.water.crop_water import CropDays
from agronomy.water.fao56_crop import (
    depletion_fraction,
    drained,
    evaporation_coefficient,
    evaporation_reduction,
    exposed_wetted,
    ground_cover,
    largest_kc,
    stress_coefficient,
    total_available,
    total_evaporable,
)
from agronomy.water_tables import assumption
from agronomy.weather.fao56 import Floats, Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The soils of the fields, arrays of shape (fields,): water as volume fractions, REW in mm."""

    field_capacity: Floats
    wilting_point: Floats
    readily_evaporable_mm: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterDays:
    """What comes and what the air asks for, each broadcastable to (days, fields), mm a day; wind at 2 m, RHmin in %.

    rain_mm: after runoff. irrigation_mm: over the whole field; wetted_fraction: the part of the ground it wets.
    """

    et0_mm: Floats
    rain_mm: Floats
    irrigation_mm: Floats | float = 0.0
    wetted_fraction: float = 1.0
    wind_2m: Floats | float = 2.0
    humidity_min: Floats | float = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What happened, mm a day, shape (days, fields); depletions and water available at the end of each day.

    correction_mm: what a probe's depletion changed; depletion after = before - arrived + ET + drainage + correction.
    """

    depletion_mm: Floats
    topsoil_depletion_mm: Floats
    evapotranspiration_mm: Floats
    evaporation_mm: Floats
    drainage_mm: Floats
    correction_mm: Floats
    stress: Floats
    available_mm: Floats
    readily_available_mm: Floats


class RootZoneDay(NamedTuple):
    """One day of the root zone: depletion at its end, use, drainage (mm), K_s."""

    depletion_mm: Floats
    used_mm: Floats
    drainage_mm: Floats
    stress: Floats


class TopsoilDay(NamedTuple):
    """One day of the topsoil: depletion at its end and evaporation (mm over the field), K_e, K_r."""

    depletion_mm: Floats
    evaporation_mm: Floats
    coefficient: Floats
    reduction: Floats


def topsoil_day(
    depletion_mm: Given,
    arriving_mm: Given,
    *,
    et0_mm: Given,
    total_mm: Given,
    readily_mm: Given,
    largest: Given,
    basal: Given,
    exposed: Given,
) -> TopsoilDay:
    """The topsoil after a day (FAO-56 eq. 71, 74, 77, 79; order of Example 35).

    arriving_mm: over the wetted part of the ground; exposed: f_ew. Never more evaporates than TEW leaves.
    """
    wet = np.maximum(np.asarray(depletion_mm) - arriving_mm, 0)
    reduction = evaporation_reduction(wet, total_mm, readily_mm)
    coefficient = evaporation_coefficient(reduction, largest, basal, exposed)
    bare = np.maximum(exposed, 1e-6)
    lost = np.minimum(coefficient * et0_mm / bare, np.maximum(total_mm - wet, 0))
    return TopsoilDay(np.asarray(wet + lost), np.asarray(lost * bare), coefficient, reduction)


def root_zone_day(
    depletion_mm: Given, arriving_mm: Given, *, evaporation_mm: Given, crop_et_mm: Given, total_mm: Given, p: Given
) -> RootZoneDay:
    """The root zone after a day (FAO-56 eq. 84, 85, 88; order of Example 38).

    crop_et_mm: what the crop takes without stress. Never more is used than TAW leaves.
    """
    out = drained(depletion_mm, arriving_mm)
    start = np.maximum(np.asarray(depletion_mm) - arriving_mm, 0)
    stress = stress_coefficient(start, total_mm, p)
    used = np.minimum(stress * crop_et_mm + evaporation_mm, np.maximum(total_mm - start, 0))
    return RootZoneDay(np.asarray(start + used), np.asarray(used), out, stress)


def daily_balance(
    ground: Ground,
    crop: CropDays,
    days: WaterDays,
    *,
    start_depletion_mm: Given = 0.0,
    observed_depletion_mm: Floats | None = None,
    dual: bool = True,
) -> Balance:
    """The balance of every field on every day.

    crop: its arrays broadcast to (days, fields). start_depletion_mm: root zone and topsoil begin with it.
    observed_depletion_mm: what a probe says at the end of a day, NaN where none does; it overrules the balance.
    dual: K_cb + K_e where crop.coefficient is basal; False where it is a single K_c.
    """
    shape = np.broadcast_shapes(crop.root_m.shape, days.et0_mm.shape, (1, len(ground.field_capacity)))
    run = _Run(ground, crop, days, shape)
    depletion = np.minimum(np.broadcast_to(np.asarray(start_depletion_mm, np.float64), shape[1:]), run.total[0])
    topsoil = np.minimum(depletion, run.evaporable)
    for day in range(shape[0]):
        evaporation: Given = 0.0
        if dual:
            topsoil, evaporation = run.dry_topsoil(day, topsoil)
        moved = run.move(day, depletion, evaporation)
        seen = None if observed_depletion_mm is None else observed_depletion_mm[day]
        depletion = run.correct(day, moved.depletion_mm, seen)
        run.topsoil[day] = topsoil
    return run.balance()


class _Run:
    """The columns of a balance while it is computed."""

    def __init__(self, ground: Ground, crop: CropDays, days: WaterDays, shape: tuple[int, ...]) -> None:
        def full(values: Given) -> Floats:
            return np.broadcast_to(np.asarray(values, np.float64), shape)

        self.et0, self.rain, self.irrigation = full(days.et0_mm), full(days.rain_mm), full(days.irrigation_mm)
        self.coefficient, self.p = full(crop.coefficient), full(crop.p)
        self.total = full(total_available(ground.field_capacity, ground.wilting_point, crop.root_m))
        layer = assumption("evaporation_layer_m")
        self.evaporable = total_evaporable(ground.field_capacity, ground.wilting_point, layer)
        self.readily_evaporable = np.minimum(ground.readily_evaporable_mm, self.evaporable)
        height = np.maximum(crop.height_m, 0.05)
        self.largest = full(largest_kc(days.wind_2m, days.humidity_min, height, self.coefficient))
        cover = ground_cover(self.coefficient, assumption("smallest_kcb"), self.largest, full(height))
        self.part = days.wetted_fraction
        self.exposed = exposed_wetted(cover, self._wetted())
        self.topsoil, self.depletion = np.zeros(shape), np.zeros(shape)
        self.used, self.evaporation, self.out = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.correction, self.stress, self.readily = np.zeros(shape), np.ones(shape), np.zeros(shape)

    def _wetted(self) -> Floats:
        """f_w of each day: 1 after rain, the method's part after irrigation, otherwise as it was (FAO-56 p. 149)."""
        wetted = np.empty(self.rain.shape)
        current = np.ones(self.rain.shape[1:])
        for day, (rain, irrigation) in enumerate(zip(self.rain, self.irrigation, strict=True)):
            current = np.where(rain > 0, 1.0, np.where(irrigation > 0, self.part, current))
            wetted[day] = current
        return wetted

    def dry_topsoil(self, day: int, depletion: Floats) -> tuple[Floats, Floats]:
        moved = topsoil_day(
            depletion,
            self.rain[day] + self.irrigation[day] / self.part,
            et0_mm=self.et0[day],
            total_mm=self.evaporable,
            readily_mm=self.readily_evaporable,
            largest=self.largest[day],
            basal=self.coefficient[day],
            exposed=self.exposed[day],
        )
        return moved.depletion_mm, moved.evaporation_mm

    def move(self, day: int, depletion: Floats, evaporation: Given) -> RootZoneDay:
        crop_et = self.coefficient[day] * self.et0[day]
        p = depletion_fraction(self.p[day], crop_et + evaporation)
        moved = root_zone_day(
            depletion,
            self.rain[day] + self.irrigation[day],
            evaporation_mm=evaporation,
            crop_et_mm=crop_et,
            total_mm=self.total[day],
            p=p,
        )
        self.used[day], self.out[day], self.stress[day] = moved.used_mm, moved.drainage_mm, moved.stress
        self.evaporation[day] = np.minimum(evaporation, moved.used_mm)
        self.readily[day] = p * self.total[day]
        return moved

    def correct(self, day: int, depletion: Floats, seen: Floats | None) -> Floats:
        """The depletion of the probe where there is one, within what the root zone of the next day can lack."""
        told = depletion if seen is None else np.where(np.isnan(seen), depletion, seen)
        total = self.total[min(day + 1, len(self.total) - 1)]
        kept: Floats = np.clip(told, 0, np.minimum(total, self.total[day]))
        self.depletion[day], self.correction[day] = kept, kept - depletion
        return kept

    def balance(self) -> Balance:
        return Balance(
            depletion_mm=self.depletion,
            topsoil_depletion_mm=self.topsoil,
            evapotranspiration_mm=self.used,
            evaporation_mm=self.evaporation,
            drainage_mm=self.out,
            correction_mm=self.correction,
            stress=self.stress,
            available_mm=np.array(self.total),
            readily_available_mm=self.readily,
        )
