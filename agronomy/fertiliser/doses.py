"""Fertiliser for a crop: the region's norm, by stage, in kg per mu of products one can buy.

Norms of the region decide. QUEFTS only cross-checks (`agronomy.fertiliser.check`). A row from memory is shown as
unconfirmed. Where no norm is known the plan is None, and the page says where to ask.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from agronomy.errors import AgronomyError
from agronomy.table_rows import table_rows

NUTRIENTS = ("N", "P2O5", "K2O")
CONFIRMED = "verified"


class FertiliserError(AgronomyError):
    """A product or a norm is not in the tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A range, kg/mu; nutrient: N, P2O5 or K2O."""

    nutrient: str
    low_kg_mu: float
    high_kg_mu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Norm:
    """What a region advises for a crop at a yield level; kg/mu of nutrients, of a crop or, for tea, of a year."""

    scientific_name: str
    level: str
    region: str
    amounts: Mapping[str, Amount]
    note: str
    confirmed: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A fertiliser one can buy; shares 0 to 1 of its weight."""

    name: str
    zh: str
    en: str
    shares: Mapping[str, float]
    chloride: bool
    confirmed: bool
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductAmount:
    """So much of a product, kg/mu, for the nutrient that it is bought for."""

    product: Product
    nutrient: str
    low_kg_mu: float
    high_kg_mu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What is given at one stage; confirmed: False where the split comes from memory or is not known."""

    zh: str
    en: str
    products: Sequence[ProductAmount]
    confirmed: bool
    sources: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FertiliserPlan:
    """Fertiliser of one crop on one mu, by stage.

    chloride_free: why no chloride is given, (Chinese, English); None where it does no harm that is known.
    confirmed: False where any row behind the plan is unconfirmed; the page marks it.
    """

    norm: Norm
    stages: Sequence[Stage]
    chloride_free: tuple[str, str] | None
    confirmed: bool
    sources: Sequence[str]


def norms(scientific_name: str) -> Sequence[Norm]:
    """The region's norms for a crop, nearest first; empty where none is known."""
    return _norms().get(scientific_name, ())


def fertiliser_plan(scientific_name: str, level: str | None = None) -> FertiliserPlan | None:
    """The plan by the nearest norm, or the norm of that level; None where none is known. Raises FertiliserError."""
    known = norms(scientific_name)
    if not known:
        return None
    norm = known[0] if level is None else next((norm for norm in known if norm.level == level), None)
    if norm is None:
        msg = f"no fertiliser norm for {scientific_name} at level {level!r}: {', '.join(n.level for n in known)}"
        raise FertiliserError(msg)
    averse = _chloride_averse().get(scientific_name)
    straights = _straights(chloride_free=averse is not None)
    stages = [_stage(norm, name, rows, straights) for name, rows in _splits(norm).items()]
    sources = {norm.source, *(source for stage in stages for source in stage.sources)}
    return FertiliserPlan(
        norm=norm,
        stages=stages,
        chloride_free=(averse["reason_zh"], averse["reason_en"]) if averse else None,
        confirmed=norm.confirmed and all(stage.confirmed for stage in stages) and (not averse or _confirmed(averse)),
        sources=sorted(sources | ({averse["source"]} if averse else set())),
    )


def with_compound(amounts: Mapping[str, Amount], product: str, *, chloride_free: bool) -> Sequence[ProductAmount]:
    """The same nutrients with a compound first, as much as its scarcest need allows, the rest straight.

    Raises FertiliserError for a product that is no compound of the table.
    """
    compound = products().get(product)
    if compound is None or min(compound.shares.values()) <= 0:
        msg = f"{product!r} is no compound fertiliser of the table"
        raise FertiliserError(msg)
    kg = [
        min(getattr(amounts[name], edge) / compound.shares[name] if name in amounts else 0.0 for name in NUTRIENTS)
        for edge in ("low_kg_mu", "high_kg_mu")
    ]
    rest = [
        Amount(
            nutrient=name,
            low_kg_mu=max(0.0, amount.low_kg_mu - kg[0] * compound.shares[name]),
            high_kg_mu=max(0.0, amount.high_kg_mu - kg[1] * compound.shares[name]),
        )
        for name, amount in amounts.items()
    ]
    straights = _straights(chloride_free=chloride_free)
    bought = [_bought(amount, straights) for amount in rest if amount.high_kg_mu > 0]
    return [ProductAmount(product=compound, nutrient="compound", low_kg_mu=kg[0], high_kg_mu=kg[1]), *bought]


