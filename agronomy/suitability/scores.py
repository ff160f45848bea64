"""How well a crop suits a field: FAO ECOCROP, repaired for what naive rules miss in a humid subtropical climate.

Repaired: perennials rest in winter and survive frost or not; annuals take the best window of the year;
rain that falls short is no limit where local water can be led in; too much rain is one only as far as the soil does
not drain; crops of other climates are held back; drainage, texture, depth, salt, light, pH. Factors multiply; the
smallest is the limiting one. Every assumption is a row of `tables/suitability_parameters.csv` with its reason.
Nothing here says whether food may be grown on a field: that is the safety gate, which comes first and is never relaxed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np

from agronomy.crops.requirements import Crop, find_crop
from agronomy.errors import AgronomyError
from agronomy.soil.samples import Soil
from agronomy.suitability.crop_columns import Column, CropColumns, all_columns, columns_of
from agronomy.suitability.growth import Growth, growth
from agronomy.suitability.parameters import parameter
from agronomy.suitability.soil_fit import soil_factors, wet_floor
from agronomy.weather.climate import MONTHS, Climate

UNKNOWN = "unknown"
"""The limiting factor of a crop whose temperature limits nobody knows: its score is 0, it is not advised."""

NOTHING = "none"
"""The limiting factor where nothing limits noticeably."""

_SOIL_PROPERTIES = {
    "ph": "soil_ph", "drainage": "drainage", "texture": "texture", "depth_cm": "depth", "ece_ds_m": "salinity",
}  # fmt: skip


class DeficitError(AgronomyError):
    """A seasonal water deficit is no share."""


class Score(NamedTuple):
    """Suitability from 0 to 1, and what limits it most (a row of `tables/suitability_factors.csv`, or "none")."""

    score: float
    limiting_factor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One reason: 1 does not limit, 0 forbids."""

    name: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """How one crop suits one field.

    factors: smallest first. unknown: what nobody measured or knows, so that it could not limit.
    annual: sown or planted each year, else a stand. planting_months: 1 to 12, good months to sow; empty for stands.
    growing_months: 1 to 12, months warm enough for growth.
    """

    crop: Crop
    score: float
    limiting_factor: str
    factors: Sequence[Factor]
    unknown: Sequence[str]
    annual: bool
    planting_months: Sequence[int]
    growing_months: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FieldSuitability:
    """How every crop of `columns` suits one field; scores and factors are in their order."""

    columns: CropColumns
    scores: Column
    factors: Mapping[str, Column]
    growth: Growth
    soil: Soil

    def score_of(self, scientific_name: str) -> Score:
        """The score of one crop."""
        return self._score(self.columns.index[scientific_name])

    def best(self, count: int, among: Collection[str] | None = None) -> Sequence[Assessment]:
        """The crops that suit best, best first; none of those whose needs are unknown.

        among: scientific names to choose from; all where None, which has weeds and water plants in it.
        """
        order = (int(place) for place in np.argsort(-self.scores, kind="stable"))
        wanted = (place for place in order if among is None or self.columns.crops[place].scientific_name in among)
        return [self.assessment(place) for place in islice(wanted, count) if self.growth.known[place]]

    def assessment(self, place: int) -> Assessment:
        """Everything about the crop in that place of the columns."""
        crop, score = self.columns.crops[place], self._score(place)
        factors = [Factor(name=name, value=float(values[place])) for name, values in self.factors.items()]
        return Assessment(
            crop=crop,
            score=score.score,
            limiting_factor=score.limiting_factor,
            factors=sorted(factors, key=lambda factor: factor.value),
            unknown=_unknown(crop, self.soil),
            annual=bool(self.growth.annual[place]),
            planting_months=_months(self.growth.starts[place]),
            growing_months=_months(self.growth.growing[place]),
        )

    def _score(self, place: int) -> Score:
        if not self.growth.known[place]:
            return Score(0.0, UNKNOWN)
        name = min(self.factors, key=lambda factor: float(self.factors[factor][place]))
        limits = self.factors[name][place] < parameter("limits_below")
        return Score(float(self.scores[place]), name if limits else NOTHING)


