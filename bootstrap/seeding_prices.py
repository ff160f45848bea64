"""What the simulated raisers were paid, and that they agree to its being told: invented, like all of the site."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from simulators.model import SitePlan
from storage.records.records import Records
from traceability.price_shares import PriceAgreement

PAID_YUAN_KG, SOLD_YUAN_KG = Decimal(50), Decimal(124)
"""Of packed meat, whatever the cut; the design's own example: 2,100 yuan for 42 kg, 62 yuan for 500 g."""


def seed_prices(plan: SitePlan, records: Records, *, now: datetime, today: date) -> None:
    """Every lot of the plan has a declared price and the raisers' agreement; what was there stays as it is."""
    nets = {product.gtin: product.net_weight_kg for product in plan.products}
    for (gtin, lot), packs in _packs(plan).items():
        if records.prices.find(gtin, lot) is None:
            packed_kg = packs * nets[gtin]
            records.prices.add(
                PriceAgreement(
                    gtin=gtin,
                    lot=lot,
                    price_yuan=SOLD_YUAN_KG * nets[gtin],
                    paid_yuan=PAID_YUAN_KG * packed_kg,
                    paid_for_kg=packed_kg,
                    declared_by=plan.packing_house.name,
                    declared_at=now,
                    agreed_on=today,
                )
            )


def _packs(plan: SitePlan) -> Mapping[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for pack in plan.packs:
        counts[pack.gtin, pack.lot] = counts.get((pack.gtin, pack.lot), 0) + 1
    return counts
