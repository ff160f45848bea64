"""WOFOST 7.2 seasons: the only module that imports pcse, which writes into the home folder when it is imported."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from pcse.base import ParameterProvider, WeatherDataContainer, WeatherDataProvider
from pcse.input import WOFOST72SiteDataProvider
from pcse.models import Wofost72_PP, Wofost72_WLP_CWB
from pcse.util import reference_ET

from tables.grid import CropRow, Season, SoilRow, maturity, season
from tables.weather import Days

LATITUDE_DEG, LONGITUDE_DEG, ALTITUDE_M = 28.27, 112.55, 60.0
ANGSTROM_A, ANGSTROM_B = 0.18, 0.55
AIR_WHEN_SATURATED = 0.12
"""Pore space above field capacity; decides only how fast excess water drains."""
CRITICAL_AIR = 0.06
CONDUCTIVITY_CM_D = 10.0
MM_PER_CM = 10.0
J_PER_MJ = 1e6
UNLIMITED = SoilRow(water="irrigated", field_capacity=0.3, wilting_point=0.15, rooting_cm=60.0)
"""Asked for by the interface; the potential run reads none of it."""
MAX_DAYS = 300
SHORTEST, LONGEST, HALVINGS = 0.4, 3.0, 10
"""Bounds of the factor on temperature sums, and how often the interval between them is halved."""

PCSE_VERSION = version("pcse")


class Weather(WeatherDataProvider):  # type: ignore[misc]  # pcse is untyped
    """Invented days as pcse reads them."""

    def __init__(self, days: Days) -> None:
        super().__init__()
        self.latitude, self.longitude, self.elevation = LATITUDE_DEG, LONGITUDE_DEG, ALTITUDE_M
        self.angstA, self.angstB, self.ETmodel = ANGSTROM_A, ANGSTROM_B, "PM"
        for number, day in enumerate(days.dates()):
            self._store_WeatherDataContainer(_container(days, number, day), day)


def _container(days: Days, number: int, day: date) -> WeatherDataContainer:
    tmin, tmax = float(days.tmin_c[number]), float(days.tmax_c[number])
    solar = float(days.solar_mj_m2[number]) * J_PER_MJ
    vapour, wind = float(days.vapour_hpa[number]), float(days.wind_m_s[number])
    water, soil, crop = reference_ET(
        day, LATITUDE_DEG, ALTITUDE_M, tmin, tmax, solar, vapour, wind, ANGSTROM_A, ANGSTROM_B
    )
    return WeatherDataContainer(
        LAT=LATITUDE_DEG, LON=LONGITUDE_DEG, ELEV=ALTITUDE_M, DAY=day,
        IRRAD=solar, TMIN=tmin, TMAX=tmax, VAP=vapour, WIND=wind, RAIN=float(days.rain_mm[number]) / MM_PER_CM,
        E0=water / MM_PER_CM, ES0=soil / MM_PER_CM, ET0=crop / MM_PER_CM,
    )  # fmt: skip


class Parameters:
    """Crop parameters read from a folder of WOFOST's own YAML files, which are copyleft and stay where they are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Mapping[str, object]] = {}
        self._stretch: dict[str, float] = {}

    def of(self, crop: CropRow) -> dict[str, object]:
        """The parameters of that crop's variety, its temperature sums stretched to the region's season."""
        if crop.crop not in self._read:
            text = (self._folder / f"{crop.parameter_file}.yaml").read_text(encoding="utf-8")
            rows = yaml.safe_load(text)["CropParameters"]["Varieties"][crop.variety]
            self._read[crop.crop] = {name: row[0] for name, row in rows.items() if name != "Metadata"}
        stretch = self._stretch.get(crop.crop, 1.0)
        parameters = dict(self._read[crop.crop])
        return parameters | {name: stretch * float(str(parameters[name])) for name in ("TSUM1", "TSUM2")}

    def fit_season(self, crop: CropRow, weather: Weather) -> float:
        """The crop ripens on the region's usual day in that weather; gives the factor on its temperature sums.

        The published varieties are European or tropical and ripen weeks early here; left alone, the model praises
        every late sowing, because a cool autumn lets a crop live longer.
        """
        low, high = SHORTEST, LONGEST
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            self._stretch[crop.crop] = middle
            if _ripe_on(crop, weather, self.of(crop)) <= maturity(crop):
                low = middle
            else:
                high = middle
        self._stretch[crop.crop] = low
        return low


def _ripe_on(crop: CropRow, weather: Weather, parameters: dict[str, object]) -> date:
    usual = season(crop, crop.reference_date)
    late = Season(start=usual.start, end=maturity(crop) + timedelta(days=30))
    summary = _run(crop, late, None, weather, parameters)
    ripe: date | None = summary["DOM"] if summary else None
    return ripe or late.end


def storage_kg_ha(*, crop: CropRow, when: Season, soil: SoilRow | None, weather: Weather, given: Parameters) -> float:
    """Dry matter in the harvested organ at the end of one season; soil None is water without limit."""
    summary = _run(crop, when, soil, weather, given.of(crop))
    return float(summary["TWSO"]) if summary else 0.0


def _run(
    crop: CropRow, when: Season, soil: SoilRow | None, weather: Weather, crop_parameters: dict[str, object]
) -> Mapping[str, Any] | None:
    some = soil or UNLIMITED
    soil_parameters = {
        "SMW": some.wilting_point,
        "SMFCF": some.field_capacity,
        "SM0": some.field_capacity + AIR_WHEN_SATURATED,
        "CRAIRC": CRITICAL_AIR,
        "RDMSOL": some.rooting_cm,
        "K0": CONDUCTIVITY_CM_D,
        "SOPE": CONDUCTIVITY_CM_D,
        "KSUB": CONDUCTIVITY_CM_D,
    }
    site = WOFOST72SiteDataProvider(WAV=(some.field_capacity - some.wilting_point) * some.rooting_cm)
    parameters = ParameterProvider(cropdata=crop_parameters, soildata=soil_parameters, sitedata=site)
    model = (Wofost72_WLP_CWB if soil else Wofost72_PP)(parameters, weather, _calendar(crop, when))
    model.run_till_terminate()
    summaries: Sequence[Mapping[str, Any]] = model.get_summary_output()
    return summaries[0] if summaries else None


def _calendar(crop: CropRow, when: Season) -> list[dict[date, object]]:
    campaign = {
        "crop_name": crop.parameter_file,
        "variety_name": crop.variety,
        "crop_start_date": when.start,
        "crop_start_type": crop.start,
        "crop_end_date": when.end,
        "crop_end_type": "earliest",
        "max_duration": MAX_DAYS,
    }
    return [{when.start - timedelta(days=1): {"CropCalendar": campaign, "TimedEvents": None, "StateEvents": None}}]
