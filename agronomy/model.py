"""Fields."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from observations.identifiers import FarmId, FieldId


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
