"""Readings of the probes in one field, and what the quality gate leaves of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agronomy.soil.probes import ProbeSeries, ProbeSummary, summarise
from agronomy.table_rows import table_rows
from agronomy.water.sensor_windows import SensorColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeColumn:
    """Good readings of one property at one depth of one device; times in ms since 1970 UTC, oldest first."""

    device: str
    observed_property: str
    depth_cm: float
    at_ms: NDArray[np.int64]
    values: NDArray[np.float64]


def summaries(columns: Sequence[ProbeColumn], laboratory: Mapping[str, float]) -> Sequence[ProbeSummary]:
    """What each column says after the quality gate; laboratory: values of the field, to tell drift by."""
    judged = {row["property"] for row in table_rows("probe_rules")}
    return [
        summarise(
            ProbeSeries(
                observed_property=column.observed_property,
                depth_cm=column.depth_cm,
                at_ms=column.at_ms,
                values=column.values,
            ),
            laboratory=laboratory,
        )
        for column in columns
        if column.observed_property in judged
    ]


def sensor_columns(columns: Sequence[ProbeColumn]) -> Sequence[SensorColumn]:
    """The columns as the rules of the pushes take them."""
    return [
        SensorColumn(
            property=column.observed_property, depth_cm=column.depth_cm, times_ms=column.at_ms, values=column.values
        )
        for column in columns
    ]
