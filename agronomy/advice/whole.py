"""Planting advice for one field: may food be grown, what fits, how much to expect, what to do now; and why.

The gate comes first. Where it refuses, suitability and yield are not computed at all: their place says how and where to
get the test. Nothing that is imagined (`agronomy.advice.compared`) reaches the gate: it reads laboratory samples only.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from agronomy.advice.case import FieldCase, advice_setting
from agronomy.advice.gate import GateAnswer, gate_answer
from agronomy.advice.growing import Growing, growing
from agronomy.advice.profile import SoilProfile
from agronomy.advice.season import Season, season
from agronomy.advice.soil import known_soil, profile_of
from agronomy.crops.naming import scientific_name
from agronomy.soil.analytes import analytes
from agronomy.soil.samples import Soil
from agronomy.soil.settings import gate_setting, months_after
from observations.identifiers import FieldId

HASH_DIGITS = 12

OF_FIELD = {
    "land_use": (
        "不知道是水田、旱地还是果园：先按最严的标准判，说清楚也许能放宽",
        "how the land is used is not known: judged by the strictest columns, saying it may widen the advice",
    ),
    "texture": (
        "不知道质地：化验砂粒、粉粒、黏粒，才能算准水和石灰",
        "texture is not known: have sand, silt and clay tested, water and lime depend on it",
    ),
    "drainage": (
        "不知道排水好坏：看雨后几天能下地",
        "drainage is not known: see how many days after rain the field can be walked on",
    ),
    "depth_cm": ("不知道土层多厚：挖一锹看", "depth of soil is not known: dig and see"),
    "irrigated": (
        "不知道能不能引水：先按不能算，水稻等作物会排在后面",
        "not known whether water can be led in: taken as no, which puts rice behind",
    ),
    "planted_on": ("不知道哪天种的：日历和用水算不准", "day of planting is not known: calendar and water need it"),
}
"""What somebody who knows the field can tell, by attribute of Field, and what it would change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something that is not known, and what it would change; name: an analyte, or an attribute of Field."""

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


def advise(case: FieldCase) -> Advice:
    """Advice for the field as the case knows it. Raises SoilValueError for a value that no soil can have."""
    here = scientific_name(case.field.crop)
    gate = gate_answer(case, [*case.model.crops, *([] if here is None else [here])])
    profile = profile_of(case)
    soil = known_soil(case, profile)
    return Advice(
        field=case.field.id,
        field_name=case.field.name,
        made_on=case.today,
        valid_until=_valid_until(case, gate, profile),
        tables=tables_version(),
        gate=gate,
        profile=profile,
        growing=None if gate.refuses else growing(case, gate, profile, soil),
        season=season(case, gate, soil),
        missing=tuple(_missing(case, profile, soil)),
    )


@cache
def tables_version() -> str:
    """The first digits of a SHA-256 over every table of agronomy, by name: whatever row changes, this changes."""
    digest = hashlib.sha256()
    tables = [each for each in files("agronomy.tables").iterdir() if each.name.endswith(".csv")]
    for each in sorted(tables, key=lambda each: each.name):
        digest.update(each.name.encode())
        digest.update(each.read_bytes())
    return digest.hexdigest()[:HASH_DIGITS]


def _valid_until(case: FieldCase, gate: GateAnswer, profile: SoilProfile) -> date:
    """The usual days, or the day after which a result that the gate stands on is too old, if that comes first."""
    ph = profile.top("ph")
    results = [("ph", ph.sampled_on)] if ph is not None else []
    results += [(one.analyte, one.measured.sampled_on) for one in gate.screening.findings if one.measured.sampled_on]
    ends = [months_after(day, analytes()[name].valid_months) for name, day in results]
    tests = {test.sampled_on for test in case.crop_tests}
    ends += [months_after(day, int(gate_setting("crop_test_months"))) for day in tests]
    usual = case.today + timedelta(days=int(advice_setting("valid_days")))
    return min([usual, *(end for end in ends if end >= case.today)])


def _missing(case: FieldCase, profile: SoilProfile, soil: Soil) -> Iterator[Missing]:
    for value in profile.missing:
        yield Missing(name=value.analyte.name, zh=value.zh, en=value.en)
    known = {
        "land_use": case.field.land_use,
        "texture": soil.texture,
        "drainage": soil.drainage,
        "depth_cm": soil.depth_cm,
        "irrigated": case.field.irrigated,
        "planted_on": case.field.planted_on if case.field.crop else True,
    }
    for name, (zh, en) in OF_FIELD.items():
        if known[name] is None:
            yield Missing(name=name, zh=zh, en=en)
