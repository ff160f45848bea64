"""GB 15618-2018: screening and intervention values by pH band and land use, read from `gb15618.csv`."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from agronomy.soil.samples import LandUse
from agronomy.table_rows import table_rows

SCREENING, INTERVENTION = "screening", "intervention"
EVERY = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoilLimit:
    """One cell of the standard: at or below `mg_kg` it is kept.

    land_use: the column it stands in ("paddy", "other", "orchard", or "all"); band: its pH band as printed.
    """

    analyte: str
    kind: str
    land_use: str
    band: str
    mg_kg: float
    table: str
    confirmed: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A pH band: above the lower edge, up to the upper edge and including it."""

    name: str
    above: float
    up_to: float


BANDS = (
    Band(name="pH<=5.5", above=-math.inf, up_to=5.5),
    Band(name="5.5<pH<=6.5", above=5.5, up_to=6.5),
    Band(name="6.5<pH<=7.5", above=6.5, up_to=7.5),
    Band(name="pH>7.5", above=7.5, up_to=math.inf),
)
"""The bands of Tables 1 and 3, as `gb15618.csv` names them."""


def bands_of(low: float, high: float) -> tuple[str, ...]:
    """The bands that a pH between `low` and `high` may lie in: one, or several where it straddles an edge."""
    return tuple(band.name for band in BANDS if high > band.above and low <= band.up_to)


def strictest(kind: str, analyte: str, land_use: LandUse, bands: Iterable[str]) -> SoilLimit | None:
    """The lowest value of that kind in any of the bands; None where the standard has none."""
    limits = _limits()
    found = [limit for band in bands if (limit := limits.get((kind, analyte, land_use, band))) is not None]
    return min(found, key=lambda limit: limit.mg_kg) if found else None


@cache
def _limits() -> Mapping[tuple[str, str, LandUse, str], SoilLimit]:
    """What holds for each land use: of the columns that `land_uses.csv` names for it, the strictest."""
    cells = {(cell.kind, cell.analyte, cell.land_use, cell.band): cell for cell in map(_cell, table_rows("gb15618"))}
    found = {}
    for row in table_rows("land_uses"):
        for kind, analyte in {(cell.kind, cell.analyte) for cell in cells.values()}:
            for band in BANDS:
                choices = [
                    _first(cells, kind, analyte, columns.split(">"), band.name) for columns in row["columns"].split("|")
                ]
                there = [cell for cell in choices if cell is not None]
                if there:
                    key = (kind, analyte, LandUse(row["land_use"]), band.name)
                    found[key] = min(there, key=lambda cell: cell.mg_kg)
    return found


def _first(
    cells: Mapping[tuple[str, str, str, str], SoilLimit], kind: str, analyte: str, columns: list[str], band: str
) -> SoilLimit | None:
    for column in columns:
        for name in (band, EVERY):
            if (kind, analyte, column, name) in cells:
                return cells[kind, analyte, column, name]
    return None


def _cell(row: Mapping[str, str]) -> SoilLimit:
    return SoilLimit(
        analyte=row["analyte"],
        kind=row["kind"],
        land_use=row["land_use"],
        band=row["ph_band"],
        mg_kg=float(row["limit_mg_kg"]),
        table=row["table"],
        confirmed=row["confirmed"] == "yes",
        source=row["source"],
    )
