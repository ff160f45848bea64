"""Where planting advice knows what it says: climates like those it was checked on, soils that somebody measured."""

from collections.abc import Mapping, Sequence

from agronomy.soil.samples import Soil
from agronomy.suitability.climate_zones import aridity_index, zone_of
from agronomy.table_rows import table_rows
from agronomy.weather.climate import Climate


def outside_knowledge(climate: Climate, soil: Soil | None) -> Sequence[str]:
    """Why no crop can be advised here, Chinese first; empty where advice can be given.

    The bounds are rows of `tables/known_range.csv`, each with the reason.
    """
    measured: dict[str, float | None] = {
        "mean_temperature_c": sum(climate.tmean_c) / len(climate.tmean_c),
        "coldest_month_c": min(climate.tmean_c),
        "rain_mm": sum(climate.rain_mm),
        "aridity_index": aridity_index(climate),
        "ph": soil.ph if soil else None,
    }
    reasons = [reason for row in table_rows("known_range") if (reason := _outside(row, measured[row["measure"]]))]
    zone = zone_of(climate)
    if not zone.startswith("C"):
        reasons.append(
            f"气候类型 {zone} 不在已核对的范围内 climate zone {zone} was never checked: only subtropical ones were"
        )
    return reasons


def _outside(row: Mapping[str, str], value: float | None) -> str:
    if value is None:
        return f"没有{row['zh']}，请先化验 {row['en']} is not known: have it measured"
    low, high = float(row["low"]), float(row["high"])
    if low <= value <= high:
        return ""
    return f"{row['zh']} {value:.1f} 超出 {low:g}–{high:g} {row['en']} {value:.1f} lies outside {low:g} to {high:g}"
