"""Crops: what each needs, as the FAO ECOCROP table says it; one row each in `tables/crops.csv`.

A blank stays unknown. A new crop is a row: in the table, or any mapping with the same columns through `crop_from_row`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from types import MappingProxyType

from agronomy.crops import cells as crop_cells
from agronomy.crops.cells import CropRowError, Row, graded, number, text, words, zones
from agronomy.errors import AgronomyError
from agronomy.table_rows import table_rows

Limits = tuple[float, float, float, float]
"""Absolute minimum, optimal minimum, optimal maximum, absolute maximum."""

_LIMITS = {
    "temperature": ("TMIN", "TOPMN", "TOPMX", "TMAX"),
    "rain": ("RMIN", "ROPMN", "ROPMX", "RMAX"),
    "ph": ("PHMIN", "PHOPMN", "PHOPMX", "PHMAX"),
}


class CropNotFoundError(AgronomyError):
    """No crop of that scientific name is in the table."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"no crop {name!r} in the crop table: use its scientific name, or add a row")


@dataclass(frozen=True, slots=True, kw_only=True)
class CropNames:
    """How people call a crop; confirmed: False where a name comes from memory."""

    zh: str = ""
    en: str = ""
    common: str = ""
    confirmed: bool = True
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crop:
    """One crop; None, or an empty set, is unknown.

    cycle_days: shortest and longest growth cycle. temperature_c, rain_mm (of a year), ph: limits.
    killing_c, killing_at_rest_c: temperature that kills it in early growth and at rest.
    light_best: brightest and darkest optimal light, 1 very bright to 5 heavy shade.
    depth_best_cm, depth_cm: soil depth for full growth, and the least. texture_best, texture: heavy, medium, light …
    drainage_best, drainage: poorly, well, excessive. salinity_ds_m: ECe up to which it grows.
    zones: climate zones by letter. forms: herb, tree …; spans: annual, biennial, perennial.
    faults: limits of the source that are out of order; they count as unknown.
    row: the source's row, by ECOCROP column.
    """

    scientific_name: str
    names: CropNames
    family: str
    cycle_days: tuple[float, float] | None
    temperature_c: Limits | None
    rain_mm: Limits | None
    ph: Limits | None
    killing_c: float | None
    killing_at_rest_c: float | None
    light_best: tuple[float, float] | None
    depth_best_cm: float | None
    depth_cm: float | None
    texture_best: frozenset[str]
    texture: frozenset[str]
    drainage_best: frozenset[str]
    drainage: frozenset[str]
    salinity_ds_m: float | None
    zones: frozenset[str]
    forms: frozenset[str]
    spans: frozenset[str]
    uses: frozenset[str]
    faults: tuple[str, ...]
    row: Row
    source: str

    @property
    def parameters(self) -> Mapping[str, float | None]:
        """The numbers by ECOCROP column, as `agronomy.suitability.ecocrop` takes them."""
        columns = ("GMIN", "GMAX", "KTMP", *(name for names in _LIMITS.values() for name in names))
        return MappingProxyType({name: number(self.row, name) for name in columns})


def crop_from_row(row: Row, names: CropNames | None = None) -> Crop:
    """The crop that a row by ECOCROP column describes; columns that are missing are unknown. Raises CropRowError."""
    scientific_name = text(row, "scientific_name")
    if not scientific_name:
        raise CropRowError(crop="", column="scientific_name", text="", expected="a scientific name")
    limits = {kind: _limits(row, columns) for kind, columns in _LIMITS.items()}
    light = [graded(row, column, crop_cells.LIGHT) for column in ("LIOPMN", "LIOPMX")]
    known_light = [value for value in light if value is not None]
    cycle, cycle_fault = _cycle(row)
    return Crop(
        scientific_name=scientific_name,
        names=names or CropNames(zh=text(row, "crop_zh"), en=text(row, "crop_en"), common=text(row, "COMNAME")),
        family=text(row, "FAMNAME").rpartition(":")[2],
        cycle_days=cycle,
        temperature_c=limits["temperature"][0],
        rain_mm=limits["rain"][0],
        ph=limits["ph"][0],
        killing_c=number(row, "KTMP"),
        killing_at_rest_c=number(row, "KTMPR"),
        light_best=(min(known_light), max(known_light)) if known_light else None,
        depth_best_cm=graded(row, "DEP", crop_cells.DEPTH_CM),
        depth_cm=graded(row, "DEPR", crop_cells.DEPTH_CM),
        texture_best=words(row, "TEXT"),
        texture=words(row, "TEXTR"),
        drainage_best=words(row, "DRA"),
        drainage=words(row, "DRAR"),
        salinity_ds_m=graded(row, "SALR", crop_cells.SALINITY_DS_M),
        zones=zones(row),
        forms=words(row, "LIFO"),
        spans=words(row, "LISPA"),
        uses=words(row, "CAT"),
        faults=tuple(fault for _, fault in (*limits.values(), (None, cycle_fault)) if fault),
        row=MappingProxyType(dict(row)),
        source=text(row, "source"),
    )


@cache
def crops() -> Mapping[str, Crop]:
    """Every crop of the table, by scientific name."""
    names = {row["scientific_name"]: row for row in table_rows("crop_names")}
    return MappingProxyType(
        {
            row["scientific_name"]: crop_from_row(row, _names(row, names.get(row["scientific_name"], {})))
            for row in table_rows("crops")
        }
    )


def find_crop(name: str) -> Crop:
    """The crop of that scientific name; raises CropNotFoundError."""
    try:
        return crops()[name]
    except KeyError:
        raise CropNotFoundError(name) from None


def crops_called(name: str) -> Sequence[Crop]:
    """The crops that people call so: Chinese, English, a common name or a synonym of the source, case ignored."""
    wanted = name.strip().casefold()
    return [crop for crop in crops().values() if wanted in _callings(crop)]


def _callings(crop: Crop) -> set[str]:
    listed = f"{crop.names.common},{text(crop.row, 'SYNO')}".split(",")
    return {call.strip().casefold() for call in (crop.scientific_name, crop.names.zh, crop.names.en, *listed)} - {""}


def _names(row: Row, known: Mapping[str, str]) -> CropNames:
    return CropNames(
        zh=known.get("zh", ""),
        en=known.get("en", ""),
        common=text(row, "COMNAME"),
        confirmed=known.get("status") != "mem",
        source=known.get("source", ""),
    )


def _limits(row: Row, columns: tuple[str, ...]) -> tuple[Limits | None, str]:
    """The four limits, or None with the fault where they are out of order, or None where one is blank."""
    values = [number(row, column) for column in columns]
    known = [value for value in values if value is not None]
    if any(later < earlier for earlier, later in pairwise(known)):
        shown = ", ".join(
            f"{column} {value:g}" for column, value in zip(columns, values, strict=True) if value is not None
        )
        return None, f"out of order: {shown}"
    low, best_low, best_high, high = values
    if low is None or best_low is None or best_high is None or high is None:
        return None, ""
    return (low, best_low, best_high, high), ""


def _cycle(row: Row) -> tuple[tuple[float, float] | None, str]:
    """Shortest and longest cycle; zero days, as the source has it here and there, is unknown."""
    shortest, longest = number(row, "GMIN"), number(row, "GMAX")
    if shortest is None or longest is None or longest <= 0:
        return None, ""
    if not 0 < shortest <= longest:
        return None, f"out of order: GMIN {shortest:g}, GMAX {longest:g}"
    return (shortest, longest), ""
