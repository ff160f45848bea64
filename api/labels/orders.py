"""What somebody wants printed, and the labels it comes to: what was packed is read, what was not is said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from api.errors import LabelError
from api.labels.contents import PackLabel, pack_labels, packed_lot, serial_range
from traceability.errors import KeyFormatError
from traceability.gs1.keys import Gtin
from traceability.model import Product
from traceability.ports import EventQueries, ProductCatalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelOrder:
    """Labels for packs of one lot.

    serials: these packs, or, where none is named, `count` from `first` on, or all that are packed. use_by,
    net_weight_kg: None for what the packing says.
    """

    gtin: str
    lot: str
    serials: Sequence[str] = ()
    first: str = ""
    count: int = 1
    use_by: date | None = None
    net_weight_kg: Decimal | None = None


def ordered_labels(
    order: LabelOrder, *, products: ProductCatalogue, events: EventQueries, base_url: str
) -> list[PackLabel]:
    """The labels; raises LabelError that says what is missing."""
    gtin, product = _product(order.gtin, products)
    if not order.lot.strip() and not (order.serials or order.first):
        raise LabelError(zh="写上批号或盒号", en="name a lot or serials")
    packed = packed_lot(gtin, order.lot.strip(), events)
    serials = list(order.serials) or (serial_range(order.first, order.count) if order.first else list(packed.serials))
    return pack_labels(
        product,
        lot=order.lot.strip(),
        serials=serials,
        base_url=base_url,
        use_by=order.use_by or packed.use_by,
        net_weight_kg=order.net_weight_kg or packed.net_weight_kg,
    )


def _product(text: str, products: ProductCatalogue) -> tuple[Gtin, Product]:
    try:
        gtin = Gtin.parse(text.strip())
    except KeyFormatError as error:
        raise LabelError(zh=f"商品码不对：{error.rule_zh or error.rule}", en=str(error)) from error
    product = products.find(gtin)
    if product is None:
        raise LabelError(
            zh=f"商品 {gtin} 没有登记（tiantou product add）",
            en=f"product {gtin} is not registered (tiantou product add)",
        )
    return gtin, product
