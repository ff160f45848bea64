"""Places of work that belong to no household: where animals are slaughtered and meat is packed."""

from dataclasses import dataclass
from enum import StrEnum

from observations.identifiers import SiteId


class FacilityKind(StrEnum):
    """What is done there."""

    SLAUGHTERHOUSE = "slaughterhouse"
    PACKING_HOUSE = "packing_house"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facility:
    """A place that works for many farms.

    gln: its Global Location Number (13 digits). county: 6 digits (GB/T 2260).
    licence: the number it works under (动物防疫条件合格证 and the like), "" where unknown.
    site: decides whether it is simulated. timezone: IANA name.
    """

    gln: str
    name: str
    county: str
    township: str
    kind: FacilityKind
    site: SiteId
    licence: str = ""
    timezone: str = "Asia/Shanghai"
