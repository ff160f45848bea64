"""What advice asks of other packages: readings of a field's probes, and where its farm lies."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from agronomy.field_readings import ProbeColumn
from agronomy.table_rows import table_rows
from devices.deployments import streams
from devices.ports import DeploymentBook
from households.ports import HouseholdRegistry
from observations.identifiers import FarmId, FieldId
from observations.model import Series, Stream
from observations.ports import ObservationStore

MOST_READINGS = 50_000
"""A probe that reports each minute at two depths for a week has 20,000."""
DEPTH = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?cm")


class StoredFieldReadings:
    """`agronomy.ports.FieldReadings` over the store of observations."""

    def __init__(self, store: ObservationStore, deployments: DeploymentBook) -> None:
        self._store, self._deployments = store, deployments

    def columns(self, field: FieldId, *, since: datetime) -> Sequence[ProbeColumn]:
        """Good readings since then, by property, device and depth; raises StoreUnavailableError."""
        since_ms = int(since.timestamp() * 1000)
        stood = [
            replace(stream, since_ms=max(stream.since_ms or since_ms, since_ms))
            for stream in streams(self._deployments.of_fields([field]))
            if stream.until_ms is None or stream.until_ms > since_ms
        ]
        return list(self._found(stood)) if stood else []

    def _found(self, stood: Sequence[Stream]) -> Iterator[ProbeColumn]:
        for name in [row["property"] for row in table_rows("probe_rules")]:
            yield from _columns(name, self._store.series(stood, name, limit=MOST_READINGS))


class NoReadings:
    """`agronomy.ports.FieldReadings` where no store is open: nothing was heard."""

    def columns(self, field: FieldId, *, since: datetime) -> Sequence[ProbeColumn]:  # noqa: ARG002 the port's signature
        """Nothing."""
        return ()


class RegisteredFarms:
    """`agronomy.ports.FarmPlaces` over the registry of households."""

    def __init__(self, households: HouseholdRegistry) -> None:
        self._households = households

    def township(self, farm: FarmId) -> str:
        """The township of the farm's household; "" where it is not known."""
        found = self._households.find_farm(farm)
        household = [] if found is None else self._households.households([found.household])
        return household[0].township if household else ""

    def county(self, farm: FarmId) -> str:
        """The farm's county, six digits; "" where the farm is not known."""
        found = self._households.find_farm(farm)
        return "" if found is None else found.county

    def timezone(self, farm: FarmId) -> str:
        """The farm's IANA time zone."""
        found = self._households.find_farm(farm)
        return "UTC" if found is None else found.timezone

    def weather_place(self, farm: FarmId) -> str:
        """The farm's site: weather is imported by site."""
        found = self._households.find_farm(farm)
        return "" if found is None else found.site


def _columns(name: str, series: Series) -> Iterator[ProbeColumn]:
    keys = [f"{device}\n{channel}" for device, channel in zip(series.device, series.channel, strict=True)]
    found, places = np.unique(np.array(keys, dtype=str), return_inverse=True)
    for number, key in enumerate(found):
        device, channel = str(key).split("\n")
        mine = places == number
        yield ProbeColumn(
            device=device,
            observed_property=name,
            depth_cm=_depth(channel),
            at_ms=series.phenomenon_ms[mine],
            values=series.value[mine],
        )


def _depth(channel: str) -> float:
    """The depth that a channel such as "20cm" names; 0 where it names none."""
    found = DEPTH.fullmatch(channel.strip())
    return float(found.group(1)) if found else 0.0
