"""Names used in the events that are written here."""

from datetime import datetime, timedelta
from urllib.parse import quote

from observations.identifiers import EarTagNumber
from traceability.errors import KeyFormatError
from traceability.gs1.keys import Giai

EPCIS_CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
NAMESPACE = "https://ns.tiantou.example/epcis/"
"""What the prefix `tt:` stands for: members of our own."""
CONTEXT: list[str | dict[str, str]] = [EPCIS_CONTEXT, {"tt": NAMESPACE}]

COMPANY_PREFIX = "9526000"
"""GS1's prefix for demonstrations (952); a real one is licensed before goods are sold, and set."""

WEANING = "https://ns.tiantou.example/voc/bizstep/weaning"
VACCINATING = "https://ns.tiantou.example/voc/bizstep/vaccinating"
TREATING = "https://ns.tiantou.example/voc/bizstep/treating"
OWN_STEPS = "https://ns.tiantou.example/voc/bizstep/"
"""What our own business steps begin with, where CBV has none that means it."""
DEVICES = "https://ns.tiantou.example/device/"
SENSOR_REPORTING = "sensor_reporting"


def animal_giai(animal: EarTagNumber, prefix: str = COMPANY_PREFIX) -> Giai:
    """The GIAI that a living animal gets: company prefix and ear-tag number.

    What an animal has may have been minted under another prefix: `traceability.minting` knows.
    """
    return Giai.parse(prefix + animal)


def device_uri(device: str, prefix: str = COMPANY_PREFIX) -> str:
    """The URI that a device gets: a GIAI of company prefix, T and its own id, or ours where 30 characters are short."""
    try:
        return Giai.parse(f"{prefix}T{device}").uri
    except KeyFormatError:
        return f"{DEVICES}{quote(device, safe='')}"


def offset_text(moment: datetime) -> str:
    """The offset of an aware datetime as EPCIS writes it: +08:00."""
    minutes = (moment.utcoffset() or timedelta()) // timedelta(minutes=1)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
