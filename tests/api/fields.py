"""Fields of the small world, with laboratory results and readings."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from agronomy.field_readings import ProbeColumn
from agronomy.gate.crop_tests import CropTest
from agronomy.model import Field
from agronomy.soil.samples import LaboratoryValue, LandUse, SoilSample
from observations.identifiers import FieldId
from tests.api.world import NOW, World

HOUR_MS = 3_600_000
FIELD = FieldId.parse("field-01")
CLEAN = {"ph": 6.8, "cd": 0.12, "arsenic": 9.0, "hg": 0.06, "pb": 28.0, "cr": 55.0}
ABOVE_SCREENING = {"ph": 5.3, "cd": 0.42, "arsenic": 14.6, "hg": 0.18, "pb": 34.0, "cr": 62.0}
ABOVE_INTERVENTION = {**ABOVE_SCREENING, "cd": 1.9}
FERTILITY = {"organic_matter": 31.2, "alkali_hydrolysable_n": 128.0, "olsen_p": 6.1, "available_k": 97.0}
UNCERTAINTY = {"ph": 0.1, "cd": 0.04, "arsenic": 1.2, "hg": 0.02, "pb": 3.0, "cr": 5.0}


def know_field(world: World, *, field: FieldId = FIELD, **known: object) -> Field:
    """The field with what somebody who knows it said: a rotation field of clay loam unless said otherwise."""
    told = {"land_use": LandUse.ROTATION, "texture": "clay loam", "drainage": "poor", "depth_cm": 80.0, **known}
    changed = replace(world.fields.kept[field], **told)  # type: ignore[arg-type]  # attributes of Field by name
    world.fields.kept[field] = changed
    return changed


def sample(
    world: World, values: dict[str, float], *, field: FieldId = FIELD, on: date = date(2026, 3, 12)
) -> SoilSample:
    """A laboratory's sample of the topsoil, recorded."""
    taken = SoilSample(
        id=f"{field}/{on}",
        field=field,
        sampled_on=on,
        depth_cm=(0.0, 20.0),
        laboratory="宁乡市农产品质量检测中心",
        values={
            name: LaboratoryValue(value=value, uncertainty=UNCERTAINTY.get(name)) for name, value in values.items()
        },
    )
    world.planting.soil.add_samples([taken], at=world.now, by="operator")
    return taken


def crop_test(world: World, crop: str, element: str, value: float, *, on: date = date(2025, 11, 6)) -> CropTest:
    """A laboratory's test of a harvest, recorded."""
    test = CropTest(
        field=FIELD,
        crop=crop,
        element=element,
        value=LaboratoryValue(value=value, uncertainty=0.006),
        sampled_on=on,
        laboratory="宁乡市农产品质量检测中心",
        id=f"{crop}/{element}/{on}",
    )
    world.planting.soil.add_crop_tests([test], at=world.now, by="operator")
    return test


def wet_week(world: World, *, field: FieldId = FIELD, since_h: int = 60) -> None:
    """Readings of a week at 20 and 40 cm: moist, then too wet since so many hours."""
    hours = np.arange(168, dtype=np.int64)
    at_ms = (NOW.timestamp() * 1000 - (168 - hours) * HOUR_MS).astype(np.int64)
    moist = 27.5 - hours / 60 + np.sin(hours / 4) * 0.4
    columns = []
    for depth, wet in ((20.0, 34.9), (40.0, 33.0)):
        water = np.where(hours > 168 - since_h, wet + np.cos(hours) * 0.2, moist)
        warm = 26.5 + np.sin(hours / 24 * 6.283) * 1.4
        for name, values in (("soil_moisture", water), ("soil_temperature", warm)):
            columns.append(
                ProbeColumn(device="probe-0001", observed_property=name, depth_cm=depth, at_ms=at_ms, values=values)
            )
    world.probes.kept[field] = columns
    for channel in ("20cm", "40cm"):
        age = timedelta(minutes=6)
        world.put("probe-0001", {"soil_ec": 0.31, "soil_nitrogen": 41, "soil_phosphorus": 9}, age=age, channel=channel)
