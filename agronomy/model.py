"""Fields."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from observations.identifiers import FarmId, FieldId

MU_PER_HA = 15
"""1 mu is 1/15 ha, exactly (State Council order of 1959 on units)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field; area_mu: area in mu (1 mu = 1/15 ha); crop and variety as people call them, "" where fallow."""

    id: FieldId
    farm: FarmId
    name: str
    area_mu: Decimal
    crop: str = ""
    variety: str = ""
    planted_on: date | None = None

    @property
    def area_ha(self) -> Decimal:
        """Area in hectares, to the square metre."""
        return (self.area_mu / MU_PER_HA).quantize(Decimal("0.0001"))
