"""Harvests: what a field really gave, as somebody wrote it down."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from agronomy.errors import AgronomyError
from agronomy.model import MU_PER_HA
from agronomy.yields.anchors import jin_mu_from_kg_ha
from observations.identifiers import FieldId

EARLIEST_YEAR, LATEST_YEAR = 1950, 2200
MOST_MU = Decimal(100_000)
MOST_KG_PER_MU = Decimal(30_000)
"""Above every harvest of any crop on record (sugar cane at 450 t/ha): a slip of the decimal point."""
PERCENT = 100.0


class HarvestError(AgronomyError):
    """A harvest cannot be as stated; `what` names the part of it that is wrong."""

    def __init__(self, *, what: str, problem: str) -> None:
        self.what, self.problem = what, problem
        super().__init__(f"{what}: {problem}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """One harvest of one crop from one field.

    crop: scientific name; variety: id or name, "" where unknown. season: the year the crop is counted in. fresh_kg: the
    sold product as weighed. dry_matter_percent, moisture_percent: of that product, None where nobody measured; a stated
    pair adds up to 100. recorded_by: who wrote it down. confirmed: a second person, a scale ticket or a buyer agrees;
    only confirmed harvests teach the model. Raises HarvestError.
    """

    field: FieldId
    crop: str
    season: int
    harvested_on: date
    area_mu: Decimal
    fresh_kg: Decimal
    recorded_by: str
    variety: str = ""
    township: str = ""
    dry_matter_percent: float | None = None
    moisture_percent: float | None = None
    confirmed: bool = False

    def __post_init__(self) -> None:
        """Refuse what no field can give."""
        if not self.crop.strip():
            raise HarvestError(what="crop", problem="is empty: give the scientific name, e.g. Ipomoea batatas")
        if not self.recorded_by.strip():
            raise HarvestError(what="recorded_by", problem="is empty: say who wrote the harvest down")
        if not EARLIEST_YEAR <= self.season <= LATEST_YEAR:
            raise HarvestError(what="season", problem=f"{self.season} is no year from {EARLIEST_YEAR} to {LATEST_YEAR}")
        if abs(self.harvested_on.year - self.season) > 1:
            raise HarvestError(
                what="harvested_on", problem=f"{self.harvested_on} is not within a year of season {self.season}"
            )
        _within("area_mu", self.area_mu, MOST_MU, "mu")
        _within("fresh_kg", self.fresh_kg, self.area_mu * MOST_KG_PER_MU, "kg from that area", zero_allowed=True)
        self._check_dry_matter()

    def _check_dry_matter(self) -> None:
        for what, percent in (
            ("dry_matter_percent", self.dry_matter_percent),
            ("moisture_percent", self.moisture_percent),
        ):
            if percent is not None and not 0 <= percent <= PERCENT:
                raise HarvestError(what=what, problem=f"{percent:g} is no share from 0 to 100 %")
        if (
            self.dry_matter_percent is not None
            and self.moisture_percent is not None
            and abs(self.dry_matter_percent + self.moisture_percent - PERCENT) > 1
        ):
            raise HarvestError(
                what="moisture_percent", problem="and dry_matter_percent must add up to 100 %: leave one out"
            )

    @property
    def kg_ha(self) -> float:
        """Fresh product a hectare."""
        return float(self.fresh_kg / self.area_mu * MU_PER_HA)

    @property
    def jin_mu(self) -> float:
        """Fresh product in jin a mu."""
        return jin_mu_from_kg_ha(self.kg_ha)


def _within(what: str, amount: Decimal, most: Decimal, unit: str, *, zero_allowed: bool = False) -> None:
    """Raise HarvestError unless the amount is a number from 0 to `most`."""
    if not amount.is_finite() or amount < 0 or (amount == 0 and not zero_allowed):
        raise HarvestError(
            what=what, problem=f"{amount} is not {'zero or more' if zero_allowed else 'more than zero'} {unit}"
        )
    if amount > most:
        raise HarvestError(what=what, problem=f"{amount} is more than {most:f} {unit}: check unit and decimal point")
