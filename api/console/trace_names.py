"""What people call things: the ear tag of a pig, the product and number of a pack, a lot, a box; and what they type."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from api.access import Viewer
from api.console.words import Words
from api.public.codes import typed_code
from observations.errors import IdentifierError
from observations.identifiers import EarTagNumber
from traceability.balance.masses import gtin_of
from traceability.errors import DigitalLinkError, KeyFormatError
from traceability.gs1.epc_uris import canonical_uri
from traceability.gs1.keys import CANONICAL_HOST, Gtin
from traceability.life import ear_tag
from traceability.minting import DemonstrationKeys, MintedKeys
from traceability.trace_model import ThingKind, kind_of

_LOT = re.compile(r"\(01\)(?P<gtin>[0-9]{8,14})\(10\)(?P<lot>[^()]+)")
_TAG = re.compile(r"/8004/[0-9]{4,12}T(?P<device>[^/]+)$")
"""Of a device's key: see `traceability.context.device_uri`."""
_SSCC = re.compile(r"(?:\(00\))?(?P<number>[0-9]{18})")
KIND_WORDS: Mapping[ThingKind, Words] = {
    ThingKind.ANIMAL: Words(zh="猪", en="Animal"),
    ThingKind.ITEM: Words(zh="件", en="Item"),
    ThingKind.LOT: Words(zh="批", en="Lot"),
    ThingKind.LOGISTIC_UNIT: Words(zh="箱", en="Box"),
    ThingKind.OTHER: Words(zh="其他", en="Other"),
    ThingKind.STEP: Words(zh="环节", en="Step"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingName:
    """A thing as people know it; page: the public page of a pack, "" where it has none."""

    uri: str
    kind: ThingKind
    what: str
    number: str
    page: str

    @property
    def words(self) -> Words:
        """Its kind in both languages."""
        return KIND_WORDS[self.kind]


def thing_of(code: str, keys: MintedKeys) -> str:
    """The canonical URI of what somebody scanned or typed; raises KeyFormatError or DigitalLinkError."""
    text = code.strip()
    if "://" in text or text.startswith("urn:"):
        return canonical_uri(text)
    try:
        number = EarTagNumber.parse(text)
        return keys.keyring(animals=[number]).animal(number).uri
    except IdentifierError:
        pass
    plain = text.replace(" ", "")
    if (lot := _LOT.fullmatch(plain)) is not None:
        return f"{CANONICAL_HOST}/01/{Gtin.parse(lot['gtin'])}/10/{quote(lot['lot'], safe='')}"
    if (sscc := _SSCC.fullmatch(plain)) is not None:
        return f"{CANONICAL_HOST}/00/{sscc['number']}"
    return canonical_uri(typed_code(text).epc_uri)


def is_code(code: str) -> bool:
    """Whether it can be read as the name of a thing."""
    try:
        thing_of(code, DemonstrationKeys())
    except (KeyFormatError, DigitalLinkError):
        return False
    return True


class Naming:
    """Names for one viewer; each product is looked up once."""

    def __init__(self, viewer: Viewer) -> None:
        self._viewer = viewer
        self._products: dict[str, str] = {}

    def of(self, uri: str) -> ThingName:
        """The thing's name."""
        kind, last = kind_of(uri), unquote(uri.rpartition("/")[2])
        if kind is ThingKind.ANIMAL:
            return ThingName(uri=uri, kind=kind, what="耳标", number=ear_tag(uri) or last, page="")
        if kind in {ThingKind.ITEM, ThingKind.LOT}:
            page = uri.removeprefix(CANONICAL_HOST) if kind is ThingKind.ITEM and uri.startswith(CANONICAL_HOST) else ""
            return ThingName(uri=uri, kind=kind, what=self.product(gtin_of(uri)), number=last, page=page)
        if kind is ThingKind.LOGISTIC_UNIT:
            return ThingName(uri=uri, kind=kind, what="箱", number=last, page="")
        if (tag := _TAG.search(uri)) is not None:
            return ThingName(uri=uri, kind=kind, what="电子耳标", number=unquote(tag["device"]), page="")
        return ThingName(uri=uri, kind=kind, what="", number=last or uri, page="")

    def product(self, gtin: str) -> str:
        """The trade item's Chinese name, or its number."""
        if gtin not in self._products:
            found = self._viewer.services.public.products.find(gtin) if gtin else None
            self._products[gtin] = gtin if found is None else found.name_zh
        return self._products[gtin]
