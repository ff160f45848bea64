"""How long advice takes: one field, and 1,001 fields one after the other, readings and weather included."""

import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import numpy as np

from agronomy.advice.case import FieldCase
from agronomy.advice.field_climate import expected_days
from agronomy.advice.whole import advise
from agronomy.field_readings import ProbeColumn, sensor_columns, summaries
from agronomy.model import Field
from agronomy.soil.samples import LaboratoryValue, LandUse, SoilSample
from agronomy.weather.climatology import climate_of
from agronomy.yields.fitting import fit
from observations.identifiers import FarmId, FieldId

FIELDS = 1001
HOURS = 168
NOW = datetime(2026, 7, 28, tzinfo=UTC)


def cases(count: int) -> list[FieldCase]:
    """So many different fields, each with a laboratory's sample, a probe at two depths and two weeks of weather."""
    chance = Random(1)  # noqa: S311 a seed makes the fields repeatable
    model, climate = fit([]), climate_of("changsha")
    weather = expected_days(climate, NOW.date(), ())
    return [_case(chance, number, FieldCase(field=_field(chance, number), today=NOW.date(), now=NOW, model=model,
                  climate=climate, weather=weather)) for number in range(count)]  # fmt: skip


def main() -> None:
    """Prints milliseconds for one field and seconds for all."""
    every = cases(FIELDS)
    began = time.perf_counter()
    advise(every[0])
    cold = time.perf_counter() - began
    took = []
    began, worked = time.perf_counter(), time.process_time()
    for case in every:
        start = time.perf_counter()
        advise(case)
        took.append(time.perf_counter() - start)
    total, worked = time.perf_counter() - began, time.process_time() - worked
    middle, slow = np.percentile(np.array(took) * 1000, (50, 99))
    sys.stdout.write(
        f"first {cold * 1000:.0f} ms (tables read); one field {middle:.1f} ms, 99 % within {slow:.1f} ms; "
        f"{FIELDS} fields {total:.2f} s, of which {worked:.2f} s on the processor\n"
    )


def _field(chance: Random, number: int) -> Field:
    return Field(
        id=FieldId.parse(f"field-{number}"),
        farm=FarmId.parse("farm-1"),
        name=f"{number} 号田",
        area_mu=Decimal(2),
        crop=chance.choice(("红薯", "水稻", "玉米", "辣椒")),
        planted_on=date(2026, 5, 20),
        land_use=LandUse.PADDY,
        drainage=chance.choice(("well", "poor")),
        texture=chance.choice(("loam", "silt loam", "clay loam")),
        irrigated=chance.random() < 0.5,
    )


def _case(chance: Random, number: int, case: FieldCase) -> FieldCase:
    contents = {"ph": 4.8, "cd": 0.05, "hg": 0.05, "arsenic": 5.0, "pb": 15.0, "cr": 40.0, "organic_matter": 20.0,
                "olsen_p": 9.0, "available_k": 70.0}  # fmt: skip
    sample = SoilSample(
        id=f"s-{number}",
        field=case.field.id,
        sampled_on=date(2026, 6, 1),
        depth_cm=(0, 20),
        laboratory="Lab",
        values={name: LaboratoryValue(value=value * chance.uniform(1, 1.6)) for name, value in contents.items()},
    )
    end = int((NOW - timedelta(minutes=number % 60)).timestamp() * 1000)
    at = np.arange(end - HOURS * 3_600_000, end, 3_600_000, dtype=np.int64)
    columns = [
        ProbeColumn(
            device=f"probe-{number}",
            observed_property=name,
            depth_cm=depth,
            at_ms=at,
            values=middle + np.sin(np.arange(len(at)) / 4 + chance.random()),
        )
        for depth in (20.0, 40.0)
        for name, middle in (("soil_moisture", 24.0), ("soil_temperature", 24.0))
    ]
    return replace(case, samples=[sample], probes=summaries(columns, {}), columns=sensor_columns(columns))


if __name__ == "__main__":
    main()
