"""The soil profile of a field: what laboratories and probes say of it, how old, by depth, and what is missing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from agronomy.errors import SoilValueError
from agronomy.gate.decisive_values import decisive_values, is_topsoil
from agronomy.soil.analytes import Analyte, analytes, checked
from agronomy.soil.grades import SoilGrade, grade_of
from agronomy.soil.probes import ProbeSummary
from agronomy.soil.samples import LaboratoryValue, Soil, SoilSample
from agronomy.soil.settings import months_after
from agronomy.soil.texture import Texture, texture_of
from agronomy.table_rows import table_rows
from observations.identifiers import FieldId

MASS = ("sand", "silt", "clay")
CARBON_SHARE = 0.58
"""Carbon in organic matter (van Bemmelen: organic matter = 1.724 times organic carbon) [unconfirmed]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileValue:
    """The newest laboratory value of one analyte at one depth.

    grade: of the second national soil survey, for values of the topsoil; None where there is none.
    expired: so old that it may no longer relax anything.
    """

    analyte: Analyte
    value: LaboratoryValue
    depth_cm: tuple[float, float]
    sampled_on: date
    laboratory: str
    sample: str
    age_days: int
    expired: bool
    grade: SoilGrade | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingValue:
    """An analyte without a valid value in the topsoil, and what it would change."""

    analyte: Analyte
    expired_since: date | None
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SoilProfile:
    """What is known of a field's soil.

    values: by analyte in the order of the table, then by depth. probes: what they say, apart from the laboratory.
    missing: the weightiest first. texture, drainage, depth_cm: as laboratories or people found them, None unknown.
    ece_estimated_ds_m: an estimate from a probe and a water-content model; a laboratory's ECe goes before it.
    """

    field: FieldId
    as_of: date
    values: tuple[ProfileValue, ...]
    probes: tuple[ProbeSummary, ...]
    missing: tuple[MissingValue, ...]
    texture: Texture | None
    drainage: str | None
    depth_cm: float | None
    ece_estimated_ds_m: float | None

    def top(self, analyte: str) -> ProfileValue | None:
        """The newest value of that analyte in the topsoil; None where there is none."""
        found = [value for value in self.values if value.analyte.name == analyte and is_topsoil(value.depth_cm)]
        return max(found, key=lambda value: (value.sampled_on, -value.depth_cm[0]), default=None)

    def soil(self) -> Soil:
        """What suitability, water and yield models take; what is unknown is None and named, the weightiest first."""
        ece = self.top("ece")
        unknown = {missing.analyte.name: missing.zh for missing in self.missing}
        if self.texture is None:
            unknown["texture"] = "不知道质地：化验砂粒、粉粒、黏粒"
        if self.drainage is None:
            unknown["drainage"] = "不知道排水好坏：看雨后几天能下地"
        if self.depth_cm is None:
            unknown["depth_cm"] = "不知道土层多厚：挖一锹看"
        return Soil(
            ph=self._amount("ph"),
            texture=None if self.texture is None else self.texture.name,
            depth_cm=self.depth_cm,
            drainage=self.drainage,
            ece_ds_m=ece.value.value if ece is not None else self.ece_estimated_ds_m,
            organic_matter_g_kg=self._organic_matter(),
            unknown=unknown,
        )

    def _amount(self, analyte: str) -> float | None:
        found = self.top(analyte)
        return None if found is None else found.value.value

    def _organic_matter(self) -> float | None:
        matter, carbon = self._amount("organic_matter"), self._amount("organic_carbon")
        return matter if matter is not None or carbon is None else carbon / CARBON_SHARE


def soil_profile(
    field: FieldId,
    samples: Iterable[SoilSample],
    *,
    today: date,
    probes: Sequence[ProbeSummary] = (),
    drainage: str | None = None,
    depth_cm: float | None = None,
    ece_estimated_ds_m: float | None = None,
) -> SoilProfile:
    """The profile of a field on a day, from all its samples and what its probes say.

    drainage: a class of `drainage.csv`; depth_cm: how deep roots can go. Samples of days to come are left out.
    Raises SoilValueError for a sample of another field, an unknown drainage class or a value that no soil can have.
    """
    if drainage is not None and drainage not in {row["drainage"] for row in table_rows("drainage")}:
        raise SoilValueError(what="drainage", value=drainage, why="it is a class of drainage.csv")
    own = [sample for sample in samples if sample.sampled_on <= today]
    for sample in own:
        if sample.field != field:
            raise SoilValueError(what="sample", value=sample.id, why=f"it is of field {sample.field}, not of {field}")
    return SoilProfile(
        field=field,
        as_of=today,
        values=tuple(_values(own, today)),
        probes=tuple(sorted(probes, key=lambda probe: (probe.depth_cm, probe.observed_property))),
        missing=tuple(_missing(own, today)),
        texture=_texture(own),
        drainage=drainage,
        depth_cm=depth_cm,
        ece_estimated_ds_m=ece_estimated_ds_m,
    )


def _values(samples: Sequence[SoilSample], today: date) -> Iterable[ProfileValue]:
    newest: dict[tuple[str, tuple[float, float]], SoilSample] = {}
    for sample in sorted(samples, key=lambda sample: (sample.sampled_on, sample.id)):
        for name in sample.values:
            newest[name, sample.depth_cm] = sample
    order = list(analytes())
    known = [key for key in newest if key[0] in analytes()]
    for name, depth in sorted(known, key=lambda key: (order.index(key[0]), key[1])):
        yield _value(name, newest[name, depth], today)


def _value(name: str, sample: SoilSample, today: date) -> ProfileValue:
    value, about = checked(name, sample.values[name]), analytes()[name]
    return ProfileValue(
        analyte=about,
        value=value,
        depth_cm=sample.depth_cm,
        sampled_on=sample.sampled_on,
        laboratory=sample.laboratory,
        sample=sample.id,
        age_days=(today - sample.sampled_on).days,
        expired=today > months_after(sample.sampled_on, about.valid_months),
        grade=grade_of(name, value.value) if is_topsoil(sample.depth_cm) else None,
    )


def _missing(samples: Sequence[SoilSample], today: date) -> Iterable[MissingValue]:
    """What has no valid value in the topsoil, of what anything depends on, the weightiest first."""
    decisive = decisive_values(samples, today=today)
    for about in sorted(analytes().values(), key=lambda about: -about.weight):
        found = decisive.get(about.name)
        if about.weight == 0 or (found is not None and not found.expired):
            continue
        if about.name == "organic_matter" and "organic_carbon" in decisive:
            continue
        old = found is not None
        zh = f"{about.zh}{'化验过期了' if old else '没测'}：{about.changes_zh}"
        en = f"{about.en} {'is too old' if old else 'was not tested'}: {about.changes_en}"
        yield MissingValue(analyte=about, expired_since=found.sampled_on if found is not None else None, zh=zh, en=en)


def _texture(samples: Sequence[SoilSample]) -> Texture | None:
    """The texture of the newest topsoil sample that has all three fractions; None where they do not add up."""
    whole = [
        sample for sample in samples if is_topsoil(sample.depth_cm) and all(name in sample.values for name in MASS)
    ]
    newest = max(whole, key=lambda sample: (sample.sampled_on, sample.id), default=None)
    if newest is None:
        return None
    sand, silt, clay = (newest.values[name].value for name in MASS)
    try:
        return texture_of(sand_percent=sand, silt_percent=silt, clay_percent=clay)
    except SoilValueError:
        return None
