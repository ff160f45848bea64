"""What the simulated fields are like, and a simulated laboratory's report of each, entered as any report is."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from agronomy.advice.advising import Adviser
from agronomy.soil.samples import LaboratoryValue, LandUse, SoilSample
from observations.identifiers import FieldId
from simulators.facts import rows
from simulators.model import SitePlan
from storage.records.records import Records

LABORATORY = "模拟化验室（模拟数据） simulated laboratory"
AGE_D = 40
"""How long before the simulation's first day the samples were taken."""
POLLUTED, UNTESTED = 2, 5
"""Places of the field with cadmium above screening and of the one without a report, in the order of the plan."""
POLLUTED_CD = 0.62
DIGITS = 2


def seed_planting(plan: SitePlan, records: Records, adviser: Adviser, *, today: date) -> None:
    """Every field of the plan says what it is like and, but for one, has a laboratory's report; done once."""
    textures = {plot.field: plot.texture for plot in plan.plots}
    for number, planned in enumerate(plan.fields):
        field = records.fields.find(planned.id)
        if field is None or field.land_use is not None:
            continue  # somebody said what it is like: what people changed stays
        chance = Random(f"{plan.site.id}/{planned.id}")  # noqa: S311 the same at every start
        described = replace(
            field,
            land_use=LandUse.PADDY,
            texture=textures.get(planned.id),
            drainage=chance.choice(("well", "well", "poor")),
            irrigated=chance.random() < 1 / 3,
        )
        records.fields.change(described)
        if number != UNTESTED:
            values = _values(chance, polluted=number == POLLUTED)
            adviser.take_samples(described, [_sample(described.id, values, today)], by="simulation")


def _values(chance: Random, *, polluted: bool) -> Mapping[str, float]:
    table = rows("laboratory")
    values = {row["analyte"]: round(chance.uniform(float(row["low"]), float(row["high"])), DIGITS) for row in table}
    return values | ({"cd": POLLUTED_CD} if polluted else {})


def _sample(field: str, values: Mapping[str, float], today: date) -> SoilSample:
    from_day = today - timedelta(days=AGE_D)
    return SoilSample(
        id=f"{field}/simulated/{from_day.isoformat()}",
        field=FieldId.parse(field),
        sampled_on=from_day,
        depth_cm=(0.0, 20.0),
        laboratory=LABORATORY,
        values={name: LaboratoryValue(value=value) for name, value in values.items()},
        report_number="SIM",
    )