def score(
    crop: str | Crop,
    climate: Climate,
    soil: Soil | None,
    irrigated: bool,  # noqa: FBT001 - the published argument, by position too
    *,
    water_deficit: float | None = None,
) -> Score:
    """Suitability of one crop from 0 to 1, and the limiting factor.

    crop: scientific name, or a Crop. soil: None where nothing is known of it. irrigated: ponds or canals fed by local
    rain reach the field. water_deficit: as `assess_field` takes it.
    Raises CropNotFoundError, SoilClassError, DeficitError.
    """
    found = assess(crop, climate, soil, irrigated, water_deficit=water_deficit)
    return Score(found.score, found.limiting_factor)


def assess(
    crop: str | Crop,
    climate: Climate,
    soil: Soil | None,
    irrigated: bool,  # noqa: FBT001 - as `score`
    *,
    water_deficit: float | None = None,
) -> Assessment:
    """Everything about one crop in one field; arguments and errors as `score`."""
    wanted = find_crop(crop) if isinstance(crop, str) else crop
    everyone = all_columns()
    listed = everyone.index.get(wanted.scientific_name)
    known = listed is not None and everyone.crops[listed] is wanted
    columns = everyone if known else columns_of((wanted,))
    deficits = {} if water_deficit is None else {wanted.scientific_name: water_deficit}
    field = assess_field(climate, soil, irrigated=irrigated, columns=columns, water_deficits=deficits)
    return field.assessment(columns.index[wanted.scientific_name])


def assess_field(
    climate: Climate,
    soil: Soil | None,
    *,
    irrigated: bool,
    columns: CropColumns | None = None,
    water_deficits: Mapping[str, float] | None = None,
) -> FieldSuitability:
    """How every crop suits one field.

    columns: other crops than those of the table. water_deficits: by scientific name, the share of a season's crop
    evapotranspiration that a FAO-56 balance of this field leaves unmet, 0 to 1; it takes the place of the comparison of
    rain with the crop's need (yield falls in proportion: FAO-33 with Ky 1).
    Raises SoilClassError, DeficitError.
    """
    crops, known_soil = columns or all_columns(), soil or Soil()
    grown = growth(crops, climate, irrigated)
    floor = wet_floor(soil)
    factors = {
        "temperature": grown.temperature,
        "winter_cold": grown.winter_cold,
        "water_shortage": _water(crops, grown.water_shortage, water_deficits or {}),
        "too_wet": floor + (1 - floor) * grown.too_wet,
        "climate_zone": grown.climate_zone,
        "light": np.where(crops.shade_lover, parameter("shade_lover_in_open"), 1.0),
        **soil_factors(crops, known_soil),
    }
    scores = np.where(grown.known, np.prod(list(factors.values()), axis=0), 0.0)
    return FieldSuitability(columns=crops, scores=scores, factors=factors, growth=grown, soil=known_soil)


def _water(columns: CropColumns, by_rain: Column, deficits: Mapping[str, float]) -> Column:
    if not deficits:
        return by_rain
    water = by_rain.copy()
    for name, deficit in deficits.items():
        if not 0 <= deficit <= 1:
            msg = f"the water deficit of {name} is a share from 0 to 1, not {deficit!r}"
            raise DeficitError(msg)
        if name in columns.index:
            water[columns.index[name]] = 1 - deficit
    return water


def _unknown(crop: Crop, soil: Soil) -> Sequence[str]:
    """What could not limit because nobody knows it: of the field, and of the crop."""
    of_field = [f"field: {factor}" for name, factor in _SOIL_PROPERTIES.items() if getattr(soil, name) is None]
    needs: Mapping[str, object] = {
        "temperature": crop.temperature_c, "growth cycle": crop.cycle_days, "rain": crop.rain_mm, "soil_ph": crop.ph,
        "drainage": crop.drainage or crop.drainage_best, "texture": crop.texture or crop.texture_best,
        "depth": crop.depth_cm, "light": crop.light_best, "climate_zone": crop.zones,
        "winter_cold": crop.killing_c if crop.killing_at_rest_c is None else crop.killing_at_rest_c,
    }  # fmt: skip
    of_crop = [f"crop: {name}" for name, value in needs.items() if value is None or value == frozenset()]
    return [*of_field, *of_crop]


def _months(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Sequence[int]:
    return [month + 1 for month in range(MONTHS) if flags[month]]