@cache
def products() -> Mapping[str, Product]:
    """The products by name."""
    return MappingProxyType({row["name"]: _product(row) for row in table_rows("fertiliser_products")})


def _product(row: Mapping[str, str]) -> Product:
    shares = zip(NUTRIENTS, ("n_percent", "p2o5_percent", "k2o_percent"), strict=True)
    return Product(
        name=row["name"],
        zh=row["zh"],
        en=row["en"],
        shares=MappingProxyType({nutrient: float(row[column]) / 100 for nutrient, column in shares}),
        chloride=row["chloride"] != "no",
        confirmed=_confirmed(row),
        source=row["source"],
    )


@cache
def _straights(*, chloride_free: bool) -> Mapping[str, Product]:
    """The product for each nutrient; potassium as sulphate for crops that chloride harms."""
    rows = [row for row in table_rows("fertiliser_products") if row["use"] in NUTRIENTS]
    allowed = [row for row in rows if row["use"] != "K2O" or (row["chloride"] == "no") == chloride_free]
    return MappingProxyType({row["use"]: products()[row["name"]] for row in allowed})


@cache
def _norms() -> Mapping[str, Sequence[Norm]]:
    grouped: dict[tuple[str, str, str], list[Mapping[str, str]]] = {}
    for row in table_rows("fertiliser_norms"):
        grouped.setdefault((row["scientific_name"], row["level"], row["region"]), []).append(row)
    found: dict[str, list[Norm]] = {}
    for (name, level, region), rows in grouped.items():
        amounts = {row["nutrient"]: _amount(row) for row in rows}
        found.setdefault(name, []).append(
            Norm(
                scientific_name=name,
                level=level,
                region=region,
                amounts=MappingProxyType(amounts),
                note=rows[0]["note"],
                confirmed=all(_confirmed(row) for row in rows),
                source=rows[0]["source"],
            )
        )
    return MappingProxyType(found)


def _amount(row: Mapping[str, str]) -> Amount:
    return Amount(nutrient=row["nutrient"], low_kg_mu=float(row["low_kg_mu"]), high_kg_mu=float(row["high_kg_mu"]))


@cache
def _chloride_averse() -> Mapping[str, Mapping[str, str]]:
    return MappingProxyType({row["scientific_name"]: row for row in table_rows("chloride_averse")})


def _splits(norm: Norm) -> Mapping[tuple[str, str], Sequence[Mapping[str, str]]]:
    """Rows of the split by stage; a nutrient without rows is one gift whose time is not known."""
    rows = [
        row
        for row in table_rows("fertiliser_splits")
        if row["scientific_name"] == norm.scientific_name
        and row["nutrient"] in norm.amounts
        and row["level"] in {"", norm.level}
    ]
    told = {row["nutrient"] for row in rows}
    whole = {
        "stage_zh": "全季（分几次，问农技站）", "stage_en": "whole season (ask the station how to split)",
        "share_low": "1", "share_high": "1", "status": "unknown", "source": norm.source,
    }  # fmt: skip
    rows += [{**whole, "nutrient": nutrient} for nutrient in norm.amounts if nutrient not in told]
    stages: dict[tuple[str, str], list[Mapping[str, str]]] = {}
    for row in rows:
        stages.setdefault((row["stage_zh"], row["stage_en"]), []).append(row)
    return stages


def _stage(
    norm: Norm, name: tuple[str, str], rows: Sequence[Mapping[str, str]], straights: Mapping[str, Product]
) -> Stage:
    bought = [_bought(_share(norm.amounts[row["nutrient"]], row), straights) for row in rows]
    return Stage(
        zh=name[0],
        en=name[1],
        products=bought,
        confirmed=all(_confirmed(row) for row in rows) and all(amount.product.confirmed for amount in bought),
        sources=sorted({*(row["source"] for row in rows), *(amount.product.source for amount in bought)}),
    )


def _share(amount: Amount, row: Mapping[str, str]) -> Amount:
    return Amount(
        nutrient=amount.nutrient,
        low_kg_mu=amount.low_kg_mu * float(row["share_low"]),
        high_kg_mu=amount.high_kg_mu * float(row["share_high"]),
    )


def _bought(amount: Amount, straights: Mapping[str, Product]) -> ProductAmount:
    product = straights[amount.nutrient]
    share = product.shares[amount.nutrient]
    return ProductAmount(
        product=product,
        nutrient=amount.nutrient,
        low_kg_mu=amount.low_kg_mu / share,
        high_kg_mu=amount.high_kg_mu / share,
    )


def _confirmed(row: Mapping[str, str]) -> bool:
    return row["status"] == CONFIRMED
