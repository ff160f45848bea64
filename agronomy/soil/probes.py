"""What of a probe may be used: not what is out of range, too fast, stuck or drifted; and N, P, K never decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from agronomy.soil.bulk_conductivity import conductivity_at_25c, extract_conductivity
from agronomy.table_rows import table_rows
from observations.properties import observed_property

HOUR_MS = 3_600_000
RECENT_MS = 24 * HOUR_MS
"""What is shown is the median of the last day of usable readings: a single reading may be noise."""
STUCK_READINGS = 5
"""Equal readings it takes at least, as when readings arrive."""
MINERAL_DENSITY = 2.65
"""Particle density of mineral soil, g/cm3: pore space is 1 - bulk density / 2.65."""


class ProbeUse(StrEnum):
    """What a property of a probe may be used for."""

    USABLE = "usable"
    INDICATIVE = "indicative"
    DOUBTFUL = "doubtful"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSeries:
    """Readings of one property at one depth, oldest first, in the property's unit; NaN is no reading."""

    observed_property: str
    depth_cm: float
    at_ms: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeReason:
    """Why readings were left out, or may not decide; reason: a row of `probe_reasons.csv`."""

    reason: str
    count: int = 0
    limit: float = 0.0
    hours: float = 0.0
    difference: float = 0.0

    @property
    def zh(self) -> str:
        """The reason in Chinese."""
        return self._said("zh")

    @property
    def en(self) -> str:
        """The reason in English."""
        return self._said("en")

    def _said(self, language: str) -> str:
        return _words()[self.reason][language].format(
            count=self.count, limit=self.limit, hours=self.hours, difference=self.difference
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSummary:
    """What a probe says of one property at one depth.

    value: median of the last day of readings that passed, in the property's unit; None where none passed.
    at_ms: time of the newest of them. used, left_out: numbers of readings.
    """

    observed_property: str
    depth_cm: float
    value: float | None
    at_ms: int | None
    used: int
    left_out: int
    use: ProbeUse
    reasons: tuple[ProbeReason, ...]


def summarise(
    series: ProbeSeries,
    *,
    laboratory: Mapping[str, float] | None = None,
    neighbours: Sequence[float] = (),
    bulk_density_g_cm3: float | None = None,
) -> ProbeSummary:
    """What the series says after the quality gate.

    laboratory: values of the field by analyte, to tell drift by. neighbours: what probes of the same property at the
    same depth nearby say now. bulk_density_g_cm3: tells how much water the pores can hold at most.
    """
    rule = _rules()[series.observed_property]
    reasons: list[ProbeReason] = []
    kept = _kept(series, rule, bulk_density_g_cm3, reasons)
    at_ms, values = series.at_ms[kept], series.values[kept]
    present = int(np.count_nonzero(~np.isnan(series.values)))
    value = float(np.median(values[at_ms > at_ms[-1] - RECENT_MS])) if len(values) else None
    doubts = _doubts(at_ms, values, value, rule, laboratory or {}, neighbours)
    indicative = _indicative(series.observed_property)
    use = ProbeUse.DOUBTFUL if doubts else ProbeUse.INDICATIVE if indicative else ProbeUse.USABLE
    return ProbeSummary(
        observed_property=series.observed_property,
        depth_cm=series.depth_cm,
        value=value,
        at_ms=int(at_ms[-1]) if len(at_ms) else None,
        used=len(values),
        left_out=present - len(values),
        use=use,
        reasons=(*reasons, *doubts, *indicative),
    )


def corrected_conductivity(conductivity: ProbeSeries, temperature: ProbeSeries) -> ProbeSeries:
    """The conductivity of each reading at 25 degrees Celsius; NaN where no temperature was read at that time."""
    at = dict(zip(temperature.at_ms.tolist(), temperature.values.tolist(), strict=True))
    low = observed_property("soil_temperature").low
    values = [
        conductivity_at_25c(value, temperature_c=at[moment])
        if at.get(moment, np.nan) > low and not np.isnan(value)
        else np.nan
        for moment, value in zip(conductivity.at_ms.tolist(), conductivity.values.tolist(), strict=True)
    ]
    return ProbeSeries(
        observed_property=conductivity.observed_property,
        depth_cm=conductivity.depth_cm,
        at_ms=conductivity.at_ms,
        values=np.array(values, np.float64),
    )


def estimated_ece(
    conductivity: ProbeSummary, moisture: ProbeSummary, temperature: ProbeSummary, *, saturated_share: float
) -> float | None:
    """An estimate of ECe from what a probe says, by a water-content model; None where any part may not be used.

    conductivity: of readings corrected to 25 degrees Celsius. It is an estimate: a laboratory's ECe goes before it.
    """
    parts = (conductivity, moisture, temperature)
    if any(part.use is ProbeUse.DOUBTFUL or part.value is None for part in parts):
        return None
    bulk, water, warmth = (part.value if part.value is not None else np.nan for part in parts)
    return extract_conductivity(bulk, water_share=water / 100, saturated_share=saturated_share, temperature_c=warmth)


def _kept(
    series: ProbeSeries, rule: Mapping[str, str], bulk_density: float | None, reasons: list[ProbeReason]
) -> NDArray[np.intp]:
    """Places of the readings that can be true, in their order; why others were left out goes to `reasons`."""
    about = observed_property(series.observed_property)
    kept = np.flatnonzero(~np.isnan(series.values))
    inside = (series.values[kept] >= about.low) & (series.values[kept] <= about.high)
    kept = _without(kept, ~inside, "out_of_range", reasons)
    if series.observed_property == "soil_moisture" and bulk_density is not None:
        pores = 100 * (1 - bulk_density / MINERAL_DENSITY)
        kept = _without(kept, series.values[kept] > pores, "above_pore_space", reasons, limit=pores)
    fastest = rule["fastest_change_per_h"]
    if fastest and len(kept) > 1:
        hours = np.diff(series.at_ms[kept]) / HOUR_MS
        steps = np.abs(np.diff(series.values[kept]))
        # A spike is a reading that leaves its neighbours and comes back: fast on both sides of it.
        fast = steps > float(fastest) * np.maximum(hours, 1.0)
        spikes = np.zeros(len(kept), bool)
        spikes[1:-1] = fast[:-1] & fast[1:]
        kept = _without(kept, spikes, "too_fast", reasons)
    return kept


def _without(
    kept: NDArray[np.intp], bad: NDArray[np.bool_], reason: str, reasons: list[ProbeReason], *, limit: float = 0.0
) -> NDArray[np.intp]:
    count = int(np.count_nonzero(bad))
    if count:
        reasons.append(ProbeReason(reason=reason, count=count, limit=limit))
    return kept[~bad]


def _doubts(
    at_ms: NDArray[np.int64],
    values: NDArray[np.float64],
    value: float | None,
    rule: Mapping[str, str],
    laboratory: Mapping[str, float],
    neighbours: Sequence[float],
) -> tuple[ProbeReason, ...]:
    """Why what is left may not be used all the same: nothing left, stuck, off the laboratory or off its neighbours."""
    if value is None:
        return (ProbeReason(reason="nothing_left"),)
    doubts = []
    hours = _unchanged_h(at_ms, values)
    if rule["stuck_after_h"] and hours > float(rule["stuck_after_h"]):
        doubts.append(ProbeReason(reason="stuck", hours=hours))
    truth = laboratory.get(rule["laboratory_analyte"])
    if truth is not None and abs(value - truth) > float(rule["laboratory_tolerance"]):
        doubts.append(ProbeReason(reason="off_laboratory", difference=value - truth))
    if neighbours and rule["neighbour_tolerance"]:
        difference = value - float(np.median(np.array(neighbours)))
        if abs(difference) > float(rule["neighbour_tolerance"]):
            doubts.append(ProbeReason(reason="off_neighbours", difference=difference))
    return tuple(doubts)


def _unchanged_h(at_ms: NDArray[np.int64], values: NDArray[np.float64]) -> float:
    """How long the newest value has not changed, in hours; 0 where too few readings say so."""
    changed = np.flatnonzero(values != values[-1])
    first = int(changed[-1]) + 1 if len(changed) else 0
    if len(values) - first < STUCK_READINGS:
        return 0.0
    return float(at_ms[-1] - at_ms[first]) / HOUR_MS


def _indicative(name: str) -> tuple[ProbeReason, ...]:
    if observed_property(name).estimated:
        return (ProbeReason(reason="derived"),)
    if name == "soil_ec":
        return (ProbeReason(reason="bulk_ec"),)
    return () if _rules()[name]["decisive"] == "yes" else (ProbeReason(reason="not_decisive"),)


@cache
def _rules() -> Mapping[str, Mapping[str, str]]:
    return {row["property"]: row for row in table_rows("probe_rules")}


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return {row["reason"]: row for row in table_rows("probe_reasons")}
