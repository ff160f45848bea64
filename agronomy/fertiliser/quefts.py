"""QUEFTS: what a soil supplies of nitrogen, phosphorus and potassium, and the yield that this lets a crop reach.

Source: Janssen et al. 1990, Geoderma 46, 299-318. Amounts are kg/ha of the elements N, P and K (not P2O5, K2O), and
of dry matter. Its doses are absurd on poor soils: `agronomy.fertiliser.doses` takes it as a check, never as a dose.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from agronomy.errors import AgronomyError
from agronomy.table_rows import table_rows

MIN_STORE_KG_HA = 200
"""Below this the storage organ is no aim: the yield is that of the stem, or of the leaf."""

_SEASON_DAYS = (0, 40, 80, 120, 240, 360)
_SEASON_FACTOR = (0.0, 0.4, 0.7, 1.0, 1.6, 2.0)
_SMALLEST_NEED_KG_HA = 0.1
_SMALLEST_LEAF_KG_HA = 5.0


class QueftsError(AgronomyError):
    """QUEFTS cannot be computed from these values."""


class Npk(NamedTuple):
    """Nitrogen, phosphorus, potassium."""

    n: float
    p: float
    k: float


class Balance(NamedTuple):
    """What `balance` finds; kg/ha.

    gaps: fertiliser that the aimed-at yield would still need. supplies: what soil and fertiliser give in the season.
    store_yield: nutrient-limited dry matter of the storage organ. uptakes: what the crop takes up.
    """

    gaps: Npk
    supplies: Npk
    store_yield: float
    uptakes: Npk


@dataclass(frozen=True, slots=True, kw_only=True)
class Concentrations:
    """One nutrient in a crop, kg per kg dry matter: fully diluted (low) and fully accumulated (high)."""

    store_low: float
    veg_low: float
    store_high: float
    veg_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QueftsCrop:
    """A crop of `agronomy/tables/quefts_crops.csv`.

    yield_zero: dry matter of leaf and stem at which the storage organ begins, kg/ha. n_fixed: share of N from the air.
    """

    name: str
    nutrients: tuple[Concentrations, Concentrations, Concentrations]
    yield_zero: float
    n_fixed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nutrient:
    """One nutrient in one field. accumulated, diluted: kg yield a kg taken up; zero: uptake before any yield."""

    supply: float
    zero: float
    accumulated: float
    diluted: float


def supply(ph: float, soc_g_kg: float, olsen_p_mg_kg: float, exchangeable_k_mmol_kg: float) -> Npk:
    """What the soil supplies to a crop of 120 days, kg/ha (Janssen et al. 1990, at 25 degrees; no lower bound).

    ph: in water. soc_g_kg: organic carbon. olsen_p_mg_kg, exchangeable_k_mmol_kg: as the laboratory reports them.
    Raises QueftsError.
    """
    values = (ph, soc_g_kg, olsen_p_mg_kg, exchangeable_k_mmol_kg)
    if not np.isfinite(values).all() or min(values) < 0:
        msg = f"QUEFTS needs four measured values, none negative; got pH, carbon, P, K = {values}"
        raise QueftsError(msg)
    n = 0.25 * (ph - 3) * 6.8 * soc_g_kg
    p = (1 - 0.5 * (ph - 6) ** 2) * 0.35 * soc_g_kg + 0.5 * olsen_p_mg_kg
    k = 0.625 * (3.4 - 0.4 * ph) * 400 * exchangeable_k_mmol_kg / (2 + 0.9 * soc_g_kg)
    return Npk(n, p, k)


def balance(
    crop: str | QueftsCrop,
    soil_supply: tuple[float, float, float],
    recovery: tuple[float, float, float],
    fertiliser: tuple[float, float, float],
    leaf_kg_ha: float,
    stem_kg_ha: float,
    store_kg_ha: float,
    season_days: float,
) -> Balance:
    """The nutrient balance of a crop that aims at these dry matters (Janssen et al. 1990).

    crop: a name of the table. soil_supply: for 120 days, kg/ha. recovery: share of the fertiliser that is taken up,
    0 to 1. fertiliser: kg/ha. The triples are n, p, k. Raises QueftsError.
    """
    known = quefts_crop(crop) if isinstance(crop, str) else crop
    _check(recovery, (leaf_kg_ha, stem_kg_ha, store_kg_ha, season_days, *fertiliser))
    season = float(np.interp(season_days, _SEASON_DAYS, _SEASON_FACTOR))
    supplies = Npk(*(s * season + f * r for s, f, r in zip(soil_supply, fertiliser, recovery, strict=True)))
    veg, aim = leaf_kg_ha + stem_kg_ha, _aim(leaf_kg_ha, stem_kg_ha, store_kg_ha)
    fixed = (known.n_fixed, 0.0, 0.0)
    nutrients = [
        _nutrient(known, held, give, share, aim=aim, veg=veg, store=store_kg_ha)
        for held, give, share in zip(known.nutrients, supplies, fixed, strict=True)
    ]
    uptakes = [max(0.0, min(_uptake(own, other) for other in nutrients if other is not own)) for own in nutrients]
    yields = _limited_yield(nutrients, uptakes, aim)
    gaps = (
        0.0 if share else max(0.0, (_balanced(held, veg, store_kg_ha) - give) / part)
        for held, give, part, share in zip(known.nutrients, supplies, recovery, fixed, strict=True)
    )
    return Balance(Npk(*gaps), supplies, yields * _store_share(leaf_kg_ha, stem_kg_ha, store_kg_ha), Npk(*uptakes))


@cache
def quefts_crops() -> Mapping[str, QueftsCrop]:
    """The crops whose nutrient concentrations are known, by name."""
    return MappingProxyType({row["crop"]: _crop(row) for row in table_rows("quefts_crops")})


def quefts_crop(name: str) -> QueftsCrop:
    """The crop of that name; raises QueftsError."""
    try:
        return quefts_crops()[name]
    except KeyError:
        msg = f"QUEFTS has no nutrient concentrations for {name!r}; known: {', '.join(quefts_crops())}"
        raise QueftsError(msg) from None


def _crop(row: Mapping[str, str]) -> QueftsCrop:
    n, p, k = (
        Concentrations(
            store_low=float(row[f"{element}minStore"]),
            veg_low=float(row[f"{element}minVeg"]),
            store_high=float(row[f"{element}maxStore"]),
            veg_high=float(row[f"{element}maxVeg"]),
        )
        for element in "NPK"
    )
    return QueftsCrop(name=row["crop"], nutrients=(n, p, k), yield_zero=float(row["Yzero"]), n_fixed=float(row["Nfix"]))


def _check(recovery: tuple[float, float, float], amounts: tuple[float, ...]) -> None:
    if not all(0 < share <= 1 for share in recovery):
        msg = f"recovery is a share above 0 and at most 1 for n, p and k; got {recovery}"
        raise QueftsError(msg)
    if not all(0 <= amount < np.inf for amount in amounts):
        msg = "dry matter, season and fertiliser are finite and not negative"
        raise QueftsError(msg)


def _aim(leaf: float, stem: float, store: float) -> float:
    """Dry matter of the organ that the farmer wants, kg/ha."""
    if store > MIN_STORE_KG_HA:
        return store
    return stem if stem > MIN_STORE_KG_HA else max(_SMALLEST_LEAF_KG_HA, leaf)


def _store_share(leaf: float, stem: float, store: float) -> float:
    """Storage organ a kg of the aimed-at organ."""
    if store > MIN_STORE_KG_HA:
        return 1.0
    organ = stem if stem > MIN_STORE_KG_HA else leaf
    return store / organ if organ else 0.0


def _balanced(held: Concentrations, veg: float, store: float) -> float:
    """Uptake at concentrations midway between dilution and accumulation, kg/ha."""
    return (held.veg_low + held.veg_high) / 2 * veg + (held.store_low + held.store_high) / 2 * store


def _nutrient(
    crop: QueftsCrop, held: Concentrations, give: float, fixed: float, *, aim: float, veg: float, store: float
) -> _Nutrient:
    from_soil = 1 - fixed
    zero = crop.yield_zero * from_soil * (held.veg_high + 2 * held.veg_low) / 3 if store > MIN_STORE_KG_HA else 0.0
    most = (held.veg_high * veg + held.store_high * store) * from_soil
    least = (held.veg_low * veg + held.store_low * store) * from_soil
    return _Nutrient(
        supply=give,
        zero=zero,
        accumulated=aim / max(_SMALLEST_NEED_KG_HA, most - zero),
        diluted=aim / max(_SMALLEST_NEED_KG_HA, least - zero),
    )


def _uptake(own: _Nutrient, other: _Nutrient) -> float:
    """Uptake of one nutrient as another's supply allows: all, a falling part, or no more (Janssen et al., step 2)."""
    spare, partner = own.supply - own.zero, other.supply - other.zero
    all_until = partner * other.accumulated / own.diluted
    most = partner * other.diluted / own.accumulated
    if spare <= all_until:
        return own.supply
    if spare < 2 * most - all_until:
        return own.supply - (spare - all_until) ** 2 / (4 * (most - all_until))
    return own.zero + most


