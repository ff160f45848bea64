"""Probes: what cannot be true is left out, what drifts is doubted, and N, P, K and bulk EC never decide."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agronomy.soil.bulk_conductivity import (
    conductivity_at_25c,
    extract_conductivity,
    permittivity,
    pore_water_conductivity,
)
from agronomy.soil.probes import (
    HOUR_MS,
    ProbeSeries,
    ProbeSummary,
    ProbeUse,
    corrected_conductivity,
    estimated_ece,
    summarise,
)
from observations.properties import observed_properties

START_MS = 1_785_000_000_000


def series(name: str, values: list[float], *, every_h: float = 1.0, depth_cm: float = 20) -> ProbeSeries:
    at = START_MS + np.round(np.arange(len(values)) * every_h * HOUR_MS).astype(np.int64)
    return ProbeSeries(observed_property=name, depth_cm=depth_cm, at_ms=at, values=np.array(values, np.float64))


def reasons(summary: ProbeSummary) -> list[str]:
    assert all(reason.zh and reason.en for reason in summary.reasons)
    return [reason.reason for reason in summary.reasons]


def test_good_readings_are_summed_up_by_the_median_of_the_last_day() -> None:
    summary = summarise(series("soil_moisture", [30.0] * 10 + [40.0 + n / 10 for n in range(24)]))
    assert summary.value == pytest.approx(41.15)
    assert (summary.use, summary.left_out) == (ProbeUse.USABLE, 0)
    assert summary.at_ms == START_MS + 33 * HOUR_MS


def test_readings_outside_the_range_above_the_pores_and_spikes_are_left_out() -> None:
    wet = summarise(series("soil_moisture", [30.0, 31.0, 130.0, 60.0, 32.0]), bulk_density_g_cm3=1.21)
    assert reasons(wet) == ["out_of_range", "above_pore_space"]
    assert (wet.used, wet.left_out, wet.value) == (3, 2, 31.0)
    warm = summarise(series("soil_temperature", [20.0, 20.5, 45.0, 21.0, 21.5]))
    assert reasons(warm) == ["too_fast"]
    assert warm.value == pytest.approx(20.75)
    step = summarise(series("soil_temperature", [20.0, 20.5, 30.0, 30.5]))
    assert not step.reasons


def test_a_value_that_never_moves_is_doubted() -> None:
    stuck = summarise(series("soil_temperature", [20.0, 21.0, *[22.5] * 30]))
    assert (stuck.use, reasons(stuck)) == (ProbeUse.DOUBTFUL, ["stuck"])
    assert stuck.reasons[0].hours == 29
    assert summarise(series("soil_temperature", [22.5, 22.5], every_h=48)).use is ProbeUse.USABLE
    assert summarise(series("soil_ph", [5.3] * 200)).use is ProbeUse.INDICATIVE


def test_a_probe_off_the_laboratory_or_off_its_neighbours_is_doubted() -> None:
    drifted = summarise(series("soil_ph", [6.0, 6.01, 6.02]), laboratory={"ph": 5.3})
    assert (drifted.use, reasons(drifted)) == (ProbeUse.DOUBTFUL, ["off_laboratory", "not_decisive"])
    assert "+0.71" in drifted.reasons[0].zh
    alone = summarise(series("soil_moisture", [60.0, 61.0]), neighbours=[30.0, 32.0, 90.0])
    assert reasons(alone) == ["off_neighbours"]
    assert summarise(series("soil_moisture", [33.0, 34.0]), neighbours=[30.0, 32.0, 90.0]).use is ProbeUse.USABLE


@pytest.mark.parametrize("name", ["soil_nitrogen", "soil_phosphorus", "soil_potassium", "soil_ec", "soil_ph"])
def test_what_cheap_probes_derive_never_decides(name: str) -> None:
    low = observed_properties()[name].low
    assert summarise(series(name, [low + 0.5, low + 0.6])).use is ProbeUse.INDICATIVE


def test_no_reading_at_all_is_said() -> None:
    summary = summarise(series("soil_moisture", [math.nan, -5.0]))
    assert (summary.value, summary.at_ms, summary.use) == (None, None, ProbeUse.DOUBTFUL)
    assert reasons(summary) == ["out_of_range", "nothing_left"]
    assert summarise(series("soil_moisture", [])).use is ProbeUse.DOUBTFUL


@given(
    name=st.sampled_from(["soil_moisture", "soil_temperature", "soil_ec", "soil_ph", "soil_nitrogen"]),
    values=st.lists(st.floats(allow_infinity=True, allow_nan=True, width=32), max_size=40),
)
def test_whatever_a_probe_sends_what_is_shown_lies_in_the_plausible_range(name: str, values: list[float]) -> None:
    summary = summarise(series(name, values))
    about = observed_properties()[name]
    assert summary.value is None or about.low <= summary.value <= about.high
    assert summary.used + summary.left_out == sum(not math.isnan(value) for value in values)


def test_conductivity_is_taken_to_25_degrees() -> None:
    assert conductivity_at_25c(0.31, temperature_c=25) == 0.31
    assert conductivity_at_25c(1.0, temperature_c=35) == pytest.approx(1 / 1.19)
    assert conductivity_at_25c(1.0, temperature_c=5) == pytest.approx(1 / 0.62)
    with pytest.raises(ValueError, match="too cold"):
        conductivity_at_25c(1.0, temperature_c=-40)


def test_each_reading_is_corrected_by_the_temperature_of_its_moment() -> None:
    corrected = corrected_conductivity(
        series("soil_ec", [1.0, 1.0, 1.0, math.nan]), series("soil_temperature", [25.0, 35.0, math.nan, 25.0])
    )
    assert corrected.values[0] == 1.0
    assert corrected.values[1] == pytest.approx(1 / 1.19)
    assert np.isnan(corrected.values[2:]).all()


def test_an_extract_is_estimated_only_by_a_water_content_model_and_only_where_it_holds() -> None:
    assert permittivity(0.3) == pytest.approx(3.03 + 2.79 + 13.14 - 2.0709)
    pores = pore_water_conductivity(0.4, water_share=0.3, temperature_c=20)
    assert pores == pytest.approx(80.3 * 0.4 / (permittivity(0.3) - 4.1))
    assert extract_conductivity(0.4, water_share=0.3, saturated_share=0.5, temperature_c=20) == pytest.approx(
        80.3 * 0.4 / (permittivity(0.3) - 4.1) * 0.6
    )
    assert pore_water_conductivity(0.4, water_share=0.1, temperature_c=20) is None
    assert extract_conductivity(0.4, water_share=0.6, saturated_share=0.5, temperature_c=20) is None


def test_a_doubtful_part_gives_no_estimate() -> None:
    salt, water = summarise(series("soil_ec", [0.4, 0.41])), summarise(series("soil_moisture", [30.0, 31.0]))
    warmth = summarise(series("soil_temperature", [20.0, 20.2]))
    assert estimated_ece(salt, water, warmth, saturated_share=0.5) == pytest.approx(1.55, abs=0.1)
    broken = summarise(series("soil_temperature", []))
    assert estimated_ece(salt, water, broken, saturated_share=0.5) is None
