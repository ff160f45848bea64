"""What share of a pack's price went to those who raised the animal: told only where they agreed that it is told."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from traceability.errors import PriceAgreementError

CENT = Decimal("0.01")
GRAM = Decimal("0.001")


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceAgreement:
    """What the seller declares of a product's lot, and whether the raisers agreed that it is told.

    price_yuan: of one pack, as it is sold. paid_yuan: to the raisers, for the animals of the lot; paid_for_kg: the meat
    that was packed of them. declared_by: who says so, a firm and never a household; the public is told.
    agreed_on: None until the raisers agreed. withdrawn_on: since when they do not any more.
    """

    gtin: str
    lot: str
    price_yuan: Decimal
    paid_yuan: Decimal
    paid_for_kg: Decimal
    declared_by: str
    declared_at: datetime
    agreed_on: date | None = None
    withdrawn_on: date | None = None

    def __post_init__(self) -> None:
        """Raises PriceAgreementError that names what cannot be."""
        for name in ("price_yuan", "paid_yuan", "paid_for_kg"):
            value: Decimal = getattr(self, name)
            if not value.is_finite() or value <= 0:
                raise PriceAgreementError(field=name, rule="it must be more than 0")
        if not self.declared_by.strip():
            raise PriceAgreementError(field="declared_by", rule="say which firm declares the price; the public is told")
        if self.withdrawn_on is not None and self.agreed_on is None:
            raise PriceAgreementError(field="withdrawn_on", rule="nothing was agreed that could be withdrawn")

    @property
    def told(self) -> bool:
        """Whether the public may be told."""
        return self.agreed_on is not None and self.withdrawn_on is None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceShare:
    """How much of one pack's price went to the raisers, in yuan and in whole percent, and what it was worked out of."""

    agreement: PriceAgreement
    net_weight_kg: Decimal
    yuan: Decimal
    percent: int


def price_share(agreement: PriceAgreement, net_weight_kg: Decimal) -> PriceShare:
    """The share of a pack of that weight: what was paid, by weight.

    Raises PriceAgreementError where it would be more than the price, since then one of the figures is wrong.
    """
    if net_weight_kg <= 0:
        raise PriceAgreementError(field="net_weight_kg", rule="it must be more than 0")
    yuan = (agreement.paid_yuan / agreement.paid_for_kg * net_weight_kg).quantize(CENT, ROUND_HALF_UP)
    if yuan > agreement.price_yuan:
        rule = f"{yuan} yuan of a pack of {agreement.price_yuan} yuan: more than the price cannot go to the raisers"
        raise PriceAgreementError(field="paid_yuan", rule=rule)
    percent = int((100 * yuan / agreement.price_yuan).quantize(Decimal(1), ROUND_HALF_UP))
    return PriceShare(agreement=agreement, net_weight_kg=net_weight_kg.quantize(GRAM), yuan=yuan, percent=percent)
