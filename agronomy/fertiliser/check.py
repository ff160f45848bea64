"""QUEFTS beside a fertiliser norm: does the soil's supply speak for more or for less? Never a dose."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from agronomy.errors import AgronomyError
from agronomy.fertiliser.doses import NUTRIENTS, Norm
from agronomy.fertiliser.quefts import Npk, balance, supply
from agronomy.model import MU_PER_HA
from agronomy.table_rows import table_rows

# kg of oxide in a kg of the element, from the molar masses
_OXIDE = {"N": 1.0, "P2O5": 2.291, "K2O": 1.205}
_MOST_TIMES_NORM = 2.0
_SOC_OF_ORGANIC_MATTER = 0.58
"""Van Bemmelen's factor."""

_K_MG_PER_MMOL = 39.1


class CheckError(AgronomyError):
    """The cross-check got a yield or a soil value that is none."""


class Verdict(StrEnum):
    """What QUEFTS says of a norm."""

    AGREES = "agrees"
    LESS = "less would do"
    MORE = "the soil is poor: do not go below the norm, and measure again"
    BEYOND = "QUEFTS asks more than twice the norm: not believed, the norm stands"


@dataclass(frozen=True, slots=True, kw_only=True)
class NutrientCheck:
    """QUEFTS's word on one nutrient. It is text: the number behind it is never a dose."""

    nutrient: str
    verdict: Verdict
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SoilTest:
    """What QUEFTS needs of a laboratory: pH in water, organic matter g/kg, Olsen P and available K mg/kg."""

    ph: float
    organic_matter_g_kg: float
    olsen_p_mg_kg: float
    available_k_mg_kg: float


def cross_check(norm: Norm, soil: SoilTest, fresh_kg_mu: float) -> Sequence[NutrientCheck]:
    """QUEFTS's word on each nutrient of the norm at this yield (kg/mu as harvested); empty for crops it does not know.

    Available potassium stands for exchangeable potassium (assumed). Every check is unconfirmed as long as the
    crop's dry-matter shares and the recoveries are. Raises CheckError, QueftsError.
    """
    if not 0 < fresh_kg_mu < float("inf"):
        msg = f"a yield is a number of kg/mu above 0, not {fresh_kg_mu!r}"
        raise CheckError(msg)
    row = next((row for row in table_rows("quefts_names") if row["scientific_name"] == norm.scientific_name), None)
    if row is None:
        return []
    store = fresh_kg_mu * MU_PER_HA * float(row["dry_matter_share"])
    recoveries = {recovery["nutrient"]: float(recovery["recovery"]) for recovery in table_rows("quefts_recoveries")}
    found = balance(
        row["quefts_crop"],
        _supply(soil),
        (recoveries["N"], recoveries["P2O5"], recoveries["K2O"]),
        (0.0, 0.0, 0.0),
        store * float(row["leaf_per_store"]),
        store * float(row["stem_per_store"]),
        store,
        float(row["season_days"]),
    )
    gaps_kg_mu = {name: gap * _OXIDE[name] / MU_PER_HA for name, gap in zip(NUTRIENTS, found.gaps, strict=True)}
    return [
        NutrientCheck(
            nutrient=name,
            verdict=_verdict(gaps_kg_mu[name], amount.low_kg_mu, amount.high_kg_mu),
            confirmed=row["status"] == "verified",
        )
        for name, amount in norm.amounts.items()
    ]


def _supply(soil: SoilTest) -> Npk:
    """Supply of the soil; QUEFTS's parabola in pH falls below nothing outside its range, so it is cut at 0."""
    raw = supply(
        soil.ph,
        soil.organic_matter_g_kg * _SOC_OF_ORGANIC_MATTER,
        soil.olsen_p_mg_kg,
        soil.available_k_mg_kg / _K_MG_PER_MMOL,
    )
    return Npk(*(max(0.0, amount) for amount in raw))


def _verdict(gap: float, low: float, high: float) -> Verdict:
    if gap > _MOST_TIMES_NORM * high:
        return Verdict.BEYOND
    if gap > high:
        return Verdict.MORE
    return Verdict.LESS if gap < low / _MOST_TIMES_NORM else Verdict.AGREES
