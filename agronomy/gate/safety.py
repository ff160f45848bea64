"""May food be grown here: soil against GB 15618-2018, before anything else. A screening result, not the official class.

Only laboratory values count. Every limit is kept at or below its value. Where pH may lie in two bands each element
takes the stricter of them; where a content may lie on both sides of a limit it counts as above. An old value and an
official class may only tighten. Nothing here takes a "what if": only another laboratory sample changes the result.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from agronomy.errors import SoilValueError
from agronomy.gate.crop_tests import CropTest
from agronomy.gate.decisive_values import DecisiveValue, decisive_values
from agronomy.gate.levels import GateLevel, OfficialClass
from agronomy.gate.permissions import PROVISIONAL, Ground, Permission, permission_on
from agronomy.gate.reasons import DIGITS, Reason, upper
from agronomy.gate.soil_limits import INTERVENTION, SCREENING, SoilLimit, bands_of, strictest
from agronomy.soil.analytes import analytes, checked, gate_analytes
from agronomy.soil.samples import LaboratoryValue, LandUse, SoilSample
from observations.identifiers import FieldId


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementFinding:
    """One measured element beside its limits; bands: every pH band that may hold."""

    analyte: str
    measured: DecisiveValue
    bands: tuple[str, ...]
    screening: SoilLimit
    intervention: SoilLimit | None
    level: GateLevel

    @property
    def decisive_limit(self) -> SoilLimit:
        """The limit that gave the level."""
        strict = self.level is GateLevel.STRICT and self.intervention is not None
        return self.intervention if strict and self.intervention is not None else self.screening


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What the gate says of a soil.

    provisional: As, Hg, Pb or Cr is missing, so that nothing may be called safe. findings: every measured element.
    missing: the analytes that are missing, or too old, of those the gate asks for. reasons: the gravest first.
    field: None where plain values were screened.
    """

    level: GateLevel
    provisional: bool
    land_use: LandUse
    findings: tuple[ElementFinding, ...]
    missing: tuple[str, ...]
    reasons: tuple[Reason, ...]
    field: FieldId | None = None
    official: OfficialClass | None = None

    def advice_allowed(self, scientific_name: str) -> bool:
        """Whether growing that crop may be advised here, without a crop test."""
        return self.permission(scientific_name).allowed

    def permission(
        self, scientific_name: str, *, crop_tests: Sequence[CropTest] = (), today: date | None = None
    ) -> Permission:
        """Whether growing that crop may be advised here, and why; `today` is needed where there are crop tests."""
        exceeding = (found.analyte for found in self.findings if found.level.severity >= GateLevel.SAFE_USE.severity)
        ground = Ground(
            level=self.level,
            provisional=self.provisional,
            exceeding=frozenset(exceeding),
            officially_worse=self.official is not None and self.official.level is not GateLevel.LOW,
            field=self.field,
            reasons=self.reasons,
        )
        return permission_on(ground, scientific_name, crop_tests=crop_tests, today=today)


def screen(
    land_use: LandUse | str,
    ph: float | None,
    cd: float | None = None,
    hg: float | None = None,
    arsenic: float | None = None,
    pb: float | None = None,
    cr: float | None = None,
    cu: float | None = None,
    ni: float | None = None,
    zn: float | None = None,
) -> Screening:
    """What the gate says of these laboratory values: pH in water, total contents in mg/kg, None where not measured.

    Raises SoilValueError for an unknown land use and for a value that no soil can have (NaN, infinite, negative, a
    pH outside 0 to 14).
    """
    plain = {
        "ph": ph, "cd": cd, "hg": hg, "arsenic": arsenic, "pb": pb, "cr": cr, "cu": cu, "ni": ni, "zn": zn,
    }  # fmt: skip
    measured = {
        name: DecisiveValue(value=checked(name, LaboratoryValue(value=value)))
        for name, value in plain.items()
        if value is not None
    }
    return _screening(_land_use(land_use), measured)


def screen_sample(land_use: LandUse | str, sample: SoilSample, *, official: OfficialClass | None = None) -> Screening:
    """What the gate says of this one sample, as of the day it was taken."""
    return screen_samples(land_use, [sample], today=sample.sampled_on, official=official)


def screen_samples(
    land_use: LandUse | str, samples: Iterable[SoilSample], *, today: date, official: OfficialClass | None = None
) -> Screening:
    """What the gate says of a field by all its samples: of each element the newest value counts, see `decisive_values`.

    Raises SoilValueError for samples of several fields, without a laboratory, or with values no soil can have.
    """
    samples = tuple(samples)
    fields = {sample.field for sample in samples}
    if len(fields) > 1:
        raise SoilValueError(
            what="field", value=sorted(fields), why="these samples are of several fields; screen each by itself"
        )
    measured = decisive_values(samples, today=today)
    return _screening(_land_use(land_use), measured, field=next(iter(fields), None), official=official)


def stays_as_clean(screening: Screening, ph: float) -> bool:
    """Whether no element would be judged worse at that pH: the limits of arsenic fall as pH rises.

    For the advice to raise pH; it never relaxes anything.
    """
    bands = bands_of(ph, ph)
    return all(
        _finding(found.analyte, found.measured, screening.land_use, bands).level.severity <= found.level.severity
        for found in screening.findings
    )


