"""Advice, 2 and 3: which permitted crops fit, how much to expect of them, which of them first.

Only crops with a yield on record in the region are ranked: of the others nobody knows here how much they give, so they
are named beside them for the station to answer.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np

from agronomy.advice.case import FieldCase, advice_setting
from agronomy.advice.gate import GateAnswer, permission_for
from agronomy.advice.profile import SoilProfile
from agronomy.advice.ranking import LEAST_FIT, Candidate, Ranked, Ranking, YieldRange, rank
from agronomy.advice.what_if import LEAST_GAIN, Improvement, measures_for
from agronomy.crops.naming import crop_words, scientific_name
from agronomy.crops.requirements import Crop, crops
from agronomy.crops.variety_choice import VarietyAdvice, choose_varieties
from agronomy.fertiliser.check import NutrientCheck, SoilTest, cross_check
from agronomy.fertiliser.doses import FertiliserPlan, fertiliser_plan
from agronomy.gate.permissions import Permission
from agronomy.gate.safety import stays_as_clean
from agronomy.soil.samples import Soil
from agronomy.suitability.crop_columns import CropColumns, columns_of
from agronomy.suitability.known_range import outside_knowledge
from agronomy.suitability.scores import Assessment, FieldSuitability, assess_field
from agronomy.weather.climate import Climate
from agronomy.weather.climatology import ClimateStation
from agronomy.yields.anchors import JIN_PER_KG
from agronomy.yields.expected import Answer, YieldEstimate, estimate
from agronomy.yields.known_effects import YieldCase
from agronomy.yields.relative_yields import Growing as GrowingConditions
from agronomy.yields.relative_yields import anomaly, surfaces

LIMITING = ("soil_ph", "drainage", "depth", "salinity")
"""Factors that cost yield besides weather, soil water and date, which the table of relative yields holds."""

NO_CLIMATE = (
    "附近没有可用的气候资料，先选一个气候站或导入天气 no climate is stored near this field: choose a station, or "
    "import its weather"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CropAdvice:
    """A permitted crop with a yield on record here: 2 does it fit, 3 how much; its place in the ranking, if it has one.

    improvements, varieties, fertiliser, checks: of the crops that are ranked. zh, en: what people call it.
    """

    scientific_name: str
    zh: str
    en: str
    permission: Permission
    assessment: Assessment
    yields: Answer
    ranked: Ranked | None
    varieties: VarietyAdvice | None = None
    fertiliser: FertiliserPlan | None = None
    fertiliser_checks: tuple[NutrientCheck, ...] = ()
    improvements: tuple[Improvement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlsoFits:
    """A permitted crop that fits, of which no yield is on record here: the station has to be asked."""

    permission: Permission
    assessment: Assessment
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Growing:
    """2 and 3 together; absent where the gate refuses.

    soil: what the models saw. irrigated: False also where nobody said. climate: None where none is near.
    outside: why the field lies outside what advice knows; then nothing is ranked and no crop is listed.
    crops: the ranked ones first, in their order, then those that do not fit.
    """

    soil: Soil
    irrigated: bool
    climate: ClimateStation | None
    climate_km: float
    outside: tuple[str, ...]
    ranking: Ranking
    crops: tuple[CropAdvice, ...]
    also_fit: tuple[AlsoFits, ...]

    @property
    def best(self) -> tuple[CropAdvice, ...]:
        """The crops that are advised, best first."""
        return tuple(crop for crop in self.crops if crop.ranked is not None)


def growing(
    case: FieldCase, gate: GateAnswer, profile: SoilProfile, soil: Soil, *, irrigated: bool | None = None
) -> Growing:
    """Which permitted crops fit that soil, how much to expect, which first; irrigated: None takes the field's word."""
    wet = bool(case.field.irrigated) if irrigated is None else irrigated
    climate = case.climate
    reasons = [NO_CLIMATE] if climate is None else list(outside_knowledge(climate.climate, soil))
    unranked = Growing(
        soil=soil,
        irrigated=wet,
        climate=climate,
        climate_km=case.climate_km,
        outside=tuple(reasons),
        ranking=rank([], today=case.today, outside=reasons),
        crops=(),
        also_fit=(),
    )
    if climate is None or reasons:
        return unranked
    fits = assess_field(climate.climate, soil, irrigated=wet, columns=named_crops())
    found = _with_yields(case, gate, fits, climate.climate, irrigated=wet)
    ranking = rank([_candidate(case, one) for one in found], today=case.today, top=int(advice_setting("ranked")))
    places = {one.candidate.scientific_name: one for one in ranking.ranked}
    told = [
        _told(one, places.get(one.scientific_name), climate.climate, profile, fits, gate, irrigated=wet)
        for one in found
    ]
    order = list(places)
    told.sort(key=lambda one: (order.index(one.scientific_name) if one.ranked else len(order), -one.assessment.score))
    return replace(unranked, ranking=ranking, crops=tuple(told), also_fit=tuple(_also_fit(case, gate, fits)))


@cache
def _plan(name: str) -> FertiliserPlan | None:
    return fertiliser_plan(name)


@cache
def _varieties(name: str) -> VarietyAdvice:
    return choose_varieties(name)


@cache
def named_crops() -> CropColumns:
    """The crops that people here have a name for, as columns; a row in `crop_names.csv` adds one."""
    return columns_of(tuple(crop for crop in crops().values() if crop.names.zh))


