"""Soil: what a laboratory found in a sample, and what a model needs to know of a field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from observations.identifiers import FieldId


class LandUse(StrEnum):
    """Land uses that GB 15618-2018 tells apart; rice-upland rotation takes the stricter of paddy and other."""

    PADDY = "paddy"
    ROTATION = "rotation"
    OTHER = "other"
    ORCHARD = "orchard"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryValue:
    """One result of a laboratory, in the unit of its analyte (`agronomy/tables/analytes.csv`).

    uncertainty: half width of the interval the laboratory states, same unit; None where it states none.
    below_detection: the laboratory only said "less than `value`".
    """

    value: float
    uncertainty: float | None = None
    below_detection: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SoilSample:
    """A report of a laboratory on one sample of one field.

    depth_cm: upper and lower edge. values: by analyte name, e.g. "ph", "cd", "organic_matter".
    """

    id: str
    field: FieldId
    sampled_on: date
    depth_cm: tuple[float, float]
    laboratory: str
    values: Mapping[str, LaboratoryValue]
    report_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soil:
    """What suitability, water and yield need of a field's soil; None is unknown and is reported as unknown.

    ece_ds_m: electrical conductivity of the saturation extract, dS/m at 25 degrees Celsius.
    texture: a class of `agronomy/tables/textures.csv`; drainage: a class of `agronomy/tables/drainage.csv`.
    unknown: what is missing and what it would change, in the order of weight.
    """

    ph: float | None = None
    texture: str | None = None
    depth_cm: float | None = None
    drainage: str | None = None
    ece_ds_m: float | None = None
    organic_matter_g_kg: float | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)