def _land_use(text: LandUse | str) -> LandUse:
    try:
        return LandUse(text)
    except ValueError as error:
        raise SoilValueError(what="land use", value=text, why=f"it is one of {', '.join(LandUse)}") from error


def _screening(
    land_use: LandUse,
    measured: Mapping[str, DecisiveValue],
    *,
    field: FieldId | None = None,
    official: OfficialClass | None = None,
) -> Screening:
    bands = _bands(measured.get("ph"))
    findings = tuple(
        _finding(name, measured[name], land_use, bands) for name in gate_analytes() if bands and name in measured
    )
    counting = {found.analyte for found in findings if found.level is not GateLevel.LOW}
    current = {name for name, value in measured.items() if not value.expired} | counting
    missing = tuple(name for name, about in analytes().items() if about.gate and name not in current)
    level = _level(findings, missing, official)
    reasons = [*map(_reason_of_finding, findings), *_reasons_of_missing(missing, measured, land_use, bands)]
    if official is not None:
        reasons.append(_reason_of_official(official))
    return Screening(
        level=level,
        provisional=any(analytes()[name].gate == "certainty" for name in missing),
        land_use=land_use,
        findings=findings,
        missing=missing,
        reasons=tuple(sorted(reasons, key=lambda reason: (reason.decides != level, _gravity(reason)))),
        field=field,
        official=official,
    )


def _bands(ph: DecisiveValue | None) -> tuple[str, ...]:
    if ph is None or ph.expired:
        return ()
    span = ph.value.uncertainty or 0.0
    if not span:
        return bands_of(ph.value.value, ph.value.value)
    return bands_of(round(ph.value.value - span, DIGITS), round(ph.value.value + span, DIGITS))


def _finding(name: str, measured: DecisiveValue, land_use: LandUse, bands: tuple[str, ...]) -> ElementFinding:
    screening = strictest(SCREENING, name, land_use, bands)
    if screening is None:
        raise SoilValueError(what=name, value=measured.value.value, why="GB 15618-2018 has no screening value for it")
    intervention = strictest(INTERVENTION, name, land_use, bands)
    content = upper(measured.value)
    level = GateLevel.LOW if content <= screening.mg_kg else GateLevel.SAFE_USE
    if intervention is not None and content > intervention.mg_kg:
        level = GateLevel.STRICT
    return ElementFinding(
        analyte=name, measured=measured, bands=bands, screening=screening, intervention=intervention, level=level
    )


def _level(findings: Sequence[ElementFinding], missing: Sequence[str], official: OfficialClass | None) -> GateLevel:
    if any(analytes()[name].gate == "class" for name in missing):
        unknown = GateLevel.UNKNOWN
        return GateLevel.STRICT if official is not None and official.level is GateLevel.STRICT else unknown
    levels = [found.level for found in findings] + ([] if official is None else [official.level])
    return max(levels, key=lambda level: level.severity)


RULES = {
    GateLevel.LOW: "at_or_below_screening",
    GateLevel.SAFE_USE: "above_screening",
    GateLevel.STRICT: "above_intervention",
}
"""Which row of `gate_rules.csv` words a finding."""


def _reason_of_finding(found: ElementFinding) -> Reason:
    limit, measured = found.decisive_limit, found.measured
    return Reason(
        rule=RULES[found.level],
        decides=found.level.value,
        analyte=found.analyte,
        table=limit.table,
        band=limit.band,
        land_use=limit.land_use,
        limit=limit.mg_kg,
        value=measured.value.value,
        uncertainty=measured.value.uncertainty,
        below_detection=measured.value.below_detection,
        source=limit.source,
        confirmed=limit.confirmed,
        sampled_on=measured.sampled_on,
        sample=measured.sample,
        bands=found.bands if len(found.bands) > 1 else (),
    )


def _reasons_of_missing(
    missing: Sequence[str], measured: Mapping[str, DecisiveValue], land_use: LandUse, bands: tuple[str, ...]
) -> Iterable[Reason]:
    for name in missing:
        gate = analytes()[name].gate
        if gate == "extra":
            continue
        old = measured.get(name)
        limit = strictest(SCREENING, name, land_use, bands)
        yield Reason(
            rule="expired" if old is not None and old.expired else f"missing_for_{gate}",
            decides=GateLevel.UNKNOWN.value if gate == "class" else PROVISIONAL,
            analyte=name,
            table=limit.table if limit else "GB 15618-2018 Table 1",
            band=limit.band if limit else "pH?",
            land_use=limit.land_use if limit else land_use.value,
            limit=limit.mg_kg if limit else None,
            unit=analytes()[name].unit,
            source=limit.source if limit else analytes()[name].source,
            sampled_on=old.sampled_on if old else None,
            sample=old.sample if old else "",
        )


def _reason_of_official(official: OfficialClass) -> Reason:
    return Reason(
        rule="official_class",
        decides=official.level.value,
        table="official class",
        band=official.level.value,
        unit="",
        source=f"{official.authority}, {official.named_on.isoformat()}",
        sampled_on=official.named_on,
        note=f"{official.level.zh} ({official.level.en})",
    )


def _gravity(reason: Reason) -> int:
    """What forbids most comes first; what makes a result provisional stands before what is low."""
    return -1 if reason.decides == PROVISIONAL else -2 * GateLevel(reason.decides).severity
