"""Planting advice for one field: may food be grown, what fits, how much to expect, what to do now; and why.

The gate comes first. Where it refuses, suitability and yield are not computed at all: their place says how and where to
get the test. Nothing that is imagined here (`what_if`) reaches the gate: it reads laboratory samples only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from agronomy.climatology import ClimateStation
from agronomy.fertiliser import FertiliserPlan
from agronomy.fertiliser_check import NutrientCheck
from agronomy.irrigation import IrrigationAdvice
from agronomy.permissions import Permission
from agronomy.profile import SoilProfile
from agronomy.push_texts import PushText
from agronomy.pushes import Decision
from agronomy.ranking import Ranked, Ranking
from agronomy.safety import Screening
from agronomy.sampling_guide import Laboratory, SamplingStep
from agronomy.soil import Soil
from agronomy.suitability import Assessment
from agronomy.calendar import Stage
from agronomy.variety_choice import VarietyAdvice
from agronomy.what_if import Improvement
from agronomy.yields import Answer
from observations.identifiers import FieldId


@dataclass(frozen=True, slots=True, kw_only=True)
class TestGuide:
    """How to take the sample that is missing, and where it can be tested."""

    steps: tuple[SamplingStep, ...]
    laboratories: tuple[Laboratory, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateAnswer:
    """1: may food be grown here.

    land_use_known: False where nobody said how the land is used, so that the strictest columns held.
    permissions: by scientific name, of every crop with a yield on record here, of rice, and of what grows now.
    refuses: no food crop is advised at all. how_to_test: present where it refuses or a test would settle something.
    """

    screening: Screening
    land_use_known: bool
    permissions: Mapping[str, Permission]
    refuses: bool
    how_to_test: TestGuide | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CropAdvice:
    """A permitted crop with a yield on record here: 2 does it fit, 3 how much; its place in the ranking, if it has one.

    improvements: what lime, drains or water would change, of the crops that are ranked. zh, en: what people call it.
    """

    scientific_name: str
    zh: str
    en: str
    permission: Permission
    assessment: Assessment
    yields: Answer
    ranked: Ranked | None
    varieties: VarietyAdvice | None
    fertiliser: FertiliserPlan | None
    fertiliser_checks: tuple[NutrientCheck, ...]
    improvements: tuple[Improvement, ...]


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

    crops: the ranked ones first, in their order, then those that do not fit. outside: why the field lies outside what
    the advice knows; then nothing is ranked and nothing is listed. climate: what was read, None where none is near.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DueText:
    """A push that is due now, in words."""

    decision: Decision
    text: PushText


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """What grows now, and what to do this week.

    permission: None where no table knows the crop. withheld: why nothing is advised for it, Chinese and English; then
    stages, decisions, due, irrigation and fertiliser are empty.
    """

    called: str
    scientific_name: str | None
    variety: str
    planted_on: date | None
    permission: Permission | None
    withheld: tuple[str, str] | None
    stages: tuple[Stage, ...] = ()
    decisions: tuple[Decision, ...] = ()
    due: tuple[DueText, ...] = ()
    irrigation: IrrigationAdvice | None = None
    irrigation_text: tuple[str, str] | None = None
    fertiliser: FertiliserPlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something that is not known, and what it would change."""

    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """Advice for one field on one day.

    valid_until: the last day on which it may be followed. tables: short hash of every table behind it.
    growing: None where the gate refuses. season: None on a fallow field. missing: the weightiest first.
    """

    field: FieldId
    field_name: str
    made_on: date
    valid_until: date
    tables: str
    gate: GateAnswer
    profile: SoilProfile
    growing: Growing | None
    season: Season | None
    missing: tuple[Missing, ...]

    @property
    def advised(self) -> Sequence[str]:
        """The scientific names of all crops that this advice tells anyone to grow or to tend."""
        growing = self.growing
        names = [] if growing is None else [crop.scientific_name for crop in growing.best]
        names += [] if growing is None else [fit.assessment.crop.scientific_name for fit in growing.also_fit]
        season = self.season
        if season is not None and season.withheld is None and season.scientific_name is not None:
            names.append(season.scientific_name)
        return tuple(dict.fromkeys(names))