def _with_yields(
    case: FieldCase, gate: GateAnswer, fits: FieldSuitability, climate: Climate, *, irrigated: bool
) -> list[CropAdvice]:
    """Every permitted crop with a yield on record here, unranked."""
    permitted = [name for name in case.model.crops if gate.permissions[name].allowed and name in fits.columns.index]
    assessed = [fits.assessment(fits.columns.index[name]) for name in permitted]
    cases = [_yield_case(case, one, climate, fits.soil, irrigated=irrigated) for one in assessed]
    return [
        CropAdvice(
            scientific_name=name,
            zh=crop_words(name)[0],
            en=crop_words(name)[1],
            permission=gate.permissions[name],
            assessment=assessment,
            yields=expected,
            ranked=None,
        )
        for name, assessment, expected in zip(permitted, assessed, estimate(case.model, cases), strict=True)
    ]


def _yield_case(case: FieldCase, fit: Assessment, climate: Climate, soil: Soil, *, irrigated: bool) -> YieldCase:
    name = fit.crop.scientific_name
    limits = {factor.name: factor.value for factor in fit.factors if factor.name in LIMITING}
    warmer, wetter = _anomaly(name, climate)
    grows = scientific_name(case.field.crop) == name
    return YieldCase(
        crop=name,
        growing=GrowingConditions(texture=soil.texture, irrigated=irrigated, warmer_c=warmer, rain_ratio=wetter),
        variety=case.field.variety if grows else "",
        township=case.township,
        limits=limits,
    )


@lru_cache(maxsize=1024)
def _anomaly(name: str, climate: Climate) -> tuple[float, float]:
    """How much warmer and how many times as wet than the table's climate; neither for crops that it lacks."""
    return anomaly(name, climate) if name in surfaces() else (0.0, 1.0)


def _candidate(case: FieldCase, one: CropAdvice) -> Candidate:
    return Candidate(
        scientific_name=one.scientific_name,
        suitability=min(1.0, max(0.0, one.assessment.score)),
        limiting_factor=one.assessment.limiting_factor,
        permitted=one.permission.allowed and isinstance(one.yields, YieldEstimate),
        permission=one.permission.state.zh
        if isinstance(one.yields, YieldEstimate)
        else f"{one.yields.zh} {one.yields.en}",
        yields=_range(one.yields),
        money=case.money.get(one.scientific_name),
    )


def _range(yields: Answer) -> YieldRange | None:
    if not isinstance(yields, YieldEstimate):
        return None
    low, expected, high = (one / JIN_PER_KG for one in yields.jin_mu)
    return YieldRange(low_kg_mu=low, expected_kg_mu=expected, high_kg_mu=high)


def _told(
    one: CropAdvice,
    ranked: Ranked | None,
    climate: Climate,
    profile: SoilProfile,
    fits: FieldSuitability,
    gate: GateAnswer,
    *,
    irrigated: bool,
) -> CropAdvice:
    """The crop with everything a household needs to grow it, where it is advised."""
    if ranked is None:
        return one
    plan, varieties = _plan(one.scientific_name), _varieties(one.scientific_name)
    return replace(
        one,
        ranked=ranked,
        varieties=varieties,
        fertiliser=plan,
        fertiliser_checks=_checks(plan, profile, one.yields),
        improvements=tuple(
            better
            for better in _improvements(one.assessment.crop, climate, fits, irrigated=irrigated)
            if _keeps_the_level(gate, better)
        ),
    )


def _keeps_the_level(gate: GateAnswer, better: Improvement) -> bool:
    """Lime that would take the soil above a limit, which for arsenic is lower at a higher pH, is not advised."""
    ph = better.measure.soil.ph
    return better.measure.lime is None or ph is None or stays_as_clean(gate.screening, ph)


def _improvements(crop: Crop, climate: Climate, fits: FieldSuitability, *, irrigated: bool) -> Sequence[Improvement]:
    """What each measure would change for that crop, the greatest gain first: as `improvements`, on few crops."""
    before = fits.score_of(crop.scientific_name)
    found = []
    for measure in measures_for(crop, fits.soil, irrigated=irrigated):
        after = assess_field(climate, measure.soil, irrigated=measure.irrigated, columns=fits.columns)
        found.append(Improvement(measure=measure, before=before, after=after.score_of(crop.scientific_name)))
    return sorted((one for one in found if one.gain >= LEAST_GAIN), key=lambda one: -one.gain)


def _checks(plan: FertiliserPlan | None, profile: SoilProfile, yields: Answer) -> tuple[NutrientCheck, ...]:
    expected = _range(yields)
    tested = [profile.top(name) for name in ("ph", "organic_matter", "olsen_p", "available_k")]
    values = [one.value.value for one in tested if one is not None]
    if plan is None or expected is None or len(values) < len(tested):
        return ()
    ph, matter, phosphorus, potassium = values
    soil = SoilTest(ph=ph, organic_matter_g_kg=matter, olsen_p_mg_kg=phosphorus, available_k_mg_kg=potassium)
    return tuple(cross_check(plan.norm, soil, expected.expected_kg_mu))


def _also_fit(case: FieldCase, gate: GateAnswer, fits: FieldSuitability) -> Iterable[AlsoFits]:
    """The best permitted crops without a yield on record here, as many as a page holds."""
    left = int(advice_setting("also_fit"))
    for place in np.argsort(-fits.scores, kind="stable").tolist():
        name = fits.columns.crops[place].scientific_name
        if left == 0 or fits.scores[place] < LEAST_FIT:
            return
        if name in case.model.crops:
            continue
        permission = permission_for(case, gate.screening, name)
        if permission.allowed:
            left -= 1
            zh, en = crop_words(name)
            yield AlsoFits(permission=permission, assessment=fits.assessment(place), zh=zh, en=en)
