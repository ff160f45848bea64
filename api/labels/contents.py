"""What stands on the label of one pack."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from api.errors import LabelError
from api.public.language import pack_weight
from traceability.epcis.event_queries import EventQuery, TextCondition
from traceability.epcis.event_terms import STANDARD_PREFIXES, expanded_name
from traceability.errors import DigitalLinkError
from traceability.gs1.digital_link import DigitalLink
from traceability.gs1.keys import Gtin
from traceability.model import Product
from traceability.ports import EventQueries
from traceability.recorded import CBV_MASTER_DATA, RecordedEvent, day, number, opened

COMPLAINTS = "投诉举报 12315"
MOST_LABELS = 1300
"""Twenty sheets of 65: a print job that somebody still watches."""
_LOT_FACT = f"ILMD {expanded_name('cbvmda:lotNumber', STANDARD_PREFIXES)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackLabel:
    """One pack: address: what its code says, the Digital Link under which consumers reach its page."""

    address: str
    name_zh: str
    name_en: str
    net_weight_kg: Decimal
    lot: str
    serial: str
    use_by: date | None
    storage_zh: str

    @property
    def net_weight(self) -> str:
        """The net weight as it is written."""
        return pack_weight(float(self.net_weight_kg))


@dataclass(frozen=True, slots=True, kw_only=True)
class LotOfPacks:
    """The packs of one lot of a product, as they were packed. use_by, net_weight_kg: None where no event says."""

    serials: tuple[str, ...]
    use_by: date | None
    net_weight_kg: Decimal | None


def packed_lot(gtin: Gtin, lot: str, events: EventQueries) -> LotOfPacks:
    """What the packing events say of that lot; no serial where there is none."""
    condition = TextCondition(names=(_LOT_FACT,), texts=frozenset({lot}))
    page = events.page(EventQuery(conditions=(condition,)), visible=None, after=None, limit=MOST_LABELS)
    packing = [event for event in opened(page.events) if _serials(event, gtin)]
    nets = [number(event.ilmd, "tt:netWeightKg") for event in packing]
    days = [_use_by(event) for event in packing]
    return LotOfPacks(
        serials=tuple(sorted({serial for event in packing for serial in _serials(event, gtin)})),
        use_by=min((each for each in days if each is not None), default=None),
        net_weight_kg=next((Decimal(str(net)) for net in nets if net is not None), None),
    )


def pack_labels(
    product: Product,
    *,
    lot: str,
    serials: Sequence[str],
    base_url: str,
    use_by: date | None,
    net_weight_kg: Decimal | None,
) -> list[PackLabel]:
    """A label for each serial; raises LabelError where there is none, too many, or one that no code can say."""
    if not 0 < len(serials) <= MOST_LABELS:
        raise LabelError(
            zh=f"一次打 1 到 {MOST_LABELS} 枚，这里是 {len(serials)} 枚；还没装盒的批次要写明盒号",
            en=f"1 to {MOST_LABELS} labels at a time, here {len(serials)}; for a lot not packed yet name the serials",
        )
    return [
        PackLabel(
            address=base_url.rstrip("/") + _link(product, lot, serial).path,
            name_zh=product.name_zh,
            name_en=product.name_en,
            net_weight_kg=product.net_weight_kg if net_weight_kg is None else net_weight_kg,
            lot=lot,
            serial=serial,
            use_by=use_by,
            storage_zh=product.storage_zh,
        )
        for serial in serials
    ]


def serial_range(first: str, count: int) -> list[str]:
    """So many serials from the first on, as long as it is; raises LabelError where it does not end in enough digits."""
    digits = len(first) - len(first.rstrip("0123456789"))
    if not digits or count < 1 or len(str(int(first[-digits:]) + count - 1)) > digits:
        raise LabelError(
            zh=f"盒号 {first[:30]!r} 末尾的数字不够往后数 {count} 个",
            en=f"the serial {first[:30]!r} does not end in digits enough to count {count} on",
        )
    stem, start = first[:-digits], int(first[-digits:])
    return [f"{stem}{start + at:0{digits}}" for at in range(min(count, MOST_LABELS + 1))]


def _link(product: Product, lot: str, serial: str) -> DigitalLink:
    try:
        return DigitalLink.of_item(Gtin.parse(product.gtin), serial, lot or None)
    except DigitalLinkError as error:
        raise LabelError(zh=f"{error.part}：{error.rule_zh or error.rule}", en=str(error)) from error


def _serials(event: RecordedEvent, gtin: Gtin) -> list[str]:
    beginning = f"{gtin.uri}/21/"
    found = [epc for epc in event.names("outputEPCList") if epc.startswith(beginning)]
    return [serial for epc in found if (serial := DigitalLink.parse(epc).serial) is not None]


def _use_by(event: RecordedEvent) -> date | None:
    return day(event.ilmd, "cbvmda:itemExpirationDate") or day(event.ilmd, CBV_MASTER_DATA + "itemExpirationDate")
