"""Names used in the events that are written here."""

from datetime import datetime, timedelta
from urllib.parse import quote

from observations.identifiers import EarTagNumber
from traceability.errors import KeyFormatError
from traceability.keys import Giai

EPCIS_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
NAMESPACE = "https://ns.tiantou.example/epcis/"
"""What the prefix `tt:` stands for: members of our own."""
CONTEXT: list[str | dict[str, str]] = [EPCIS_CONTEXT, {"tt": NAMESPACE}]

COMPANY_PREFIX = "9526000"
"""GS1's prefix for demonstrations (952); a real one is licensed before goods are sold."""

WEANING = "https://ns.tiantou.example/voc/bizstep/weaning"
VACCINATING = "https://ns.tiantou.example/voc/bizstep/vaccinating"
TREATING = "https://ns.tiantou.example/voc/bizstep/treating"
OWN_STEPS = "https://ns.tiantou.example/voc/bizstep/"
"""What our own business steps begin with, where CBV has none that means it."""
DEVICES = "https://ns.tiantou.example/device/"
SENSOR_REPORTING = "sensor_reporting"


def animal_giai(animal: EarTagNumber) -> Giai:
    """The GIAI of a living animal: company prefix and ear-tag number."""
    return Giai.parse(COMPANY_PREFIX + animal)


def device_uri(device: str) -> str:
    """The URI of a device: a GIAI of company prefix, T and its own id, or ours where 30 characters are short."""
    try:
        return Giai.parse(f"{COMPANY_PREFIX}T{device}").uri
    except KeyFormatError:
        return f"{DEVICES}{quote(device, safe='')}"


def offset_text(moment: datetime) -> str:
    """The offset of an aware datetime as EPCIS writes it: +08:00."""
    minutes = (moment.utcoffset() or timedelta()) // timedelta(minutes=1)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
