"""Fields."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agronomy.errors import SoilValueError
from agronomy.soil.samples import LandUse
from observations.identifiers import FarmId, FieldId

MU_PER_HA = 15
"""1 mu is 1/15 ha, exactly (State Council order of 1959 on units)."""

MOST_LATITUDE, MOST_LONGITUDE, MOST_DEPTH_CM = 90.0, 180.0, 500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field; area_mu: area in mu (1 mu = 1/15 ha); crop and variety as people call them, "" where fallow.

    None is unknown. land_use: how the land is used, as GB 15618-2018 tells uses apart. texture: a class of
    `agronomy/tables/textures.csv`, where no laboratory gives one; drainage: a class of `drainage.csv`; depth_cm: how
    deep roots can go. irrigated: ponds or canals reach it. latitude_deg, longitude_deg: of the plot, WGS 84.
    climate: key of a stored climate, where the nearest one is not to be taken; "" else.
    Raises SoilValueError for what no field can be.
    """

    id: FieldId
    farm: FarmId
    name: str
    area_mu: Decimal
    crop: str = ""
    variety: str = ""
    planted_on: date | None = None
    land_use: LandUse | None = None
    texture: str | None = None
    drainage: str | None = None
    depth_cm: float | None = None
    irrigated: bool | None = None
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    altitude_m: float | None = None
    climate: str = ""

    def __post_init__(self) -> None:
        """Refuse a place that is none on Earth, and a depth that no soil has."""
        if (self.latitude_deg is None) != (self.longitude_deg is None):
            raise SoilValueError(what="place", value=self.id, why="latitude and longitude go together")
        for what, value, most in (
            ("latitude", self.latitude_deg, MOST_LATITUDE),
            ("longitude", self.longitude_deg, MOST_LONGITUDE),
        ):
            if value is not None and not -most <= value <= most:
                raise SoilValueError(what=what, value=value, why=f"it lies from -{most:g} to {most:g} degrees")
        if self.depth_cm is not None and not 0 < self.depth_cm <= MOST_DEPTH_CM:
            raise SoilValueError(
                what="depth", value=self.depth_cm, why=f"it is above 0 and at most {MOST_DEPTH_CM:g} cm"
            )

    @property
    def area_ha(self) -> Decimal:
        """Area in hectares, to the square metre."""
        return (self.area_mu / MU_PER_HA).quantize(Decimal("0.0001"))
