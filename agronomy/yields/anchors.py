"""What the region reports a crop to yield: the level from which every expectation starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp, log, sqrt
from types import MappingProxyType

from agronomy.errors import AgronomyError
from agronomy.model import MU_PER_HA
from agronomy.table_rows import table_rows

JIN_PER_KG = 2


class YieldTableError(AgronomyError):
    """A row about yields contradicts the other tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorKind:
    """How a reported yield is read.

    expectation: it says what to expect; else it is a record. ceiling: no interval reaches above it until it is
    calibrated. discrepancy: standard deviation of log yield around what this region's farms get, for a confirmed
    report; unconfirmed_discrepancy: for one that is not. level_share: the farms' share of what such reports say.
    """

    name: str
    expectation: bool
    ceiling: bool
    discrepancy: float
    unconfirmed_discrepancy: float
    level_share: float
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """One report of a crop's yield (scientific name), kg of `product` a hectare; year None where none is stated."""

    crop: str
    kind: AnchorKind
    place: str
    year: int | None
    low_kg_ha: float
    high_kg_ha: float
    product: str
    note: str
    confirmed: bool
    source: str

    @property
    def spread(self) -> float:
        """How far this report may be off, as a standard deviation of log yield."""
        return self.kind.discrepancy if self.confirmed else self.kind.unconfirmed_discrepancy


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionalLevel:
    """What anchors say of a crop, in kg a hectare.

    mean_log, spread: of the level's logarithm. most: the highest yield that is still an expectation. best_farm: the
    best single farm's result, None where none is on record. anchors: those that set the level.
    """

    crop: str
    product: str
    mean_log: float
    spread: float
    most_kg_ha: float
    best_farm_kg_ha: float | None
    anchors: tuple[Anchor, ...]


def kg_ha_from_kg_mu(kg_mu: float) -> float:
    """Kilogrammes a hectare."""
    return kg_mu * MU_PER_HA


def jin_mu_from_kg_ha(kg_ha: float) -> float:
    """Jin (half kilogrammes) a mu."""
    return kg_ha / MU_PER_HA * JIN_PER_KG


@cache
def priors() -> Mapping[str, float]:
    """The numbers of `yield_priors.csv` by name."""
    return MappingProxyType({row["name"]: float(row["value"]) for row in table_rows("yield_priors")})


@cache
def anchor_kinds() -> Mapping[str, AnchorKind]:
    """Every kind of report by name."""
    return MappingProxyType(
        {
            row["kind"]: AnchorKind(
                name=row["kind"],
                expectation=row["expectation"] == "yes",
                ceiling=row["ceiling"] == "yes",
                discrepancy=float(row["discrepancy"] or "inf"),
                unconfirmed_discrepancy=float(row["unconfirmed_discrepancy"] or "inf"),
                level_share=float(row["level_share"] or "1"),
                zh=row["zh"],
                en=row["en"],
            )
            for row in table_rows("anchor_kinds")
        }
    )


@cache
def anchors() -> tuple[Anchor, ...]:
    """Every report of the tables."""
    return anchors_from(table_rows("yield_anchors"))


def anchors_from(rows: Sequence[Mapping[str, str]]) -> tuple[Anchor, ...]:
    """Reports from rows of `yield_anchors.csv`; raises YieldTableError."""
    strangers = sorted({row["kind"] for row in rows} - set(anchor_kinds()))
    if strangers:
        msg = f"yield_anchors.csv has kinds that anchor_kinds.csv has not: {', '.join(strangers)}"
        raise YieldTableError(msg)
    return tuple(
        Anchor(
            crop=row["crop"],
            kind=anchor_kinds()[row["kind"]],
            place=row["place"],
            year=int(row["year"]) if row["year"] else None,
            low_kg_ha=kg_ha_from_kg_mu(float(row["low_kg_mu"])),
            high_kg_ha=kg_ha_from_kg_mu(float(row["high_kg_mu"])),
            product=row["product"],
            note=row["note"],
            confirmed=row["confirmed"] == "yes",
            source=row["source"],
        )
        for row in rows
    )


def regional_level(crop: str, known: Sequence[Anchor] | None = None) -> RegionalLevel | None:
    """The level that the crop's reports set together; None where no report says what to expect.

    With y = sqrt(low * high) * level_share of its kind and s its spread, each report weighs 1/s**2:
    mean = sum(ln y / s**2) / sum(1 / s**2), spread = max(1 / sqrt(sum(1 / s**2)), level_floor): reports err alike.
    """
    of_crop = [anchor for anchor in (anchors() if known is None else known) if anchor.crop == crop]
    telling = [anchor for anchor in of_crop if anchor.kind.expectation]
    if not telling:
        return None
    weights = [1 / anchor.spread**2 for anchor in telling]
    logs = [log(sqrt(anchor.low_kg_ha * anchor.high_kg_ha) * anchor.kind.level_share) for anchor in telling]
    mean = sum(weight * one for weight, one in zip(weights, logs, strict=True)) / sum(weights)
    best = [anchor.high_kg_ha for anchor in of_crop if anchor.kind.ceiling]
    below = priors()["below_best_farm"]
    most = max(exp(mean), *(anchor.high_kg_ha for anchor in telling))
    return RegionalLevel(
        crop=crop,
        product=telling[0].product,
        mean_log=mean,
        spread=max(1 / sqrt(sum(weights)), priors()["level_floor"]),
        most_kg_ha=min([most, *(below * one for one in best)]),
        best_farm_kg_ha=max(best, default=None),
        anchors=tuple(telling),
    )
