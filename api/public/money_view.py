"""Where the money for the pack went, as far as it was agreed to be told."""

from decimal import Decimal
from typing import Any

from api.public.words import ENOUGH_HOUSEHOLDS, clipped
from traceability.errors import PriceAgreementError
from traceability.passport import Passport, place_of
from traceability.ports import PriceBook
from traceability.price_shares import price_share


def money_view(passport: Passport, prices: PriceBook | None) -> dict[str, Any] | None:
    """The block's variables; None unless the raisers agreed, and are so many that it is nobody's own income."""
    packing = passport.packing
    if prices is None or packing is None or not packing.lot or packing.net_weight_kg is None:
        return None
    agreement = prices.find(passport.gtin, packing.lot)
    if agreement is None or not agreement.told or not _many_households(passport):
        return None
    try:
        share = price_share(agreement, packing.net_weight_kg)
    except PriceAgreementError:
        # The pack's weight and the declaration do not go together: then no figure is right.
        return None
    price, part = _yuan(agreement.price_yuan), _yuan(share.yuan)
    paid, kg, net = _yuan(agreement.paid_yuan), _plain(agreement.paid_for_kg), _plain(share.net_weight_kg)
    who = clipped(agreement.declared_by, 40)
    return {
        "percent": share.percent,
        "part": part,
        "line": (f"售价 {price}，其中 {part} 归养殖户", f"{part} of {price} went to the raisers"),
        "rest": ("屠宰、加工、运输、销售", "slaughter, packing, transport, sale"),
        "formula": (
            f"算法：付给养殖户 {paid} ÷ 装盒 {kg} kg × 本盒 {net} kg。售价由{who}申报，养殖户同意公开。",
            f"{paid} paid ÷ {kg} kg packed × {net} kg in this pack. Price as declared by {who}; the raisers agreed.",
        ),
    }


def _many_households(passport: Passport) -> bool:
    places = [place_of(passport, life.place) for life in passport.lives]
    return bool(places) and all(place is not None and place.households >= ENOUGH_HOUSEHOLDS for place in places)


def _yuan(amount: Decimal) -> str:
    return f"¥{amount:,.2f}"


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