def _limited_yield(nutrients: list[_Nutrient], uptakes: list[float], aim: float) -> float:
    """Mean of the yields of the six ordered pairs, never above what any one nutrient allows (steps 3 and 4)."""
    spare = [max(0.0, taken - own.zero) for own, taken in zip(nutrients, uptakes, strict=True)]
    most = [own.diluted * left for own, left in zip(nutrients, spare, strict=True)]
    pairs = [
        _pair_yield(
            nutrients[i],
            uptakes[i] - nutrients[i].zero,
            other_least=nutrients[j].accumulated * spare[j],
            own_most=most[i],
            ceiling=min(*most, aim),
            others_most=min(most[j], most[3 - i - j], aim),
        )
        for i, j in permutations(range(3), 2)
    ]
    return min(*most, aim, sum(pairs) / len(pairs))


def _pair_yield(
    own: _Nutrient, net: float, *, other_least: float, own_most: float, ceiling: float, others_most: float
) -> float:
    """Yield of one nutrient between another's accumulation and the ceiling: a parabola in the uptake (step 3)."""
    if own_most <= other_least:
        return min(own_most, ceiling)
    if own.accumulated * max(0.0, net) >= ceiling:
        return ceiling
    if own_most <= ceiling:
        ceiling = others_most
    if other_least > ceiling:
        return ceiling
    start = other_least / own.diluted
    way = (net - start) / (ceiling / own.accumulated - start)
    return other_least + (ceiling - other_least) * way * (2 - way)
